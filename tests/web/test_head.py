"""What a server is handed for HEAD: the headers of GET, and no body."""

from io import BytesIO
from typing import cast

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, StreamingHttpResponse

from tests.builders import make_lab
from tracker.answers.heads import answered_without_body

pytestmark = pytest.mark.django_db


def asked(method, path):
    """As a WSGI server asks; Django's test client would take a body away by itself."""
    told: dict[str, str] = {}

    def start_response(status, headers, exc_info=None):
        told.update(headers, status=status)

    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(), "wsgi.multithread": False, "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }  # fmt: skip
    answer = WSGIHandler()(environ, start_response)
    body = b"".join(answer)
    answer.close()
    return told, body


@pytest.mark.parametrize(
    "path",
    [
        "/", "/labs/", "/labs/nothing/", "/changes/head", "/readyz",
        "/feeds/changes.atom", "/feeds/deadlines.ics", "/subscribe/", "/static/site.css",
    ],
)  # fmt: skip
def test_head_is_handed_over_without_a_body(path):
    make_lab()
    got, body = asked("GET", path)
    told, nothing = asked("HEAD", path)
    assert body
    assert nothing == b""
    assert told.pop("X-Request-Id", "") != got.pop("X-Request-Id", None)  # two requests
    assert told == got
    if "Content-Length" in got:
        assert int(got["Content-Length"]) == len(body)


def test_a_stream_is_not_begun_for_head(rf):
    begun = []

    def lines():
        begun.append(True)
        yield "a line"

    answered = answered_without_body(lambda _: cast(HttpResponse, StreamingHttpResponse(lines())))
    assert b"".join(answered(rf.head("/"))) == b""
    assert begun == []
    assert b"".join(answered(rf.get("/"))) == b"a line"
