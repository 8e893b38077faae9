"""What importing a record costs, beside a bare `bulk_create` of the very same rows.

    python -m bench.importing [commitments]

A made-up record of that size (100,000 unless told) is imported into an empty SQLite and an empty
PostgreSQL, exported, imported into another and exported again: the two exports must be one, byte
for byte, and the scores the same. Then the rows that there are now are written once more into a
database with the same tables, by `bulk_create` and nothing else. Each step is a process of its own.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOGETHER = 500  # rows of one bulk_create
NO_RECORD = {"change", "changetopic", "searchdocument"}  # of the log and of search
MODELS_LEFT_OUT = {"loghead", "checkpoint"}

Cost = dict[str, Any]


@contextmanager
def measured(into: Cost) -> Iterator[None]:
    """Add the seconds of CPU and of the clock that the block takes."""
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    into["cpu"] = into.get("cpu", 0.0) + time.process_time() - cpu
    into["wall"] = into.get("wall", 0.0) + time.perf_counter() - wall


# --- the steps, each in a process of its own ------------------------------------------------------


def bring(file: str) -> Cost:
    """Import the file into the empty database."""
    from django.core.management import call_command

    cost: Cost = {}
    call_command("migrate", verbosity=0)
    with measured(cost), Path(os.devnull).open("w") as nowhere:
        call_command("import_record", file, stdout=nowhere, stderr=nowhere)
    return cost


def again(file: str) -> Cost:
    """Import the file once more: nothing differs."""
    from django.core.management import call_command

    from tracker.changes.log import head_sequence

    cost: Cost = {}
    before = head_sequence()
    with measured(cost), Path(os.devnull).open("w") as nowhere:
        call_command("import_record", file, stdout=nowhere, stderr=nowhere)
    if head_sequence() != before:
        raise SystemExit("The second import of the same file wrote entries.")
    return cost


def export(file: str) -> Cost:
    """Export the database into the file."""
    from django.core.management import call_command

    cost: Cost = {}
    with measured(cost), Path(os.devnull).open("w") as nowhere:
        call_command("export_record", file, stdout=nowhere, stderr=nowhere)
    return cost


def scores() -> Cost:
    """A digest of every stored score."""
    from hashlib import sha256

    from tracker.assessments.models import Assessment

    digest = sha256()
    rows = Assessment.objects.order_by("slug").values_list(
        "slug", "low", "high", "coverage", "verdict", "provisional", "timeliness", "days_late",
        "ceiling", "working",
    )  # fmt: skip
    for row in rows.iterator():
        digest.update(repr(row).encode())
    return {"digest": digest.hexdigest()}


def bare(target: str) -> Cost:
    """Write every row of this database into another one: making the rows' objects is part of it,
    reading them is not."""
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connections, transaction

    connections.databases["bare"] = connections.databases["default"] | _named(target)
    call_command("migrate", database="bare", verbosity=0)
    record: Cost = {"rows": 0, "cpu": 0.0, "wall": 0.0}
    everything: Cost = {"rows": 0, "cpu": 0.0, "wall": 0.0}
    with transaction.atomic("bare"):
        for model in _in_order(list(apps.get_app_config("tracker").get_models(True))):
            name = model._meta.model_name
            if name in MODELS_LEFT_OUT or not model._default_manager.exists():
                continue
            cost: Cost = {}
            rows = _copy(model, cost)
            for each in (everything,) if name in NO_RECORD else (record, everything):
                each["rows"] += rows
                each["cpu"] += cost.get("cpu", 0.0)
                each["wall"] += cost.get("wall", 0.0)
    return {"record": record, "all": everything}


def _copy(model: Any, cost: Cost) -> int:
    fields = [each for each in model._meta.concrete_fields if each.column]
    names = [each.attname for each in fields]
    rows, count = model._base_manager.order_by("pk").values_list(*names), 0
    found = rows.iterator(TOGETHER)
    while some := [row for _, row in zip(range(TOGETHER), found, strict=False)]:
        count += len(some)
        with measured(cost):
            objects = [model(**dict(zip(names, row, strict=True))) for row in some]
            model._base_manager.using("bare").bulk_create(objects, batch_size=TOGETHER)
    return count


def _in_order(models: list[Any]) -> list[Any]:
    """Those referred to first."""
    from graphlib import TopologicalSorter

    graph = {
        model: {
            field.related_model
            for field in model._meta.concrete_fields
            if field.is_relation and field.related_model in models and field.related_model != model
        }
        for model in models
    }
    return list(TopologicalSorter(graph).static_order())


def _named(url: str) -> dict[str, Any]:
    from tracker.settings import env

    return {key: value for key, value in env.db_url_config(url).items() if key in ("NAME", "HOST")}


STEPS = {each.__name__: each for each in (bring, again, export, scores, bare)}


# --- all of them ----------------------------------------------------------------------------------


def step(database: str, name: str, *arguments: str) -> Cost:
    """Run one step on that database; what it cost."""
    environment = os.environ | {
        "DATABASE_URL": database, "SECRET_KEY": "only-for-a-bench-" * 4,
        "DJANGO_SETTINGS_MODULE": "tracker.settings", "CHECKPOINT_DIR": str(ROOT / "var" / "none"),
    }  # fmt: skip
    command = [sys.executable, "-m", "bench.importing", "--step", name, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{name} failed on {database.partition(':')[0]}.")
    cost: Cost = json.loads(done.stdout.splitlines()[-1])
    return cost


def figures(name: str, first: str, second: str, third: str, file: Path) -> None:
    """All steps on one engine, and its lines of the table. Three empty databases."""
    brought = step(first, "bring", str(file))
    repeated = step(first, "again", str(file))
    out, back = file.with_name(f"{name}-1.json"), file.with_name(f"{name}-2.json")
    exported = step(first, "export", str(out))
    step(second, "bring", str(out))
    step(second, "export", str(back))
    if out.read_bytes() != back.read_bytes():
        raise SystemExit(f"{name}: the export of the import is not the export.")
    if step(first, "scores")["digest"] != step(second, "scores")["digest"]:
        raise SystemExit(f"{name}: the scores differ.")
    rows = step(first, "bare", third)
    lines = [
        ("bulk_create, the record", rows["record"], rows["record"]["rows"]),
        ("bulk_create, log and search too", rows["all"], rows["all"]["rows"]),
        ("import", brought, rows["all"]["rows"]),
        ("import again, nothing differs", repeated, 0),
        ("export", exported, 0),
    ]
    for said, cost, count in lines:
        memory = f"{cost['rss']:>7,}" if "rss" in cost else " " * 7
        print(
            f"{name:<11} {said:<32} {count or '':>10} {cost['cpu']:>8.1f} {cost['wall']:>8.1f} "
            f"{memory}",
            flush=True,
        )
    for said, base in (("the record's rows", rows["record"]), ("all rows", rows["all"])):
        print(
            f"{name:<11} import to bulk_create of {said}: {brought['cpu'] / base['cpu']:.1f} x the "
            f"CPU, {brought['wall'] / base['wall']:.1f} x the time",
            flush=True,
        )


def main(number: int) -> None:
    """The table, for both engines."""
    from bench.generating import write
    from tests.both_databases import postgres, postgres_programs

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "record.json"
        write(file, number)
        size = file.stat().st_size / 1e6
        print(f"{number:,} commitments, {size:,.0f} MB")
        print(f"{'':<11} {'':<32} {'rows':>10} {'CPU s':>8} {'wall s':>8} {'MiB':>7}", flush=True)
        urls = [f"sqlite:///{folder}/{place}.sqlite3" for place in range(3)]
        figures("SQLite", *urls, file)
        programs = postgres_programs()
        if programs is None:
            sys.exit("PostgreSQL is not on this machine.")
        with postgres(programs) as url:
            figures("PostgreSQL", *_databases(url), file)


def _databases(url: str) -> list[str]:
    """Three empty ones on that server."""
    import psycopg

    names = ["first", "second", "third"]
    with psycopg.connect(url, autocommit=True) as server:
        for name in names:
            server.execute(f"CREATE DATABASE {name}")
    return [url.replace("/postgres?", f"/{name}?") for name in names]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        import django

        django.setup()
        told = STEPS[sys.argv[2]](*sys.argv[3:])
        told["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(told))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
