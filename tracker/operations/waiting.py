"""What waits to be delivered, by channel, and since when: for readiness and for `/metrics`.

Nothing here is asked often, and nothing takes longer because many follow: of each channel the rows
that have waited longest are looked at, through the index that the workers use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from tracker.changes.models import Change, ChangeTopic, LogHead
from tracker.letters.models import Letter
from tracker.subscriptions.models import Cadence, Standing, Subscription, Watermark
from tracker.subscriptions.routing import ROUTING
from tracker.subscriptions.websub import WEBSUB

#: Of a channel the subscriptions that have been due longest, which hold the oldest change.
LOOKED_AT = 1_000
#: Seconds after which what is undelivered is said to be late. A worker needs seconds; a mail server
#: that is away for a quarter of an hour is no emergency.
LATE = 900

CHANNELS: Mapping[str, Q] = {
    "mail": Q(reader__isnull=False, cadence=Cadence.EACH),  # digests wait for their hour
    "webhook": Q(endpoint__isnull=False),
}


@dataclass(frozen=True)
class Channel:
    """`oldest` is when the oldest undelivered change was published; None where all is delivered."""

    oldest: datetime | None
    waiting: int  # subscriptions with something to be told, or letters
    failing: int  # of these, what failed the last time
    stopped: int  # paused after too many failures, or letters set aside

    def age(self, now: datetime) -> float:
        """Seconds that the oldest undelivered change has waited."""
        return max(0.0, (now - self.oldest).total_seconds()) if self.oldest else 0.0


def channels() -> dict[str, Channel]:
    """Every channel by which something reaches a reader."""
    found = {name: _subscribed(chosen) for name, chosen in CHANNELS.items()}
    return found | {"letter": _letters()} | _watermarks()


def oldest_age(found: Mapping[str, Channel]) -> float:
    """Seconds that the oldest undelivered change of all has waited."""
    now = timezone.now()
    return max((channel.age(now) for channel in found.values()), default=0.0)


def _subscribed(chosen: Q) -> Channel:
    active = Subscription.objects.filter(chosen, standing=Standing.ACTIVE)
    behind = active.filter(due_at__isnull=False, wake__gt=F("cursor"))
    first = ChangeTopic.objects.filter(topic=OuterRef("topic"), sequence__gt=OuterRef("cursor"))
    longest = behind.order_by("due_at").annotate(
        first=Subquery(first.order_by("sequence").values("sequence")[:1])
    )
    sequences = [each for each in longest.values_list("first", flat=True)[:LOOKED_AT] if each]
    counts = behind.aggregate(waiting=Count("pk"), failing=Count("pk", filter=Q(failures__gt=0)))
    return Channel(
        _at(min(sequences)) if sequences else None,
        counts["waiting"],
        counts["failing"],
        _stopped(chosen).count(),
    )


def _stopped(chosen: Q) -> QuerySet[Subscription]:
    return Subscription.objects.filter(chosen, standing=Standing.PAUSED)


def _letters() -> Channel:
    """Letters are about one reader's own affairs; each waits from when it was first due."""
    now = timezone.now()
    waiting = Q(due_at__isnull=False)
    counts = Letter.objects.aggregate(
        oldest=Min("created_at", filter=waiting & (Q(failures__gt=0) | Q(due_at__lt=now))),
        waiting=Count("pk", filter=waiting),
        failing=Count("pk", filter=waiting & Q(failures__gt=0)),
        stopped=Count("pk", filter=~waiting),
    )
    return Channel(counts["oldest"], counts["waiting"], counts["failing"], counts["stopped"])


def _watermarks() -> dict[str, Channel]:
    """What one worker does for all: looking who follows a new entry, and telling the hub."""
    head = LogHead.objects.values_list("sequence", flat=True).get(pk=1)
    found = {}
    for mark in Watermark.objects.filter(name__in=(ROUTING, WEBSUB)):
        if mark.name == WEBSUB and mark.due_at is None:
            found[mark.name] = Channel(None, 0, 0, 0)  # no hub is asked, or it knows all
            continue
        behind = head > mark.sequence
        oldest = _at(mark.sequence + 1) if behind else None
        found[mark.name] = Channel(oldest, int(behind), int(behind and mark.failures > 0), 0)
    return found


def _at(sequence: int) -> datetime | None:
    return Change.objects.filter(sequence=sequence).values_list("at", flat=True).first()
