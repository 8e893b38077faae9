"""No token reaches a log, whatever goes wrong on its address."""

import io
import logging
from types import SimpleNamespace

import pytest
from django.test import Client
from gunicorn.config import Config

from tracker.letters import masking, tokens
from tracker.letters.serverlog import MaskingLogger
from tracker.subscriptions import held, opting

TOKEN = "Ab3_-" * 8 + "xyz"
PATHS = [
    f"/subscribe/{kind}/{TOKEN}{tail}"
    for kind in ("confirm", "manage", "stop", "webhooks", "owner")
    for tail in ("/", "", "/more", "x/", "=3D/")
]


@pytest.fixture
def logged():
    """What the site's own logging writes, as configured in settings."""
    stream = io.StringIO()
    (handler,) = (
        each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler
    )
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_an_address_that_opens_nothing_logs_no_token(logged, path):
    answer = Client().get(path)
    assert answer.status_code in (301, 404)
    assert Client().put(path).status_code in (301, 404, 405)
    logging.getLogger("tracker").warning("asked for %s", path)
    assert "/subscribe/" in logged.getvalue()
    assert TOKEN[:20] not in logged.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["confirm", "manage", "stop"])
def test_a_failure_logs_no_token_with_its_traceback(logged, monkeypatch, kind):
    def fail(*args: object) -> None:
        raise RuntimeError(f"something about /subscribe/{kind}/{TOKEN}/ and {TOKEN}")

    monkeypatch.setattr(held, "about_of", fail)
    monkeypatch.setattr(opting, "about_of", fail)
    answer = Client(raise_request_exception=False).get(f"/subscribe/{kind}/{TOKEN}/")
    assert answer.status_code == 500
    assert TOKEN not in answer.content.decode()
    said = logged.getvalue()
    assert "Internal Server Error" in said and "RuntimeError: something about" in said
    assert TOKEN[:20] not in said


@pytest.mark.django_db
def test_every_token_that_we_make_is_masked_and_ordinary_addresses_are_not():
    for number in range(50):
        token = tokens.token_for("stop", str(number), 1)
        assert token not in masking.masked(f'"GET /somewhere/{token}?x=1" {token}.')
    for line in (
        "/changes/12/ 200",
        "/subscribe/?lab=example-lab 200",
        "a" * 64,
        "/labs/" + "x" * 60,
    ):
        assert masking.masked(line) == line


def test_gunicorns_access_log_and_errors_hold_no_token(tmp_path):
    file = tmp_path / "log"
    config = Config()
    config.set("accesslog", str(file))
    config.set("errorlog", str(file))
    logger = MaskingLogger(config)
    path = PATHS[0]
    environ = {
        "REQUEST_METHOD": "POST",
        "RAW_URI": path,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"https://record.example{path}",
    }
    answer = SimpleNamespace(status="200 OK", sent=5, headers=[])
    took = SimpleNamespace(seconds=0, microseconds=0)
    logger.access(answer, SimpleNamespace(headers=[]), environ, took)
    logger.error("Error handling request %s", path)
    for each in (logger.access_log, logger.error_log):
        for handler in each.handlers:
            handler.close()
        each.handlers.clear()
    said = file.read_text()
    assert '"POST /subscribe/confirm/… HTTP/1.1" 200' in said.replace("…/", "…")
    assert "Error handling request /subscribe/confirm/…" in said
    assert TOKEN[:20] not in said
