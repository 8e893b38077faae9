"""Where a commitment and a lab stand on a day: the axes, side by side and never merged."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet, TextChoices

from tracker.assessments.models import Assessment
from tracker.assessments.wording import said
from tracker.commitments.enums import Basis, Force, Lifecycle, Schedule
from tracker.commitments.models import Commitment
from tracker.labs.models import Lab
from tracker.reading.published import commitments
from tracker.reading.represent import exact
from tracker.scoring import (
    BY_VERSION,
    V1,
    FindingValue,
    Judged,
    LabScore,
    Methodology,
    Promised,
    Verdict,
    percent_range,
    score_lab,
)


class CountedAs(TextChoices):
    """How a lab's score counts a commitment: by its verdict, but an aim missed by itself."""

    KEPT = "kept", "kept"
    PARTLY_KEPT = "partly_kept", "partly kept"
    BROKEN = "broken", "broken"
    UNREACHED = "unreached", "not reached"
    UNRESOLVED = "unresolved", "unresolved"
    NOT_YET_DUE = "not_yet_due", "not yet due"
    NOT_ASSESSED = "not_assessed", "not assessed"


def is_unreached(verdict: str, force: str) -> bool:
    """Whether what the arithmetic calls broken is an aim: not reached, and broken by nobody."""
    return verdict == Verdict.BROKEN and force == Force.AIM


def counted(rows: QuerySet[Any], by: str = "") -> QuerySet[Any]:
    """Those commitments, or spans, that are among the numbers of a lab's score; `by` stands before
    the names of the columns."""
    rows = rows.filter(**{f"{by}basis": Basis.PROMISED})
    return rows.exclude(**{f"{by}lifecycle": Lifecycle.SUPERSEDED})


def is_counted(basis: str, lifecycle: str) -> bool:
    """As `counted`, of one that was read."""
    return basis == Basis.PROMISED and lifecycle != Lifecycle.SUPERSEDED


@dataclass(frozen=True)
class Alike:
    """So many commitments of which a lab’s page says the same."""

    verdict: str
    aim: bool
    provisional: bool
    confidence: str
    contested: bool
    count: int = 1

    @property
    def unreached(self) -> bool:
        """Whether they are aims that were missed, which are broken by nobody."""
        return self.aim and self.verdict == Verdict.BROKEN

    def of(self, count: int) -> "Alike":
        """So many of the same."""
        return replace(self, count=count)


@dataclass(frozen=True)
class Standing:
    """One commitment's axes on one day."""

    commitment: Commitment
    assessment: Assessment | None
    lifecycle: Lifecycle
    schedule: Schedule
    denied_on: date | None = None  # when the lab first denied the verdict

    def under(self, assessment: Assessment, until: date | None = None) -> "Standing":
        """The same under another assessment, which held `until` a later one took effect."""
        denied_on = self.denied_on
        if denied_on and until and denied_on >= until:
            denied_on = None
        return replace(self, assessment=assessment, denied_on=denied_on)

    @property
    def verdict(self) -> str:
        """kept, partly_kept, broken, unresolved, not_yet_due or not_assessed."""
        return self.assessment.verdict if self.assessment else Verdict.NOT_ASSESSED.value

    @property
    def provisional(self) -> bool:
        """True while any criterion is pending."""
        return bool(self.assessment and self.assessment.provisional)

    @property
    def confidence(self) -> str:
        """high, medium, low; "" without an assessment."""
        return self.assessment.confidence if self.assessment else ""

    @property
    def contested(self) -> bool:
        """True where the assessment names another reading, or the lab denies it."""
        return bool(self.denied_on or (self.assessment and self.assessment.contested))

    @property
    def percent(self) -> tuple[int, int] | None:
        """Low and high in whole per cent."""
        if self.assessment is None:
            return None
        working = self.assessment.working
        return percent_range(exact(working.get("low")), exact(working.get("high")))

    @property
    def words(self) -> str:
        """The verdict as it is said: "reported broken so far"."""
        return said(self, self.commitment)

    @property
    def counts(self) -> bool:
        """Whether it is among those of its lab's score, as `counted` has it."""
        return is_counted(self.commitment.basis, self.lifecycle)

    @property
    def alike(self) -> Alike:
        """What it has in common with others."""
        return Alike(
            self.verdict,
            self.commitment.force == Force.AIM,
            self.provisional,
            self.confidence,
            self.contested,
        )

    @property
    def judged(self) -> tuple[Judged, ...] | None:
        """The findings on which the judgement stands, from its stored working, not from today's
        criteria; None without an assessment."""
        if self.assessment is None:
            return None
        return tuple(
            Judged(FindingValue(line["value"]), Fraction(line["weight"]))
            for line in self.assessment.working.get("lines", [])
        )

    @property
    def methodology(self) -> Methodology:
        """The methodology with which it was judged; today's where it says none that is known."""
        working = self.assessment.working if self.assessment else {}
        return BY_VERSION.get(working.get("methodology", {}).get("version"), V1)


@dataclass(frozen=True)
class LabStanding:
    """One lab's score and the commitments behind it, worked out one by one: what the sums of
    `reading.totals` must be."""

    lab: Lab
    score: LabScore
    standings: Sequence[Standing]

    @property
    def alike(self) -> Sequence[Alike]:
        """Those that its score counts."""
        return [row.alike for row in self.standings if row.counts]

    @property
    def judged(self) -> tuple[datetime, datetime] | None:
        """When the first and the last of its judgements were published."""
        moments = [
            row.assessment.published_at
            for row in self.standings
            if row.assessment and row.assessment.published_at
        ]
        return (min(moments), max(moments)) if moments else None


def standings(rows: QuerySet[Commitment] | Sequence[Commitment]) -> list[Standing]:
    """The standings of commitments that `published.commitments` annotated: one more query."""
    rows = list(rows)
    current: list[int] = [row.current for row in rows if row.current is not None]  # type: ignore[attr-defined]  # annotated
    assessments = Assessment.objects.in_bulk(current)
    return [standing_from(row, assessments) for row in rows]


def in_turn(lists: Iterable[Iterable[int]], day: date) -> list[list[Standing]]:
    """The standings of several lists of commitments, given by their ids, in their order: two
    queries."""
    lists = [list(each) for each in lists]
    rows = commitments(day).filter(pk__in={each for ids in lists for each in ids})
    found = {standing.commitment.pk: standing for standing in standings(rows.order_by())}
    return [[found[each] for each in ids if each in found] for ids in lists]


def standing_from(row: Commitment, assessments: Mapping[int, Assessment]) -> Standing:
    """The standing of a commitment that `published.commitments` annotated; its judgements by id."""
    return Standing(
        row,
        assessments.get(row.current),  # type: ignore[attr-defined]
        Lifecycle(row.lifecycle),  # type: ignore[attr-defined]
        Schedule(row.schedule),  # type: ignore[attr-defined]
        row.denied_on,  # type: ignore[attr-defined]
    )


def lab_standings(labs: Iterable[Lab], day: date) -> list[LabStanding]:
    """Each lab's standing, in the order given: two queries whatever their number."""
    labs = list(labs)
    return by_lab(labs, standings(commitments(day).filter(lab__in=labs)))


def by_lab(labs: Iterable[Lab], rows: Iterable[Standing]) -> list[LabStanding]:
    """The standing of each lab, from the standings of commitments."""
    of: dict[int, list[Standing]] = defaultdict(list)
    for row in rows:
        of[row.commitment.lab_id].append(row)
    return [LabStanding(lab, score_of_lab(of[lab.pk]), of[lab.pk]) for lab in labs]


def score_of_lab(rows: Iterable[Standing]) -> LabScore:
    """The lab score over its promised commitments, in exact arithmetic."""
    return score_lab(each for each in map(promised, rows) if each is not None)


def promised(row: Standing) -> Promised | None:
    """What its lab's score sees of a commitment; None of what was measured, and not promised."""
    if row.commitment.basis != Basis.PROMISED:
        return None
    return Promised(
        Verdict(row.verdict),
        exact(row.assessment.working.get("low")) if row.assessment else None,
        exact(row.assessment.working.get("high")) if row.assessment else None,
        superseded=row.lifecycle == Lifecycle.SUPERSEDED,
    )
