"""The front page: how the promises stand, what changed, what falls due, what is disputed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, QuerySet

from tracker.changes.kinds import Significance
from tracker.changes.topics import ALL, newest
from tracker.commitments.enums import Basis, Schedule
from tracker.commitments.models import Commitment
from tracker.evidence.models import Discrepancy, DiscrepancyStatus
from tracker.labs.models import Lab, LabKind
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import commitments, published
from tracker.reading.standing import LabStanding, Standing, by_lab, score_of_lab, standings
from tracker.scoring import LabScore

SHOWN = 5
CHANGES_SHOWN = 6


@dataclass(frozen=True)
class Home:
    """All of the front page. `score` is over every promised commitment, whoever made it."""

    score: LabScore
    standings: Sequence[Standing]
    labs: Sequence[LabStanding]
    changes: Sequence[Told]
    due: Sequence[Standing]
    disputed: Sequence[Discrepancy]
    disputed_count: int


def home(day: date) -> Home:
    """The front page on a day."""
    everything = standings(commitments(day))
    labs = published(Lab).filter(kind=LabKind.AI_LAB)
    disputed = open_discrepancies()
    return Home(
        score=score_of_lab(everything),
        standings=everything,
        labs=by_lab(labs, everything),
        changes=tell_all(newest(ALL, CHANGES_SHOWN, significance=Significance.MAJOR)),
        due=_due_next(everything),
        disputed=list(disputed[:SHOWN]),
        disputed_count=disputed.count(),
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


def _due_next(everything: Sequence[Standing]) -> list[Standing]:
    coming = [
        standing
        for standing in everything
        if standing.schedule in (Schedule.DUE_SOON, Schedule.UPCOMING)
        and standing.commitment.basis == Basis.PROMISED
    ]
    return sorted(coming, key=_due)[:SHOWN]


def _due(standing: Standing) -> tuple[date, str]:
    return standing.commitment.deadline_due_on_end or date.max, standing.commitment.slug
