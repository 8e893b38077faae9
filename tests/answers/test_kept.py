"""What is kept in memory stays within its bounds, and what many want at once is made once."""

import threading
import time
from collections import defaultdict
from contextlib import suppress
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from tracker.answers import cache, kept
from tracker.answers.cache import PageCache
from tracker.answers.kept import PAGES, Kept, Memory
from tracker.changes.models import NO_HASH
from tracker.reading import head
from tracker.reading.head import Head
from tracker.reading.validating import FRESH

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def a_cache(settings, monkeypatch):
    settings.PAGE_CACHE_BYTES = 1_000_000
    monkeypatch.setattr(cache, "current", lambda: Head(7, None, NO_HASH))


def page(length: int) -> Kept:
    return Kept({"content-type": ("Content-Type", "text/html")}, b"x" * length)


# --- How much is kept ----------------------------------------------------------------------------


def test_those_asked_for_last_are_kept_and_no_more_than_fit():
    memory = Memory()
    for each in range(500):
        memory.put(str(each), page(9_000))
        assert memory.get("0")
        assert memory.size <= 1_000_000
    assert len(memory) == 1_000_000 // page(9_000).size
    assert memory.get("499") and not memory.get("300")
    memory.clear()
    assert (len(memory), memory.size) == (0, 0)


def test_one_that_would_take_too_much_of_it_is_not_kept():
    memory = Memory()
    memory.put("large", page(130_000))
    assert len(memory) == 0


def test_the_same_again_takes_no_more():
    memory = Memory()
    for length in (10, 20_000, 5):
        memory.put("a", page(length))
    assert memory.size == page(5).size


def test_a_hundred_thousand_distinct_queries_take_no_more_memory():
    memory = Memory()
    one = page(3_000)
    for each in range(100_000):
        memory.put(f"{each:032x}", one)
    assert memory.size <= 1_000_000


def test_nothing_is_kept_where_there_is_no_room(settings):
    settings.PAGE_CACHE_BYTES = 0
    made = Making()
    for _ in range(2):
        assert made.ask("/labs/").status_code == 200
    assert made.count == 2


# --- How often it is made ------------------------------------------------------------------------


class Making:
    """The page cache above a site that counts what it makes."""

    def __init__(self, answer: Any = None, seconds: float = 0.0) -> None:
        self.count, self.seconds, self.answer = 0, seconds, answer
        self.middleware = PageCache(self.make)

    def make(self, request: Any) -> HttpResponse:
        self.count += 1
        number = self.count
        time.sleep(self.seconds)
        given = self.answer(number) if self.answer else None
        return given or HttpResponse(f"{number}", headers={"Cache-Control": FRESH})

    def ask(self, url: str, **headers: str) -> Any:
        return self.middleware(RequestFactory().get(url, headers=headers))

    def at_once(self, number: int, url: str) -> list[Any]:
        """What so many are answered who ask together; None where it raised."""
        answers: list[Any] = [None] * number
        together = threading.Barrier(number)

        def one(place: int) -> None:
            together.wait()
            with suppress(RuntimeError):
                answers[place] = self.ask(url)

        threads = [threading.Thread(target=one, args=(place,)) for place in range(number)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return answers


def test_what_many_want_at_once_is_made_once():
    made = Making(seconds=0.2)
    answers = made.at_once(8, "/labs/")
    assert made.count == 1
    assert {answer.content for answer in answers} == {b"1"}


def test_whoever_waited_for_one_who_failed_makes_it():
    def fail_first(number: int) -> None:
        if number == 1:
            raise RuntimeError("It broke.")

    made = Making(fail_first, seconds=0.2)
    answers = made.at_once(4, "/labs/")
    assert [answer for answer in answers if answer is None] == [None]
    assert all(answer.status_code == 200 for answer in answers if answer)
    assert made.ask("/labs/").content in {answer.content for answer in answers if answer}


def test_nobody_waits_longer_than_can_be_expected(monkeypatch):
    monkeypatch.setattr(kept, "WAIT", 0.05)
    made = Making(seconds=0.3)
    assert len(made.at_once(3, "/labs/")) == 3
    assert made.count == 3


def test_nobody_waits_for_what_is_not_kept(monkeypatch):
    monkeypatch.setattr(kept, "WAIT", 60.0)
    made = Making(lambda number: HttpResponse("now", headers={"Cache-Control": "no-cache"}))
    made.ask("/changes/head.json")
    made.seconds = 0.2
    began = time.monotonic()
    made.at_once(4, "/changes/head.json")
    assert time.monotonic() - began < 0.6  # not one after another
    assert made.count == 5 and len(PAGES.memory) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cache-Control": "no-store"},
        {"Cache-Control": "public, max-age=3600"},
        {"Cache-Control": FRESH, "Vary": "Cookie"},
        {"Cache-Control": FRESH, "Vary": "Accept-Encoding, Accept-Language"},
        {"Cache-Control": FRESH, "Vary": "*"},
        {"Cache-Control": FRESH, "ETag": '"its own"'},
    ],
)
def test_what_does_not_say_that_it_may_be_is_not_kept(headers):
    made = Making(lambda number: HttpResponse("mine", headers=headers))
    for _ in range(2):
        answer = made.ask("/labs/")
        assert dict(answer.headers).items() >= headers.items()
    assert made.count == 2


def test_what_sets_a_cookie_or_failed_is_not_kept():
    def with_cookie(number: int) -> HttpResponse:
        answer = HttpResponse("mine", headers={"Cache-Control": FRESH})
        answer.set_cookie("who", str(number))
        return answer

    for given in (
        with_cookie,
        lambda number: HttpResponse("gone", status=404, headers={"Cache-Control": FRESH}),
    ):
        made = Making(given)
        for _ in range(2):
            made.ask("/labs/")
        assert made.count == 2


def test_hostile_queries_are_normalised_and_share_a_page():
    made = Making()
    same = ("b=2&a=1", "a=1&b=2", "a=1&&b=2", "a=%31&b=2", "a=1&b=2&")
    assert {made.ask(f"/labs/?{query}").content for query in same} == {b"1"}
    assert made.ask("/labs/?a=1&b=2&a=3").content == b"2"
    for query in ("a=\ud800", "a=%ED%A0%80", "a=%00", "=", "a=" + "%" * 9_000):
        assert made.ask(f"/labs/?{query.encode('utf-8', 'replace').decode()}").status_code == 200


def test_what_is_not_public_is_not_even_looked_up(monkeypatch):
    def never() -> Head:
        raise AssertionError("the head was asked for")

    monkeypatch.setattr(cache, "current", never)
    made = Making()
    for url in ("/admin/", "/admin/labs/", "/subscribe/", "/suggest/x/", "/static/site.css"):
        made.ask(url)
    for url in ("/healthz", "/readyz", "/metrics"):
        made.ask(url)
    assert made.count == 8


# --- The head ------------------------------------------------------------------------------------


@pytest.fixture
def known(monkeypatch, settings):
    """A head that a process has seen, and reads as the test says."""
    settings.HEAD_SECONDS = 0.05
    monkeypatch.setattr(head, "AGAIN", 0.01)
    monkeypatch.setattr(head, "_known", defaultdict(head._Known))
    reads: list[Any] = [Head(1, None, NO_HASH)]

    def read(alias: str) -> Head:
        assert alias == DEFAULT_DB_ALIAS
        now = reads.pop(0) if len(reads) > 1 else reads[0]
        if isinstance(now, Exception):
            raise now
        assert isinstance(now, Head)
        return now

    monkeypatch.setattr(head, "_read", read)
    return reads


def test_the_head_is_reused_for_a_moment(known):
    assert head.current().sequence == 1
    known[:] = [Head(2, None, NO_HASH)]
    assert head.current().sequence == 1
    time.sleep(0.06)
    assert head.current().sequence == 2


def test_the_head_is_kept_while_the_database_is_away_and_read_when_it_is_back(known):
    assert head.current().sequence == 1
    away = OperationalError("away")
    known[:] = [away, away, away, Head(2, None, NO_HASH)]
    time.sleep(0.06)
    assert head.current().sequence == 1  # and from now on nobody waits for it
    end = time.monotonic() + 10
    while head.current().sequence == 1 and time.monotonic() < end:
        time.sleep(0.01)
    assert head.current().sequence == 2
    for thread in threading.enumerate():
        if thread.name == "head":
            thread.join(10)


def test_a_database_that_never_answered_is_an_error(known):
    known[:] = [OperationalError("away")]
    with pytest.raises(OperationalError):
        head.current()


def slow_looks(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """From now on whoever looks at the head sets the first event, and waits for the second."""
    looking, go_on = threading.Event(), threading.Event()

    def slow(alias: str) -> Head:
        looking.set()
        go_on.wait(10)
        return Head(2, None, NO_HASH)

    monkeypatch.setattr(head, "_read", slow)
    return looking, go_on


def one_looks_and_another_goes_on(monkeypatch: pytest.MonkeyPatch, after: float) -> None:
    """So many seconds after the last look one looks, slowly; who asks meanwhile is told of the old
    head."""
    looking, go_on = slow_looks(monkeypatch)
    time.sleep(after)
    first = threading.Thread(target=head.current)
    first.start()
    assert looking.wait(10)
    assert head.current().sequence == 1
    go_on.set()
    first.join()


def test_one_looks_while_the_others_go_on_with_what_is_known(known, monkeypatch):
    assert head.current().sequence == 1
    one_looks_and_another_goes_on(monkeypatch, after=0.06)
    assert head.current().sequence == 2


def test_nobody_goes_on_with_a_head_of_long_ago(known, monkeypatch):
    """As after a quiet hour, when two ask at once."""
    monkeypatch.setattr(head, "PATIENCE", 30)
    assert head.current().sequence == 1
    looking, go_on = slow_looks(monkeypatch)
    time.sleep(0.12)  # more than twice HEAD_SECONDS
    seen: list[int] = []
    first, second = (
        threading.Thread(target=lambda: seen.append(head.current().sequence)) for _ in range(2)
    )
    first.start()
    assert looking.wait(10)
    second.start()
    second.join(0.2)  # it would have gone on by now
    go_on.set()
    first.join()
    second.join()
    assert seen == [2, 2]


def test_nobody_waits_long_for_one_who_looks_at_a_database_that_hangs(known, monkeypatch):
    monkeypatch.setattr(head, "PATIENCE", 0.01)
    assert head.current().sequence == 1
    one_looks_and_another_goes_on(monkeypatch, after=0.12)


def test_whoever_waited_does_not_ask_a_database_that_was_found_away(known, monkeypatch):
    monkeypatch.setattr(head, "PATIENCE", 30)
    assert head.current().sequence == 1
    looking, go_on = threading.Event(), threading.Event()
    asked: list[str] = []

    def away(alias: str) -> Head:
        asked.append(threading.current_thread().name)
        if asked[-1] == "head" and asked.count("head") > 3:
            return Head(2, None, NO_HASH)
        looking.set()
        go_on.wait(10)
        raise OperationalError("away")

    monkeypatch.setattr(head, "AGAIN", 0.2)
    monkeypatch.setattr(head, "_read", away)
    time.sleep(0.12)
    first = threading.Thread(target=head.current, name="first")
    others = [threading.Thread(target=head.current, name="other") for _ in range(3)]
    first.start()
    assert looking.wait(10)
    for each in others:
        each.start()
    time.sleep(0.05)
    go_on.set()
    for each in (first, *others):
        each.join()
    assert set(asked) <= {"first", "head"}
    for each in threading.enumerate():
        if each.name == "head":
            each.join(10)
