"""Triggers by which the database itself refuses to change the log.

An entry, its topics and a checkpoint are inserted, and that is all. One change passes: `body` and
`reason` of an entry becoming null together, every other column as it was, which is a redaction.

`install` runs after every migration and not in one: SQLite rebuilds a table whose column is
altered, and the new table has no triggers.
"""

from collections.abc import Callable, Iterable

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tracker.changes.models import Change, ChangeTopic, Checkpoint

GUARDED = (Change, ChangeTopic, Checkpoint)
REDACTED = ("body", "reason")  # what may become null

EDITED = "The log is never edited: {} refuses UPDATE, but for the redaction of an entry."
DELETED = "The log is never shortened: {} refuses DELETE and TRUNCATE."
REPLACED = "The log is never overwritten: {} refuses an INSERT in the place of a row that stands."

Run = Callable[[str], object]


def install(using: str) -> None:
    """Make the triggers anew on whichever of the tables exist. Twice changes nothing."""
    _on_each_table(using, _install_sqlite, _install_postgresql)


def remove(using: str) -> None:
    """Take the triggers away, for tests that empty their tables."""
    _on_each_table(using, _remove_sqlite, _remove_postgresql)


def _on_each_table(
    using: str,
    sqlite: Callable[[Run, str, list[str], list[list[str]]], None],
    postgresql: Callable[[Run, str, list[str], list[list[str]]], None],
) -> None:
    connection = connections[using]
    act = {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]
    with transaction.atomic(using), connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor)
        for table in (model._meta.db_table for model in GUARDED):
            if table in there:
                act(cursor.execute, table, *_columns(connection, cursor, table))


def _columns(
    connection: BaseDatabaseWrapper, cursor: object, table: str
) -> tuple[list[str], list[list[str]]]:
    """The table's columns as it stands, and those of each unique key."""
    found = connection.introspection.get_table_description(cursor, table)  # type: ignore[arg-type]
    constraints = connection.introspection.get_constraints(cursor, table)  # type: ignore[arg-type]
    keys = {
        tuple(each["columns"])
        for each in constraints.values()
        if each["unique"] or each["primary_key"]
    }
    return [each.name for each in found], [list(key) for key in sorted(keys)]


def _same(columns: Iterable[str], operator: str) -> str:
    """NEW and OLD agree in every column, where two nulls agree too."""
    return " AND ".join(f'NEW."{column}" {operator} OLD."{column}"' for column in columns)


def _redaction(table: str, columns: list[str], operator: str) -> str:
    """The condition of the one UPDATE that passes; none passes but on entries."""
    if table != Change._meta.db_table:
        return "FALSE"
    nulled = " AND ".join(f'NEW."{column}" IS NULL' for column in REDACTED)
    kept = [column for column in columns if column not in REDACTED]
    return f'OLD."body" IS NOT NULL AND {nulled} AND {_same(kept, operator)}'


# --- SQLite --------------------------------------------------------------------------------------


def _install_sqlite(run: Run, table: str, columns: list[str], keys: list[list[str]]) -> None:
    _remove_sqlite(run, table, columns, keys)
    # A row's own number can be written too, and by it another row be replaced.
    passes = _redaction(table, ["rowid", *columns], "IS")
    # REPLACE deletes the row in its way without asking the triggers of DELETE.
    taken = " OR ".join(
        f'EXISTS (SELECT 1 FROM "{table}" WHERE '  # noqa: S608 - names of our own tables
        + " AND ".join(f'"{column}" = NEW."{column}"' for column in key)
        + ")"
        for key in [["rowid"], *keys]
    )
    for verb, when, message in (
        ("UPDATE", f"NOT ({passes})", EDITED),
        ("DELETE", "TRUE", DELETED),
        ("INSERT", taken, REPLACED),
    ):
        run(
            f'CREATE TRIGGER "{table}_guard_{verb.lower()}" BEFORE {verb} ON "{table}" '
            f"WHEN {when} BEGIN SELECT RAISE(ABORT, '{message.format(table)}'); END"
        )


def _remove_sqlite(run: Run, table: str, columns: list[str], keys: list[list[str]]) -> None:
    for verb in ("update", "delete", "insert"):
        run(f'DROP TRIGGER IF EXISTS "{table}_guard_{verb}"')


# --- PostgreSQL ----------------------------------------------------------------------------------


def _install_postgresql(run: Run, table: str, columns: list[str], keys: list[list[str]]) -> None:
    # INSERT … ON CONFLICT DO UPDATE asks the trigger of UPDATE; the rest is refused by the keys.
    # The condition stands in the function: a column named in a trigger cannot be altered.
    run(f"""
        CREATE OR REPLACE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF {_redaction(table, columns, "IS NOT DISTINCT FROM")} THEN RETURN NEW; END IF;
            END IF;
            RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation';
        END $$
    """)
    for verb, each, message in (
        ("update", "ROW", EDITED),
        ("delete", "ROW", DELETED),
        ("truncate", "STATEMENT", DELETED),
    ):
        run(
            f"CREATE OR REPLACE TRIGGER {table}_guard_{verb} BEFORE {verb} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {table}_guard('{message.format(table)}')"
        )


def _remove_postgresql(run: Run, table: str, columns: list[str], keys: list[list[str]]) -> None:
    for verb in ("update", "delete", "truncate"):
        run(f"DROP TRIGGER IF EXISTS {table}_guard_{verb} ON {table}")
