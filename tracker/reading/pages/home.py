"""The front page: how the promises stand, what changed, what falls due, what is disputed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, QuerySet

from tracker.changes.kinds import Significance
from tracker.commitments.enums import Basis, Schedule
from tracker.commitments.models import Commitment
from tracker.evidence.models import Discrepancy, DiscrepancyStatus
from tracker.labs.models import Lab, LabKind
from tracker.reading.history import latest
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import commitments, published
from tracker.reading.standing import LabStanding, Standing, score_of_lab, standings
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
    by_lab: dict[int, list[Standing]] = defaultdict(list)
    for standing in everything:
        by_lab[standing.commitment.lab_id].append(standing)
    labs = published(Lab).filter(kind=LabKind.AI_LAB)
    disputed = open_discrepancies()
    return Home(
        score=score_of_lab(everything),
        standings=everything,
        labs=[LabStanding(lab, score_of_lab(by_lab[lab.pk]), by_lab[lab.pk]) for lab in labs],
        changes=tell_all(latest(CHANGES_SHOWN, Significance.MAJOR)),
        due=_due_next(everything),
        disputed=list(disputed[:SHOWN]),
        disputed_count=disputed.count(),
    )


def open_discrepancies() -> QuerySet[Discrepancy]:
    """Those on which the most commitments stand come first."""
    return (
        published(Discrepancy)
        .filter(status=DiscrepancyStatus.OPEN)
        .annotate(standing=Count("commitments"))
        .order_by("-standing", "title", "slug")
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
