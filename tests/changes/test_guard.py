"""The database itself refuses to change the log, whoever asks and however."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.db.models import F
from django.utils.timezone import now

from tests.changes.logs import logged
from tracker.changes import continuity, guard
from tracker.changes.models import Change, ChangeTopic, Checkpoint, LogHead

pytestmark = pytest.mark.django_db

SQLITE_ONLY = ("REPLACE", "UPDATE OR", "rowid")


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def rows() -> list[list[tuple[object, ...]]]:
    return [list(model.objects.order_by("pk").values_list()) for model in guard.GUARDED]


@pytest.fixture
def a_log() -> None:
    logged(3)
    head = LogHead.objects.get()
    Checkpoint.objects.create(made_at=now(), sequence=3, hash=head.hash, note="A note.")


CHANGE_COLUMNS = [str(field.column) for field in Change._meta.concrete_fields]

REFUSED = [
    "UPDATE tracker_change SET sequence = sequence",
    "UPDATE tracker_change SET body = body, hash = hash",
    "UPDATE tracker_change SET sequence = sequence + 10",
    "UPDATE tracker_change SET reason = 'Another.'",
    "UPDATE tracker_change SET reason = NULL",
    "UPDATE tracker_change SET reason = ''",
    "UPDATE tracker_change SET body = NULL, reason = NULL, actor = 'Nobody'",
    "UPDATE tracker_change SET body = '', reason = NULL",
    "UPDATE tracker_change SET body = NULL, reason = NULL, header = NULL",
    "DELETE FROM tracker_change",
    "DELETE FROM tracker_change WHERE sequence = 3",
    "TRUNCATE tracker_change",
    "TRUNCATE tracker_change, tracker_changetopic, tracker_checkpoint",
    "UPDATE tracker_changetopic SET topic = 'all2'",
    "UPDATE tracker_changetopic SET category = 'compute' WHERE sequence = 2",
    "DELETE FROM tracker_changetopic WHERE sequence = 2",
    "TRUNCATE tracker_changetopic",
    "UPDATE tracker_checkpoint SET note = 'Another.'",
    "UPDATE tracker_checkpoint SET note = note",
    "DELETE FROM tracker_checkpoint",
    "TRUNCATE tracker_checkpoint",
    # an upsert asks the triggers of UPDATE
    "INSERT INTO tracker_changetopic VALUES ('all', 2, 'epoch', 'major', '') "
    "ON CONFLICT (topic, sequence) DO UPDATE SET kind = 'epoch'",
    "UPDATE OR REPLACE tracker_change SET sequence = 3 WHERE sequence = 2",
    "UPDATE OR REPLACE tracker_change SET body = NULL, reason = NULL, rowid = 3 WHERE sequence = 2",
    "UPDATE OR IGNORE tracker_change SET actor = 'Nobody'",
    "UPDATE OR REPLACE tracker_changetopic SET topic = 'all' WHERE topic LIKE 'lab:%'",
    "REPLACE INTO tracker_changetopic VALUES ('all', 2, 'epoch', 'major', '')",
    "INSERT OR REPLACE INTO tracker_checkpoint SELECT made_at, 1, hash, note "
    "FROM tracker_checkpoint",
    "INSERT OR REPLACE INTO tracker_checkpoint (rowid, made_at, sequence, hash, note) "
    "SELECT rowid, '2031-01-01', 1, hash, note FROM tracker_checkpoint",
    "INSERT OR REPLACE INTO tracker_change SELECT * FROM tracker_change WHERE sequence = 2",
]


def test_a_statement_that_would_change_the_log_is_refused_and_changes_nothing(a_log):
    for statement in REFUSED:
        if connection.vendor == "sqlite" and statement.startswith("TRUNCATE"):
            continue  # there a DELETE without WHERE is all the truncating there is
        if connection.vendor == "postgresql" and any(each in statement for each in SQLITE_ONLY):
            continue
        before = rows()
        with pytest.raises(DatabaseError, match=r"The log is never \w+: tracker_\w+ refuses"):
            run(statement)
        assert rows() == before, statement


@pytest.mark.parametrize("key", ["sequence", "hash", "previous_hash", "rowid"])
def test_replacing_an_entry_by_any_of_its_keys_is_refused(a_log, key):
    """The new row is alike in that key alone; SQLite would delete the old one and ask nobody."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no INSERT OR REPLACE")
    columns = [*CHANGE_COLUMNS, "rowid"]
    fresh = {"sequence": "77", "rowid": "77", "hash": "'a'", "previous_hash": "'b'"}
    chosen = [each if each == key else fresh.get(each, each) for each in columns]
    into, taken = ", ".join(columns), ", ".join(chosen)
    copied = f"SELECT {taken} FROM tracker_change WHERE sequence = 2"  # noqa: S608 - of this test
    with pytest.raises(DatabaseError, match="never overwritten"):
        run(f"INSERT OR REPLACE INTO tracker_change ({into}) {copied}")
    assert Change.objects.count() == 3


def test_the_orm_is_refused_too(a_log):
    with pytest.raises(DatabaseError, match="never shortened"), transaction.atomic():
        Change.objects.get(pk=2).delete()
    with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
        Change.objects.filter(pk=2).update(sequence=F("sequence") + 7)
    with pytest.raises(DatabaseError), transaction.atomic():
        Change(sequence=2).save(force_insert=True)


def test_every_column_but_two_is_refused_also_during_a_redaction(a_log):
    """One column at a time, with a value of its type that is not the one it holds."""
    values = {
        models.BigIntegerField: 99,
        models.DateTimeField: now(),
        models.JSONField: ["other"],
        models.TextField: "other",
        models.CharField: "other",
    }
    for field in Change._meta.concrete_fields:
        if field.name in guard.REDACTED:
            continue
        with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
            Change.objects.filter(pk=2).update(
                **{field.name: values[type(field)], "body": None, "reason": None}
            )
        assert Change.objects.get(pk=2).body is not None


def test_a_redaction_passes_once_and_cannot_be_undone(a_log):
    change = Change.objects.get(pk=2)
    assert Change.objects.filter(pk=2).update(body=None, reason=None) == 1
    redacted = Change.objects.get(pk=2)
    assert (redacted.body, redacted.reason) == (None, None)
    assert (redacted.header, redacted.hash) == (change.header, change.hash)
    for fields in (
        {"body": change.body, "reason": change.reason},
        {"body": None, "reason": None},
    ):
        with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
            Change.objects.filter(pk=2).update(**fields)


def test_new_entries_are_appended_as_ever(a_log):
    guard.install("default")  # once more: nothing comes of it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(continuity, "require", lambda head: None)  # its checkpoint was never saved
        logged(2)
    assert Change.objects.count() == 5
    assert ChangeTopic.objects.filter(topic="all").count() == 5


def test_without_the_guard_the_same_statements_pass(a_log):
    """So that the tests above prove something."""
    guard.remove("default")
    run("UPDATE tracker_change SET actor = 'Nobody' WHERE sequence = 2")
    run("DELETE FROM tracker_changetopic")
    run("DELETE FROM tracker_checkpoint")
    assert Change.objects.get(pk=2).actor == "Nobody"
    guard.install("default")
    with pytest.raises(DatabaseError, match="never edited"):
        run("UPDATE tracker_change SET actor = 'Eve' WHERE sequence = 2")


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_rebuilds_the_table_loses_nothing():
    """SQLite makes a new table for an altered column, and the triggers go with the old one."""
    logged(1)
    old = Change._meta.get_field("actor")
    wider: models.Field = models.CharField(max_length=201)
    wider.set_attributes_from_name("actor")
    with connection.schema_editor() as editor:
        editor.alter_field(Change, old, wider)
    try:
        if connection.vendor == "sqlite":
            run("UPDATE tracker_change SET actor = actor")
        call_command("migrate", verbosity=0)
        for statement in ("UPDATE tracker_change SET actor = actor", "DELETE FROM tracker_change"):
            with pytest.raises(DatabaseError, match="The log is never"):
                run(statement)
    finally:
        with connection.schema_editor() as editor:
            editor.alter_field(Change, wider, old)
        guard.install("default")
