"""nginx, as deploy/ has it, before a site whose database is away."""

import http.client
import tempfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpResponse
from django.test import Client

from tests import both_databases
from tests.absent import left_out
from tests.answers import outage
from tests.builders import make_lab
from tests.curation.redactions import STEWARD, WHY, correct
from tests.fronted import HOST, grow_old, nginx, rendered
from tests.machine import free_ports, until
from tracker.answers import cache
from tracker.curation.redacting import redact
from tracker.reading import head

pytestmark = [pytest.mark.once, pytest.mark.django_db]


class Fronted:
    """An nginx, and what `says` what the site behind it answers to an ETag."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.local, self.behind = free_ports(3)
        self.says: Callable[[str], Any] = lambda tag: HttpResponse(status=500)

    def ask(self, path: str) -> tuple[int, str, str]:
        """The status, where the answer came from, and the words."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": HOST})
            answer = connection.getresponse()
            return answer.status, answer.headers["Cache-Status"] or "", answer.read().decode()
        finally:
            connection.close()


@pytest.fixture
def place() -> Iterator[Fronted]:
    """Room for an nginx that is not there yet."""
    if not both_databases.nginx():
        left_out("nginx")
    with tempfile.TemporaryDirectory(prefix="on-record-", dir="/tmp") as name:
        found = Fronted(Path(name))
        found.folder.chmod(0o755)  # nginx's workers are another account where root starts it
        yield found


def render(found: Fronted, upstreams: str) -> None:
    """The files of an nginx that asks there."""
    rendered(
        found.folder, HTTP=f"127.0.0.1:{found.port}", LOCAL=f"127.0.0.1:{found.local}",
        UPSTREAMS=upstreams,
    )  # fmt: skip


@pytest.fixture
def front(place: Fronted) -> Iterator[Fronted]:
    found = place

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = found.says(self.headers["If-None-Match"] or "")
            self.send_response(answer.status_code)
            for name, value in answer.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", found.behind), Site)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    render(found, f"127.0.0.1:{found.behind}")
    try:
        with nginx(found.folder):
            yield found
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def test_what_nginx_has_from_before_a_redaction_is_not_given_in_an_outage(
    client, settings, monkeypatch, front
):
    settings.PAGE_CACHE_BYTES = 0  # what nginx keeps is all that is kept
    lab = make_lab(name="Example Lab of Ada Example")
    corrected = correct(lab, name="Example Lab").sequence
    before = client.get("/changes/")
    front.says = lambda tag: before
    warm(front, "/changes/")
    redact([corrected - 1, corrected], by=STEWARD, reason=WHY, text="Ada Example")
    after = client.get("/labs/")
    front.says = lambda tag: after
    warm(front, "/labs/")
    make_lab(name="Example Newcomer")
    seen = head.current()

    def away(*_: Any, **__: Any) -> Any:
        raise outage.away()

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", away)
    monkeypatch.setattr(cache, "current", lambda: seen)
    grow_old(front.folder, 3600)

    def from_the_site(path: str) -> Any:
        site = Client(raise_request_exception=False)
        front.says = lambda tag: site.get(path, headers={"If-None-Match": tag})
        return front.ask(path)

    status, came, words = from_the_site("/labs/")
    assert (status, came, words) == (200, "nginx; hit; detail=stale", after.content.decode())
    status, came, words = from_the_site("/changes/")
    assert (status, came) == (404, "nginx; fwd=stale")
    assert "does not answer just now" in words and "Ada Example" not in words


def warm(front: Fronted, path: str) -> None:
    """Until nginx gives it by itself: it keeps an answer after it has sent it."""
    until(lambda: front.ask(path)[1] == "nginx; hit")


def test_where_the_site_is_away_it_is_said_and_nobody_is_named_in_any_log(place):
    """No socket, as between two releases: nginx itself calls that critical, and says who asked."""
    render(place, f"unix:{place.folder}/run/nobody.sock")
    token = "a-made-up-token-of-as-many-letters-as-there-are"
    with nginx(place.folder):
        for path in (f"/subscribe/confirm/{token}/", "/labs/?q=a-made-up-token"):
            said = (503, "The site is away for a moment. Nothing is lost.\n")
            assert place.ask(path)[::2] == said
        log = place.folder / "logs" / "on-record.log"
        until(lambda: "/labs/" in log.read_text())
    for each in (place.folder / "logs").iterdir():
        assert "made-up-token" not in each.read_text(), each.name
