"""Published records, as of a day. Every public room reads through here, so that no draft leaks.

"As of D" is world time (DESIGN section 5): what had surely happened, and been judged, by day D at
UTC-12. The log says what the record itself said then.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from tracker.assessments.models import Assessment, Reply
from tracker.commitments.enums import Lifecycle
from tracker.commitments.models import Commitment, LifecycleEvent
from tracker.commitments.schedule import schedule_expression
from tracker.evidence.models import Discrepancy, DiscrepancyStatus, Outcome
from tracker.reading.keyset import rows_of
from tracker.reading.models import StandsNow, StoodThen
from tracker.reading.spans import faceted, on, schedule_of
from tracker.records.dates import today
from tracker.records.models import Record, State
from tracker.scoring import Verdict

R = TypeVar("R", bound=Record)

#: The columns of the table that `commitments` annotates; the schedule follows from them.
AXES = ("current", "verdict", "confidence", "denied_on", "contested", "lifecycle")


def published(model: type[R]) -> QuerySet[R]:
    """The published records of a noun."""
    return model._default_manager.filter(state=State.PUBLISHED)


def commitments(day: date) -> QuerySet[Commitment]:
    """Published commitments made by `day`, annotated with the axes as they stood on it: those of
    `with_axes`, read from the table that is made of them."""
    span = "standsnow" if day >= today() else "stoodthen"
    rows = published(Commitment).annotate(
        span=FilteredRelation(span, condition=on(day, f"{span}__"))
    )
    # what every span of the day says: by it the join is an inner one
    rows = rows.filter(span__from_day__lte=day).annotate(
        **{name: F(f"span__{name}") for name in AXES},
        schedule=schedule_of(day, "span__"),
    )
    rows = rows.select_related("lab", "pledge", "clause", "words", "words__source")
    # private, and can be megabytes long
    return rows.defer("words__source__archived_text")


def listed(day: date, *, walked: bool = False) -> QuerySet[Any]:
    """The same, as lists are narrowed and sorted: a row of that table for each, and nothing of
    the commitment that it does not hold. `of_spans` has the commitments.

    `walked` where the first rows are asked for in their order: see `spans.faceted`.
    """
    return _listed(StandsNow if day >= today() else StoodThen, walked).filter(on(day))


@lru_cache
def _listed(model: Any, walked: bool) -> QuerySet[Any]:
    """Of any day. Never asked by itself: what is filtered of it is another queryset."""
    rows = faceted(model._default_manager.all(), walked=walked)
    return rows.order_by("lab_slug", "made_on_start", "slug")


def of_spans(rows: Iterable[Any], day: date) -> list[Commitment]:
    """The commitments of the rows of a list, in their order."""
    return rows_of(commitments(day), [row.commitment_id for row in rows])


def with_axes(rows: QuerySet[Commitment], day: date) -> QuerySet[Commitment]:
    """`rows` annotated with the axes as they stood on `day`.

    Adds `current` (the id of the judgement in force, or None), `verdict`, `confidence`,
    `denied_on` (when the lab first denied it), `contested`, `lifecycle` and `schedule`.
    """
    judged = (
        published(Assessment)
        .filter(commitment=OuterRef("pk"), effective_on__lte=day)
        .order_by("-effective_on", "-published_at", "-id")
    )
    denied = published(Reply).filter(commitment=OuterRef("pk"), denies=True, received_on__lte=day)
    lived = LifecycleEvent.objects.filter(
        surely_by(day, "on_end"), commitment=OuterRef("pk")
    ).order_by("-on_start", "-id")
    return rows.annotate(
        current=Subquery(judged.values("pk")[:1]),
        verdict=Coalesce(
            Subquery(judged.values("verdict")[:1]),
            Value(Verdict.NOT_ASSESSED.value),
            output_field=CharField(),
        ),
        confidence=Coalesce(
            Subquery(judged.values("confidence")[:1]), Value(""), output_field=CharField()
        ),
        denied_on=Subquery(denied.order_by("received_on").values("received_on")[:1]),
        contested=Case(
            When(denied_on__isnull=False, then=Value(True)),
            When(GreaterThan(Subquery(judged.values("contest_verdict")[:1]), ""), then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        ),
        lifecycle=Coalesce(
            Subquery(lived.values("lifecycle")[:1]),
            Value(Lifecycle.IN_FORCE.value),
            output_field=CharField(),
        ),
    ).annotate(schedule=schedule_expression(day, "lifecycle", "verdict"))


def outcomes(day: date) -> QuerySet[Outcome]:
    """Outcomes that had surely happened by `day`, newest first."""
    return (
        published(Outcome)
        .filter(surely_by(day, "occurred_on_end"))
        .order_by("-occurred_on_start", "-occurred_on", "slug")
    )


def discrepancies(day: date) -> QuerySet[Discrepancy]:
    """Published discrepancies that there were on `day`: a quarrel over what had not happened by
    then was none yet. Annotated with their `status_then`."""
    resolved_later = When(resolved_on__gt=day, then=Value(DiscrepancyStatus.OPEN.value))
    rows = published(Discrepancy).annotate(
        status_then=Case(resolved_later, default=F("status"), output_field=CharField())
    )
    if day >= today():
        return rows
    between = Discrepancy.outcomes.through.objects
    happened = between.filter(outcome__in=outcomes(day).order_by().values("pk"))
    over_any = between.filter(outcome__state=State.PUBLISHED)
    return rows.filter(
        Q(pk__in=happened.values("discrepancy")) | ~Q(pk__in=over_any.values("discrepancy"))
    )


def open_on(discrepancy: Discrepancy, day: date) -> bool:
    """Whether it was open on `day`: also where it has been resolved since."""
    resolved_on = discrepancy.resolved_on
    later = resolved_on is not None and resolved_on > day
    return discrepancy.status == DiscrepancyStatus.OPEN or later


def as_it_stood(discrepancy: Discrepancy, day: date) -> Discrepancy:
    """The same as on `day`, in memory alone: without a resolution that came later."""
    if discrepancy.status != DiscrepancyStatus.OPEN and open_on(discrepancy, day):
        discrepancy.status, discrepancy.resolution = DiscrepancyStatus.OPEN, ""
        discrepancy.resolved_on = None
    return discrepancy


def surely_by(day: date, column: str) -> Q:
    """Surely so by `day`. What is published has happened, however coarse its date, so that today
    nothing is left out: "2026" is no reason to hide a record until the year is over."""
    return Q() if day >= today() else Q(**{f"{column}__lte": day})
