"""Checkpoints are signed as others would check them, saved whole, and guard what is published."""

import base64
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import CommandError, call_command
from django.db import transaction

from tests.admin.forms import address, signed_in
from tests.builders import make_lab, make_user
from tests.changes.logs import logged
from tracker.changes import checkpoints, continuity, guard, notes
from tracker.changes.models import Change, ChangeTopic, Checkpoint, LogHead
from tracker.changes.verifying import verify
from tracker.changes.wording import sentence

pytestmark = pytest.mark.django_db


def files(settings) -> list[Path]:
    return sorted(settings.CHECKPOINT_DIR.iterdir())


def cut_back(sequence: int) -> None:
    """The database as an old backup would restore it: only the entries up to this one."""
    guard.remove("default")
    for model in (Change, ChangeTopic):
        model.objects.filter(sequence__gt=sequence).delete()
    Checkpoint.objects.filter(sequence__gt=sequence).delete()
    last = Change.objects.order_by("sequence").last()
    LogHead.objects.filter(pk=1).update(
        sequence=sequence, hash=last.hash if last else "0" * 64, at=last.at if last else None
    )
    guard.install("default")


# --- the note ------------------------------------------------------------------------------------


def test_a_note_verifies_by_the_published_recipe():
    """Worked out here from C2SP's text alone: lines, key ID, verifier key, signature."""
    last = logged(3)[-1]
    made = checkpoints.make()
    assert made is not None
    text, signature = made.note.split("\n\n")
    origin, size, root, time = text.split("\n")
    assert (origin, size) == ("127.0.0.1:8000/changes", "3")
    assert base64.b64decode(root).hex() == last.hash
    assert re.fullmatch(r"time \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", time)
    dash, name, encoded = signature.removesuffix("\n").split(" ")
    assert (dash, name) == ("\N{EM DASH}", origin)
    raw = base64.b64decode(encoded)
    key_name, key_id, key = notes.verifier_key().split("+", 2)
    kind, public = base64.b64decode(key)[:1], base64.b64decode(key)[1:]
    assert (key_name, kind) == (origin, b"\x01")
    assert raw[:4].hex() == key_id
    assert hashlib.sha256(name.encode() + b"\n\x01" + public).hexdigest()[:8] == key_id
    Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], f"{text}\n".encode())


def test_the_known_answer_of_signed_notes():
    """The example that implementations of the format test themselves with."""
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotp"
        "RZb6KE6RyyBwJnAM=\n"
    )
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    public = base64.b64decode(vkey.split("+", 2)[2])[1:]
    assert notes.verifier_key_of("PeterNeumann", public) == vkey
    assert notes.signed_by(text, "PeterNeumann", public)
    assert not notes.signed_by(text.replace("answer", "cause"), "PeterNeumann", public)
    assert not notes.signed_by(text, "PeterNeumann", bytes(32))
    assert not notes.signed_by(text, "AdaExample", public)


def test_a_changed_note_is_not_ours():
    note = notes.Note(notes.origin(), 7, "ab" * 32, "2026-11-22T02:00:00.000000Z")
    signed = notes.sign(note)
    assert notes.read_ours(signed) == note
    for place in range(0, len(signed), 7):
        other = "x" if signed[place] != "x" else "y"
        with pytest.raises(notes.BadNote):
            notes.read_ours(signed[:place] + other + signed[place + 1 :])
    for end in ("\n", "— somebody AAAA\n"):  # more signatures are allowed, other lines are not
        assert (notes.signed_by(signed + end, note.origin, notes._our_public())) is (end != "\n")


def test_the_key_is_its_own_or_derived_and_never_the_secret(settings):
    derived, secret = notes.verifier_key(), notes.secret()
    settings.SECRET_KEY = "another secret"
    assert notes.verifier_key() != derived
    settings.CHECKPOINT_KEY = base64.b64decode(secret)
    assert notes.verifier_key() == derived
    settings.CHECKPOINT_KEY = bytes(range(32))
    chosen = notes.verifier_key()
    settings.SECRET_KEY = "a third secret"
    assert notes.verifier_key() == chosen


# --- making and saving ---------------------------------------------------------------------------


def test_made_checkpoints_are_files_of_which_the_newest_sorts_last(settings):
    for _ in range(3):
        logged(1)
        made = checkpoints.make()
        assert made is not None
        assert files(settings)[-1].read_text() == made.note
    assert [note.note.sequence for note in continuity.saved_notes() if note.note] == [3, 2, 1]
    assert verify().problems == []


def test_an_empty_log_has_none():
    assert checkpoints.make() is None
    assert checkpoints.make_if_due() is None
    with pytest.raises(CommandError, match="nothing to sign"):
        call_command("checkpoint")


def test_they_fall_due_daily_while_the_log_moves_and_every_hundred_changes():
    logged(1)
    first = checkpoints.make_if_due()
    assert first is not None
    logged(99)
    assert checkpoints.make_if_due() is None
    logged(1)
    second = checkpoints.make_if_due()
    assert second is not None
    assert second.sequence == 101
    guard.remove("default")
    yesterday = datetime.now(UTC) - timedelta(hours=25)
    Checkpoint.objects.all().delete()
    Checkpoint.objects.create(made_at=yesterday, sequence=101, hash=second.hash, note=second.note)
    guard.install("default")
    assert checkpoints.make_if_due() is None  # a day has passed, and nothing moved
    logged(1)
    assert checkpoints.make_if_due() is not None


def test_a_clock_that_went_back_does_not_make_the_newest_look_old(monkeypatch, settings):
    logged(1)
    first = checkpoints.make()
    assert first is not None

    class Yesterday(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(days=1)

    monkeypatch.setattr(checkpoints, "datetime", Yesterday)
    logged(1)
    second = checkpoints.make()
    assert second is not None
    assert second.made_at > first.made_at
    assert files(settings)[-1].read_text() == second.note


@pytest.mark.parametrize("before", [0, 1])
def test_a_crash_before_the_file_is_made_good(monkeypatch, settings, before):
    """By whatever is called next; the first of all, into a folder still empty, by hand."""
    for _ in range(before):
        logged(1)
        checkpoints.make()
    logged(1)

    def crash(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "write_whole", crash)
        with pytest.raises(CommandError, match="No space left on device"):
            call_command("checkpoint")
    assert settings.CHECKPOINT_DIR.exists() is bool(before)
    if before:
        assert checkpoints.make_if_due() is None
    else:
        call_command("checkpoint", "--if-due", "--write-back")
    stored = Checkpoint.objects.order_by("made_at")
    assert [path.read_text() for path in files(settings)] == [each.note for each in stored]
    logged(1)


def test_a_new_folder_is_given_every_checkpoint(settings, tmp_path):
    for _ in range(3):
        logged(1)
        checkpoints.make()
    settings.CHECKPOINT_DIR = tmp_path / "elsewhere"
    checkpoints.save_missing()
    assert len(files(settings)) == 3


def test_a_write_that_fails_leaves_nothing_behind(monkeypatch, tmp_path):
    path = tmp_path / "note"

    def fail(handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        checkpoints.write_whole(path, "A note.")
    assert list(tmp_path.iterdir()) == []


def test_the_command_prints_the_note(capsys):
    logged(1)
    call_command("checkpoint", "--if-due")
    assert capsys.readouterr().out == Checkpoint.objects.get().note
    call_command("checkpoint", "--if-due")
    assert capsys.readouterr().out == "No checkpoint is due.\n"


# --- the guard -----------------------------------------------------------------------------------


def test_a_database_behind_its_newest_checkpoint_publishes_nothing():
    logged(5)
    checkpoints.make()
    cut_back(3)
    with pytest.raises(continuity.NotContinued, match="there is no entry 5, so the database is"):
        logged(1)
    with pytest.raises(continuity.NotContinued):
        checkpoints.make()  # which would hide the break behind a new note
    assert LogHead.objects.get().sequence == 3


def test_a_database_restored_under_a_running_process_is_noticed():
    logged(2)
    checkpoints.make()
    logged(1)  # this process has held the note against the log
    cut_back(1)
    with pytest.raises(continuity.NotContinued, match="there is no entry 2"):
        logged(1)


def test_a_forked_database_publishes_nothing():
    logged(5)
    checkpoints.make()
    cut_back(3)
    (note,) = continuity.saved_names()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(continuity, "require", lambda head: None)
        logged(4)
    with pytest.raises(continuity.NotContinued, match=f"{note}: entry 5 has another hash"):
        logged(1)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"\xff", "not UTF-8"), (b"hello", "no checkpoint"), (None, "valid signature")],
)
def test_a_newest_note_that_is_none_stops_publishing(settings, content, why):
    logged(2)
    checkpoints.make()
    (path,) = files(settings)
    later = path.with_name(f"2999{path.name[4:]}")
    later.write_bytes(content or path.read_bytes().replace(b"\n2\n", b"\n1\n"))
    with pytest.raises(continuity.NotContinued, match=why):
        logged(1)
    later.unlink()
    logged(1)


def test_a_folder_that_cannot_be_read_stops_publishing(settings, tmp_path):
    settings.CHECKPOINT_DIR = tmp_path / "a-file"
    settings.CHECKPOINT_DIR.write_text("")
    with pytest.raises(continuity.NotContinued, match="cannot be read"):
        logged(1)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("epoch", reason="It is full.")


def test_a_note_is_held_against_the_log_once(django_assert_num_queries):
    for _ in range(3):
        logged(1)
        checkpoints.make()
    with django_assert_num_queries(1):  # the others were looked at before it was made
        continuity.require(3)
    with django_assert_num_queries(0):
        continuity.require(3)


@pytest.mark.parametrize("missing", [True, False], ids=["missing", "empty"])
def test_a_folder_that_has_lost_its_notes_stops_publishing(client, settings, missing, monkeypatch):
    monkeypatch.setattr(continuity, "BEING_SAVED", timedelta())
    """A disk that is not mounted, say, under a database that may be an old one."""
    logged(2)
    checkpoints.make()
    kept = settings.CHECKPOINT_DIR
    settings.CHECKPOINT_DIR = kept / "elsewhere"
    if not missing:
        settings.CHECKPOINT_DIR.mkdir()
    with pytest.raises(continuity.NotContinued, match="is missing or empty"):
        logged(1)
    with pytest.raises(CommandError, match="checkpoint --write-back"):
        call_command("checkpoint")
    with pytest.raises(CommandError, match="is missing or empty"):
        call_command("epoch", reason="I cannot find it.")
    assert checkpoints.make_if_due() is None  # the worker does not fill it by itself
    assert list(settings.CHECKPOINT_DIR.glob("*")) == []
    answer = client.get("/readyz")
    said = f"The folder of saved checkpoints, {settings.CHECKPOINT_DIR}, is missing or empty"
    assert (answer.status_code, said in answer.content.decode()) == (503, True)
    assert verify().problems == [(0, continuity.gone())]
    settings.CHECKPOINT_DIR = kept
    logged(1)
    assert verify().problems == []


def test_a_folder_that_may_no_longer_be_read_stops_publishing(settings):
    """Who has read it once is not content with that: it tells nothing of an older database."""
    with tempfile.TemporaryDirectory() as place:
        settings.CHECKPOINT_DIR = folder = Path(place) / "checkpoints"
        Path(place).chmod(0o755)
        logged(2)
        checkpoints.make()
        os.utime(folder, (0, 0))  # long ago, so that what is in it is remembered
        logged(1)
        for mode in (0o000, 0o333, 0o666):  # to be neither entered nor listed, or only one of both
            folder.chmod(mode)
            with (
                nobody(),
                pytest.raises(continuity.NotContinued, match=r"checkpoints, .+, cannot be read"),
            ):
                continuity.require(3)
        folder.chmod(0o700)
        logged(1)


@contextmanager
def nobody() -> Iterator[None]:
    """As an account that may not do everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_folder_that_is_lost_for_good_is_filled_from_the_database(settings, tmp_path):
    for _ in range(3):
        logged(1)
        checkpoints.make()
    settings.CHECKPOINT_DIR = tmp_path / "a new disk"
    call_command("checkpoint", "--if-due", "--write-back")
    stored = Checkpoint.objects.order_by("made_at")
    assert [path.read_text() for path in files(settings)] == [each.note for each in stored]
    logged(1)
    assert verify().problems == []


def test_an_older_note_that_disagrees_is_noticed(client, settings):
    """An old database whose own, newer note was saved beside the ones that it does not continue."""
    logged(5)
    checkpoints.make()
    cut_back(3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(continuity, "require", lambda head: None)
        logged(4)
        checkpoints.make()
    newest, older = continuity.saved_names()
    with pytest.raises(continuity.NotContinued, match=f"{older}: entry 5 has another hash"):
        logged(1)
    assert older in client.get("/readyz").content.decode()
    call_command("epoch", reason="The disk is lost.")
    assert f"{newest}" not in sentence(Change.objects.get(sequence=8))
    logged(1)
    assert (verify().problems, verify().left_behind) == ([], 1)


def test_drafts_and_reading_go_on_and_readiness_says_what_is_wrong(client):
    lab = make_lab()
    checkpoints.make()
    cut_back(0)
    make_lab(draft=True)
    assert client.get(lab.get_absolute_url()).status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "The log does not continue its newest checkpoint" in answer.content.decode()


def test_the_desk_says_it_and_keeps_what_was_typed():
    make_lab()
    draft = make_lab(draft=True, name="Sample Lab")
    checkpoints.make()
    cut_back(0)
    desk = signed_in(make_user("Reviewers"))
    posted = {"seen_version": draft.version, "reason": "It is right."}
    answer = desk.post(address(draft, "publish"), posted)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "The log does not continue its newest checkpoint" in page
    assert "It is right." in page
    assert LogHead.objects.get().sequence == 0


def test_the_seeds_say_it(tmp_path):
    (tmp_path / "one.toml").write_text('[[labs]]\nslug = "a"\nname = "A"\nkind = "ai_lab"\n')
    logged(1)
    checkpoints.make()
    cut_back(0)
    with pytest.raises(CommandError, match=r"does not continue(.|\n)*Nothing was written"):
        call_command("seed", str(tmp_path))


# --- the way out ---------------------------------------------------------------------------------


def test_an_epoch_says_in_public_what_is_left_behind_and_publishing_goes_on(capsys):
    logged(5)
    checkpoints.make()
    logged(1)
    left = checkpoints.make()
    assert left is not None
    cut_back(3)
    call_command("epoch", reason="The disk of 22 November is lost.")
    assert "/changes/4/" in capsys.readouterr().out
    epoch = Change.objects.get(sequence=4)
    after = json.loads(epoch.body or "")["after"]
    assert (after["checkpoint"]["sequence"], after["checkpoint"]["hash"]) == (6, left.hash)
    assert after["head"]["sequence"] == 3
    assert [each["sequence"] for each in after["older"]] == [5]
    assert sentence(epoch) == (
        "A new epoch: the log goes on after entry 3, not continuing its checkpoint of entry 6 "
        f"(hash {left.hash[:12]}…), nor 1 older one. Reason: The disk of 22 November is lost."
    )
    assert Checkpoint.objects.get().sequence == 4
    logged(3)
    found = verify()
    assert (found.problems, found.left_behind) == ([], 2)


def test_a_stranger_s_checkpoint_is_not_excused_by_an_epoch(tmp_path):
    logged(5)
    left = checkpoints.make()
    assert left is not None
    cut_back(3)
    call_command("epoch", reason="The disk is lost.")
    kept = tmp_path / "kept"
    kept.write_text(left.note)
    with pytest.raises(CommandError, match="An epoch entry of the log says so too"):
        call_command("verify_log", "--checkpoint", str(kept))


def test_an_epoch_explains_a_note_that_cannot_be_read(settings):
    logged(2)
    checkpoints.make()
    path = files(settings)[0].with_name("20260101T000000.000000Z-9.note")
    files(settings)[0].unlink()
    path.write_bytes(b"\xff")
    call_command("epoch", reason="The disk garbled it.")
    assert path.name in sentence(Change.objects.get(sequence=3))
    logged(1)
    assert verify().problems == []


def test_an_epoch_needs_a_cause_and_a_reason():
    logged(2)
    checkpoints.make()
    with pytest.raises(CommandError, match="there is nothing to explain"):
        call_command("epoch", reason="Why not.")
    cut_back(1)
    with pytest.raises(CommandError, match="Say in public why"):
        call_command("epoch", reason="  ")
    assert LogHead.objects.get().sequence == 1


def test_a_key_that_is_lost_is_an_epoch_too(settings):
    logged(2)
    checkpoints.make()
    settings.SECRET_KEY = "another secret"
    with pytest.raises(continuity.NotContinued, match="valid signature"):
        logged(1)
    call_command("epoch", reason="The key is lost.")
    logged(1)
    assert verify().problems == []


@pytest.mark.django_db(transaction=True)
def test_a_checkpoint_is_not_made_within_a_transaction():
    logged(1)
    with pytest.raises(RuntimeError), transaction.atomic():
        checkpoints.make()
