"""The front page: how the promises stand, what changed, what falls due, what is disputed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, F, Prefetch, QuerySet, Value, When

from tracker.changes.kinds import Significance
from tracker.changes.topics import ALL, newest
from tracker.commitments.enums import Basis, Schedule
from tracker.commitments.models import Commitment
from tracker.commitments.schedule import DECIDED
from tracker.evidence.models import Discrepancy, DiscrepancyStatus
from tracker.labs.models import Lab, LabKind
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import published
from tracker.reading.spans import scheduled, spans
from tracker.reading.standing import Alike, Standing, in_turn
from tracker.reading.totals import LabTotals, added_up, lab_totals
from tracker.scoring import LabScore

SHOWN = 5
OVERDUE_SHOWN = 3
CONTESTED_SHOWN = 3
CHANGES_SHOWN = 6
LABS_SHOWN = 8
COUNTED = 1_000


@dataclass(frozen=True)
class Home:
    """All of the front page. `score` is over every promised commitment, whoever made it.

    `labs` are those with the most promises, by name; `silent` have none on record. What is overdue
    and what is contested is counted up to COUNTED, and one more where there is more.
    """

    score: LabScore
    alike: Sequence[Alike]
    labs: Sequence[LabTotals]
    labs_count: int
    silent: Sequence[Lab]
    changes: Sequence[Told]
    overdue: Sequence[Standing]
    overdue_count: int
    due: Sequence[Standing]
    disputed: Sequence[Discrepancy]
    disputed_count: int
    contested: Sequence[Standing]
    contested_count: int

    @property
    def counted(self) -> int:
        """How far what can be many is counted."""
        return COUNTED


def home(day: date) -> Home:
    """The front page on a day."""
    everyone = lab_totals(published(Lab), day)
    labs = [each for each in everyone if each.lab.kind == LabKind.AI_LAB]
    promising = [lab for lab in labs if lab.score.total]
    score, alike = added_up(everyone)
    promised = spans(day).filter(basis=Basis.PROMISED)
    overdue = promised.filter(scheduled(Schedule.OVERDUE, day, "")).order_by("due_on", "slug")
    ahead = promised.filter(due_on__gte=day).order_by("due_on", "slug")
    contested = promised.filter(contested__in=(True,))  # which an index answers everywhere
    told = overdue[:OVERDUE_SHOWN], ahead[:SHOWN], _most_decided(contested)[:CONTESTED_SHOWN]
    shown = in_turn((rows.values_list("commitment_id", flat=True) for rows in told), day)
    disputed = open_discrepancies()
    return Home(
        score=score,
        alike=alike,
        labs=_most_promising(promising),
        labs_count=len(promising),
        silent=[lab.lab for lab in labs if not lab.score.total],
        changes=tell_all(newest(ALL, CHANGES_SHOWN, significance=Significance.MAJOR)),
        overdue=shown[0],
        overdue_count=_count(overdue),
        due=shown[1],
        disputed=list(disputed[:SHOWN]),
        disputed_count=disputed.count(),
        contested=shown[2],
        contested_count=_count(contested),
    )


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: COUNTED + 1].count()


def open_discrepancies() -> QuerySet[Discrepancy]:
    """Those on which the most commitments stand come first."""
    return (
        published(Discrepancy)
        .filter(status=DiscrepancyStatus.OPEN)
        .annotate(commitment_count=Count("commitments"))
        .order_by("-commitment_count", "title", "slug")
        .prefetch_related(Prefetch("commitments", published(Commitment)))
    )


def _most_promising(labs: Sequence[LabTotals]) -> list[LabTotals]:
    """Who promised most is shown first where not all can be; among those shown nobody is first."""
    shown = sorted(labs, key=lambda lab: -lab.score.total)[:LABS_SHOWN]
    return [lab for lab in labs if lab in shown]


def _most_decided(rows: QuerySet[Any]) -> QuerySet[Any]:
    """To read a decided verdict otherwise says more than to doubt one that is open anyway."""
    decided = When(verdict__in=[str(each) for each in DECIDED], then=Value(0))
    ordered: QuerySet[Any] = rows.annotate(open=Case(decided, default=Value(1))).order_by(
        "open", F("effective_on").desc(nulls_last=True), "slug"
    )
    return ordered
