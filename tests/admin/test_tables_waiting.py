"""Uploads that wait for a yes: nobody else's file is read, and none stays."""

import os
import time
from pathlib import Path

import pytest
from django.conf import settings as site
from django.contrib.auth.models import User
from django.core import signing

from tests.admin.forms import messages, signed_in
from tests.admin.tables import confirm, page, preview, sealed
from tests.builders import make_lab, make_user
from tracker.admin.tables_waiting import WAITS, WaitingFile, seal, unseal
from tracker.labs.models import Lab, Person

pytestmark = pytest.mark.django_db

TABLE = [["slug", "name", "kind"], ["new-lab", "New Lab", "ai_lab"]]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.WAITING_IMPORTS = tmp_path / "imports"
    return tmp_path / "imports"


@pytest.fixture
def user() -> User:
    return make_user("Curators")


def no_longer_good(answer) -> bool:
    assert not Lab.objects.exists()
    return answer.status_code == 200 and "no longer good" in messages(answer)[0]


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd", "/etc/passwd", "", ".", "..", "a" * 31, "A" * 32, f"{'a' * 32}\n"],
)
def test_no_other_file_can_be_named(user, folder, name, tmp_path):
    (tmp_path / "secret.csv").write_text("slug,name,kind\nnew-lab,New Lab,ai_lab\n")
    for each in (name, str(tmp_path / "secret.csv"), "../secret.csv"):
        for act in (WaitingFile(name=each).read, WaitingFile(name=each).remove):
            with pytest.raises(FileNotFoundError):
                act()
        # even with the site's own key, a path is no name
        note = seal({"file": each, "reason": ""}, noun="lab", user=user)
        assert no_longer_good(confirm(signed_in(user), Lab, note))
    assert (tmp_path / "secret.csv").exists()


def test_a_forged_or_anothers_note_says_nothing(user):
    client = signed_in(user)
    note = sealed(preview(client, Lab, TABLE))
    unsigned = signing.b64_encode(b'{"file": "x", "reason": ""}').decode()
    for forged in ("", "x", "\x00", note[:-1], f"{note}x", unsigned, note.replace(":", ".", 1)):
        assert no_longer_good(confirm(client, Lab, forged))
    assert no_longer_good(confirm(signed_in(make_user("Reviewers")), Lab, note))
    answer = confirm(client, Person, note)  # of another noun
    assert no_longer_good(answer)
    confirm(client, Lab, note)
    assert Lab.objects.get().slug == "new-lab"


def test_a_reason_cannot_be_slipped_in_with_the_yes():
    reviewer = make_user("Reviewers")
    client, lab = signed_in(reviewer), make_lab()
    table = [["slug", "version", "name"], [lab.slug, "2", "Another"]]
    note = sealed(preview(client, Lab, table, "As it was previewed."))
    client.post(page(Lab, "process_import"), {"sealed": note, "reason": "Another."})
    assert unseal(note, noun="lab", user=reviewer)["reason"] == "As it was previewed."
    lab.refresh_from_db()
    assert lab.name == "Another"


def test_only_a_good_preview_leaves_a_file_and_only_until_it_is_answered(user, folder):
    client = signed_in(user)
    for bad in (
        [["slug", "name"], ["new-lab", ""]],
        [["name"], ["New"]],
        b"\xff\xfe",
        b"PK\x03\x04",
    ):
        preview(client, Lab, bad)
        assert not folder.exists() or not list(folder.iterdir())
    note = sealed(preview(client, Lab, TABLE))
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o777 == 0o700
    confirm(client, Lab, note)
    assert not list(folder.iterdir())


def test_an_old_preview_is_forgotten(user, folder, monkeypatch):
    client = signed_in(user)
    note = sealed(preview(client, Lab, TABLE))
    (file,) = folder.iterdir()
    (folder / "not ours").touch()
    old = time.time() - WAITS - 1
    for each in folder.iterdir():
        os.utime(each, (old, old))
    assert no_longer_good(confirm(client, Lab, note))
    preview(client, Lab, TABLE)
    assert not file.exists()
    assert (folder / "not ours").exists() and len(list(folder.iterdir())) == 2
    later = time.time() + WAITS + 10
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    with pytest.raises(signing.SignatureExpired):
        unseal(note, noun="lab", user=user)


def test_another_worker_can_answer(user):
    note = sealed(preview(signed_in(user), Lab, TABLE))
    confirm(signed_in(user), Lab, note)  # another session: nothing of it is in the process
    assert Lab.objects.get().slug == "new-lab"


def test_the_yes_is_a_post(user):
    assert signed_in(user).get(page(Lab, "process_import")).status_code == 405


def test_the_folder_is_one_for_all_workers():
    assert Path(site.WAITING_IMPORTS).is_absolute()


def test_a_large_upload_is_refused_before_it_is_read(user, monkeypatch):
    monkeypatch.setattr("tracker.admin.tables.FILE_SIZE", 10)
    answer = preview(signed_in(user), Lab, TABLE)
    (said,) = answer.context["form"].errors["import_file"]
    assert "is larger than" in said and not sealed(answer)
