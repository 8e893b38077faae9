"""Writing finished entries, their topics and the new head: on PostgreSQL in one statement.

Whoever publishes waits for the head, so the time it is locked is what counts, and there each
statement is a way to the server and back. SQLite runs in the same process and gains nothing.
"""

from collections.abc import Sequence
from datetime import UTC
from functools import lru_cache
from typing import Any

from django.db import connection, models

from tracker.changes.models import Change, ChangeTopic, LogHead
from tracker.records import prepared

TOGETHER = 500  # entries
QUEUE = 0x6F6E2D7265636F72  # PostgreSQL's name of the queue before the head: “on-recor”
FEW = 50  # entries in one statement; the driver takes a longer one apart for longer than it saves


def locked_head() -> LogHead:
    """The head as it stands, its row locked until the transaction ends.

    Locked first and read after: read by the statement that locks it, it could be of a stale
    snapshot. All goes in one message to PostgreSQL, which gives each statement a snapshot of its
    own. There writers queue before they lock: of those who wait for a row, each wakes whenever
    somebody has written it, to find that it must wait for the next one.
    """
    table = LogHead._meta.db_table
    read = f"SELECT sequence, at, hash FROM {table} WHERE id = 1"  # noqa: S608 - our own name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            queue = f"SELECT pg_advisory_xact_lock({QUEUE})"
            lock = f"SELECT id FROM {table} WHERE id = 1 FOR NO KEY UPDATE"  # noqa: S608
            cursor.execute(f"{queue}; {lock}; {read}")
            cursor.nextset()
            cursor.nextset()
        else:
            cursor.execute(read)
        found = cursor.fetchone()
    if found is None:
        raise LogHead.DoesNotExist("The database is not migrated.")
    sequence, at, own = found
    if at is not None:
        at = at.replace(tzinfo=at.tzinfo or UTC)  # SQLite keeps no zone
    return LogHead(pk=1, sequence=sequence, at=at, hash=own)


def store(changes: Sequence[Change], topics: Sequence[ChangeTopic], head: LogHead) -> None:
    """Write all of it; the head's row is locked and `head` is what it becomes.

    At most TOGETHER entries.
    """
    at_once = connection.vendor == "postgresql" and len(changes) <= FEW
    (store_at_once if at_once else store_by_table)(changes, topics, head)


def store_by_table(changes: Sequence[Change], topics: Sequence[ChangeTopic], head: LogHead) -> None:
    """A statement for each table, or several."""
    Change.objects.bulk_create(changes, batch_size=TOGETHER)
    if connection.vendor == "sqlite":
        _insert_one_by_one(topics)
    else:
        ChangeTopic.objects.bulk_create(topics, batch_size=TOGETHER)
    head.save()


def _insert_one_by_one(topics: Sequence[ChangeTopic]) -> None:
    """Half the rows of an import are these, of short texts and a number: within one process a
    short statement, repeated by the driver, costs a fifth of `bulk_create`."""
    columns = _columns(ChangeTopic)
    names = ", ".join(str(each.column) for each in columns)
    values = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {ChangeTopic._meta.db_table} ({names}) "  # noqa: S608 - our own names
            f"VALUES ({values})",
            [[getattr(topic, each.attname) for each in columns] for topic in topics],
        )


def store_at_once(changes: Sequence[Change], topics: Sequence[ChangeTopic], head: LogHead) -> None:
    """One statement for all of it."""
    values = [
        *(value for each in changes for value in _values(_columns(Change), each)),
        *(value for each in topics for value in _values(_columns(ChangeTopic), each)),
        *_values(_head_columns(), head),
        head.pk,
    ]
    with prepared.cursor() as cursor:
        cursor.execute(_statement(len(changes), len(topics)), values)
    for change in changes:
        change._state.adding, change._state.db = False, connection.alias


@lru_cache(maxsize=100)
def _statement(changes: int, topics: int) -> str:
    """The one statement for so many entries under so many topics."""
    written = ", ".join(f"{each.column} = %s" for each in _head_columns())
    return (
        f"WITH entries AS ({_insert(Change, changes)}), "  # noqa: S608 - our own names
        f"filed AS ({_insert(ChangeTopic, topics)}) "
        f"UPDATE {LogHead._meta.db_table} SET {written} WHERE id = %s"
    )


def _insert(model: type[models.Model], rows: int) -> str:
    columns = _columns(model)
    names = ", ".join(str(each.column) for each in columns)
    row = f"({', '.join(['%s'] * len(columns))})"
    return (
        f"INSERT INTO {model._meta.db_table} ({names}) "  # noqa: S608 - our own names
        f"VALUES {', '.join([row] * rows)}"
    )


def _columns(model: type[models.Model]) -> list[Any]:
    return [each for each in model._meta.concrete_fields if each.column]


def _head_columns() -> list[Any]:
    return [each for each in LogHead._meta.concrete_fields if not each.primary_key]


def _values(columns: Sequence[Any], row: models.Model) -> list[Any]:
    """The row's values as the database's driver takes them."""
    return [each.get_db_prep_save(getattr(row, each.attname), connection) for each in columns]
