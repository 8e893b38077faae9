"""Making the files: once, by one maker, of one moment, with nothing left over."""

import fcntl
import itertools
import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.builders import make_commitment, make_lab
from tests.curation.redactions import STEWARD, correct
from tracker.changes import guard
from tracker.changes.models import Change, LogHead
from tracker.curation.redacting import redact
from tracker.interchange.bulk import finding, making
from tracker.interchange.bulk.finding import newest
from tracker.interchange.bulk.making import make, packages
from tracker.reading.head import Head
from tracker.reading.stream import lines_after


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path, monkeypatch: Any) -> Path:
    """A folder of its own, and no waiting for the next second."""
    seconds = itertools.count()
    monkeypatch.setattr(
        making, "_second_of_its_own", lambda: datetime.now(UTC) + timedelta(seconds=next(seconds))
    )
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


def head() -> Head:
    return Head(*LogHead.objects.values_list("sequence", "at", "hash").get(pk=1))


@pytest.mark.django_db
def test_it_is_made_once_for_each_head_day_and_site(home, settings, monkeypatch):
    make_lab()
    first = make()
    assert first is not None and first.sequence == 1
    changed = (first.folder / "labs.csv").stat().st_mtime_ns
    assert make() == first
    assert (first.folder / "labs.csv").stat().st_mtime_ns == changed
    settings.SITE_NAME = "Another Record"
    assert make() != first
    monkeypatch.setattr(making, "today", lambda: date(2030, 1, 2))
    later = make()
    assert later is not None and later.day == date(2030, 1, 2)
    assert len(list(home.iterdir())) == making.KEPT + 1  # and the lock


@pytest.mark.django_db
def test_an_empty_record_has_its_files_too():
    made = make()
    assert made is not None and made.sequence == 0
    assert json.loads((made.folder / "datapackage.json").read_text())["version"] == "0"
    assert (made.folder / "log.jsonl").read_text() == ""


@pytest.mark.django_db
def test_what_a_killed_maker_left_is_thrown_away_and_so_are_old_packages(home):
    (home / ".making-killed").mkdir(parents=True)
    (home / ".making-killed" / "labs.csv").write_text("half")
    (home / "junk").mkdir()
    for _ in range(3):
        make_lab()
        make()
    assert sorted(each.sequence for each in packages()) == [2, 3]
    assert len([each for each in home.iterdir() if each.is_dir()]) == 2


@pytest.mark.django_db
def test_a_failing_maker_leaves_nothing(home, monkeypatch):
    def fail(*_: Any) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(making, "_zipped", fail)
        with pytest.raises(OSError, match="No space"):
            make()
        assert [each.name for each in home.iterdir()] == [".lock"]
        with pytest.raises(CommandError, match="No space"):
            call_command("package")
    assert make() is not None


@pytest.mark.django_db
def test_another_maker_is_not_disturbed(home):
    home.mkdir()
    with (home / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert make(wait=False) is None
    assert make(wait=False) is not None


@pytest.mark.django_db
def test_the_command_says_what_it_made():
    make_lab()
    out = StringIO()
    call_command("package", stdout=out)
    assert out.getvalue().startswith("Entry 1, ") and "on-record.zip" in out.getvalue()


@pytest.mark.django_db
def test_a_package_of_a_log_that_is_gone_is_not_served():
    make_lab()
    made = make()
    assert newest() == made
    LogHead.objects.update(sequence=0, at=None, hash="0" * 64)
    guard.remove(connection.alias)
    Change.objects.all().delete()
    guard.install(connection.alias)
    assert newest() is None


@pytest.mark.django_db
def test_a_package_that_is_no_longer_whole_is_made_again():
    """A tidy of old files took one, or the power failed before another was on disk."""
    for spoil in (Path.unlink, lambda path: path.write_bytes(b"")):
        made = make()
        assert made is not None and newest() == made
        spoil(made.folder / "labs.csv")
        assert newest() is None
        again = make()
        assert again is not None and again.files == made.files
        assert (again.folder / "labs.csv").stat().st_size == made.files["labs.csv"].size


@pytest.mark.django_db
def test_no_package_outlives_a_redaction_of_what_it_holds(monkeypatch):
    """Neither is it given while the next is being made, nor kept beside it."""
    lab = make_lab(slug="example-lab", summary="A name that must not stand here.")
    before = make()
    assert before is not None and newest() == before
    correct(lab, summary="No name.")
    redact([1], by=STEWARD, reason="A person's name.", text="A name that must not stand here.")
    assert newest() is None
    with monkeypatch.context() as patch:
        patch.setattr(making, "_make", fails := Mock(side_effect=OSError("No space left")))
        with pytest.raises(OSError, match="No space"):
            make()
    assert fails.called and not before.folder.exists()
    after = make()
    assert packages() == [after] and newest() == after


def test_what_takes_long_is_not_made_without_a_rest(monkeypatch):
    earlier: Any = SimpleNamespace(seconds=60.0)
    earlier.at = datetime.now(UTC) - timedelta(seconds=300)
    assert finding._resting(earlier)
    earlier.at = datetime.now(UTC) - timedelta(seconds=600)
    assert not finding._resting(earlier)
    earlier.at, earlier.seconds = datetime.now(UTC), 1.0
    assert not finding._resting(earlier)
    assert not finding._resting(None)


@pytest.mark.django_db(transaction=True)
def test_all_files_are_of_one_moment_and_nobody_waits_for_them(monkeypatch):
    """A curator publishes in the middle: neither is the commitment there, nor anything of it."""
    make_commitment(title="Publish the first audit")
    before = head()

    def and_meanwhile(after: int) -> Iterator[str]:
        def publish() -> None:
            make_commitment(title="Publish the second audit")
            connection.close()

        curator = threading.Thread(target=publish)
        curator.start()
        curator.join(15)
        assert not curator.is_alive(), "a curator waits for the maker"
        return lines_after(after)

    monkeypatch.setattr(making, "lines_after", and_meanwhile)
    made = make()
    assert made is not None and (made.sequence, made.hash) == (before.sequence, before.hash)
    assert head().sequence > before.sequence
    assert len((made.folder / "log.jsonl").read_text().splitlines()) == before.sequence
    for name in made.files:
        assert b"second audit" not in (made.folder / name).read_bytes(), name
