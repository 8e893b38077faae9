"""The list of commitments, and everything that one commitment's page tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from tracker.assessments.models import Reply
from tracker.commitments.models import Commitment, Criterion, LifecycleEvent, Undefined
from tracker.evidence.models import Direction, Discrepancy
from tracker.reading.attribution import Attribution
from tracker.reading.history import history_of
from tracker.reading.pages.assessments import (
    AssessmentDetail,
    Evidence,
    assessment_detail,
    assessments,
    bearings_on,
    evidence_of,
    replies_of,
)
from tracker.reading.pages.lookup import one, with_sources
from tracker.reading.pages.quoted import accounts, attributed, quoted_in
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import commitments, published
from tracker.reading.standing import Standing, standings


@dataclass(frozen=True)
class CommitmentPage:
    """All of one commitment's page. `detail` is None where it is not assessed."""

    standing: Standing
    undefined: Sequence[Undefined]
    lifecycle: Sequence[LifecycleEvent]
    predecessors: Sequence[Commitment]
    detail: AssessmentDetail | None
    replies: Sequence[Reply]
    criteria: Sequence[Criterion]  # of the newest edition, where nothing is judged yet
    evidence: Sequence[tuple[Direction, Sequence[Evidence]]]
    discrepancies: Sequence[Discrepancy]
    history: Sequence[Standing]
    changes: Sequence[Told]
    attributions: dict[int, Attribution]


def commitment_page(slug: str, day: date) -> CommitmentPage:
    """One commitment's page on a day. Raises Missing or Gone."""
    commitment = one(_whole(day), slug)
    (standing,) = standings([commitment])
    judged = list(assessments().filter(commitment=commitment))
    # each held until the one before it in the list, which is the later one, took effect
    ends = [None, *(each.effective_on for each in judged)]
    history = [standing.under(each, end) for each, end in zip(judged, ends, strict=False)]
    # the one in force, with its contesting source fetched
    standing = next((row for row in history if row.assessment == standing.assessment), standing)
    bearings = bearings_on(commitment)
    replies = replies_of(commitment)
    disputes = list(
        published(Discrepancy)
        .filter(commitments=commitment)
        .prefetch_related(accounts())
        .order_by("-kind", "title", "slug")  # wordings first
    )
    return CommitmentPage(
        standing=standing,
        undefined=list(commitment.undefined.all()),
        lifecycle=list(with_sources(commitment.lifecycle_events.all(), "source")),
        predecessors=list(published(Commitment).filter(successor=commitment)),
        detail=assessment_detail(standing, replies) if standing.assessment else None,
        replies=replies,
        criteria=[] if standing.assessment else _newest(commitment),
        evidence=[
            (direction, evidence_of(bearings, direction))
            for direction in (Direction.SUPPORTS, Direction.UNDERMINES, Direction.CONTEXT)
        ],
        discrepancies=disputes,
        history=history,
        changes=tell_all(history_of(commitment, 8)),
        attributions=attributed(
            [commitment.words],
            quoted_in([bearing.outcome for bearing in bearings], disputes),
        ),
    )


def _whole(day: date) -> QuerySet[Commitment]:
    rows: QuerySet[Commitment] = commitments(day).select_related(
        "announced_by", "successor", "words__speaker", "words__speaker_lab", "words__said_in"
    )
    rows = rows.defer("words__said_in__archived_text")
    return with_sources(rows, "words__source", "reported_by")


def _newest(commitment: Commitment) -> list[Criterion]:
    return list(commitment.criteria.filter(edition=commitment.edition))
