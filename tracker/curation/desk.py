"""What needs a person now: one queryset a line, for the desk's counts and the lists behind them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from tracker.assessments.models import Assessment, Reply, ReplyStatus
from tracker.changes.kinds import Kind
from tracker.changes.models import ChangeTopic
from tracker.changes.topics import record_topic
from tracker.commitments.enums import Schedule
from tracker.commitments.models import Commitment
from tracker.curation.resting import on_retracted_evidence
from tracker.curation.roles import NOUNS
from tracker.evidence.models import Bearing, Direction, Discrepancy, DiscrepancyStatus
from tracker.reading.published import published, with_axes
from tracker.records.models import Record, State
from tracker.sources.checking import Check
from tracker.sources.models import LinkStatus, Quotation, Source


@dataclass(frozen=True)
class Waiting:
    """One line of the desk: `rows(today)` are the records that wait."""

    name: str  # in the address of the list
    label: str
    model: type[Record]
    rows: Callable[[date], QuerySet[Any]]


def in_review(day: date) -> QuerySet[Assessment]:
    """Submitted, and waiting for a second person."""
    return Assessment.objects.filter(state=State.IN_REVIEW)


def undecided(day: date) -> QuerySet[Commitment]:
    """Past due, and no assessment says kept, partly kept or broken."""
    return _scheduled(day, Schedule.OVERDUE)


def falling_due(day: date) -> QuerySet[Commitment]:
    """Due within 30 days."""
    return _scheduled(day, Schedule.DUE_SOON)


def _scheduled(day: date, schedule: Schedule) -> QuerySet[Commitment]:
    rows: QuerySet[Any] = with_axes(published(Commitment), day)
    return rows.filter(schedule=schedule)


def outdated(day: date) -> QuerySet[Assessment]:
    """In force, while evidence for or against that they do not cite was published after them.

    The log knows what came first. A correction of an outcome counts too, since it may have added
    the bearing; context shows nothing either way and does not.
    """
    judged: QuerySet[Any] = with_axes(published(Commitment), day)
    current = judged.filter(current__isnull=False)
    changes = ChangeTopic.objects.order_by("-sequence")
    own = changes.filter(
        topic=_topic("assessment", OuterRef("slug")), kind=Kind.ASSESSMENT_PUBLISHED
    )
    later = changes.filter(
        topic=_topic("outcome", OuterRef("outcome__slug")),
        kind__in=(Kind.OUTCOME_PUBLISHED, Kind.OUTCOME_CORRECTED),
        sequence__gt=OuterRef(OuterRef("published_as")),
    )
    evidence = (
        Bearing.objects.filter(commitment=OuterRef("commitment"), outcome__state=State.PUBLISHED)
        .exclude(direction=Direction.CONTEXT)
        .exclude(findings__assessment=OuterRef("pk"))
    )
    return (
        published(Assessment)
        .filter(pk__in=current.values("current"))
        .annotate(published_as=Subquery(own.values("sequence")[:1]))
        .filter(Exists(evidence.filter(Exists(later))))
    )


def groundless(day: date) -> QuerySet[Assessment]:
    """In force, while something that they rest on has been retracted."""
    judged: QuerySet[Any] = with_axes(published(Commitment), day)
    current = judged.filter(current__isnull=False)
    return on_retracted_evidence(published(Assessment).filter(pk__in=current.values("current")))


def _topic(noun: str, slug: OuterRef) -> Concat:
    return Concat(Value(record_topic(noun, "")), slug, output_field=CharField())


def to_look_at_again(day: date) -> QuerySet[Commitment]:
    """Their `next_review_on` has come."""
    return _kept(Commitment).filter(next_review_on__lte=day)


def not_printed(day: date) -> QuerySet[Quotation]:
    """Altered, not found or unchecked."""
    return _kept(Quotation).exclude(check_status=Check.VERIFIED)


def without_text(day: date) -> QuerySet[Source]:
    """Nothing to check a quotation against."""
    return _kept(Source).filter(archived_text="")


def unreachable(day: date) -> QuerySet[Source]:
    """Their address failed when it was last asked, or leads where we do not go."""
    return _kept(Source).filter(link_status__in=(LinkStatus.FAILED, LinkStatus.REFUSED))


def unsettled(day: date) -> QuerySet[Discrepancy]:
    """Open."""
    return _kept(Discrepancy).filter(status=DiscrepancyStatus.OPEN)


def unanswered(day: date) -> QuerySet[Reply]:
    """Asked for, and due today or overdue."""
    return _kept(Reply).filter(status=ReplyStatus.AWAITING, due_on__lte=day)


def _kept(model: type[Record]) -> QuerySet[Any]:
    """Drafts too: they are work in hand. What is retracted needs nobody."""
    return model._default_manager.exclude(state=State.RETRACTED)


LINES: Sequence[Waiting] = (
    Waiting("review", "assessments in review", Assessment, in_review),
    Waiting("undecided", "commitments past due that nothing decides", Commitment, undecided),
    Waiting("outdated", "assessments older than new evidence", Assessment, outdated),
    Waiting("groundless", "assessments that rest on retracted evidence", Assessment, groundless),
    Waiting("replies", "replies due or overdue", Reply, unanswered),
    Waiting("due", "deadlines in the next 30 days", Commitment, falling_due),
    Waiting("again", "commitments to look at again", Commitment, to_look_at_again),
    Waiting("disputes", "open discrepancies", Discrepancy, unsettled),
    Waiting("quotations", "quotations altered, not found or unchecked", Quotation, not_printed),
    Waiting("texts", "sources without archived text", Source, without_text),
    Waiting("links", "sources whose link fails", Source, unreachable),
)


def lines_of(model: type[Record]) -> list[Waiting]:
    """The desk's lines about one noun."""
    return [line for line in LINES if line.model is model]


def drafts() -> dict[type[Record], int]:
    """How many drafts wait of each noun that has any: one query."""
    counts = [
        model._default_manager.filter(state=State.DRAFT)
        .order_by()
        .values(noun=Value(model.noun(), output_field=CharField()))
        .annotate(number=Count("pk"))
        .values_list("noun", "number")
        for model in NOUNS
    ]
    found = dict(counts[0].union(*counts[1:], all=True))
    return {model: found[model.noun()] for model in NOUNS if found.get(model.noun())}
