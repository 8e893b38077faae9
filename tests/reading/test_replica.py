"""What the public is answered is read from the replica; nothing else is. See also
tests/journeys/test_failover.py, which has a real one."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import Error, OperationalError, connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from tests.answers import outage
from tracker.labs.models import Lab
from tracker.reading import head, replica
from tracker.reading.asides import aside
from tracker.reading.head import Head
from tracker.reading.replica import REPLICA, PublicReads, Router
from tracker.records.trouble import trouble

pytestmark = pytest.mark.once

ask = RequestFactory()


class Standby:
    """In the replica's place: it answers or does not."""

    def __init__(self) -> None:
        self.away, self.closed = False, 0
        self.asked = threading.Event()

    def cursor(self) -> Any:
        self.asked.set()
        if self.away:
            raise Error("away")
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exc: object) -> None: ...

    def execute(self, statement: str) -> None: ...

    def close(self) -> None:
        self.closed += 1


@pytest.fixture(autouse=True)
def standby(monkeypatch) -> Iterator[Standby]:
    """Whether it is away is one process's own knowledge, and begins anew for each test."""
    there = Standby()
    monkeypatch.setattr(replica, "connections", {REPLICA: there, "default": connection})
    monkeypatch.setattr(replica, "AGAIN", 0.01)
    monkeypatch.setattr(replica, "_away", threading.Event())
    monkeypatch.setattr(replica, "_looking", threading.Lock())
    yield there
    there.away = False
    assert replica._looking.acquire(timeout=10)  # no thread outlives its test


def answered(request: HttpRequest, view: Callable[[HttpRequest], Any] | None = None) -> Any:
    return PublicReads(view or (lambda request: HttpResponse(replica.alias())))(request)


def read(answer: Any) -> str:
    return b"".join(answer).decode()


@pytest.mark.parametrize(
    "path", ["/", "/commitments/", "/api/v1/labs/", "/feeds/changes.atom", "/data/x", "/adminx/"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_public_reads_comes_from_the_replica(path, method):
    assert read(answered(ask.generic(method, path))) == REPLICA
    assert replica.alias() == "default"  # afterwards


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", path) for path in ("/", "/suggest/", "/subscribe/", "/admin/login/")),
        *(("GET", path) for path in ("/admin", "/admin/", "/admin/tracker/lab/", "/suggest/")),
        *(("GET", path) for path in ("/subscribe/manage/x/", "/readyz", "/healthz", "/metrics")),
    ],
)
def test_what_staff_and_writers_read_comes_from_the_primary(method, path):
    assert read(answered(ask.generic(method, path))) == "default"


def test_a_site_without_a_replica_asks_its_one_database(settings):
    assert REPLICA not in settings.DATABASES
    assert "tracker.reading.replica.PublicReads" not in settings.MIDDLEWARE
    assert replica.connection() is connection


def test_the_router_reads_there_and_never_writes_there():
    router, lab = Router(), Lab()
    lab._state.db = REPLICA  # as one that a public page has loaded
    with replica.reading_from(REPLICA):
        assert router.db_for_read(Lab, instance=lab) == REPLICA
        assert router.db_for_write(Lab, instance=lab) == "default"
    assert router.db_for_read(Lab, instance=lab) == "default"
    assert router.allow_relation(lab, Lab())
    assert router.allow_migrate("default", "tracker")
    assert not router.allow_migrate(REPLICA, "tracker")


def test_a_stream_is_read_from_the_replica_while_it_is_sent():
    def view(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(replica.alias() for _ in range(3))

    answer = answered(ask.get("/changes/log.jsonl"), view)
    seen = []
    for part in answer:
        seen.append(part.decode())
        assert replica.alias() == "default"  # whatever else this thread does meanwhile
    assert seen == [REPLICA] * 3


def failing(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    """A site whose replica fails so, and whose primary answers."""

    def view(request: HttpRequest) -> HttpResponse:
        assert aside(request).head is None  # what was read of the one is no use to the other
        aside(request).head = Head(1, None, "f" * 64)
        answer = HttpResponse(replica.alias())
        if replica.alias() == REPLICA:
            answer = HttpResponse(status=503)
            aside(request).outage = trouble(error)
        return answer

    return view


def test_where_the_replica_is_away_the_primary_answers_until_it_is_back(standby):
    standby.away = True
    assert read(answered(ask.get("/"), failing(outage.away()))) == "default"
    assert standby.asked.wait(10)
    assert read(answered(ask.get("/"))) == "default"  # it is not tried by readers
    standby.away = False
    with replica._looking:  # which the thread that looks lets go of when it is back
        assert read(answered(ask.get("/"))) == REPLICA
    assert standby.closed


def test_pages_from_the_cache_leave_a_dead_replica_too(standby, monkeypatch):
    """They ask it for nothing but the head."""

    def away(alias: str) -> None:
        raise outage.away()

    monkeypatch.setattr(head, "_known", {REPLICA: head._Known()})
    monkeypatch.setattr(head, "_read", away)
    standby.away = True
    with replica.reading_from(REPLICA), pytest.raises(OperationalError):
        head.current()
    assert read(answered(ask.get("/"))) == "default"


def test_a_statement_that_the_replica_cancelled_is_asked_of_the_primary_and_the_next_is_not():
    assert read(answered(ask.get("/"), failing(outage.collision()))) == "default"
    assert read(answered(ask.get("/"))) == REPLICA


@pytest.mark.parametrize("error", [outage.slow(), outage.locked(), ValueError("ours")])
def test_what_is_no_fault_of_the_replica_is_not_asked_twice(error):
    assert answered(ask.get("/"), failing(error)).status_code == 503
    assert read(answered(ask.get("/"))) == REPLICA
