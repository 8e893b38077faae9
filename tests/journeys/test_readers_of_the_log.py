"""Many write while others read: by cursor, by Atom and its archives, by webhook. None misses any.

Writers are threads of several processes, each publishing through `curation`. Readers ask at random
moments and hold what they are given against a simple model of a log: no gap, no second order, and
what was seen once never changes. The webhooks' workers are killed (-9) and replaced meanwhile.
`SOAK=1` makes it the long campaign (`make soak`).
"""

import json
import os
import random
import threading
import time
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client

from tests.feeds.entering import ATOM, enter, href, local, parsed, sequence_of
from tests.journeys.hands import nursery
from tests.journeys.witnesses import check_log, check_messages
from tests.machine import until
from tests.subscriptions.sink import Received, echo, sink
from tracker.changes.log import head_sequence
from tracker.subscriptions import endpoints
from tracker.subscriptions.models import Subscription

SOAK = os.environ.get("SOAK") == "1"
EARLIER = 230  # entries before anybody writes: two archives and a piece of the third
ENDPOINTS, WORKERS = 3, 2
#: Processes and threads in each: SQLite lets one write at a time.
WRITERS = {"postgresql": (4, 8), "sqlite": (2, 4)}
TURNS, KILLS, SECONDS = (60, 150, 1_200) if SOAK else (2, 5, 120)

pytestmark = pytest.mark.django_db(transaction=True)


class Asking:
    """A reader with a browser of its own, who says which version it has already."""

    def __init__(self) -> None:
        self.client = Client()
        self.tags: dict[str, str] = {}
        self.asked = 0

    def get(self, url: str) -> bytes | None:
        """What is answered; None where it is what this reader has."""
        self.asked += 1
        known = {"If-None-Match": self.tags[url]} if url in self.tags else {}
        answer = self.client.get(url, headers=known)
        if answer.status_code == 304:
            return None
        assert answer.status_code == 200, (url, answer.status_code)
        whole = answer.getvalue()
        if "ETag" in answer:
            self.tags[url] = answer["ETag"]
        return whole


class ByCursor(Asking):
    """Follows `/changes/log.jsonl?after=`: a gap, or another order, is seen at once."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[bytes] = []

    @property
    def seen(self) -> int:
        return len(self.lines)

    def look(self) -> None:
        again = random.randrange(10) == 0  # now and then also what was read before
        after = random.randint(0, self.seen) if again else self.seen
        text = self.get(f"/changes/log.jsonl?after={after}")
        for number, line in enumerate((text or b"").splitlines(), start=after + 1):
            assert json.loads(line)["sequence"] == number
            if number <= self.seen:
                assert self.lines[number - 1] == line
            else:
                self.lines.append(line)


class ByAtom(Asking):
    """Follows the feed, and its archives back to the entries that it knows."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[int, str] = {}
        self.archives: dict[str, bytes] = {}

    @property
    def seen(self) -> int:
        return len(self.entries)

    def look(self) -> None:
        text = self.get("/feeds/changes.atom")
        before = self._take(text) if text else ""
        # now and then also what was read before, to see that it is as it was
        while before and (self._gap() or random.randrange(4) == 0):
            text = self.get(before) or self.archives[before]
            assert self.archives.setdefault(before, text) == text
            before = self._take(text)
        assert not self._gap()

    def _gap(self) -> bool:
        return len(self.entries) != max(self.entries)

    def _take(self, text: bytes) -> str:
        """Keep the entries of a document; the archive before it."""
        root = parsed(text)
        for entry in root.findall(f"{ATOM}entry"):
            sequence = sequence_of(str(entry.findtext(f"{ATOM}id")))
            whole = ElementTree.tostring(entry, encoding="unicode")
            assert self.entries.setdefault(sequence, whole) == whole
        before = href(root, "prev-archive")
        return local(before) if before else ""


class Reading:
    """Readers at random moments, a thread each, until they are told that there is no more."""

    def __init__(self, *readers: ByCursor | ByAtom) -> None:
        self.readers, self.failed = readers, list[BaseException]()
        self.last: int | None = None
        self.end = time.monotonic() + SECONDS
        self.threads = [threading.Thread(target=self._read, args=(each,)) for each in readers]

    def __enter__(self) -> "Reading":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.last is None:
            self.end = 0.0
        for thread in self.threads:
            thread.join()

    def _read(self, reader: ByCursor | ByAtom) -> None:
        try:
            while time.monotonic() < self.end and reader.seen != self.last:
                reader.look()
                time.sleep(random.uniform(0, 0.2))
        except BaseException as error:
            self.failed.append(error)
        finally:
            connection.close()


class SometimesAway:
    """An endpoint that answers one entry in twelve with 503, and keeps the others."""

    def __init__(self) -> None:
        self.accepted: list[Received] = []

    def __call__(self, received: Received) -> tuple[int, dict[str, str], bytes]:
        handshake = json.loads(received.body)["type"] == "endpoint.verification"
        if not handshake and random.randrange(12) == 0:
            return 503, {}, b""
        self.accepted.append(received)
        return echo(received)

    def by(self, number: int) -> list[Received]:
        """What one of the endpoints accepted, in the order in which it came."""
        return [each for each in self.accepted if each.path.endswith(f"/{number}")]


def test_every_acknowledged_publication_is_seen_by_every_reader_once_and_in_order(tmp_path):
    enter(EARLIER)
    file, errors = tmp_path / "acknowledged", tmp_path / "errors"
    file.touch()
    processes, threads = WRITERS[connection.vendor]
    numbers = [
        list(range(first, first + threads)) for first in range(0, processes * threads, threads)
    ]
    cursor, atom, kept = ByCursor(), ByAtom(), SometimesAway()

    def standing() -> str:
        rows = list(Subscription.objects.values_list("standing", "cursor", "wake", "said"))
        seen = [each.seen for each in (cursor, atom)]
        return f"the readers saw {seen} of {reading.last}, webhooks {rows}; {errors.read_text()}"

    with errors.open("w") as log, sink(kept) as here, nursery(log) as hands:
        made = [endpoints.make(f"{here.url}/{number}", "hmac") for number in range(ENDPOINTS)]
        workers = [hands.fork("deliver", short=True) for _ in range(WORKERS)]
        with Reading(cursor, atom) as reading:
            writers = [
                hands.fork("publish", writers=some, turns=TURNS, acknowledged=str(file))
                for some in numbers
            ]
            kills = 0
            while kills < KILLS and time.monotonic() < reading.end:
                time.sleep(random.uniform(0.05, 0.6))
                victim = random.randrange(WORKERS)
                kills += hands.kill(workers[victim])
                workers[victim] = hands.fork("deliver", short=True)
            until(lambda: all(hands.ended(each) is not None for each in writers), SECONDS, standing)
            assert [hands.ended(each) for each in writers] == [0] * processes, standing()
            reading.last = head_sequence()
            behind = Subscription.objects.filter(cursor__lt=reading.last)
            until(
                lambda: (
                    not behind.exists() and not any(each.is_alive() for each in reading.threads)
                ),
                SECONDS,
                standing,
            )
        assert reading.failed == []
    assert [each.seen for each in reading.readers] == [reading.last] * 2, standing()
    acknowledged = [tuple(line.split()) for line in file.read_text().splitlines()]
    assert len(acknowledged) == processes * threads * (TURNS + TURNS // 2 * 2)
    last = check_log([(f"{noun}_published", noun, slug) for noun, slug in acknowledged], EARLIER)
    assert last == reading.last == EARLIER + len(acknowledged)
    again = ByCursor()
    while again.seen < last:
        again.look()
    assert again.lines == cursor.lines
    repeats = sum(
        check_messages(kept.by(number), subscription, EARLIER + 1, last)
        for number, subscription in enumerate(made)
    )
    print(
        f"\n{processes * threads} writers, {len(acknowledged)} entries, {kills} kills of workers: "
        f"0 missed by cursor ({cursor.asked} readings), by Atom ({atom.asked}), by {ENDPOINTS} "
        f"webhooks ({len(here.received)} messages, {repeats} accepted again under the same id)"
    )
