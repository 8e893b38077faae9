"""Publishing costs the same whether nobody subscribes or everybody does.

It never looks at a subscription: that is proved by its queries. `SOAK=1` also measures, with
100,000 subscriptions to the very lab that is published about and with none, turn by turn in one
database, so that what else the machine does falls on both; it prints the ratio of the medians.
"""

import os
import statistics
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import make_commitment, make_lab, published
from tracker.subscriptions.models import Reader, Standing, Subscription
from tracker.subscriptions.routing import route

SOAK = os.environ.get("SOAK") == "1"
MANY, ROUNDS = (100_000, 40) if SOAK else (200, 0)
#: With subscriptions or without: a drift, such as a growing log, adds the same to both.
TURNS = (False, True, True, False, False, True, True, False)
SETTLING = 5  # rounds after a change of the table that are not measured


def subscribe(lab, count):
    readers = [Reader(email=f"reader-{number}@example.org") for number in range(count)]
    Reader.objects.bulk_create(readers, batch_size=5_000)
    rows = [
        Subscription(
            reader=reader,
            lab=lab.slug,
            topic=f"lab:{lab.slug}",
            standing=Standing.ACTIVE,
        )
        for reader in readers
    ]
    Subscription.objects.bulk_create(rows, batch_size=5_000)
    settle()


def unsubscribe():
    Subscription.objects.all().delete()
    Reader.objects.all().delete()
    settle()


def settle():
    """Nothing is left to do for the database of what has just been written."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute("VACUUM ANALYZE tracker_reader, tracker_subscription")
            cursor.execute("CHECKPOINT")


def publish_seconds(lab):
    draft = make_commitment(lab=lab, draft=True)
    begun = time.perf_counter()
    published(draft)
    return time.perf_counter() - begun


@pytest.mark.django_db(transaction=True)
def test_publishing_asks_nothing_about_subscriptions():
    lab = make_lab()
    publish_seconds(lab)

    def queries():
        draft = make_commitment(lab=lab, draft=True)
        with CaptureQueriesContext(connection) as captured:
            published(draft)
        return [query["sql"] for query in captured]

    alone = queries()
    subscribe(lab, MANY)
    among_many = queries()
    assert len(among_many) == len(alone)
    assert not [sql for sql in among_many if "subscription" in sql or "watermark" in sql]
    begun = time.perf_counter()
    while route():
        pass
    woken = time.perf_counter() - begun
    assert Subscription.objects.filter(due_at__isnull=False).count() == MANY  # and all hear of it
    if SOAK:
        none, many = measured(lab)
        print(
            f"\n{connection.vendor}: publishing, median of {len(TURNS) // 2 * ROUNDS}: "
            f"{none * 1000:.2f} ms with no subscription, {many * 1000:.2f} ms with {MANY:,}: "
            f"ratio {many / none:.3f}; a worker woke them in {woken:.1f} s"
        )


def measured(lab):
    """Medians of the seconds that publishing takes with no subscription, and with many."""
    there = True
    times: dict[bool, list[float]] = {False: [], True: []}
    for wanted in TURNS:
        if wanted != there:
            if wanted:
                subscribe(lab, MANY)
            else:
                unsubscribe()
            there = wanted
            for _ in range(SETTLING):
                publish_seconds(lab)
        times[wanted] += [publish_seconds(lab) for _ in range(ROUNDS)]
    return statistics.median(times[False]), statistics.median(times[True])
