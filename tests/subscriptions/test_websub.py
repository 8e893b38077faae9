"""The hub hears of every feed that has something new, once, and is not hammered when it fails."""

from urllib.parse import parse_qs

import pytest
from django.utils import timezone

from tests.builders import make_commitment, make_lab
from tests.subscriptions.sink import fetch_here, sink
from tracker.subscriptions.models import Watermark
from tracker.subscriptions.websub import ping


def pinged(received):
    form = parse_qs(received.body.decode())
    assert form["hub.mode"] == ["publish"]
    return form["hub.url"]


@pytest.mark.django_db
def test_the_feeds_of_what_was_published_and_no_others(settings):
    lab, other = make_lab(), make_lab()
    with sink() as hub:
        settings.WEBSUB_HUB = hub.url
        assert ping(fetch_here) == 0  # what came before the hub is no news
        commitment = make_commitment(lab=lab)
        while ping(fetch_here):
            pass
        urls = [url for received in hub.received for url in pinged(received)]
        told = len(hub.received)
        assert ping(fetch_here) == 0
        assert len(hub.received) == told
    base = f"{settings.SITE_URL}/feeds/changes"
    assert {f"{base}.atom", f"{base}.rss", f"{base}.json"} <= set(urls)
    assert f"{base}.atom?lab={lab.slug}" in urls
    assert f"{base}.json?commitment={commitment.slug}" in urls
    assert f"{base}.atom?category={commitment.category}" in urls
    assert not [url for url in urls if other.slug in url]
    assert len(urls) == len(set(urls))


@pytest.mark.django_db
def test_a_hub_that_fails_is_put_off_and_then_told_everything(settings):
    with sink(lambda received: (500, {}, b"")) as hub:
        settings.WEBSUB_HUB = hub.url
        ping(fetch_here)
        lab = make_lab()
        assert ping(fetch_here) == 0
        assert ping(fetch_here) == 0
        assert len(hub.received) == 1
        hub.answer = lambda received: (204, {}, b"")
        Watermark.objects.update(due_at=timezone.now())
        assert ping(fetch_here) > 0
    assert any(lab.slug in url for url in pinged(hub.received[-1]))


@pytest.mark.django_db
def test_without_a_hub_nothing_is_sent(settings):
    settings.WEBSUB_HUB = ""
    make_lab()
    assert ping(fetch_here) == 0
