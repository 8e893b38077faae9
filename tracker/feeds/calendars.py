"""The deadlines of commitments as a calendar (RFC 5545): one all-day event each, with alarms.

What a calendar programme compares comes from the log: an event was last modified when anything last
happened to its commitment, and its SEQUENCE counts the changes of the commitment itself, so the
file is the same, byte for byte, until the record changes. What ended or was retracted is cancelled
rather than left out: a calendar that copied the event takes it away again. Of a long record it has
what falls due next and what did last: whoever wants another slice asks for a lab or a category.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import CharField, Count, F, Max, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import QueryDict
from icalendar import Alarm, Calendar, Event, vDuration

from tracker.changes.kinds import Kind
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import record_topic, topic
from tracker.changes.wording import body_of
from tracker.commitments.enums import ENDED, DeadlineKind
from tracker.commitments.models import Commitment
from tracker.feeds.documents import BEGAN
from tracker.feeds.entries import absolute
from tracker.feeds.text import clean, cut, line
from tracker.reading.filtering import strict
from tracker.reading.following import DeadlineFilter, ever_published
from tracker.reading.published import commitments
from tracker.reading.standing import Standing, standings
from tracker.records.dates import parse_when, today, words
from tracker.records.models import State

LISTED = 500  # events: half of them ahead
ALARMS = (30, 7, 1)  # days before
AGAIN = timedelta(hours=6)  # how often calendar programmes should look
OBLIGATION = 1_000  # characters


@dataclass(frozen=True)
class Logged:
    """What the log says of a commitment: how often it changed, and when anything last did."""

    changes: int
    at: datetime


def deadlines_of(query: QueryDict) -> DeadlineFilter:
    """What of the calendar a query asks for. Raises BadParameter."""
    bound = strict(DeadlineFilter, query, _dated(ever_published()), also=frozenset())
    assert isinstance(bound, DeadlineFilter)
    return bound


def calendar_of(wanted: DeadlineFilter) -> bytes:
    """The calendar that is asked for."""
    shown = _nearest(wanted.qs)
    rows = commitments(today()).filter(pk__in=shown).order_by("slug")
    logged = _logged(ever_published().filter(pk__in=shown))
    calendar = Calendar()
    for name, value in (
        ("prodid", "-//On Record//deadlines//EN"),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", "PUBLISH"),
        ("x-wr-calname", f"{line(settings.SITE_NAME)}: deadlines"),
        ("name", f"{line(settings.SITE_NAME)}: deadlines"),
    ):
        calendar.add(name, value)
    calendar.add("refresh-interval", AGAIN, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(AGAIN))
    for standing in standings(rows):
        calendar.add_component(_event(standing, logged[standing.commitment.slug]))
    gone = ever_published().filter(state=State.RETRACTED, pk__in=shown).order_by("slug")
    said = _said_last(gone)
    for commitment in gone:
        slug = commitment.slug
        calendar.add_component(_retracted(commitment, said.get(slug, ""), logged[slug]))
    written: bytes = calendar.to_ical()
    return written


def _nearest(rows: QuerySet[Commitment]) -> list[int]:
    """The ids of those next due, and of as many whose day has passed most lately."""
    day = today()
    ahead = rows.filter(deadline_due_on_end__gte=day).order_by("deadline_due_on_end", "pk")
    passed = rows.filter(deadline_due_on_end__lt=day).order_by("-deadline_due_on_end", "-pk")
    return [
        pk
        for some in (ahead, passed)
        for pk in some.values_list("pk", flat=True)[: max(1, LISTED // 2)]
    ]


def _dated(rows: QuerySet[Commitment]) -> QuerySet[Commitment]:
    """Those with a day to show: a trigger that has not fired sets none yet."""
    waiting = Q(deadline_kind=DeadlineKind.TRIGGER, deadline_triggered_on="")
    return rows.filter(deadline_due_on_end__isnull=False).exclude(waiting)


def _event(standing: Standing, logged: Logged) -> Event:
    commitment = standing.commitment
    said = line(commitment.title)
    ended = standing.lifecycle in ENDED
    summary = f"Due: {said} ({line(commitment.lab.name)})"
    event = _made(commitment, logged, summary, _description(standing), cancelled=ended)
    for days in () if ended else ALARMS:
        event.add_component(_alarm(days, said))
    return event


def _retracted(commitment: Commitment, said: str, logged: Logged) -> Event:
    summary = f"Retracted: {line(said)}" if said else "A retracted commitment"
    told = ["It was taken out of the record.", absolute(commitment.get_absolute_url())]
    return _made(commitment, logged, summary, told, cancelled=True)


def _made(
    commitment: Commitment,
    logged: Logged,
    summary: str,
    description: Iterable[str],
    *,
    cancelled: bool,
) -> Event:
    event = Event()
    for name, value in (
        ("uid", f"commitment-{commitment.slug}-deadline@{urlsplit(settings.SITE_URL).hostname}"),
        ("sequence", logged.changes),
        ("dtstamp", logged.at),
        ("last-modified", logged.at),
        ("dtstart", commitment.deadline_due_on_end),
        ("summary", summary),
        ("description", "\n\n".join(description)),
        ("url", absolute(commitment.get_absolute_url())),
        ("categories", [commitment.category]),
        ("status", "CANCELLED" if cancelled else "CONFIRMED"),
        ("transp", "TRANSPARENT"),
    ):
        event.add(name, value)
    return event


def _alarm(days: int, said: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", timedelta(days=-days))
    alarm.add("description", f"Due in {days} day{'' if days == 1 else 's'}: {said}")
    return alarm


def _description(standing: Standing) -> Iterator[str]:
    commitment = standing.commitment
    yield cut(clean(commitment.obligation), OBLIGATION)
    due = words(parse_when(commitment.deadline_due_on))
    basis = f" ({commitment.get_deadline_basis_display()})" if commitment.deadline_basis else ""
    shown = commitment.deadline_due_on_end
    whole = shown is not None and shown.isoformat() == commitment.deadline_due_on
    yield f"Due: {due}{basis}.{'' if whole else ' Shown on the last day that it can mean.'}"
    contested = ", contested" if standing.contested else ""
    sure = f" ({standing.confidence} confidence{contested})" if standing.confidence else ""
    yield f"Verdict: {standing.words}{sure}. The commitment is {standing.lifecycle.label}."
    yield absolute(commitment.get_absolute_url())


def _logged(rows: QuerySet[Commitment]) -> dict[str, Logged]:
    """By slug, in three queries."""
    own = _tally(rows, record_topic("commitment", ""), Count("sequence"))
    newest = _tally(rows, topic("commitment", ""), Max("sequence"))
    at = dict(Change.objects.filter(sequence__in=newest.values()).values_list("sequence", "at"))
    slugs: Iterable[str] = newest.keys() | own.keys()
    return {slug: Logged(own.get(slug, 0), at.get(newest.get(slug, 0), BEGAN)) for slug in slugs}


def _said_last(rows: QuerySet[Commitment]) -> dict[str, str]:
    """By slug, the titles that the log still tells of those that were retracted."""
    retracting = Q(kind=Kind.RECORD_RETRACTED)
    newest = _tally(rows, record_topic("commitment", ""), Max("sequence", filter=retracting))
    changes = Change.objects.filter(sequence__in=newest.values()).exclude(body=None)
    return {each.subject_slug: body_of(each)["before"]["title"] for each in changes}


def _tally(rows: QuerySet[Commitment], prefix: str, what: Any) -> dict[str, int]:
    filed = Concat(Value(prefix), F("slug"), output_field=CharField())
    chosen = rows.order_by().annotate(filed=filed).values("filed")
    found = ChangeTopic.objects.filter(topic__in=chosen).values("topic").annotate(found=what)
    return {row["topic"].removeprefix(prefix): row["found"] for row in found}
