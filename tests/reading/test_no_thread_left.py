"""A process that cannot begin another thread goes on looking for its databases all the same."""

import threading
import time
from collections import defaultdict
from typing import Any

import pytest
from django.db import OperationalError

from tracker.changes.models import NO_HASH
from tracker.reading import head, replica
from tracker.reading.head import Head

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def no_thread(monkeypatch):
    def start(thread: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)


def test_the_head_is_not_that_of_the_outage_for_ever(monkeypatch, settings):
    settings.HEAD_SECONDS = 0.01
    monkeypatch.setattr(head, "_known", defaultdict(head._Known))
    seen: list[Any] = [Head(1, None, NO_HASH), OperationalError("away"), Head(2, None, NO_HASH)]

    def read(alias: str) -> Head:
        now = seen.pop(0)
        if isinstance(now, Exception):
            raise now
        assert isinstance(now, Head)
        return now

    monkeypatch.setattr(head, "_read", read)
    for sequence in (1, 1, 2):
        assert head.current().sequence == sequence
        assert not head.is_away()
        time.sleep(0.02)


def test_the_replica_is_not_given_up_for_ever():
    for _ in range(2):
        replica.failed()
        assert not replica._away.is_set()
        assert not replica._looking.locked()
