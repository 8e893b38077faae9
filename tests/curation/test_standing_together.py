"""Who publishes of one commitment while another does: nothing is counted twice or left behind."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from tests.builders import make_commitment, make_reply
from tests.curation.redactions import correct, take_back
from tracker.commitments.models import Commitment
from tracker.curation import standing
from tracker.reading.models import StandsNow
from tracker.records.dates import today

WAITING = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@pytest.mark.django_db(transaction=True)
def test_rows_that_another_added_meanwhile_are_not_counted_twice():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    commitment = make_commitment(
        made_on="2023-01-01", deadline_kind="trigger", deadline_trigger="a made-up release"
    )
    day = today()
    fired = {"deadline_triggered_on": f"{day.year + 1}", "deadline_due_on": f"{day.year + 2}"}
    with _meanwhile(lambda: _denied(commitment, day)):
        correct(commitment, **fired)
    assert StandsNow.objects.filter(commitment=commitment, contested=True).count() == 2
    assert list(standing.differences()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("retracted", [False, True])
def test_a_row_that_another_added_meanwhile_goes_where_its_turn_does(retracted):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    commitment, day = make_commitment(made_on="2023-01-01"), today()
    with _meanwhile(lambda: take_back(commitment) if retracted else _denied(commitment, day)):
        _denied(commitment, day + timedelta(days=5))
    rows = StandsNow.objects.filter(commitment=commitment)
    assert rows.count() == (0 if retracted else 1)
    assert list(standing.differences()) == []


def test_a_reply_that_goes_over_to_another_commitment_leaves_the_first(db):
    first, second = make_commitment(), make_commitment()
    day = today()
    reply = make_reply(
        commitment=first, status="replied", words="We deny it.", denies=True,
        asked_on=day, due_on=day, received_on=day,
    )  # fmt: skip
    correct(reply, commitment=second)
    contested = StandsNow.objects.filter(contested=True).values_list("commitment", flat=True)
    assert list(contested) == [second.pk]
    assert list(standing.differences()) == []


def _denied(commitment: Commitment, day: date) -> None:
    make_reply(
        commitment=commitment, status="replied", words="We deny it.", denies=True,
        asked_on=min(day, today()), due_on=day, received_on=day,
    )  # fmt: skip


@contextmanager
def _meanwhile(work: Callable[[], object]) -> Iterator[None]:
    """The block is one transaction; somebody else begins `work` at its end, and waits for it."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    other = threading.Thread(target=run)
    with transaction.atomic():
        yield
        other.start()
        _until_somebody_waits()
    other.join(30)


def _until_somebody_waits() -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("Nobody waited.")
