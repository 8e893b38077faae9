"""Where a commitment and a lab stand on a day: the axes, side by side and never merged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet, TextChoices

from tracker.assessments.models import Assessment
from tracker.assessments.wording import said
from tracker.commitments.enums import Basis, Force, Lifecycle, Schedule
from tracker.commitments.models import Commitment
from tracker.commitments.schedule import schedule_at
from tracker.reading.models import StandsNow, StoodThen
from tracker.reading.published import published
from tracker.reading.represent import exact
from tracker.reading.spans import spans
from tracker.records.prepared import Prepared
from tracker.scoring import (
    BY_VERSION,
    V1,
    FindingValue,
    Judged,
    Methodology,
    Promised,
    Verdict,
    percent_range,
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
        return _percent(working.get("low"), working.get("high"))

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


@lru_cache(4_096)
def _percent(low: str | None, high: str | None) -> tuple[int, int] | None:
    return percent_range(exact(low), exact(high))


def standings(rows: QuerySet[Commitment] | Sequence[Commitment]) -> list[Standing]:
    """The standings of commitments that `published.commitments` annotated: one more query."""
    rows = list(rows)
    current: list[int] = [row.current for row in rows if row.current is not None]  # type: ignore[attr-defined]  # annotated
    assessments = Assessment.objects.in_bulk(current)
    return [standing_from(row, assessments) for row in rows]


#: What a row of a list shows of a commitment and its lab, and of a judgement.
_SHOWN = (
    *("slug", "title", "force", "category", "basis", "made_on", "lab__slug", "lab__name"),
    *("pledge", "clause"),
    *("deadline_kind", "deadline_due_on", "deadline_period", "deadline_trigger"),
    *("deadline_triggered_on", "deadline_triggered_on_end"),
)
_SHOWN_JUDGED = (
    *("slug", "verdict", "provisional", "confidence", "contest_verdict", "working"),
    "contest_held_by",
    *("timeliness", "days_late", "effective_on", "published_at"),
)
_ROWS = Prepared(lambda: published(Commitment).select_related("lab").only(*_SHOWN), "pk")
_JUDGED = Prepared(lambda: Assessment.objects.only(*_SHOWN_JUDGED), "pk")


def in_rows(stood: Iterable[StandsNow | StoodThen], day: date) -> list[Standing]:
    """The standings of the rows of a list, with what a row shows and no more: two queries for each
    thousand."""
    stood = list(stood)
    found = {row.pk: row for row in _ROWS.rows(span.commitment_id for span in stood)}
    judged = _JUDGED.rows(span.current for span in stood if span.current is not None)
    assessments: dict[int | None, Assessment] = {row.pk: row for row in judged}
    return [
        Standing(
            found[span.commitment_id],
            assessments.get(span.current),
            Lifecycle(span.lifecycle),
            schedule_at(span.timing, span.due_on, day),
            span.denied_on,
        )
        for span in stood
        if span.commitment_id in found
    ]


def in_turn(lists: Iterable[Iterable[int]], day: date) -> list[list[Standing]]:
    """The standings of several lists of commitments, given by their ids, in their order, with what
    rows show: three queries."""
    lists = [list(each) for each in lists]
    stood = spans(day).filter(commitment__in={each for ids in lists for each in ids})
    found = {standing.commitment.pk: standing for standing in in_rows(stood, day)}
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
