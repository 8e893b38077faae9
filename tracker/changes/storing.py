"""Writing finished entries, their topics and the new head: on PostgreSQL in one statement.

Whoever publishes waits for the head, so the time it is locked is what counts, and there each
statement is a way to the server and back. SQLite runs in the same process and gains nothing.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

from tracker.changes.models import Change, ChangeTopic, LogHead

TOGETHER = 500  # entries
FEW = 50  # entries in one statement; the driver takes a longer one apart for longer than it saves


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
    columns = [each for each in ChangeTopic._meta.concrete_fields if each.column]
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
    entries, entry_values = _insert(Change, changes)
    filed, filed_values = _insert(ChangeTopic, topics)
    columns = [each for each in LogHead._meta.concrete_fields if not each.primary_key]
    written = ", ".join(f"{each.column} = %s" for each in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH entries AS ({entries}), filed AS ({filed}) "  # noqa: S608 - our own names
            f"UPDATE {LogHead._meta.db_table} SET {written} WHERE id = %s",
            [*entry_values, *filed_values, *_values(columns, head), head.pk],
        )
    for change in changes:
        change._state.adding, change._state.db = False, connection.alias


def _insert(model: type[models.Model], rows: Sequence[models.Model]) -> tuple[str, list[Any]]:
    columns = [each for each in model._meta.concrete_fields if each.column]
    names = ", ".join(str(each.column) for each in columns)
    row = f"({', '.join(['%s'] * len(columns))})"
    return (
        f"INSERT INTO {model._meta.db_table} ({names}) "  # noqa: S608 - our own names
        f"VALUES {', '.join([row] * len(rows))}",
        [value for each in rows for value in _values(columns, each)],
    )


def _values(columns: Sequence[Any], row: models.Model) -> list[Any]:
    """The row's values as the database's driver takes them."""
    return [each.get_db_prep_save(getattr(row, each.attname), connection) for each in columns]
