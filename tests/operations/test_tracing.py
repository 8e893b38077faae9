"""Lines of the log: whose request they belong to, in which form, and what they never hold."""

import io
import json
import logging
import re
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client, override_settings
from gunicorn.config import Config

from tests.builders import make_lab
from tracker.answers import tracing
from tracker.letters import masking
from tracker.letters.serverlog import MaskingLogger

pytestmark = pytest.mark.django_db

MADE = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def lines():
    """What the site logs as JSON; called, it gives the objects so far."""
    stream = io.StringIO()
    (handler,) = (
        each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler
    )
    before, formatter = handler.setStream(stream), handler.formatter
    handler.setFormatter(masking.JsonFormatter())
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    handler.setStream(before)
    handler.setFormatter(formatter)


@pytest.fixture
def failing(monkeypatch):
    """A lab's page that fails, repeating what a database says of a duplicate key."""

    def fail(*args, **kwargs):
        raise RuntimeError("Key (email)=(ada@example.org) already exists")

    monkeypatch.setattr("tracker.web.labs.page", fail)
    return Client(raise_request_exception=False)


def test_an_error_is_one_line_with_its_traceback_and_the_id_that_the_reader_is_shown(
    failing, lines
):
    answer = failing.get(f"/labs/{make_lab().slug}/?as_of=2026-01-01")
    assert answer.status_code == 500
    (line,) = lines()
    assert MADE.fullmatch(line["request_id"])
    assert line["request_id"] == answer[tracing.HEADER]
    assert (line["level"], line["method"], line["route"]) == ("ERROR", "GET", "lab")
    assert line["status"] == 500 and line["ms"] >= 0
    assert line["logger"] == "django.request"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert line["traceback"].startswith("Traceback") and "RuntimeError" in line["traceback"]
    assert "ada@" not in json.dumps(line) and "as_of" not in json.dumps(line)


@pytest.mark.parametrize(
    ("given", "proxies", "taken"),
    [
        ("0123456789abcdef0123456789abcdef", 1, True),
        ("0123456789abcdef0123456789abcdef", 0, False),  # a stranger's word
        ("short", 1, False),
        ("x" * 41, 1, False),
        ("a line\tand more", 1, False),
        ("", 1, False),
    ],
)
def test_a_proxys_id_is_kept_where_there_is_one_and_it_is_well_formed(given, proxies, taken):
    with override_settings(PROXIES=proxies):
        answer = Client().get("/no/such/address", headers={"x-request-id": given})
    assert (answer[tracing.HEADER] == given) is taken
    assert taken or MADE.fullmatch(answer[tracing.HEADER])


def test_an_id_is_told_where_the_answer_is_one_readers_alone_and_nowhere_else():
    client = Client()
    lab = make_lab()
    for path in ("/", f"/labs/{lab.slug}/", "/api/v1/labs/", "/feeds/changes.atom"):
        assert tracing.HEADER not in client.get(path).headers, path
    for path in (
        "/labs/nothing/",
        "/labs/?x=1",
        "/readyz",
        "/admin/login/",
        "/subscribe/manage/x/",
    ):
        first, second = (client.get(path)[tracing.HEADER] for _ in range(2))
        assert first != second, path


def test_refusals_and_expected_503s_are_no_errors(client, lines, monkeypatch):
    for path in ("/labs/nothing/", "/labs/?x=1", "/admin/nothing/", "/subscribe/manage/nobody/"):
        assert client.get(path).status_code in (302, 400, 404)
    assert client.post("/labs/").status_code == 405
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE name = '0003_log'")
    assert client.get("/readyz").status_code == 503
    assert lines() == []


def test_a_slow_request_has_a_line_without_its_address(client, lines, monkeypatch):
    monkeypatch.setattr(tracing, "SLOW", 0.0)
    client.get("/search/?q=ada+example")
    (line,) = lines()
    assert line["message"].startswith("slow: ")
    assert (line["level"], line["route"], line["status"]) == ("WARNING", "search", 200)
    assert "ada" not in json.dumps(line)


def test_lines_for_people_tell_the_same_behind_the_words(failing):
    record = logging.LogRecord("tracker", logging.WARNING, "", 0, "%s waits", ("a mail",), None)
    record.told = {"request_id": "abc", "method": "GET", "route": "lab"}
    said = masking.Formatter("{levelname} {name}: {message}", style="{").format(record)
    assert said == "WARNING tracker: a mail waits [request_id=abc method=GET route=lab]"


@pytest.mark.once
@pytest.mark.parametrize(
    ("said", "struck"),
    [
        ("550 <ada@example.org> unknown", "550 <…> unknown"),
        ("Key (email)=(ada.b+c@example.org) exists", "Key (email)=(…) exists"),
        ("smtp://user:hunter2@mail.example refused", "smtp://… refused"),
        ("Invalid request from ip=192.0.2.7: odd", "Invalid request from ip=…: odd"),
        ("from ip=2001:db8::7", "from ip=…"),
        ("/labs/example/ 12:30 a@", "/labs/example/ 12:30 a@"),
        ('File "x.py", line 3, in f\n    @cache', 'File "x.py", line 3, in f\n    @cache'),
    ],
)
def test_nobodys_address_is_logged(said, struck):
    assert masking.masked(said) == struck


@pytest.mark.once
def test_a_line_of_json_stays_whole_whatever_is_struck_out_of_it():
    token = "Ab3_-" * 8 + "xyz"
    said = f'"GET /subscribe/stop/{token}\\" "quoted" ada@example.org\n\x00 “ü”'
    record = logging.LogRecord("x", logging.ERROR, "", 0, "%s", (said,), None)
    line = masking.JsonFormatter().format(record)
    assert "\n" not in line
    assert token[:20] not in line and "ada@" not in line
    assert "“ü”" in json.loads(line)["message"]


@pytest.mark.once
def test_gunicorn_speaks_json_too_and_of_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("LOG_FORMAT", "json")
    file = tmp_path / "log"
    config = Config()
    for name in ("accesslog", "errorlog"):
        config.set(name, str(file))
    logger = MaskingLogger(config)
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": "/search/?q=ada",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.7",
        "HTTP_REFERER": "https://elsewhere.example/",
        "HTTP_USER_AGENT": "A browser",
    }
    answer = SimpleNamespace(status="200 OK", sent=5, headers=[])
    took = SimpleNamespace(seconds=0, microseconds=0)
    logger.access(answer, SimpleNamespace(headers=[]), environ, took)
    logger.error("Invalid request from ip=%s: %s", "192.0.2.7", "it is odd")
    for each in (logger.access_log, logger.error_log):
        for handler in each.handlers:
            handler.close()
        each.handlers.clear()
    access, error = (json.loads(line) for line in file.read_text().splitlines())
    assert '"GET /search/ HTTP/1.1" 200' in access["message"]
    for told in ("192.0.2.7", "ada", "elsewhere", "browser"):
        assert told not in json.dumps(access)
    assert error["message"] == "Invalid request from ip=…: it is odd"
    assert error["level"] == "ERROR"


@pytest.mark.once
def test_a_line_that_names_a_socket_as_its_request_passes():
    """As Django's own server does."""
    line = logging.LogRecord("django.server", logging.INFO, "", 0, "hung up", (), None)
    line.request = object()
    assert tracing.Traced().filter(line)
    assert vars(line)["told"] == {}


@pytest.mark.once
def test_a_logger_that_says_the_same_again_and_again_is_heard_seldom(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("tracker.answers.tracing.time.monotonic", lambda: now[0])
    seldom = tracing.Seldom(10.0)

    def passes(name: str) -> bool:
        return seldom.filter(logging.LogRecord(name, logging.WARNING, "", 0, "away", (), None))

    assert [passes("pool"), passes("pool"), passes("outage")] == [True, False, True]
    now[0] += 10.0
    assert [passes("pool"), passes("pool")] == [True, False]
