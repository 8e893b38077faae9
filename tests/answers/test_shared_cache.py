"""Pages that all processes share, in a Redis started for the test; and what happens without it."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.answers.test_kept import Making
from tests.builders import make_lab
from tests.cacheserver import redis
from tracker.answers import cache, kept
from tracker.answers.kept import PAGES, AsText, Kept, Pages
from tracker.changes.models import NO_HASH
from tracker.environment import shared_cache
from tracker.reading.head import Head

pytestmark = pytest.mark.once


@pytest.fixture(scope="module", name="redis")
def its_redis() -> Iterator[str]:
    with redis() as url:
        yield url


@pytest.fixture
def shared(redis, settings, monkeypatch) -> Iterator[Any]:
    yield from connected(redis, settings, monkeypatch)


def connected(url: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The cache of that address as processes of a site share it."""
    settings.PAGE_CACHE_BYTES = 1_000_000
    monkeypatch.setenv("CACHE_URL", url)
    settings.CACHES = settings.CACHES | {"pages": shared_cache()}
    yield caches["pages"]
    caches["pages"]._cache._get_connection_pool(True).disconnect()  # type: ignore[attr-defined]


@pytest.fixture
def another_process(monkeypatch) -> Any:
    """Have what is called done as by another process: with a memory of its own."""

    def do(call: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(cache, "PAGES", Pages())
            return call()

    return do


@pytest.mark.django_db
def test_what_one_process_has_made_another_serves(client, shared, another_process):
    make_lab(name="Example Lab")
    first = client.get("/labs/", headers={"Accept-Encoding": "gzip"})

    def ask() -> Any:
        return client.get("/labs/", headers={"Accept-Encoding": "gzip"})

    with CaptureQueriesContext(connection) as queries:
        second = another_process(ask)
    assert len(queries) == 1  # the head of the log
    assert second.content == first.content and dict(second.headers) == dict(first.headers)
    make_lab(name="Example Newcomer")
    assert b"Example Newcomer" in another_process(lambda: client.get("/labs/")).content


def test_an_answer_is_written_as_text_that_cannot_run():
    packed = Kept({"content-type": ("Content-Type", "text/html")}, b"\x00\n\xff")
    assert AsText().loads(AsText().dumps(packed)) == packed
    for broken in (b"", b"\n", b"{}\n", b"cos\nsystem\n(S'x'\ntR.", b'{"headers": 1}\n', b"[]\n"):
        assert AsText().loads(broken) is None


@pytest.fixture
def one_head(monkeypatch):
    monkeypatch.setattr(cache, "current", lambda: Head(7, None, NO_HASH))


def test_processes_wait_for_the_one_that_makes_it(shared, one_head, monkeypatch):
    shared.clear()
    made = Making(seconds=0.3)
    monkeypatch.setattr(cache, "PAGES", None)
    pages = [Pages() for _ in range(3)]
    answers: list[bytes] = []

    def ask(own: Pages) -> None:
        with own.to_make("a-key") as found:
            if found is None:
                made.make(None)
                found = Kept({}, b"once")
                own.put("a-key", found)
            answers.append(found.body or b"")

    threads = [threading.Thread(target=ask, args=(own,)) for own in pages]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert answers == [b"once"] * 3
    assert made.count == 1


def test_where_the_one_that_made_it_failed_the_others_go_on(shared, one_head):
    shared.clear()
    with pytest.raises(RuntimeError), Pages().to_make("a-key") as found:
        assert found is None
        raise RuntimeError("It broke.")
    began = time.monotonic()
    with Pages().to_make("a-key") as found:
        assert found is None
    assert time.monotonic() - began < kept.WAIT / 2


def test_a_cache_that_is_away_costs_a_moment_and_breaks_no_page(
    settings, monkeypatch, one_head, caplog
):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(PAGES, "shared", kept.Shared())
    (seldom,) = kept.logger.filters
    monkeypatch.setattr(seldom, "until", {})  # whatever another test has said
    for _ in connected(f"redis://127.0.0.1:{port}/0", settings, monkeypatch):
        with caplog.at_level(logging.WARNING):
            made = Making()
            for each in range(50):
                assert made.ask(f"/labs/?q={each}").status_code == 200
        assert made.count == 50
        said = [record for record in caplog.records if "CACHE_URL" in record.getMessage()]
        assert len(said) == 1
        assert str(port) not in caplog.text  # an address may hold a password


def test_a_cache_that_does_not_answer_is_let_alone(settings, monkeypatch, one_head):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setattr(PAGES, "shared", kept.Shared())
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        for _ in connected(url, settings, monkeypatch):
            made = Making()
            began = time.monotonic()
            for each in range(20):
                made.ask(f"/labs/?q={each}")
            assert time.monotonic() - began < 4  # a fifth of a second, once, and not at every page
            assert made.count == 20


def test_a_cache_that_comes_back_is_used_again(shared, one_head, monkeypatch):
    own = kept.Shared()
    own._away_until = time.monotonic() + 1_000
    own.put("a-key", Kept({}, b"x"))
    assert shared.get("a-key") is None
    own._away_until = 0.0
    own.put("a-key", Kept({}, b"x"))
    assert own.get("a-key") == Kept({}, b"x")
