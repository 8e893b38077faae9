"""Everything that is dated, on one line of time: what happened, was promised, fell due, was judged.

The kinds lie in tables of their own: of each the newest keys are read and put in one order; the
rows themselves are fetched for one page alone. So many are listed, and drawn, however long the line
is: whoever looks for what came before them asks for an earlier end. What a study measured nobody
promised, and it may be judged a thousand times on one day: it is left out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from itertools import groupby
from typing import Any

import django_filters as filters
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Substr

from tracker.assessments.models import Assessment
from tracker.commitments.enums import ENDED, Basis, DeadlineKind
from tracker.commitments.models import Commitment, LifecycleEvent
from tracker.evidence.models import Discrepancy, Outcome
from tracker.labs.models import Lab
from tracker.reading.filtering import BadParameter, Choice, Words
from tracker.reading.filters import OutcomeFilter
from tracker.reading.pages.assessments import ends_of
from tracker.reading.published import published, surely_by
from tracker.reading.standing import Standing, in_turn
from tracker.records.dates import parse_when
from tracker.records.fields import validate_when
from tracker.records.models import State

#: Entries that are listed and drawn, the newest.
LISTED = 1_000


class Show(StrEnum):
    """What stands on the line. Of things of one instant the first named here comes first."""

    EVENTS = "events"
    PROMISES = "promises"
    DEADLINES = "deadlines"
    JUDGEMENTS = "judgements"


_RANK = {show: rank for rank, show in enumerate(Show)}


class Near(filters.CharFilter):
    """A date as the record writes dates: a day, a month, a quarter or a year."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, validators=[validate_when], **kwargs)


class TimelineFilter(OutcomeFilter):
    """The timeline: as for outcomes, and what to show of which days.

    Only the outcomes are filtered here, `Timeline` does the others. Choosing a kind of outcome is
    choosing outcomes.
    """

    show = Choice(Show, method="ignore", label="Show")
    since = Near(method="beginning", label="From, e.g. 2024-05")
    until = Near(method="ending", label="To, e.g. 2024-Q2")

    def ignore(self, queryset: QuerySet[Outcome], name: str, value: Any) -> QuerySet[Outcome]:
        """What is shown is chosen in `Timeline`."""
        return queryset

    def beginning(self, queryset: QuerySet[Outcome], name: str, value: str) -> QuerySet[Outcome]:
        """What may have happened on the first day or after it."""
        return queryset.filter(occurred_on_end__gte=parse_when(value).start.date())

    def ending(self, queryset: QuerySet[Outcome], name: str, value: str) -> QuerySet[Outcome]:
        """What may have happened on the last day or before it."""
        return queryset.filter(occurred_on_start__lte=_end_of(parse_when(value).end))


@dataclass(frozen=True)
class Moment:
    """One entry of the line. An outcome, or the commitment that was made, judged or fell due.

    `at` is what it is sorted by; `said` the date as it is known.
    """

    show: Show
    at: datetime
    said: str
    outcome: Outcome | None = None
    standing: Standing | None = None
    passed: bool = False  # a deadline: it lies before the day


@dataclass(frozen=True)
class Counted:
    """So many entries of one month, quarter, year or interval, as far as their dates tell."""

    show: Show
    span: str
    disputed: bool
    count: int


@dataclass(frozen=True)
class Listed:
    """The newest entries of the line; `more` where there are others before them."""

    keys: Sequence["_Key"]
    more: bool

    def page(self, start: int, end: int) -> list["_Key"]:
        """Which entries stand from one place to another, newest first."""
        # on one instant the exact date before the coarse; on this page, so that pages stay apart
        return [
            key
            for _, alike in groupby(self.keys[start:end], key=lambda key: key.at)
            for key in sorted(alike, key=lambda key: key.said, reverse=True)
        ]

    def counts(self) -> list[Counted]:
        """How many of them there are of each date, months taken together."""
        counted = Counter((key.show, key.span, key.disputed) for key in self.keys)
        return [Counted(*alike, count) for alike, count in counted.items()]


class Timeline:
    """Everything on the line as of a day, as far as the filter leaves it.

    Raises BadParameter where the last day asked for lies before the first.
    """

    def __init__(self, bound: TimelineFilter, day: date) -> None:
        self.day = day
        asked = bound.form.cleaned_data
        self._q, self._lab, self._promise = (asked[name] for name in ("q", "lab", "commitment"))
        self._since = parse_when(asked["since"]).start.date() if asked["since"] else None
        self._until = parse_when(asked["until"]).end if asked["until"] else None
        if self._since and self._until and self._until < self._since:
            raise BadParameter("until", "lies before since.")
        chosen = Show(asked["show"]) if asked["show"] else None
        shown = [Show.EVENTS] if asked["kind"] and chosen is None else [*Show]
        if chosen is not None:
            shown = [] if asked["kind"] and chosen != Show.EVENTS else [chosen]
        parts = {
            Show.EVENTS: self._events,
            Show.PROMISES: self._promises,
            Show.DEADLINES: self._deadlines,
            Show.JUDGEMENTS: self._judgements,
        }
        self._outcomes: QuerySet[Outcome] = bound.qs
        self._parts = [parts[show]() for show in shown]

    def listed(self) -> "Listed":
        """The newest entries, at most LISTED: a query a kind, each of an index as far as the page
        or the chart could reach."""
        found = [key for part in self._parts for key in _keys(part)]
        found.sort(key=lambda key: (_RANK[key.show], key.pk))
        found.sort(key=lambda key: key.at, reverse=True)
        return Listed(found[:LISTED], more=len(found) > LISTED)

    def moments(self, keys: Sequence["_Key"]) -> list[Moment]:
        """The entries of these keys, whole: eight queries whatever their number. What was retracted
        since the keys were read is left out."""
        ids = {show: [key.pk for key in keys if key.show == show] for show in Show}
        happened = _whole_outcomes(ids[Show.EVENTS])
        judged = published(Assessment).in_bulk(ids[Show.JUDGEMENTS])
        promised = {*ids[Show.PROMISES], *ids[Show.DEADLINES]}
        promised |= {each.commitment_id for each in judged.values()}
        (standings,) = in_turn([promised], self.day)
        standing_of = {row.commitment.pk: row for row in standings}
        ends = ends_of(promised, self.day)
        moments = []
        for key in keys:
            if key.show == Show.EVENTS:
                if outcome := happened.get(key.pk):
                    moments.append(Moment(key.show, key.at, key.said, outcome=outcome))
                continue
            assessment = judged.get(key.pk) if key.show == Show.JUDGEMENTS else None
            standing = standing_of.get(assessment.commitment_id if assessment else key.pk)
            if standing is None or (assessment is None and key.show == Show.JUDGEMENTS):
                continue
            if assessment:
                standing = standing.under(assessment, ends.get(key.pk))
            passed = key.show == Show.DEADLINES and key.at.date() < self.day
            moments.append(Moment(key.show, key.at, key.said, standing=standing, passed=passed))
        return moments

    def _events(self) -> "_Part":
        disputes = Discrepancy.outcomes.through.objects.filter(
            outcome=OuterRef("pk"), discrepancy__state=State.PUBLISHED
        )
        return _Part(
            Show.EVENTS,
            self._outcomes,
            at="occurred_on_start",
            said="occurred_on",
            span=_span("occurred_on"),
            disputed=Exists(disputes),
        )

    def _promises(self) -> "_Part":
        rows = self._made()
        if self._since:
            rows = rows.filter(made_on_end__gte=self._since)
        if self._until:
            rows = rows.filter(made_on_start__lte=_end_of(self._until))
        return _Part(Show.PROMISES, rows, at="made_on_start", said="made_on", span=_span("made_on"))

    def _deadlines(self) -> "_Part":
        """Those that had not ended by then, and whose trigger, if they have one, has fired."""
        ended = LifecycleEvent.objects.filter(
            surely_by(self.day, "on_end"),
            commitment=OuterRef("pk"),
            lifecycle__in=ENDED,
            on_end__lte=OuterRef("deadline_due_on_end"),
        )
        fired = Q(deadline_triggered_on_end__lte=self.day)
        rows = self._made().filter(
            fired | ~Q(deadline_kind=DeadlineKind.TRIGGER),
            ~Exists(ended),
            deadline_due_on_end__isnull=False,
        )
        return self._dated(Show.DEADLINES, rows, "deadline_due_on_end")

    def _judgements(self) -> "_Part":
        rows = published(Assessment).filter(effective_on__lte=self.day)
        on_line = self._on_line().order_by()
        if self._lab or self._promise:
            rows = rows.filter(commitment__in=Subquery(on_line.values("pk")))
        else:  # nearly all: looked at one by one, in the order of the line
            rows = rows.filter(Exists(on_line.filter(pk=OuterRef("commitment_id"))))
        if self._q:  # a word of the promise or of the reasons given
            rows = Words(("commitment__title", "rationale")).filter(rows, self._q)
        return self._dated(Show.JUDGEMENTS, rows, "effective_on")

    def _dated(self, show: Show, rows: QuerySet[Any], column: str) -> "_Part":
        if self._since:
            rows = rows.filter(**{f"{column}__gte": self._since})
        if self._until:
            rows = rows.filter(**{f"{column}__lte": self._until})
        month = Substr(Cast(column, CharField()), 1, 7)
        return _Part(show, rows, at=column, said=column, span=month)

    def _made(self) -> QuerySet[Commitment]:
        """The promises on the line that the words asked for occur in."""
        rows = self._on_line()
        if self._q:
            columns = ("title", "obligation", "reported_words")
            rows = Words(columns, quoted="words").filter(rows, self._q)
        return rows

    def _on_line(self) -> QuerySet[Commitment]:
        """The promises of the lab, or the one commitment, that is asked for."""
        rows = published(Commitment).filter(
            surely_by(self.day, "made_on_end"), basis=Basis.PROMISED
        )
        if self._lab:
            rows = rows.filter(lab=self._lab)
        if self._promise:
            rows = rows.filter(pk=self._promise.pk)
        return rows


def labs_on_the_line() -> QuerySet[Lab]:
    """To choose from: those that had a part in what happened, or promised something."""
    part = Outcome.labs.through.objects.filter(outcome__state=State.PUBLISHED)
    promised = published(Commitment).filter(basis=Basis.PROMISED).order_by()
    return published(Lab).filter(
        Exists(part.filter(lab=OuterRef("pk"))) | Exists(promised.filter(lab=OuterRef("pk")))
    )


_NEVER = Value(False, output_field=BooleanField())


@dataclass(frozen=True)
class _Part:
    """The rows of one kind, and where they stand on the line."""

    show: Show
    rows: QuerySet[Any]
    at: str
    said: str
    span: Any
    disputed: Any = _NEVER


@dataclass(frozen=True)
class _Key:
    """Which row an entry is, and where it stands on the line."""

    at: datetime
    show: Show
    pk: int
    said: str
    span: str
    disputed: bool


def _keys(part: _Part) -> list[_Key]:
    """The newest entries of one kind, one more than are ever listed."""
    rows = part.rows.order_by(f"-{part.at}", "pk").values_list(
        "pk", part.at, part.said, part.span, part.disputed
    )
    return [
        _Key(_instant(at), part.show, pk, str(said), span, bool(disputed))
        for pk, at, said, span, disputed in rows[: LISTED + 1]
    ]


def _span(column: str) -> Case:
    """The month, quarter or year of a date; an interval whole."""
    return Case(
        When(**{f"{column}__contains": "/"}, then=F(column)),
        default=Substr(column, 1, 7),
        output_field=CharField(),
    )


def _instant(at: date) -> datetime:
    """A day is sorted by its beginning in UTC, as the dates of the record are."""
    return at if isinstance(at, datetime) else datetime.combine(at, time.min, UTC)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)


def _whole_outcomes(ids: Sequence[int]) -> dict[int, Outcome]:
    return (
        published(Outcome)
        .prefetch_related(
            Prefetch("labs", published(Lab)), Prefetch("discrepancies", published(Discrepancy))
        )
        .in_bulk(ids)
    )
