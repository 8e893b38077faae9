"""WebSub, the publisher's side: the hub is told which feeds have something new.

The hub (W3C WebSub; the ping is PubSubHubbub 0.4's `hub.mode=publish`) fetches those feeds and
passes them on to whoever subscribed there. WEBSUB_HUB names it; without one nothing is sent.
"""

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tracker.changes.log import head_sequence
from tracker.changes.models import ChangeTopic
from tracker.changes.topics import ALL
from tracker.letters.queue import claim, put_off, settle
from tracker.sources.links import Failed, Forbidden, fetch
from tracker.subscriptions.models import Watermark
from tracker.subscriptions.scopes import FOLLOWED
from tracker.subscriptions.webhooks import Fetch

WEBSUB = "websub"
FEEDS = ("feed-atom", "feed-rss", "feed-json")
AT_ONCE = 100  # entries
PER_PING = 100  # feeds
LEASE = 300.0  # seconds
PAUSES = (1, 5, 15, 60)  # minutes; the last again and again


def ping(fetch: Fetch = fetch) -> int:
    """Tell the hub of the feeds that the entries since the last ping stand in; how many feeds."""
    hub: str = settings.WEBSUB_HUB
    if not hub:
        return 0
    head, now = head_sequence(), timezone.now()
    # A hub named today need not hear of what was published before.
    Watermark.objects.get_or_create(name=WEBSUB, defaults={"sequence": head})
    rows = Watermark.objects.filter(name=WEBSUB)
    rows.filter(sequence__lt=head, due_at=None).update(due_at=now)
    claimed = claim(rows, 1, LEASE)
    if not claimed:
        return 0
    mark = claimed[0]
    until = min(head, mark.sequence + AT_ONCE)
    urls = feeds_with(mark.sequence, until)
    try:
        for start in range(0, len(urls), PER_PING):
            _publish(hub, urls[start : start + PER_PING], fetch)
    except (Failed, Forbidden) as error:
        pause = PAUSES[min(mark.failures, len(PAUSES) - 1)]
        put_off(mark, now + timedelta(minutes=pause), str(error))
        return 0
    settle(mark, due_at=now if until < head else None, sequence=until, failures=0, said="")
    return len(urls)


def feeds_with(after: int, until: int) -> list[str]:
    """The addresses of all feeds in which the entries after `after`, up to `until`, stand."""
    filed = ChangeTopic.objects.filter(sequence__gt=after, sequence__lte=until).order_by()
    names = set(filed.values_list("topic", flat=True).distinct())
    queries = [""] if ALL in names else []
    for noun in FOLLOWED:
        prefix = f"{noun}:"
        slugs = sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix))
        queries += [f"?{urlencode({noun: slug})}" for slug in slugs]
    categories = filed.filter(topic=ALL).exclude(category="")
    queries += [
        f"?{urlencode({'category': category})}"
        for category in sorted(set(categories.values_list("category", flat=True)))
    ]
    return [settings.SITE_URL + reverse(name) + query for query in queries for name in FEEDS]


def _publish(hub: str, urls: Iterable[str], fetch: Fetch) -> None:
    body = urlencode([("hub.mode", "publish"), *(("hub.url", url) for url in urls)]).encode()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "on-record-websub/1",
    }
    answer = fetch(hub, method="POST", body=body, headers=headers)
    if not 200 <= answer.status < 300:
        raise Failed(f"The hub answers {answer.status}.")
