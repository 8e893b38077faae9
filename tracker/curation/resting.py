"""What rests on a record, asked before and while it is retracted: publishing, the other way round.

A draft is not published while it refers to what readers cannot see. So nothing is retracted that a
published record still refers to, except what cannot follow: assessments, which are never edited,
and the ties of outcomes to their sources and to what they bear on, which assessments cite. Those
are listed for whoever retracts, and the desk counts the assessments afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from tracker.assessments.models import Assessment, Finding
from tracker.commitments.models import Commitment
from tracker.evidence.models import Bearing, Indicator, Outcome, Sourcing
from tracker.records.models import Part, Record, State
from tracker.records.plain import Problem
from tracker.sources.models import Quotation, Source

SHOWN = 50  # records of a kind that a page lists
NAMED = 5  # records that a refusal names
EVIDENCE = (Bearing, Sourcing)  # parts of an outcome that may outlive what they refer to


@dataclass(frozen=True)
class Resting:
    """Published records that rest on one: some keep it from being retracted, others only suffer.

    Each list holds at most SHOWN; `more` names the kinds that have others.
    """

    holding: list[Record] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    more: bool = False


def resting_on(record: Record) -> Resting:
    """What rests on `record`, for the page that asks; a query for each kind of reference."""
    holding = list(holding_on(record))
    assessments = list(_assessments(record)[: SHOWN + 1])
    outcomes = list(_outcomes(record)[: SHOWN + 1])
    longest = max(len(holding), len(assessments), len(outcomes))
    return Resting(holding[:SHOWN], assessments[:SHOWN], outcomes[:SHOWN], more=longest > SHOWN)


def still_referring(record: Record) -> list[Problem]:
    """Why `record` cannot be retracted: the published records that would point at nothing."""
    found = list(holding_on(record))
    if not found:
        return []
    named = ", ".join(f"the {each._meta.verbose_name} {each.slug!r}" for each in found[:NAMED])
    rest = " and others" if len(found) > NAMED else ""
    return [
        Problem((), f"Published records refer to it: {named}{rest}. Retract or correct them first.")
    ]


def holding_on(record: Record) -> Iterator[Record]:
    """Published records that refer to it and can be corrected, no more than SHOWN + 1 a kind."""
    seen: set[tuple[type[Record], int]] = set()
    for model, lookup in _references_to(type(record)):
        rows = model._default_manager.filter(state=State.PUBLISHED, **{lookup: record})
        for each in rows.order_by("pk")[: SHOWN + 1]:
            if each != record and (model, each.pk) not in seen:
                seen.add((model, each.pk))
                yield each


def _references_to(model: type[Record]) -> Iterator[tuple[type[Record], str]]:
    """(record, lookup) for every column by which a correctable record refers to this noun."""
    for relation in model._meta.related_objects:
        referring, column = relation.related_model, relation.field.name
        assert isinstance(referring, type)
        if referring in EVIDENCE:
            continue
        if issubclass(referring, Record):
            owner, lookup = referring, column
        elif issubclass(referring, Part) and column != referring.owner:
            tie: Any = referring._meta.get_field(referring.owner)
            owner, lookup = tie.related_model, f"{tie.remote_field.related_name}__{column}"
        else:
            continue
        if owner is not Assessment:
            yield owner, lookup


def _assessments(record: Record) -> QuerySet[Assessment]:
    """Published assessments whose judgement rests on it."""
    published = Assessment.objects.filter(state=State.PUBLISHED).select_related("commitment")
    return published.filter(_judged_by(record)).order_by("pk")


def _judged_by(record: Record) -> Q:
    if isinstance(record, Commitment):
        return Q(commitment=record)
    if isinstance(record, Assessment):
        return Q(supersedes=record)
    if isinstance(record, Outcome):
        return Q(Exists(_citing(Q(outcome=record))))
    if isinstance(record, Source):
        cited = Exists(_citing(Q(outcome__sourcing__source=record)))
        return Q(cited) | Q(contest_source=record)
    if isinstance(record, Quotation):
        return Q(Exists(_citing(Q(outcome__sourcing__quotation=record))))
    return Q(pk__in=())


def _citing(evidence: Q) -> QuerySet[Finding]:
    """The findings of the assessment that is asked about that cite such evidence."""
    bearings = Bearing.objects.filter(evidence)
    return Finding.objects.filter(assessment=OuterRef("pk"), evidence__in=bearings)


def on_retracted_evidence(assessments: QuerySet[Assessment]) -> QuerySet[Assessment]:
    """Those of `assessments` that cite a retracted outcome, or one with a retracted source.

    The other reading of a contested verdict rests on its source too.
    """
    gone = State.RETRACTED
    lost = Q(outcome__state=gone) | Q(outcome__sourcing__source__state=gone)
    lost |= Q(outcome__sourcing__quotation__state=gone)
    return assessments.filter(Exists(_citing(lost)) | Q(contest_source__state=gone))


def _outcomes(record: Record) -> QuerySet[Outcome]:
    """Published outcomes whose evidence it is, or that bear on it."""
    published = Outcome.objects.filter(state=State.PUBLISHED).order_by("pk")
    stated = Sourcing.objects.filter(outcome=OuterRef("pk"))
    bearing = Bearing.objects.filter(outcome=OuterRef("pk"))
    if isinstance(record, Source):
        return published.filter(Exists(stated.filter(source=record)))
    if isinstance(record, Quotation):
        return published.filter(Exists(stated.filter(quotation=record)))
    if isinstance(record, Commitment):
        return published.filter(Exists(bearing.filter(commitment=record)))
    if isinstance(record, Indicator):
        return published.filter(Exists(bearing.filter(indicator=record)))
    return published.none()
