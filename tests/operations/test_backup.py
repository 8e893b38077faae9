"""The drill: publish, back up while others publish, lose it all, restore elsewhere, go on."""

import base64
import json
import os
import re
import sqlite3
import subprocess
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from tests.builders import make_assessment, make_commitment, make_lab, make_source, make_user
from tests.changes.logs import logged
from tests.operations.places import empty_place, there
from tests.operations.restored import answers
from tests.subscriptions.following import follows
from tracker.changes import checkpoints, continuity, guard
from tracker.changes.log import head_sequence
from tracker.changes.models import Change
from tracker.changes.verifying import verify
from tracker.operations.backups import folder, postgresql, restoring
from tracker.operations.backups.making import back_up, of_this_database
from tracker.records.plain import Refused
from tracker.subscriptions import endpoints
from tracker.subscriptions.models import Subscription

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a long made-up password"
PUBLIC = [
    *("/", "/labs/", "/commitments/", "/changes/", "/sources/", "/search/?q=audit"),
    *("/feeds/changes.atom", "/feeds/changes.json", "/feeds/deadlines.ics", "/sitemap.xml"),
    *("/changes/log.jsonl", "/changes/head.json", "/changes/checkpoint"),
    *("/api/v1/commitments/", "/api/v1/labs/", "/api/v1/changes/", "/api/v1/assessments/"),
]


def a_record() -> None:
    """Some of everything that a backup must bring back."""
    commitment = make_commitment(criteria=2, reported_by=make_source())
    make_assessment(commitment=commitment, values=["met", "unverifiable"])
    make_lab(draft=True, slug="a-draft", name="Example Draft")
    follows("ada@example.org")
    endpoints.make("https://hook.example.org/", "hmac")
    checkpoints.make()


class Writers:
    """Publishes one lab after another, in a thread, for as long as the block lasts."""

    def __enter__(self) -> "Writers":
        self.stop, self.failed = threading.Event(), list[BaseException]()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def _run(self) -> None:
        try:
            while not self.stop.is_set():
                make_lab()
        except BaseException as error:
            self.failed.append(error)
        finally:
            connection.close()

    def __exit__(self, *args: object) -> None:
        self.stop.set()
        self.thread.join()


def manifest(backup: Path) -> Any:
    return json.loads((backup / folder.MANIFEST).read_text())


def test_what_is_restored_is_what_was_backed_up_and_goes_on(tmp_path, settings):
    a_record()
    Client().force_login(make_user("Curators"))  # a log-in, which no backup may hold
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]  # the site's
    name = make_user("Reviewers").username
    backup, ended = tmp_path / "backup", head_sequence()
    call_command("backup", str(backup))
    is_for_its_owner_alone(backup)
    rows = manifest(backup)["rows"]
    assert rows["tracker_subscription"] == Subscription.objects.count() == 2
    assert rows["tracker_secret"] == rows["tracker_endpoint"] == rows["tracker_reader"] == 1
    assert rows["auth_user"] == 2 and rows["django_session"] == 0
    expected = answers(PUBLIC)
    assert {status for status, _, _ in expected.values()} == {200}
    with empty_place(tmp_path) as url, there(url) as order:
        done = order(restore=str(backup), ask=PUBLIC, login=[name, PASSWORD], publish=["one-more"])
        assert done["restore"]["wrong"] == ""
        assert f"which ends at {ended}." in done["restore"]["said"]
        assert done["ask"] == expected
        assert done["login"] == [302, 200]
        assert done["publish"] == {"one-more": ""}
        assert done["ready"][0] == 200
        # here the log goes on as well, and then the copy signs its own: one of them is a fork
        make_lab()
        assert order(checkpoint=True)["checkpoint"]["wrong"] == ""
        with pytest.raises(Refused, match=f"entry {ended + 1} has another hash"):
            make_lab()
        assert Client().get("/readyz").status_code == 503
        with pytest.raises(CommandError, match="a backup is restored into an empty place"):
            call_command("restore", str(backup))
        assert head_sequence() == ended + 1


def is_for_its_owner_alone(backup: Path) -> None:
    """And its sums can be checked by anybody's tools; it tells what it holds."""
    assert backup.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in backup.iterdir()} == {0o600}
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", folder.SUMS],
        cwd=backup, capture_output=True, text=True, check=False,
    )  # fmt: skip
    names = sorted(path.name for path in backup.iterdir() if path.name != folder.SUMS)
    assert checked.stdout.splitlines() == [f"{name}: OK" for name in names]
    told, head = manifest(backup), Change.objects.latest("sequence")
    assert told["head"] == {"sequence": head.sequence, "hash": head.hash}
    assert told["checkpoint"] == head.sequence  # what had not been signed was
    assert (backup / folder.NOTE).read_text().splitlines()[1] == str(head.sequence)
    assert {"contenttypes.0001_initial", "tracker.0001_initial"} <= set(told["migrations"])
    assert [*backup.parent.iterdir()] == [backup]  # nothing is left beside it


def test_a_backup_is_of_one_moment_and_a_stale_one_publishes_nothing_until_an_epoch(tmp_path):
    a_record()
    with Writers() as writers:
        before = head_sequence()
        made = back_up(tmp_path / "backup").facts
        after = head_sequence()
    assert writers.failed == []
    assert before <= made.sequence <= after
    logged(2)
    checkpoints.make()
    last = head_sequence()
    log, labs = "/changes/log.jsonl", "/api/v1/labs/?limit=200&fields=slug"
    here = base64.b64decode(answers([log])[log][2]).splitlines(keepends=True)
    with empty_place(tmp_path) as url, there(url) as order:
        done = order(
            restore=str(tmp_path / "backup"), ask=[log, labs], publish=["one-more", "import"]
        )
        status, _, lines = done["ask"][log]
        assert (status, base64.b64decode(lines)) == (200, b"".join(here[: made.sequence]))
        known = json.loads(base64.b64decode(done["ask"][labs][2]))["results"]
        told = Change.objects.filter(sequence__lte=made.sequence, kind="lab_published")
        assert {each["slug"] for each in known} == {each.subject_slug for each in told}
        sentence = done["publish"]["one-more"]
        assert f"there is no entry {last}, so the database is older" in sentence
        assert "`manage.py epoch --reason" in sentence
        assert sentence in done["publish"]["import"]
        assert "It is there, but not all is well" in done["restore"]["wrong"]
        *others, last = done["restore"]["wrong"].splitlines()[2:]
        assert last == sentence
        assert all("The saved checkpoint" in each for each in others)  # nothing else is wrong
        assert done["ready"][0] == 503
        assert base64.b64decode(done["ready"][2]).decode() == sentence
        done = order(epoch="The disk was lost.", publish=["two-more", "import"])
        assert done["epoch"]["wrong"] == ""
        assert done["publish"] == {"two-more": "", "import": ""}
        assert done["ready"][0] == 200


def test_nothing_is_overwritten_and_nothing_is_left_of_what_fails(tmp_path, monkeypatch):
    taken = {name: tmp_path / name for name in ("file", "folder", "link")}
    taken["file"].write_text("somebody's")
    taken["folder"].mkdir()
    taken["link"].symlink_to(tmp_path / "nowhere")
    for path in taken.values():
        with pytest.raises(CommandError, match="is there already: a backup overwrites nothing"):
            call_command("backup", str(path))
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        call_command("backup", str(tmp_path / "nowhere" / "backup"))

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("tracker.operations.backups.making.seal", full)
        with pytest.raises(CommandError, match="cannot be written: No space left on device"):
            call_command("backup", str(tmp_path / "backup"))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(taken)
    # of a process in another container, which has the same number
    others = tmp_path / f".backup.{os.getpid()}.part"
    others.mkdir()
    (others / "half.a.database").write_text("somebody's")
    with pytest.raises(CommandError, match="cannot be written: File exists"):
        call_command("backup", str(tmp_path / "backup"))
    assert (others / "half.a.database").read_text() == "somebody's"


def test_a_log_that_does_not_continue_its_checkpoints_is_backed_up_and_says_so(tmp_path, settings):
    a_record()
    logged(1)
    (settings.CHECKPOINT_DIR / "99990101T000000.000000Z-99.note").write_text("made up\n")
    with pytest.raises(CommandError, match="The backup is whole, but its head is not signed"):
        call_command("backup", str(tmp_path / "backup"))
    assert manifest(tmp_path / "backup")["head"]["sequence"] == head_sequence()


def test_what_is_not_whole_or_not_for_here_is_not_restored(tmp_path, monkeypatch):
    backup = tmp_path / "backup"
    back_up(backup)
    told = manifest(backup)
    data, sums = backup / told["file"], (backup / folder.SUMS).read_text()
    whole, tool = data.read_bytes(), of_this_database()
    monkeypatch.setattr(tool, "refuse_unless_empty", lambda: None)
    monkeypatch.setattr(tool, "restore", lambda *args: pytest.fail("it was restored"))

    def pretend(**other: object) -> None:
        (backup / folder.MANIFEST).write_text(json.dumps(told | other))
        digest = folder.sum_of(backup / folder.MANIFEST, folder.quiet)
        new = re.sub(rf"\w+(  {folder.MANIFEST})", rf"{digest}\1", sums)
        (backup / folder.SUMS).write_text(new)

    def refused(said: str) -> None:
        with pytest.raises(CommandError) as wrong:
            call_command("restore", str(backup))
        assert said in str(wrong.value)

    pretend(database="postgresql" if connection.vendor == "sqlite" else "sqlite")
    refused("`export_record` and `import_record` move a record between them")
    pretend(migrations=[*told["migrations"], "tracker.9999_later"], release="9.9")
    refused("backup of release 9.9, whose database this release")
    refused("(tracker.9999_later): restore it with that release.")
    pretend(format="on-record/backup/v9")
    refused("is no backup that this release knows")
    pretend(file="another.database")
    refused("has no sum of another.database")
    pretend(file=folder.MANIFEST)  # which has a sum, and is no database
    refused("is no backup that this release knows")
    pretend(head=None)
    refused("is no backup that this release knows")
    pretend()
    (backup / folder.SUMS).write_text("../../etc/passwd\n")
    refused("this is no line of sums")
    pretend()
    data.write_bytes(whole[:-1] + b"?")
    refused("is not what was written: its SHA-256 is")
    data.write_bytes(whole[: len(whole) // 2])
    refused("is not what was written")
    data.unlink()
    refused("cannot be read: No such file")
    (backup / folder.SUMS).unlink()
    refused("is no backup: SHA256SUMS cannot be read (No such file")


def test_rows_and_triggers_that_are_lacking_are_told(tmp_path, monkeypatch):
    a_record()
    backup, tool = tmp_path / "backup", of_this_database()
    found = back_up(backup).facts
    short = replace(found, rows=found.rows | {"tracker_subscription": 1}, sequence=99)
    monkeypatch.setattr(tool, "refuse_unless_empty", lambda: None)
    monkeypatch.setattr(tool, "restore", lambda *args: short)
    monkeypatch.setattr(restoring, "call_command", lambda *args, **options: None)
    guard.remove("default")
    try:
        with pytest.raises(CommandError) as wrong:
            call_command("restore", str(backup))
    finally:
        guard.install("default")
    assert str(wrong.value).splitlines()[2:] == [
        "The table tracker_subscription has 1 rows and should have 2.",
        f"The log ends at 99 and should end at {found.sequence}.",
        *(
            f"The triggers that guard {table} are missing: run `manage.py migrate`."
            for table in ("tracker_change", "tracker_changetopic", "tracker_checkpoint")
        ),
    ]
    assert verify().well  # trying did no harm


def test_where_there_are_no_saved_checkpoints_it_says_once_where_they_should_be(
    tmp_path, monkeypatch, settings
):
    a_record()
    backup, tool = tmp_path / "backup", of_this_database()
    found = back_up(backup).facts
    monkeypatch.setattr(tool, "refuse_unless_empty", lambda: None)
    monkeypatch.setattr(tool, "restore", lambda *args: found)
    monkeypatch.setattr(restoring, "call_command", lambda *args, **options: None)
    monkeypatch.setattr(continuity, "BEING_SAVED", timedelta())
    settings.CHECKPOINT_DIR = tmp_path / "a disk that is not there"
    with pytest.raises(CommandError) as wrong:
        call_command("restore", str(backup))
    (said,) = str(wrong.value).splitlines()[2:]
    folder_of = f"The folder of saved checkpoints, {settings.CHECKPOINT_DIR},"
    assert said.startswith(f"{folder_of} is missing or empty") and "--write-back" in said


@pytest.mark.parametrize("damage", ["half", "row"])
def test_a_copy_that_cannot_be_read_back_is_no_backup(tmp_path, monkeypatch, damage):
    """A disk that swallows what is written, or a program that leaves something out."""
    if connection.vendor == "sqlite":
        real = folder.flush

        def lose(path: Path) -> None:
            if damage == "half":
                path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
            else:
                with closing(sqlite3.connect(path, isolation_level=None)) as copy:
                    copy.execute("UPDATE tracker_loghead SET sequence = 99")
            real(path)

        monkeypatch.setattr("tracker.operations.backups.sqlite.flush", lose)
    elif damage == "half":
        monkeypatch.setattr(
            postgresql, "flush", lambda path: path.write_bytes(path.read_bytes()[:20_000])
        )
    else:
        monkeypatch.setattr(postgresql, "LEFT_OUT", ("django_session", "tracker_loghead"))
    with pytest.raises(CommandError):
        call_command("backup", str(tmp_path / "backup"))
    assert [*tmp_path.iterdir()] == []


def test_programs_that_are_absent_are_named(tmp_path, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite needs none")
    monkeypatch.setattr(postgresql, "_version", lambda program: 9)
    with pytest.raises(CommandError, match="pg_dump is not on this machine, or is older than"):
        call_command("backup", str(tmp_path / "backup"))
    assert [*tmp_path.iterdir()] == []
