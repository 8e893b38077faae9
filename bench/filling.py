"""Databases of any size, made once and kept under `var/bench/filled/`: the same rows on both.

    python -m bench.filling [commitments changes]

A made-up record is imported into SQLite by the product itself, and its log topped up to so many
entries by plainly made-up corrections, appended by the product too: the log verifies, and search
holds what it should. PostgreSQL is then given those very rows by COPY, in a tenth of the time that
another import would take. What is kept is brought up to the newest migration whenever it is used;
delete the folder where the generator or the form of a row has changed.
"""

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import steps
from bench.figures import Scale
from bench.generating import CATEGORIES, LABS, Made, write
from bench.running import ROOT, environment, manage

KEPT = ROOT / "var" / "bench" / "filled"
LARGE = 10_000  # commitments from which on a database is worth keeping
TEMPLATES = 400  # commitments whose words the made-up corrections repeat
LOT = 5_000  # rows

#: One entry in so many is of this kind; the others correct a commitment.
_EVERY = (
    (997, "criteria_revised", "commitment"),
    (211, "pledge_corrected", "pledge"),
    (101, "lab_corrected", "lab"),
    (53, "source_corrected", "source"),
    (19, "quotation_corrected", "quotation"),
    (7, "outcome_corrected", "outcome"),
)
_NOTHING_SAID = dict.fromkeys(
    ("due_on", "basis", "note", "period", "trigger", "triggered_on"), ""
)  # of a deadline
_USUAL = {"edition": 1, "kind": "done", "occasion": "", "weight": "1", "weight_reason": ""}


@dataclass(frozen=True)
class Pair:
    """One engine's two databases, as DATABASE_URL says them."""

    engine: str
    big: str
    small: str


@contextmanager
def pairs(scale: Scale, engines: int = 2) -> Iterator[list[Pair]]:
    """Both engines' big and small databases, for as long as the block lasts.

    Of SQLite alone where one engine is asked for, or PostgreSQL is not on this machine.
    """
    with ExitStack() as stack:
        folder = KEPT
        if scale.commitments < LARGE:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            folder.chmod(0o755)  # `postgres` goes through it
        sizes = [
            (scale.commitments, scale.changes),
            (scale.small_commitments, scale.small_changes),
        ]
        files = [sqlite_file(*size, folder) for size in sizes]
        big, small = (f"sqlite:///{file}" for file in files)
        found = [Pair("SQLite", big, small)]
        if engines > 1 and (server := stack.enter_context(_server(folder))):
            big, small = (_postgres_of(server, file) for file in files)
            found.append(Pair("PostgreSQL", big, small))
        yield found


def sqlite_file(commitments: int, changes: int, folder: Path = KEPT) -> Path:
    """The SQLite file of that size, made if it is not there yet; up to date."""
    file = folder / f"{commitments}-{changes}.sqlite3"
    if not file.exists():
        _fill(file, commitments, changes)
    manage(f"sqlite:///{file}", "migrate", "-v0")
    return file


def _fill(file: Path, commitments: int, changes: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"draft-{file.name}")  # what is cut short is made anew
    draft.unlink(missing_ok=True)
    url = f"sqlite:///{draft}"
    manage(url, "migrate", "-v0")
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.json"
        write(record, commitments)
        manage(url, "import_record", str(record))
    steps.alone("bench.filling", environment(url), "top_up", commitments, changes)
    for left in ("-wal", "-shm"):
        Path(f"{draft}{left}").unlink(missing_ok=True)
    draft.rename(file)


# --- PostgreSQL -----------------------------------------------------------------------------------


@contextmanager
def _server(folder: Path) -> Iterator[str | None]:
    """A PostgreSQL whose data are kept beside the files."""
    from tests.both_databases import postgres, postgres_programs

    programs = postgres_programs()
    if programs is None:
        yield None
        return
    with postgres(programs, kept=folder / "postgresql") as url:
        yield url


def _postgres_of(server: str, file: Path) -> str:
    """The database there that holds the file's rows, made if it is not there yet; up to date."""
    import psycopg

    name = f"filled_{file.stem.replace('-', '_')}"
    url = server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        known = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        if name not in known:
            connection.execute("DROP DATABASE IF EXISTS draft")
            connection.execute("CREATE DATABASE draft")
            draft = server.replace("/postgres?", "/draft?")
            manage(draft, "migrate", "-v0")
            steps.alone("bench.filling", environment(draft), "copy", file)
            connection.execute(f"ALTER DATABASE draft RENAME TO {name}")
    manage(url, "migrate", "-v0")
    return url


# --- the steps ------------------------------------------------------------------------------------


def top_up(commitments: str, changes: str) -> None:
    """Append corrections until the log has so many entries."""
    from django.db import connection, transaction

    from tracker.changes.log import append_many, head_sequence

    steps.ready()
    first, last = head_sequence() + 1, int(changes)
    with transaction.atomic():
        append_many(_corrections(int(commitments), first, last))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _corrections(commitments: int, first: int, last: int) -> Iterator[Any]:
    from tracker.changes.kinds import Kind, Significance
    from tracker.changes.log import Entry

    made = Made(commitments)
    count = {
        "commitment": commitments, "lab": LABS, "pledge": made.pledges, "source": made.sources,
        "quotation": made.quotations, "outcome": (commitments + 1) // 2,
    }  # fmt: skip
    named = {"quotation": "words", "outcome": "outcome"}
    words: list[dict[str, Any]] = [
        plain  # an entry's body leaves nothing out
        | {"deadline": _NOTHING_SAID | plain["deadline"]}
        | {"criteria": [_USUAL | criterion for criterion in plain["criteria"]]}
        for plain in map(made.commitment, range(min(TEMPLATES, commitments)))
    ]
    weights = [*Significance, None, None, None]  # as its kind has it, mostly
    for number in range(first, last + 1):
        kind, noun = next(
            ((kind, noun) for every, kind, noun in _EVERY if number % every == 0),
            ("commitment_corrected", "commitment"),
        )
        place = number * 7919 % count[noun]
        slug = f"example-{named.get(noun, noun)}-{place}"
        plain = words[place % len(words)]
        told = "exact" if noun == "quotation" else "title"
        before = {"slug": slug, told: f"Example {noun} {place}, as read before entry {number}"}
        if noun == "commitment":
            before = plain | before
        elif noun == "quotation":
            source = f"example-source-{place % made.sources}"
            before = made.quotation(place) | {"source": source, "exact": f"We will, {number}."}
        of = place if noun in ("commitment", "lab") else 2 * place
        of_commitment = noun in ("commitment", "outcome") and of < commitments
        pledge = of // 400 % made.pledges if of_commitment and of % 4 != 3 else None
        pledge = place if noun == "pledge" else pledge
        yield Entry(
            kind=Kind(kind), subject_type=noun, subject_slug=slug,
            actor=f"Eve Example {number % 5}",
            labs=[f"example-lab-{of % LABS}"] if of_commitment or noun == "lab" else [],
            commitments=[f"example-commitment-{of}"] if of_commitment else [],
            pledge="" if pledge is None else f"example-pledge-{pledge}",
            category=CATEGORIES[of % len(CATEGORIES)] if of_commitment else "",
            before=before, after=before | {told: f"Example {noun} {place}, entry {number}"},
            reason=f"Made-up correction no. {number}, to make the log as long as it is to be.",
            significance=weights[number % len(weights)],
        )  # fmt: skip


def copy(file: str) -> None:
    """Give this PostgreSQL, which is migrated and empty, the rows of a SQLite file."""
    from django.apps import apps
    from django.db import connection, transaction

    steps.ready()
    source = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    with transaction.atomic(), connection.cursor() as cursor:
        # the rows stand as they stood: nothing is checked again, and no trigger asked
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in apps.get_app_config("tracker").get_models(include_auto_created=True):
            if model._meta.managed:
                _copy(source, cursor, model)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _copy(source: sqlite3.Connection, cursor: Any, model: Any) -> None:
    table = model._meta.db_table
    fields = [each for each in model._meta.concrete_fields if each.column]
    columns = ", ".join(f'"{each.column}"' for each in fields)
    kinds = [each.get_internal_type() for each in fields]
    cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - our own names
    rows = source.execute(f'SELECT {columns} FROM "{table}"')  # noqa: S608 - ours
    with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as into:
        while some := rows.fetchmany(LOT):
            for row in some:
                into.write_row([_said(*each) for each in zip(kinds, row, strict=True)])
    if model._meta.pk.get_internal_type() in ("AutoField", "BigAutoField"):
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "  # noqa: S608 - ours
            f'GREATEST(1, (SELECT MAX(id) FROM "{table}")))'
        )


def _said(kind: str, value: Any) -> Any:
    """A value as SQLite holds it, as PostgreSQL reads it."""
    if value is None:
        return None
    if kind == "BooleanField":
        return bool(value)
    if kind == "DateTimeField":
        return f"{value}+00"
    return value


STEPS = {each.__name__: each for each in (top_up, copy)}


def main(sizes: Sequence[int]) -> None:
    """Make what is asked for, and say where it is."""
    commitments, changes = sizes or (100_000, 1_000_000)
    with pairs(Scale(commitments, changes)) as found:
        for pair in found:
            print(f"{pair.engine}: {pair.big}, {pair.small}")
    print(f"{shutil.disk_usage(KEPT).free / 1e9:.0f} GB of the disk are free.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        steps.main(STEPS)
    else:
        main([int(each) for each in sys.argv[1:3]])
