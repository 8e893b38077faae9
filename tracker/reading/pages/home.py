"""The front page: how the promises stand, what changed, what falls due, what is disputed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, QuerySet

from tracker.changes.kinds import Significance
from tracker.changes.topics import ALL, newest
from tracker.commitments.enums import Basis, Schedule
from tracker.commitments.models import Commitment
from tracker.commitments.schedule import DECIDED
from tracker.evidence.models import Discrepancy, DiscrepancyStatus
from tracker.labs.models import Lab, LabKind
from tracker.reading.pages.labs import deadlines
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import commitments, published
from tracker.reading.standing import LabStanding, Standing, by_lab, score_of_lab, standings
from tracker.scoring import LabScore

SHOWN = 5
OVERDUE_SHOWN = 3
CONTESTED_SHOWN = 3
CHANGES_SHOWN = 6
LABS_SHOWN = 8


@dataclass(frozen=True)
class Home:
    """All of the front page. `score` is over every promised commitment, whoever made it.

    `labs` are those with the most promises, by name; `silent` have none on record.
    """

    score: LabScore
    standings: Sequence[Standing]
    labs: Sequence[LabStanding]
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


def home(day: date) -> Home:
    """The front page on a day."""
    everything = standings(commitments(day))
    promised = [row for row in everything if row.commitment.basis == Basis.PROMISED]
    labs = by_lab(published(Lab).filter(kind=LabKind.AI_LAB), everything)
    promising = [lab for lab in labs if lab.score.total]
    ahead = deadlines(promised)
    overdue = [row for row in ahead if row.schedule == Schedule.OVERDUE]
    contested = sorted((row for row in promised if row.contested), key=_most_decided)
    disputed = open_discrepancies()
    return Home(
        score=score_of_lab(everything),
        standings=everything,
        labs=_most_promising(promising),
        labs_count=len(promising),
        silent=[lab.lab for lab in labs if not lab.score.total],
        changes=tell_all(newest(ALL, CHANGES_SHOWN, significance=Significance.MAJOR)),
        overdue=overdue[:OVERDUE_SHOWN],
        overdue_count=len(overdue),
        due=[row for row in ahead if row.schedule != Schedule.OVERDUE][:SHOWN],
        disputed=list(disputed[:SHOWN]),
        disputed_count=disputed.count(),
        contested=contested[:CONTESTED_SHOWN],
        contested_count=len(contested),
    )


def open_discrepancies() -> QuerySet[Discrepancy]:
    """Those on which the most commitments stand come first."""
    return (
        published(Discrepancy)
        .filter(status=DiscrepancyStatus.OPEN)
        .annotate(commitment_count=Count("commitments"))
        .order_by("-commitment_count", "title", "slug")
        .prefetch_related(Prefetch("commitments", published(Commitment)))
    )


def _most_promising(labs: Sequence[LabStanding]) -> list[LabStanding]:
    """Who promised most is shown first where not all can be; among those shown nobody is first."""
    shown = sorted(labs, key=lambda lab: -lab.score.total)[:LABS_SHOWN]
    return [lab for lab in labs if lab in shown]


def _most_decided(standing: Standing) -> tuple[bool, date, str]:
    """To read a decided verdict otherwise says more than to doubt one that is open anyway."""
    effective = standing.assessment.effective_on if standing.assessment else date.min
    newest_first = date.max - (effective - date.min)
    return standing.verdict not in DECIDED, newest_first, standing.commitment.slug
