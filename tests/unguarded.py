"""The log's own triggers out of the way, for tests that empty or fill tables past everything.

`guard.remove` and `guard.install` do that too; they look at each table's columns first, which for
each test that commits is too long.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction

from tracker.changes.guard import GUARDED

TABLES = [model._meta.db_table for model in GUARDED]


@contextmanager
def unguarded(using: str) -> Iterator[None]:
    """In one transaction, at whose end the triggers are as they were."""
    connection = connections[using]
    with transaction.atomic(using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("; ".join(f"ALTER TABLE {each} DISABLE TRIGGER USER" for each in TABLES))
            yield
            cursor.execute("; ".join(f"ALTER TABLE {each} ENABLE TRIGGER USER" for each in TABLES))
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master"
            " WHERE type = 'trigger' AND tbl_name IN (%s, %s, %s)",
            TABLES,
        )
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _, made_by in triggers:
            cursor.execute(made_by)
