"""Waking the subscriptions that new entries of the log may concern.

Publishing writes the log and knows nobody. One worker at a time reads what was added since the
watermark, and wakes by topic; nobody else is touched, however many subscribe.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, DateTimeField, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from tracker.changes.log import head_sequence
from tracker.changes.models import ChangeTopic
from tracker.subscriptions.models import Cadence, Standing, Subscription, Watermark

ROUTING = "routing"
AT_ONCE = 1_000  # entries
TOPICS_AT_ONCE = 500
MORNING = time(6, tzinfo=UTC)  # when the daily and, on Mondays, the weekly mails go out


def route() -> int:
    """Wake the subscriptions under the topics of the entries added since; how many entries."""
    if Watermark.objects.filter(name=ROUTING, sequence__gte=head_sequence()).exists():
        return 0  # seen without a lock: an idle worker must not take SQLite's one write lock
    with transaction.atomic():
        mark = _watermark()
        if mark is None or mark.sequence >= (head := head_sequence()):
            return 0
        until = min(head, mark.sequence + AT_ONCE)
        filed = ChangeTopic.objects.filter(sequence__gt=mark.sequence, sequence__lte=until)
        topics = list(filed.exclude(topic__startswith="record:").values_list("topic").distinct())
        wake([name for (name,) in topics], until)
        dealt_with = until - mark.sequence
        mark.sequence = until
        mark.save(update_fields=["sequence"])
    return dealt_with


def wake(topics: Iterable[str], until: int) -> None:
    """Let the subscriptions under these topics look at the log up to `until`."""
    names, now = list(topics), timezone.now()
    for start in range(0, len(names), TOPICS_AT_ONCE):
        some = names[start : start + TOPICS_AT_ONCE]
        rows = Subscription.objects.filter(topic__in=some, standing=Standing.ACTIVE, wake__lt=until)
        # One update for all: between two, a reader who changes cadence would be passed over. Who is
        # due already, or is being served, keeps that time.
        rows.update(wake=until, due_at=Coalesce("due_at", _when_told(now)))


def _when_told(now: datetime) -> Any:
    """`next_time`, of each row's own cadence."""
    times = [(cadence, next_time(cadence, now)) for cadence in Cadence]
    return Case(
        *(When(cadence=cadence, then=Value(at)) for cadence, at in times),
        output_field=DateTimeField(),
    )


def next_time(cadence: str, now: datetime) -> datetime:
    """When a reader of this cadence is told of what has come at `now`."""
    if cadence == Cadence.EACH:
        return now
    day = now.date() if now.timetz() < MORNING else now.date() + timedelta(days=1)
    if cadence == Cadence.WEEKLY:
        day += timedelta(days=-day.weekday() % 7)
    return datetime.combine(day, MORNING)


def begin_at_head(subscription: Subscription) -> None:
    """A new subscription hears of what is published from now on, and of nothing before."""
    subscription.cursor = subscription.wake = head_sequence()


@transaction.atomic
def activate(subscription: Subscription) -> None:
    """From now on it is told, beginning with what came since its cursor.

    Under the watermark's lock: an entry is either before the head that is read here, or routed
    later, when the subscription is seen to be active. Between the two none is missed.
    """
    hold_watermark()
    now = timezone.now()
    Subscription.objects.filter(pk=subscription.pk).update(
        standing=Standing.ACTIVE,
        wake=head_sequence(),
        due_at=next_time(subscription.cadence, now),
        claim=None,
        failures=0,
        said="",
    )


def hold_watermark() -> None:
    """Lock it until the transaction ends: before any active subscription, as `route` does."""
    Watermark.objects.get_or_create(name=ROUTING)
    Watermark.objects.select_for_update().get(name=ROUTING)


def _watermark() -> Watermark | None:
    """The routing watermark, locked; None while another worker holds it."""
    Watermark.objects.get_or_create(name=ROUTING, defaults={"sequence": 0})
    rows: QuerySet[Watermark] = Watermark.objects.select_for_update(
        skip_locked=connection.features.has_select_for_update_skip_locked
    )
    return rows.filter(name=ROUTING).first()
