"""Migrations beside a site that is being read and written: nobody waits for them for long.

A migration that asks for a table for itself makes everybody who comes after it wait, for as long as
it waits itself. So `patiently` gives each attempt LIMIT seconds, and tries again. What would hold a
large table while it works through all of it has an operation of its own here, which does not.
CONTRIBUTING.md says in which steps a column comes and goes; tests/test_migrations.py holds
migrations to it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.db import NotSupportedError, OperationalError, connections
from django.db.migrations.operations import AddConstraint, AddIndex
from django.db.migrations.operations.base import Operation

from tracker.records.trouble import Trouble, trouble

LIMIT = 2.0  # seconds that one attempt waits for a lock, and others behind it
PAUSE = 3.0  # seconds between two attempts
TRIES = 40


def patiently(using: str, work: Callable[[], object], say: Callable[[str], None]) -> None:
    """Do the work, again where somebody else holds what it needs; `say` is told of each attempt.

    Work that was done stays done: each migration is a transaction. Raises CommandError with a
    sentence after TRIES attempts.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with waiting_at_most(using, LIMIT):
                work()
        except OperationalError as error:
            if trouble(error) is not Trouble.LOCKED:
                raise
            say(f"Somebody else holds a lock that this needs: attempt {attempt} of {TRIES} failed.")
            if attempt < TRIES:
                time.sleep(PAUSE)
        else:
            return
    raise CommandError(
        f"A lock could not be had in {TRIES} attempts. What was applied stays; nothing of the rest "
        "was kept. Look for a long transaction (pg_stat_activity), and run migrate again."
    )


@contextmanager
def waiting_at_most(using: str, seconds: float) -> Iterator[None]:
    """Within the block a statement of this connection waits so long for a lock; 0: for ever."""
    connection: Any = connections[using]
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{seconds * 1000:.0f}"])
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])


def gather_statistics(using: str) -> None:
    """What the planner of queries goes by: without it, a new index can make a list slower."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 1000")  # rows of each index, not all of them
        cursor.execute("ANALYZE")


class _Alone(Operation):
    """An operation that holds nobody up on PostgreSQL, for which it needs no transaction round it:
    its migration says `atomic = False` and holds nothing else that could be left half-done."""

    atomic = False
    model_name: str

    def _model(self, app_label: str, schema_editor: Any, state: Any) -> Any:
        """The model that it is about; None where this database has no part in it."""
        if schema_editor.connection.in_atomic_block:
            raise NotSupportedError("This migration must say: atomic = False")
        model = state.apps.get_model(app_label, self.model_name)
        alias = schema_editor.connection.alias
        return model if self.allow_migrate_model(alias, model) else None


class IndexConcurrently(_Alone, AddIndex):
    """AddIndex on a table that may be large. One that was broken off is begun anew."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Nobody waits for it, so it waits for everybody."""
        if schema_editor.connection.vendor != "postgresql":
            schema_editor.execute(
                f"DROP INDEX IF EXISTS {schema_editor.quote_name(self.index.name)}"
            )
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = self._model(app_label, schema_editor, to_state)
        if model is None:
            return
        with waiting_at_most(schema_editor.connection.alias, 0):
            sound = _is_sound(schema_editor, self.index.name)
            if sound is False:
                schema_editor.remove_index(model, self.index, concurrently=True)
            if not sound:
                schema_editor.add_index(model, self.index, concurrently=True)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Taken away in the same manner."""
        if schema_editor.connection.vendor != "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = self._model(app_label, schema_editor, from_state)
        if model is not None:
            with waiting_at_most(schema_editor.connection.alias, 0):
                schema_editor.remove_index(model, self.index, concurrently=True)


def _is_sound(schema_editor: Any, index: str) -> bool | None:
    """Whether there is such an index, whole; None where there is none."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)",
            [schema_editor.quote_name(index)],
        )
        found = cursor.fetchone()
    return found[0] if found else None


class CheckInTwoSteps(_Alone, AddConstraint):
    """AddConstraint of a CHECK on a table that may be large: it holds for new rows at once, and the
    old ones are looked through while others read and write."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Under the table's lock for no longer than it takes to write the rule down."""
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = self._model(app_label, schema_editor, to_state)
        if model is None:
            return
        table = schema_editor.quote_name(model._meta.db_table)
        name = schema_editor.quote_name(self.constraint.name)
        # what an attempt that was broken off has left
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}", params=None)
        rule = self.constraint.create_sql(model, schema_editor)
        schema_editor.execute(f"{rule} NOT VALID", params=None)
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}", params=None)
