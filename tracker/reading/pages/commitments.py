"""The list of commitments, and everything that one commitment's page tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from tracker.assessments.models import Assessment, Reply
from tracker.commitments.models import Commitment, Criterion, LifecycleEvent, Undefined
from tracker.evidence.models import Direction, Discrepancy
from tracker.reading.attribution import Attribution
from tracker.reading.history import history_of
from tracker.reading.pages.judgements import (
    Evidence,
    Judgement,
    bearings_on,
    evidence_of,
    judgement,
    replies_of,
)
from tracker.reading.pages.lookup import one, with_sources
from tracker.reading.pages.quoted import accounts, attributed, quoted_in
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import commitments, published
from tracker.reading.standing import Standing, standings


@dataclass(frozen=True)
class CommitmentPage:
    """All of one commitment's page. `judgement` is None where it is not assessed."""

    standing: Standing
    undefined: Sequence[Undefined]
    lifecycle: Sequence[LifecycleEvent]
    predecessors: Sequence[Commitment]
    judgement: Judgement | None
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
    assessments = list(
        with_sources(published(Assessment), "contest_source").filter(commitment=commitment)
    )
    # the judgement in force, with its contesting source fetched
    standing = _at(standing, next((a for a in assessments if a == standing.assessment), None))
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
        judgement=judgement(standing, replies) if standing.assessment else None,
        replies=replies,
        criteria=_newest(commitment) if standing.assessment is None else [],
        evidence=[
            (direction, evidence_of(bearings, direction))
            for direction in (Direction.SUPPORTS, Direction.UNDERMINES, Direction.CONTEXT)
        ],
        discrepancies=disputes,
        history=[_at(standing, assessment) for assessment in assessments],
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


def _at(standing: Standing, assessment: Assessment | None) -> Standing:
    return Standing(standing.commitment, assessment, standing.lifecycle, standing.schedule)


def _newest(commitment: Commitment) -> list[Criterion]:
    criteria = list(commitment.criteria.all())
    newest = max((each.edition for each in criteria), default=0)
    return [each for each in criteria if each.edition == newest]
