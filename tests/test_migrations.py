"""Migrations run beside a site that is read and written: what they may do, and how they wait."""

import threading
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import (
    NotSupportedError,
    OperationalError,
    connection,
    migrations,
    models,
    transaction,
)
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.functions import Now

from tests.builders import make_lab
from tests.migration_rules import dangers
from tracker.apps import make_what_every_database_needs
from tracker.records import migrating
from tracker.records.migrating import CheckInTwoSteps, IndexConcurrently, patiently

#: Made before there were sites to be read meanwhile.
BEFORE_THE_RULES = 6
#: Those that take away what the release before them no longer uses, and what that is.
CONTRACTS: dict[str, str] = {}


def test_new_migrations_hold_nobody_up():
    loader = MigrationLoader(None)
    found = {}
    for (app, name), migration in loader.disk_migrations.items():
        if app == "tracker" and int(name[:4]) > BEFORE_THE_RULES:
            before = loader.project_state((app, name), at_end=False)
            found[name] = dangers(migration, before, contracts=name in CONTRACTS)
    assert {name: said for name, said in found.items() if said} == {}


# --- The rules themselves ------------------------------------------------------------------------

NAME = models.CharField(max_length=20)
INDEX = models.Index(fields=["name"], name="pledges_name")
CHECK = models.CheckConstraint(condition=models.Q(name__gt=""), name="pledges_named")
ONCE = models.UniqueConstraint(fields=["name"], name="pledges_once")

REFUSED: dict[str, tuple[bool, list[Any]]] = {
    "an index that locks": (True, [migrations.AddIndex("promise", INDEX)]),
    "an index beside others, in a transaction": (True, [IndexConcurrently("promise", INDEX)]),
    "a check that looks at all rows": (True, [migrations.AddConstraint("promise", CHECK)]),
    "a unique constraint": (False, [migrations.AddConstraint("promise", ONCE)]),
    "a column that old code does not fill": (
        True,
        [migrations.AddField("promise", "more", models.TextField(default="none"))],
    ),
    "a column that is another for each row": (
        True,
        [migrations.AddField("promise", "at", models.DateTimeField(db_default=Now()))],
    ),
    "a column with an index": (
        True,
        [migrations.AddField("promise", "on", models.DateField(null=True, db_index=True))],
    ),
    "a reference, which has an index": (
        True,
        [
            migrations.AddField(
                "promise", "other", models.ForeignKey("promise", models.CASCADE, null=True)
            )
        ],
    ),
    "a column that goes": (True, [migrations.RemoveField("promise", "name")]),
    "a column by another name": (True, [migrations.RenameField("promise", "name", "title")]),
    "a table that goes": (True, [migrations.DeleteModel("promise")]),
    "a table by another name": (True, [migrations.RenameModel("promise", "pledge")]),
    "another type": (True, [migrations.AlterField("promise", "name", models.IntegerField())]),
    "shorter text": (
        True,
        [migrations.AlterField("promise", "name", models.CharField(max_length=9))],
    ),
    "no longer empty": (
        True,
        [migrations.AlterField("promise", "said", models.TextField(default=""))],
    ),
    "unique of late": (
        True,
        [migrations.AlterField("promise", "name", models.CharField(max_length=20, unique=True))],
    ),
    "a backfill under the locks of others": (
        False,
        [
            migrations.AddField("promise", "more", models.TextField(null=True)),
            migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop),
        ],
    ),
    "a backfill in one transaction": (
        True,
        [migrations.RunSQL("UPDATE promise SET name = 'x'", migrations.RunSQL.noop)],
    ),
    "a backfill that cannot be taken back": (False, [migrations.RunSQL("SELECT 1")]),
}
ALLOWED: dict[str, tuple[bool, list[Any]]] = {
    "a new table with all that belongs to it": (
        True,
        [
            migrations.CreateModel("Fresh", [("id", models.AutoField(primary_key=True))]),
            migrations.AddField("fresh", "name", models.CharField(max_length=9, db_index=True)),
            migrations.AddIndex("fresh", INDEX),
            migrations.AddConstraint("fresh", ONCE),
        ],
    ),
    "an index beside others": (False, [IndexConcurrently("promise", INDEX)]),
    "a check in two steps": (False, [CheckInTwoSteps("promise", CHECK)]),
    "an empty column": (True, [migrations.AddField("promise", "on", models.DateField(null=True))]),
    "a column that the database fills": (
        True,
        [migrations.AddField("promise", "more", models.TextField(db_default=""))],
    ),
    "longer text, and more choices": (
        True,
        [
            migrations.AlterField(
                "promise", "name", models.CharField(max_length=30, choices=[("a", "b")])
            ),
            migrations.AlterField("promise", "name", models.TextField()),
        ],
    ),
    "a backfill in lots": (
        False,
        [migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)],
    ),
}


def _promises() -> ProjectState:
    fields: list[tuple[str, Any]] = [
        ("id", models.AutoField(primary_key=True)),
        ("name", NAME),
        ("said", models.TextField(null=True)),
    ]
    state = ProjectState()
    state.add_model(ModelState("made_up", "Promise", fields))
    return state


def _migration(atomic: bool, operations: list[Any]) -> Migration:
    made: Any = Migration("0009_made_up", "made_up")
    made.atomic, made.operations = atomic, operations
    return made  # type: ignore[no-any-return]


@pytest.mark.once
@pytest.mark.parametrize("what", REFUSED)
def test_what_would_hold_a_site_up_is_named(what):
    assert len(dangers(_migration(*REFUSED[what]), _promises())) == 1


@pytest.mark.once
@pytest.mark.parametrize("what", ALLOWED)
def test_what_holds_nobody_up_is_allowed(what):
    assert dangers(_migration(*ALLOWED[what]), _promises()) == []


@pytest.mark.once
def test_what_the_release_before_no_longer_uses_may_go():
    migration = _migration(*REFUSED["a column that goes"])
    assert dangers(migration, _promises(), contracts=True) == []


# --- Waiting for a lock --------------------------------------------------------------------------


class LockTimeout(Exception):
    sqlstate = "55P03"


def locked() -> OperationalError:
    error = OperationalError("canceling statement due to lock timeout")
    error.__cause__ = LockTimeout()
    return error


def test_a_migration_that_finds_a_lock_is_tried_again_and_not_for_ever(db, monkeypatch):
    monkeypatch.setattr(migrating, "PAUSE", 0)
    said: list[str] = []
    outcomes: list[Exception | None] = [locked(), locked(), None]

    def work() -> None:
        if outcome := outcomes.pop(0):
            raise outcome

    patiently("default", work, said.append)
    assert outcomes == []
    assert said == [
        f"Somebody else holds a lock that this needs: attempt {n} of {migrating.TRIES} failed."
        for n in (1, 2)
    ]

    outcomes = [locked()] * migrating.TRIES
    with pytest.raises(CommandError, match="run migrate again"):
        patiently("default", work, said.append)
    assert outcomes == []


def test_any_other_error_of_a_migration_is_told_at_once(db):
    def work() -> None:
        raise OperationalError("no such table")

    with pytest.raises(OperationalError, match="no such table"):
        patiently("default", work, pytest.fail)


@pytest.mark.django_db(transaction=True)
def test_readers_behind_a_migration_do_not_wait_long(monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no lock of a table that others wait behind")
    monkeypatch.setattr(migrating, "LIMIT", 0.05)
    monkeypatch.setattr(migrating, "PAUSE", 0.05)
    reads, goes_on = threading.Event(), threading.Event()

    def read_for_long() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM tracker_lab")
            reads.set()
            goes_on.wait(30)
            cursor.execute("COMMIT")
        connection.close()

    def alter() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE tracker_lab IN ACCESS EXCLUSIVE MODE")

    reader = threading.Thread(target=read_for_long)
    reader.start()
    assert reads.wait(30)
    said: list[str] = []

    def say(sentence: str) -> None:
        said.append(sentence)
        goes_on.set()

    patiently("default", alter, say)
    reader.join()
    assert said
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("1min",)  # as before (tests/settings.py)


# --- Large tables --------------------------------------------------------------------------------


def _apply(operation: Any, *, back: bool = False, atomic: bool = False) -> None:
    """To the real table of labs, as a migration would."""
    before = MigrationLoader(connection).project_state()
    after = before.clone()
    operation.state_forwards("tracker", after)
    with connection.schema_editor(atomic=atomic) as editor:
        if back:
            operation.database_backwards("tracker", editor, after, before)
        else:
            operation.database_forwards("tracker", editor, before, after)


def _constraints() -> dict[str, Any]:
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, "tracker_lab")


@pytest.mark.django_db(transaction=True)
def test_an_index_is_built_beside_readers_and_writers_and_again_where_that_was_broken_off():
    name = "made_up_index"
    operation = IndexConcurrently("lab", models.Index(fields=["kind", "name"], name=name))
    try:
        _apply(operation)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                invalid = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass"
                cursor.execute(invalid, [name])
                _apply(operation)
                cursor.execute(
                    "SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass", [name]
                )
                assert cursor.fetchone() == (True,)
            with pytest.raises(NotSupportedError, match="atomic = False"):
                _apply(operation, atomic=True)
        else:
            _apply(operation)
        assert _constraints()[name]["columns"] == ["kind", "name"]
    finally:
        _apply(operation, back=True)
    assert name not in _constraints()


@pytest.mark.django_db(transaction=True)
def test_a_check_is_added_in_two_steps_and_holds_for_old_rows_too():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite writes the table again, which drops the triggers of others")
    name = "made_up_check"
    check = models.CheckConstraint(condition=~models.Q(slug="made-up"), name=name)
    operation = CheckInTwoSteps("lab", check)
    try:
        _apply(operation)
        _apply(operation)  # as after one that was broken off
        with connection.cursor() as cursor:
            cursor.execute("SELECT convalidated FROM pg_constraint WHERE conname = %s", [name])
            assert cursor.fetchone() == (True,)
    finally:
        _apply(operation, back=True)
    assert name not in _constraints()


# --- Afterwards ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("plan", "counted"), [([], False), ([("a migration", False)], True)])
def test_the_planner_is_told_what_there_is_when_something_was_migrated(db, plan, counted):
    for _ in range(7):  # as many as no other test leaves for the planner to know
        make_lab()
    with connection.cursor() as cursor:
        before = _counted(cursor)
        make_what_every_database_needs(apps.get_app_config("tracker"), "default", plan=plan)
        assert (_counted(cursor) != before) == counted


def _counted(cursor: Any) -> list[Any]:
    """What the planner knows of the table of labs."""
    if connection.vendor == "sqlite":
        if "sqlite_stat1" not in connection.introspection.table_names(cursor):
            return []
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = 'tracker_lab'")
    else:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'tracker_lab'")
    return list(cursor.fetchall())


def test_migrate_is_ours(db, capsys):
    call_command("migrate", verbosity=1)
    assert "No migrations to apply" in capsys.readouterr().out
