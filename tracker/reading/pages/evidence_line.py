"""What bears on a commitment, for and against, on one line of time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Prefetch, QuerySet

from tracker.assessments.judging import in_own_words
from tracker.commitments.models import Commitment
from tracker.evidence.models import Bearing, Direction, Discrepancy, Outcome, OutcomeKind, Sourcing
from tracker.reading.pages.quoted import sourcing
from tracker.reading.published import published
from tracker.records.dates import EARLIEST, LAST_ZONE, today
from tracker.records.models import State
from tracker.sources.lineage import Lineage, lineages


@dataclass(frozen=True)
class Voice:
    """One source of an outcome, and what its being the lab's own makes of it."""

    sourcing: Sourcing
    self_reported: bool  # the lab says that it did what it promised
    against_interest: bool  # the lab says what speaks against it


@dataclass(frozen=True)
class Evidence:
    """One outcome with all its bearings on a commitment."""

    outcome: Outcome
    bearings: Sequence[Bearing]
    voices: Sequence[Voice]
    cited: Sequence[int]  # the criteria whose findings cite it, by position

    @property
    def sides(self) -> Sequence[Direction]:
        """For, against, context: one, or several where it bears on several criteria."""
        found = {bearing.direction for bearing in self.bearings}
        return [side for side in Direction if side in found]


@dataclass(frozen=True)
class Moment:
    """One entry of the line: a piece of evidence, or a date of the promise's own.

    `of` is "evidence", "made" or "due"; `start` is what it is sorted by.
    """

    start: datetime
    of: str
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Line:
    """The evidence in order of date, between the promise and its deadline."""

    moments: Sequence[Moment]
    behind: Mapping[int, Lineage]  # what stands behind each source, by its id

    @property
    def evidence(self) -> Sequence[Evidence]:
        """The evidence alone."""
        return [moment.evidence for moment in self.moments if moment.evidence]

    @property
    def slugs(self) -> frozenset[str]:
        """The slugs of its outcomes, each an anchor of the page."""
        return frozenset(each.outcome.slug for each in self.evidence)


def bearings_on(commitment: Commitment) -> dict[int, Bearing]:
    """The bearings on a commitment by their id, in order of date, with their outcomes whole.

    Of all outcomes, whatever their state: a judgement may have cited one that was retracted since,
    and a draft that is previewed one that is a draft itself. `line_of` shows the published alone.
    """
    rows = whole_bearings().filter(commitment=commitment)
    rows = rows.order_by("outcome__occurred_on_start", "outcome__slug", "id")
    return {bearing.pk: bearing for bearing in rows}


def whole_bearings() -> QuerySet[Bearing]:
    """Bearings with criterion and outcome, its sources and what is disputed about it."""
    # The outcome is prefetched, not joined, so that each is one object however often it bears.
    outcomes = Outcome.objects.prefetch_related(
        sourcing("sourcing"), Prefetch("discrepancies", published(Discrepancy))
    )
    return Bearing.objects.select_related("criterion").prefetch_related(
        Prefetch("outcome", outcomes)
    )


def lineages_behind(bearings: Iterable[Bearing]) -> dict[int, Lineage]:
    """What stands behind each source of the outcomes: two queries for each step back."""
    return lineages(
        {row.source_id for bearing in bearings for row in bearing.outcome.sourcing.all()}
    )


def line_of(
    commitment: Commitment,
    bearings: Iterable[Bearing],
    behind: Mapping[int, Lineage],
    cited: Mapping[int, Sequence[int]],
    day: date,
) -> Line:
    """The published evidence that had surely happened by `day`, between promise and deadline.

    `cited` gives for each bearing's id the positions of the criteria whose findings cite it.
    """
    by_outcome: dict[Outcome, list[Bearing]] = defaultdict(list)
    for bearing in bearings:
        if bearing.outcome.state == State.PUBLISHED and _by(day, bearing.outcome.occurred_on_end):
            by_outcome[bearing.outcome].append(bearing)
    moments = [
        Moment(
            outcome.occurred_on_start or EARLIEST,
            "evidence",
            Evidence(
                outcome, rows, _voices(commitment.lab_id, rows, behind), _positions(rows, cited)
            ),
        )
        for outcome, rows in by_outcome.items()
    ]
    # sorted stably: on one day the promise comes before what follows from it, the deadline after
    return Line(sorted([*_made(commitment), *moments, *_due(commitment)], key=_start), behind)


def _start(moment: Moment) -> datetime:
    return moment.start


def _made(commitment: Commitment) -> Iterable[Moment]:
    if commitment.made_on_start:
        yield Moment(commitment.made_on_start, "made")


def _due(commitment: Commitment) -> Iterable[Moment]:
    if commitment.deadline_due_on and commitment.deadline_due_on_end:
        end = datetime.combine(commitment.deadline_due_on_end, time.max, LAST_ZONE)
        yield Moment(end, "due")


def _by(day: date, end: date | None) -> bool:
    """Surely so by `day`; today nothing that is published is left out, however coarse its date."""
    return day >= today() or (end is not None and end <= day)


def _voices(lab: int, rows: Sequence[Bearing], behind: Mapping[int, Lineage]) -> list[Voice]:
    sides = {bearing.direction for bearing in rows}
    outcome, voices = rows[0].outcome, []
    for row in outcome.sourcing.all():
        # a document in which something was looked for in vain says nothing of it
        found = outcome.kind != OutcomeKind.SEARCH
        own = found and in_own_words(row, lab, behind[row.source_id])
        voices.append(
            Voice(row, own and Direction.SUPPORTS in sides, own and Direction.UNDERMINES in sides)
        )
    return voices


def _positions(rows: Sequence[Bearing], cited: Mapping[int, Sequence[int]]) -> list[int]:
    return sorted({position for bearing in rows for position in cited.get(bearing.pk, ())})
