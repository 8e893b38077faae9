"""Dead and slow endpoints keep nobody else waiting.

The slow ones answer only after every healthy one has been told: if one of those had to wait for
them, it would never be told, and the bounded loop would end without it. `SOAK=1` takes 1,000
endpoints, and prints how long it took.
"""

import json
import os
import threading
import time

import pytest

from tests.builders import make_lab
from tests.subscriptions.sink import echo, fetch_here, sink
from tracker.subscriptions import endpoints
from tracker.subscriptions.models import Standing, Subscription
from tracker.subscriptions.routing import route
from tracker.subscriptions.webhooks import Webhooks

ALL, DEAD, SLOW = (1_000, 100, 20) if os.environ.get("SOAK") == "1" else (60, 10, 4)
NOBODY = "http://127.0.0.1:9/hook"  # the discard port: refused


def make(url: str, count: int) -> list[Subscription]:
    made = [endpoints.make(url, "hmac") for _ in range(count)]
    rows = Subscription.objects.filter(pk__in=[each.pk for each in made])
    rows.update(standing=Standing.ACTIVE, due_at=None)
    return made


@pytest.mark.django_db
def test_the_healthy_are_told_while_the_slow_keep_silent():
    healed = threading.Event()

    def slowly(received):
        healed.wait(timeout=120)
        return echo(received)

    channel = Webhooks(fetch_here)
    with sink() as healthy, sink(slowly) as slow:
        make(NOBODY, DEAD)
        make(slow.url, SLOW)
        make(healthy.url, ALL - DEAD - SLOW)
        lab = make_lab()
        begun = time.monotonic()
        route()
        for _ in range(20_000):
            channel()
            if len(healthy.received) >= ALL - DEAD - SLOW:
                break
        seconds = time.monotonic() - begun
        told = {json.loads(each.body)["data"]["subject"]["slug"] for each in healthy.received}
        assert len(healthy.received) == ALL - DEAD - SLOW
        assert told == {lab.slug}
        assert slow.received == []
        healed.set()
        channel.to_the_end = True
        channel()
    channel.close()
    failing = Subscription.objects.filter(failures__gt=0, endpoint__url=NOBODY)
    assert failing.count() == DEAD  # put off, each by itself
    if os.environ.get("SOAK") == "1":
        print(f"\n{ALL - DEAD - SLOW} healthy endpoints of {ALL} told in {seconds:.1f} s")
