"""One's own account at the desk: passwords as people have them, and sessions that end."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.admin.forms import signed_in
from tests.builders import make_user

pytestmark = [pytest.mark.once, pytest.mark.django_db]

OLD = "a long made-up password"
#: Spaces at its ends, letters of any kind, capitals, and longer than 64.
NEW = "  Ein längeres Geheimnis, ganz OHNE Regeln 🗝 und mit Raum an beiden Enden, 71 Zeichen  "


def change(client: Client, old: str, new: str) -> bool:
    typed = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post(reverse("admin:password_change"), typed).status_code == 302


def test_changing_a_password_asks_for_the_old_one():
    user = make_user("Curators")
    client = signed_in(user)
    assert not change(client, "something else", NEW)
    assert not change(client, OLD, "short")
    assert User.objects.get(pk=user.pk).check_password(OLD)
    assert change(client, OLD, NEW)


def test_a_password_is_taken_as_it_was_typed():
    user = make_user("Curators", name="ada")
    assert change(signed_in(user), OLD, NEW)
    for typed, right in (
        (NEW, True),
        (NEW.strip(), False),
        (NEW.lower(), False),
        (NEW[:72], False),
    ):
        answer = Client().post(reverse("admin:login"), {"username": "ada", "password": typed})
        assert (answer.status_code == 302) is right, typed


def test_a_new_password_ends_the_other_sessions():
    user = make_user("Curators")
    here, elsewhere = signed_in(user), signed_in(user)
    assert change(here, OLD, NEW)
    assert here.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").status_code == 302


def test_logging_out_ends_the_session():
    client = signed_in(make_user("Curators"))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.get("/admin/logout/").status_code == 405  # nobody is logged out by a link
    client.post("/admin/logout/")
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert client.get("/admin/").status_code == 302


def test_every_page_of_the_desk_offers_to_log_out():
    client = signed_in(make_user("Reviewers"))
    for url in ("/admin/", "/admin/tracker/lab/", "/admin/tracker/commitment/add/"):
        page = client.get(url).content.decode()
        assert 'action="/admin/logout/"' in page
        assert reverse("admin:password_change") in page


def test_the_login_takes_what_a_password_manager_gives(client):
    page = client.get(reverse("admin:login")).content.decode()
    field = page[page.index('name="password"') - 60 :][:200]
    assert 'type="password"' in field and 'autocomplete="current-password"' in field
    assert "onpaste" not in page and "maxlength" not in field and 'autocomplete="off"' not in page


def test_passwords_are_hashed_slowly_outside_of_tests():
    """The tests take a fast one; what a site takes is asked of a process without their settings."""
    told = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import django; django.setup(); from django.contrib.auth.hashers import make_password;"
            "print(make_password('x'))",
        ],
        env={"DJANGO_SETTINGS_MODULE": "tracker.settings", "SECRET_KEY": "x", "PATH": ""},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    algorithm, rounds, *_ = told.stdout.split("$")
    assert algorithm == "pbkdf2_sha256" and int(rounds) >= 600_000  # OWASP's least, of 2023
