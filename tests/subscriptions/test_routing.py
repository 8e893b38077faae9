"""Whoever follows is woken: whatever happens at the same moment, no entry is passed over."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import make_commitment, make_lab
from tracker.changes.log import head_sequence
from tracker.subscriptions import endpoints, routing
from tracker.subscriptions.models import Cadence, Reader, Standing, Subscription


def follows(cadence=Cadence.EACH, **fields):
    reader = Reader.objects.create(email=f"{cadence}-{Reader.objects.count()}@example.org")
    subscription = Subscription(reader=reader, cadence=cadence, standing=Standing.ACTIVE, **fields)
    routing.begin_at_head(subscription)
    subscription.save()
    return subscription


def route_all():
    while routing.route():
        pass


@pytest.mark.django_db
def test_each_is_woken_at_the_time_of_its_own_cadence():
    rows = {cadence: follows(cadence) for cadence in Cadence}
    make_lab()
    route_all()
    for row in rows.values():
        row.refresh_from_db()
        assert row.wake == head_sequence()
    assert rows[Cadence.EACH].due_at < rows[Cadence.DAILY].due_at <= rows[Cadence.WEEKLY].due_at


@pytest.mark.django_db
def test_only_those_under_the_topics_are_touched():
    lab, other = make_lab(), make_lab()
    route_all()
    mine, not_mine = follows(lab=lab.slug), follows(lab=other.slug)
    paused = follows(lab=lab.slug)
    Subscription.objects.filter(pk=paused.pk).update(standing=Standing.PAUSED)
    make_commitment(lab=lab)
    route_all()
    for row, woken in ((mine, True), (not_mine, False), (paused, False)):
        row.refresh_from_db()
        assert (row.due_at is not None) is woken


@pytest.mark.django_db
def test_all_cadences_are_woken_in_one_statement():
    """Two statements would pass over a reader who changes cadence between them."""
    for cadence in Cadence:
        follows(cadence)
    make_lab()
    with CaptureQueriesContext(connection) as captured:
        assert routing.route()
    updates = [
        query["sql"]
        for query in captured
        if query["sql"].startswith('UPDATE "tracker_subscription"')
    ]
    assert len(updates) == 1


@pytest.mark.django_db
def test_what_is_published_before_it_is_active_is_told_too():
    subscription = endpoints.make("https://example.org/hook", "hmac")
    make_lab()
    route_all()  # passes it by: it is not confirmed yet
    routing.activate(subscription)
    subscription.refresh_from_db()
    assert subscription.cursor < subscription.wake == head_sequence()
    assert subscription.due_at is not None
