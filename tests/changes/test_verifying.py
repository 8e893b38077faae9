"""A log that was written as it should be is well; what is not so is named."""

import json
import threading
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tests.builders import make_assessment, make_commitment
from tests.changes.logs import entry, logged, redacted
from tracker.changes import checkpoints, filing, guard, verifying
from tracker.changes.log import append
from tracker.changes.models import Change, ChangeTopic, Checkpoint, LogHead
from tracker.changes.verifying import verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def tampering() -> None:
    """The triggers out of the way, until the test's transaction is rolled back."""
    guard.remove("default")


def run(statement: str, *values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def said() -> list[tuple[int, str]]:
    return verify().problems


def test_an_empty_log_is_well():
    found = verify()
    assert (found.well, found.entries, found.last) == (True, 0, 0)


def test_a_log_of_real_changes_is_well():
    make_assessment(commitment=make_commitment(), values=["met"])
    found = verify()
    assert found.problems == []
    assert found.entries == found.last == LogHead.objects.get().sequence
    assert found.hash == LogHead.objects.get().hash


def test_batches_and_spans_of_any_size_find_the_same(monkeypatch):
    monkeypatch.setattr(verifying, "BATCH", 3)
    monkeypatch.setattr(filing, "BATCH", 2)
    monkeypatch.setattr(filing, "SPAN", 4)
    logged(11)
    told: list[int] = []
    found = verify(progress=told.append)
    assert (found.problems, found.entries, told) == ([], 11, [3, 6, 9, 11])


def test_a_redaction_is_well_and_must_come_later_and_be_logged(tampering):
    logged(4)
    with transaction.atomic():
        redacted(2, 3)
    found = verify()
    assert (found.problems, found.redacted) == ([], 2)
    Change.objects.filter(pk=1).update(body=None, reason=None)
    assert said() == [(1, "its body is empty, and no later redaction names it.")]


def test_a_redaction_cannot_name_itself_nor_what_comes_after(tampering):
    logged(1)
    redacted(2)  # which is itself
    Change.objects.filter(pk=2).update(body=None, reason=None)
    sentences = dict(said())
    assert sentences[2] == "its body is empty, and no later redaction names it."
    Change.objects.all().delete()
    ChangeTopic.objects.all().delete()
    LogHead.objects.all().delete()
    LogHead.objects.create(pk=1)
    redacted(2)
    logged(1)
    Change.objects.filter(pk=2).update(body=None, reason=None)
    problems = said()
    assert (1, "it redacts 2, which is not before it.") in problems
    assert (2, "its body is empty, and no later redaction names it.") in problems


def test_a_redaction_that_was_undone_is_found(tampering):
    logged(2)
    before = Change.objects.get(pk=1)
    redacted(1)
    Change.objects.filter(pk=1).update(body=before.body, reason=before.reason)
    assert said() == [(1, "its body is there, though 3 redacts it.")]


def test_an_entry_redacted_while_the_log_is_read_is_no_problem(monkeypatch):
    """It was whole when it was read; the redaction that names it was read later."""
    logged(3)
    read_on = verifying._Verifying._entry
    done: list[Change] = []

    def redact_at_the_second(self: Any, row: Change) -> None:
        read_on(self, row)
        if row.sequence == 2 and not done:
            done.append(redacted(1))

    monkeypatch.setattr(verifying, "BATCH", 3)
    monkeypatch.setattr(verifying._Verifying, "_entry", redact_at_the_second)
    found = verify()
    assert (found.problems, found.last) == ([], 4)


@pytest.mark.django_db(transaction=True)
def test_it_is_well_while_others_append():
    stop = threading.Event()

    def write() -> None:
        try:
            while not stop.is_set():
                with transaction.atomic():
                    append([entry()])
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(10):
            assert verify().problems == []
    finally:
        stop.set()
        writer.join()


def test_topics_are_exactly_those_of_the_entries(tampering):
    logged(3)
    run("DELETE FROM tracker_changetopic WHERE topic = %s AND sequence = 2", "all")
    assert said() == [(2, "it is not filed under exactly its topics: all.")]
    run("INSERT INTO tracker_changetopic VALUES ('all', 2, 'epoch', 'major', '')")
    assert said() == [(2, "it is not filed under exactly its topics: all.")]
    ChangeTopic.objects.filter(topic="all", sequence=2).delete()
    run("INSERT INTO tracker_changetopic VALUES ('lab:other', 1, 'epoch', 'major', '')")
    run("INSERT INTO tracker_changetopic VALUES ('all', 9, 'epoch', 'major', '')")
    assert {sequence for sequence, _ in said()} == {1, 2, 9}


def test_many_wrong_topics_do_not_take_a_walk_through_the_table_each(monkeypatch, tampering):
    monkeypatch.setattr(filing, "SPAN", 2)
    monkeypatch.setattr(filing, "COMPARED", 2)
    logged(12)
    ChangeTopic.objects.all().delete()
    sentences = dict(said())
    assert sentences[1].startswith("it is not filed under exactly its topics")
    assert sentences[10] == "entries up to 11 are not all filed under their topics."


def test_of_very_many_problems_the_first_are_told_and_the_rest_counted(monkeypatch, tampering):
    logged(30)
    monkeypatch.setattr(verifying, "KEPT", 5)
    run("UPDATE tracker_change SET actor = 'Nobody'")
    found = verify()
    assert (len(found.problems), found.more) == (5, 25)


@pytest.mark.parametrize(
    ("column", "literal"),
    [
        ("at", "'yesterday'"),
        ("at", "12"),
        ("labs", "'no list'"),
        ("labs", "'{\"a\": 1}'"),
        ("labs", "'null'"),
        ("header", "'[]'"),
        ("header", "'x'"),
        ("kind", "CAST(kind AS BLOB)"),
        ("actor", "CAST(x'ff' AS TEXT)"),
        ("body", "CAST(body AS BLOB)"),
        ("reason", "x'00'"),
        ("sequence", "'two'"),
        ("sequence", "2.5"),
    ],
)
def test_what_only_sqlite_would_keep_in_a_column_is_told_and_not_stumbled_over(
    tampering, column, literal
):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's columns have types")
    logged(4)
    run("PRAGMA ignore_check_constraints = ON")
    try:
        run(f"UPDATE tracker_change SET {column} = {literal} WHERE sequence = 2")  # noqa: S608 - of this test
        assert not verify().well
    finally:
        run("PRAGMA ignore_check_constraints = OFF")


def test_the_other_tables_may_hold_nonsense_too(tampering):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's columns have types")
    logged(2)
    checkpoints.make()
    for statement in (
        "UPDATE tracker_checkpoint SET made_at = '2026-13-45 00:00:00'",
        "UPDATE tracker_checkpoint SET note = CAST(x'ff' AS TEXT)",
        "UPDATE tracker_loghead SET sequence = 'two'",
        "UPDATE tracker_loghead SET at = 'yesterday'",
        "UPDATE tracker_changetopic SET sequence = 'two' WHERE sequence = 2",
        "UPDATE tracker_changetopic SET topic = CAST(x'ff' AS TEXT) WHERE sequence = 2 "
        "AND topic = 'all'",
    ):
        with transaction.atomic():
            run(statement)
            assert not verify().well, statement
            transaction.set_rollback(True)
    assert verify().well


# --- the command ---------------------------------------------------------------------------------


def test_the_command_says_that_all_is_well(capsys):
    logged(2)
    call_command("verify_log")
    assert "2 entries and 0 checkpoints checked: nothing is wrong." in capsys.readouterr().out


def test_the_command_fails_and_names_every_problem(tampering, capsys):
    logged(3)
    run("UPDATE tracker_change SET actor = 'Nobody' WHERE sequence = 2")
    with pytest.raises(CommandError) as error:
        call_command("verify_log")
    assert "entry 2: its actor is not what its header says." in str(error.value)
    with pytest.raises(SystemExit) as end:
        call_command("verify_log", "--json")
    assert end.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert told["well"] is False
    assert told["problems"] == [
        {"sequence": 2, "problem": "its actor is not what its header says."}
    ]


def test_the_command_takes_several_kept_checkpoints(tmp_path, tampering):
    paths = []
    for name in ("first", "second"):
        logged(2)
        checkpoint = checkpoints.make()
        assert checkpoint is not None
        paths.append(tmp_path / name)
        paths[-1].write_text(checkpoint.note)
    options = [f"--checkpoint={path}" for path in paths]
    call_command("verify_log", *options)
    Checkpoint.objects.all().delete()
    run("DELETE FROM tracker_change WHERE sequence > 3")
    with pytest.raises(CommandError, match=r"second is not of this log: the log does not reach"):
        call_command("verify_log", *options)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff", "is not UTF-8 text"),
        (b"hello", "it is no checkpoint"),
        (b"a\n0\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n", "second line is no sequence"),
        (b"a\n1\nq6urq6s=\n", "third line is not the base64"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused_in_words(tmp_path, content, sentence):
    path = tmp_path / "note"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=sentence):
        call_command("verify_log", "--checkpoint", str(path))


def test_a_kept_checkpoint_with_another_signature_is_told(tmp_path, settings):
    logged(2)
    checkpoint = checkpoints.make()
    assert checkpoint is not None
    path = tmp_path / "note"
    path.write_text(checkpoint.note.replace("/changes\n2\n", "/changes\n1\n"))
    with pytest.raises(CommandError, match="does not bear a valid signature"):
        call_command("verify_log", "--checkpoint", str(path))
