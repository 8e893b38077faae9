"""What importing a record costs, beside a bare `bulk_create` of the very same rows.

    python -m bench importing
    python -m bench.importing [commitments]    # each step as a line of its own

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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.figures import AT_MOST, Figure, Scale
from bench.running import ROOT, environment

TOGETHER = 500  # rows of one bulk_create
TARGET = 5
#: Of the log, of search and of what lists read: made of the record.
NO_RECORD = {
    *("change", "changetopic", "searchdocument"),
    *("standsnow", "stoodthen", "standscount"),
}
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
    from tracker.environment import env

    return {key: value for key, value in env.db_url_config(url).items() if key in ("NAME", "HOST")}


STEPS = {each.__name__: each for each in (bring, again, export, scores, bare)}


# --- all of them ----------------------------------------------------------------------------------


def step(database: str, name: str, *arguments: str) -> Cost:
    """Run one step on that database; what it cost."""
    command = [sys.executable, "-m", "bench.importing", "--step", name, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(database), stdout=subprocess.PIPE, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{name} failed on {database.partition(':')[0]}.")
    cost: Cost = json.loads(done.stdout.splitlines()[-1])
    return cost


def taken(name: str, databases: Sequence[str], file: Path) -> dict[str, Cost]:
    """What each step costs on one engine, of three empty databases. SystemExit where the export of
    the import is not the export, or a score differs."""
    first, second, third = databases
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
    return {
        "bulk_create, the record": rows["record"],
        "bulk_create, log, search and lists too": rows["all"],
        "import": brought | {"rows": rows["all"]["rows"]},
        "import again, nothing differs": repeated,
        "export": exported,
    }


def on_each(number: int) -> Iterator[tuple[str, dict[str, Cost]]]:
    """The same on both engines, of a made-up record of so many commitments."""
    from bench.generating import write
    from tests.both_databases import postgres, postgres_programs

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "record.json"
        write(file, number)
        urls = [f"sqlite:///{folder}/{place}.sqlite3" for place in range(3)]
        yield "SQLite", taken("SQLite", urls, file)
        if programs := postgres_programs():
            with postgres(programs) as url:
                yield "PostgreSQL", taken("PostgreSQL", _databases(url), file)


def measure(scale: Scale) -> Iterator[Figure]:
    """An import beside bulk_create of all the rows that it writes, and of the record's own."""
    for name, costs in on_each(scale.commitments):
        ours = costs["import"]
        for said, base, target in (
            ("all its rows", "bulk_create, log, search and lists too", TARGET),
            ("the record's own rows", "bulk_create, the record", None),
        ):
            other = costs[base]
            yield Figure(
                f"import of {scale.commitments:,} commitments / bulk_create of {said}", name, "s",
                ours["wall"], other["wall"], AT_MOST, target,
                more={"of CPU": ours["cpu"] / other["cpu"], "steps": costs},
            )  # fmt: skip


def main(number: int) -> None:
    """All the steps as a table of their own, for both engines."""
    print(f"{number:,} commitments")
    print(f"{'':<11} {'':<39} {'rows':>10} {'CPU s':>8} {'wall s':>8} {'MiB':>7}", flush=True)
    for name, costs in on_each(number):
        for said, cost in costs.items():
            rows = f"{cost['rows']:,}" if "rows" in cost else ""
            memory = f"{cost['rss']:,}" if "rss" in cost else ""
            print(
                f"{name:<11} {said:<39} {rows:>10} {cost['cpu']:>8.1f} {cost['wall']:>8.1f} "
                f"{memory:>7}",
                flush=True,
            )


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

        # with the limits and plans of a command: one made for the first rows is none for the last
        name, *arguments = sys.argv[2:]
        sys.argv = ["manage.py", "migrate"]  # which some begin with
        django.setup()
        told = STEPS[name](*arguments)
        told["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(told))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
