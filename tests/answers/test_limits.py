"""What strangers send is bounded, what they claim is not believed, and what is secret stays so."""

import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.views.debug import technical_500_response

from tests.answers.test_headers import addresses
from tests.builders import make_user
from tracker.answers.limits import OF_STRANGERS_AT_THE_DESK, OF_THE_DESK, OF_THE_PUBLIC
from tracker.web.reporting import expires

pytestmark = [pytest.mark.once, pytest.mark.django_db]

ROOT = Path(__file__).parents[2]


# --- What is sent --------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/suggest/", "/subscribe/", "/subscribe/webhooks/", "/labs/"])
@pytest.mark.parametrize("length", [OF_THE_PUBLIC + 1, 10**30, "٣", "-1", "1e9"])
def test_a_stranger_may_not_send_more_than_a_form_can_carry(client, url, length):
    sent = {"content_type": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(length)}
    answer = client.post(url, b"words=x", **sent)
    assert answer.status_code == 413
    assert "larger than a form can carry" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_a_file_that_no_form_asked_for_is_not_written_to_the_disk(client, monkeypatch):
    written: list[int] = []
    monkeypatch.setattr(
        "django.core.files.uploadhandler.TemporaryFileUploadHandler.receive_data_chunk",
        lambda *given: written.append(1),
    )
    file = SimpleUploadedFile("a.bin", b"x" * (OF_THE_PUBLIC + 1))
    assert client.post("/suggest/", {"words": "Good.", "file": file}).status_code == 413
    assert written == []


def test_the_desk_takes_a_files_worth_and_no_more(reviewer: Client):
    url = "/admin/tracker/source/add/"
    assert reviewer.post(url, {"title": "x" * (OF_THE_PUBLIC + 1)}).status_code == 200
    assert reviewer.post(url, CONTENT_LENGTH=str(OF_THE_DESK + 1)).status_code == 413


@pytest.mark.parametrize(
    "url", ["/admin", "/admin/login/", "/admin/tracker/source/add/", "/admin/none/"]
)
def test_who_is_not_logged_in_brings_nothing_large_to_the_desk(monkeypatch, url):
    stranger = Client(headers={"Cookie": f"sessionid={'a' * 32}"})
    with monkeypatch.context() as patch:
        patch.setattr("django.http.HttpRequest._load_post_and_files", None)  # nothing is read
        answer = stranger.post(url, {"username": "x" * OF_STRANGERS_AT_THE_DESK})
    assert answer.status_code == 413 and "You are not logged in" in answer.content.decode()
    assert stranger.post(url, {"username": "x" * 1000}).status_code in (200, 301, 302)


@pytest.fixture
def reviewer() -> Client:
    client = Client()
    client.force_login(make_user("Reviewers"))
    return client


def test_the_api_says_so_in_its_own_words(client):
    answer = client.post("/api/v1/labs/", CONTENT_LENGTH=str(OF_THE_PUBLIC + 1))
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


# --- What is claimed -----------------------------------------------------------------------------


CLAIMS = {
    "x-forwarded-host": "elsewhere.example",
    "x-forwarded-server": "elsewhere.example",
    "x-forwarded-proto": "https",
    "x-forwarded-port": "444",
    "forwarded": "host=elsewhere.example;proto=https",
    "x-host": "elsewhere.example",
    "x-original-url": "/admin/",
    "x-rewrite-url": "/admin/",
    "x-http-method-override": "DELETE",
}


@pytest.mark.usefixtures("seeded")
def test_absolute_links_are_the_sites_whatever_a_request_claims(settings):
    """Every public address, asked by another of the site's names and with claims: the same bytes
    as without them, and no link to where it was asked."""
    settings.ALLOWED_HOSTS = ["asked.example"]
    settings.SITE_URL = "http://record.example"
    plain, claiming = Client(SERVER_NAME="asked.example"), Client(SERVER_NAME="asked.example")
    found = []
    for url in addresses():
        expected: Any = body_of(plain.get(url))
        answer: Any = claiming.get(url, headers=CLAIMS)
        given = body_of(answer)
        if strip(given) != strip(expected) and url != "/metrics":
            found.append(f"{url} is another")
        if b"elsewhere.example" in given or b"asked.example" in given:
            found.append(f"{url} links to where it was asked")
        if "elsewhere" in str(answer.headers) or "asked" in str(answer.headers):
            found.append(f"{url} sends elsewhere")
    assert found == []


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def strip(body: bytes) -> bytes:
    """Without the hour at which a form was opened, and the number of the request."""
    return re.sub(rb'name="stamp" value="[^"]*"', b"", body)


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "testserver:x", "a@testserver", "testserver/..", "", "[::1", "é"]
)
def test_unknown_hosts_are_refused(client, host):
    for url in ("/", "/labs/", "/admin/login/", "/api/v1/labs/", "/feeds/changes.atom"):
        answer = client.get(url, headers={"host": host})
        # an empty one is no claim: HTTP/1.0 has none, and the server's own name is taken
        assert answer.status_code == 400 or (host == "" and answer.status_code == 200), url


# --- Where weaknesses are told of ----------------------------------------------------------------


def test_whoever_finds_a_weakness_is_told_where_to_write(client, settings):
    settings.SECURITY_CONTACT = "mailto:security@record.example"
    answer = client.get("/.well-known/security.txt")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    fields = dict(line.split(": ", 1) for line in lines)
    assert len(fields) == len(lines)
    assert fields["Contact"] == "mailto:security@record.example"
    assert fields["Canonical"] == f"{site.SITE_URL}/.well-known/security.txt"
    assert fields["Preferred-Languages"] == "en"
    ends = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=120) < ends - datetime.now(UTC) < timedelta(days=365)


def test_it_says_the_same_all_month_and_never_what_is_past():
    assert (
        expires(date(2027, 1, 1)) == expires(date(2027, 1, 31)) == datetime(2027, 7, 1, tzinfo=UTC)
    )
    assert expires(date(2027, 8, 31)) == datetime(2028, 2, 1, tzinfo=UTC)
    assert expires(date(2027, 6, 30)) == datetime(2027, 12, 1, tzinfo=UTC)


# --- What is secret ------------------------------------------------------------------------------

SECRETS = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY",
    r"\bAKIA[0-9A-Z]{16}\b",
    r"\bgh[pousr]_[A-Za-z0-9]{36}",
    r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    r"\bsk-[A-Za-z0-9_-]{32,}",
    r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}",
    r"""(?:SECRET_KEY|PASSWORD|CHECKPOINT_KEY|API_KEY|TOKEN)["']?\s*[:=]\s*["'][A-Za-z0-9+/_=-]{32,}["']""",
)
#: The one constant there is: what DEBUG alone may run with, and says so.
KNOWN = "only-for-debug-never-for-a-site-that-others-can-reach"


def test_the_tree_holds_no_secret():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    ).stdout
    names = [name for name in listed.split("\0") if name] or [
        str(path.relative_to(ROOT))
        for folder in ("tracker", "templates", "tests", "seeds", "docs", "deploy")
        for path in (ROOT / folder).rglob("*")
    ]
    assert not {name for name in names if Path(name).name in (".env", "id_rsa", "id_ed25519")}
    pattern, found = re.compile("|".join(SECRETS)), []
    for name in names:
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 2_000_000:
            text = path.read_bytes().decode(errors="replace").replace(KNOWN, "")
            found += [f"{name}: {each[0][:40]}" for each in pattern.finditer(text)]
    assert [each for each in found if not each.startswith("tests/answers/test_limits.py")] == []
    assert pattern.search("SECRET_KEY = '" + "a" * 40 + "'")  # it can find one


def test_a_debug_page_shows_no_secret(rf, settings, monkeypatch):
    """The page that Django shows under DEBUG lists every setting; public sites never do."""
    hidden = "hunter2-hunter2"
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", hidden)
    settings.SECRET_KEY = hidden
    settings.CHECKPOINT_KEY = hidden.encode()
    settings.EMAIL_HOST_PASSWORD = hidden
    request = rf.get("/admin/login/")
    settings.DEBUG = True
    try:
        raise ValueError("shown")
    except ValueError as error:
        shown = technical_500_response(request, type(error), error, error.__traceback__)
    page = shown.content.decode()
    settings_shown = page[page.index('id="settings-info"') :]
    assert "ROOT_URLCONF" in settings_shown and "EMAIL_HOST_PASSWORD" in settings_shown
    assert hidden not in settings_shown


def test_without_debug_an_error_says_nothing_of_itself(monkeypatch):
    def fail(*args, **kwargs):
        raise ValueError("hunter2")

    monkeypatch.setattr("tracker.web.method.page", fail)
    answer = Client(raise_request_exception=False).get("/methodology/")
    assert answer.status_code == 500
    for word in ("hunter2", "Traceback", "ValueError", "Django", "tracker."):
        assert word not in answer.content.decode()
    assert "Server" not in answer.headers and "X-Powered-By" not in answer.headers
