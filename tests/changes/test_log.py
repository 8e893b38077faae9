"""The log's format, which never changes, and its order under many writers."""

import hashlib
import json
import threading
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from django.db import connection, transaction

from tests.builders import make_lab
from tracker.changes.kinds import Kind, Significance, significance_of
from tracker.changes.log import Entry, append, canonical, timestamp
from tracker.changes.models import Change, ChangeTopic, LogHead

pytestmark = pytest.mark.django_db


def entry(number: int = 1) -> Entry:
    return Entry(
        kind=Kind.LAB_PUBLISHED,
        subject_type="lab",
        subject_slug=f"example-lab-{number}",
        actor="Eve Editor",
        labs=[f"example-lab-{number}"],
        after={"name": f"Example Lab {number} “ü”"},
        reason="A test.",
    )


def test_hashes_follow_the_published_recipe():
    """Worked out here by hand from DESIGN section 7, not by the code under test."""
    with transaction.atomic():
        first, second = append([entry(1), entry(2)])

    def sha(text: str | None) -> str:
        assert text is not None
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    assert first.previous_hash == "0" * 64
    for change, previous in ((first, "0" * 64), (second, first.hash)):
        assert change.body_sha256 == sha(change.body)
        chain = "on-record/change/v1\n" + previous + sha(change.header) + change.body_sha256
        assert change.hash == sha(chain)
    assert LogHead.objects.get().hash == second.hash


def test_header_is_canonical_json_of_sequence_to_actor():
    with transaction.atomic():
        (change,) = append([entry()])
    header = json.loads(change.header)
    assert set(header) == {
        "sequence", "at", "kind", "significance", "subject",
        "labs", "commitments", "pledge", "category", "actor",
    }  # fmt: skip
    assert header["subject"] == {"type": "lab", "slug": "example-lab-1"}
    assert header["at"] == timestamp(change.at)
    assert change.header == canonical(header)
    assert ": " not in change.header and "\\u" not in change.header


def test_body_holds_before_after_reason_and_a_nonce_of_its_own():
    with transaction.atomic():
        first, second = append([entry(), entry()])
    body, other = json.loads(first.body or ""), json.loads(second.body or "")
    assert set(body) == {"before", "after", "reason", "nonce"}
    assert body["after"]["name"] == "Example Lab 1 “ü”"
    assert body["nonce"] != other["nonce"]


def test_timestamps_always_have_microseconds():
    assert timestamp(datetime(2026, 11, 21, 20, 15, tzinfo=UTC)) == "2026-11-21T20:15:00.000000Z"


def test_time_never_stands_still_even_if_the_clock_does():
    head = LogHead.objects.get()
    head.at = datetime(2999, 1, 1, tzinfo=UTC)
    head.save()
    with transaction.atomic():
        first, second = append([entry(), entry()])
    assert first.at == datetime(2999, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    assert second.at > first.at


def test_topics_say_where_a_change_is_found():
    with transaction.atomic():
        append([entry()])
    topics = set(ChangeTopic.objects.values_list("topic", flat=True))
    assert topics == {"all", "lab:example-lab-1", "record:lab:example-lab-1"}


@pytest.mark.django_db(transaction=True)
def test_appending_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="inside the transaction"):
        append([entry()])
    assert not Change.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failed_transaction_leaves_no_entry_and_no_gap():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        append([entry()])
        raise ZeroDivisionError
    lab = make_lab()
    assert list(Change.objects.values_list("sequence", "subject_slug")) == [(1, lab.slug)]


@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_gapless_chain():
    writers, each = 8, 12

    def write(number: int) -> None:
        try:
            for _ in range(each):
                with transaction.atomic():
                    append([entry(number)])
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    changes = list(Change.objects.order_by("sequence"))
    assert [change.sequence for change in changes] == list(range(1, writers * each + 1))
    for before, after in pairwise(changes):
        assert after.previous_hash == before.hash
        assert after.at > before.at


def test_every_kind_has_a_significance():
    assert {significance_of(kind) for kind in Kind} == set(Significance)
