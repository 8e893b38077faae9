"""Outcomes, discrepancies and indicators as readers see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet

from tracker.commitments.models import Commitment
from tracker.evidence.models import Bearing, Discrepancy, Indicator, Outcome
from tracker.labs.models import Lab, Person
from tracker.reading.attribution import Attribution
from tracker.reading.history import history_of
from tracker.reading.pages.lookup import one, with_sources
from tracker.reading.pages.quoted import accounts, attributed, quoted_in, sourcing
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import outcomes, published
from tracker.records.models import State


@dataclass(frozen=True)
class OutcomePage:
    """All of one outcome's page."""

    outcome: Outcome
    on_commitments: Sequence[Bearing]
    on_indicators: Sequence[Bearing]
    discrepancies: Sequence[Discrepancy]
    attributions: dict[int, Attribution]
    changes: Sequence[Told]


@dataclass(frozen=True)
class Disputes:
    """Every discrepancy with its accounts."""

    discrepancies: Sequence[Discrepancy]
    attributions: dict[int, Attribution]


def outcome_page(slug: str) -> OutcomePage:
    """One outcome's page. Raises Missing or Gone."""
    outcome = one(
        published(Outcome).prefetch_related(
            sourcing("sourcing"),
            Prefetch("labs", published(Lab)),
            Prefetch("people", published(Person)),
        ),
        slug,
    )
    bearings = outcome.bearings.select_related("criterion", "commitment__lab", "indicator")
    disputes = list(published(Discrepancy).filter(outcomes=outcome).prefetch_related(accounts()))
    return OutcomePage(
        outcome=outcome,
        on_commitments=list(bearings.filter(commitment__state=State.PUBLISHED)),
        on_indicators=list(bearings.filter(indicator__state=State.PUBLISHED)),
        discrepancies=disputes,
        attributions=attributed(quoted_in([outcome], disputes)),
        changes=tell_all(history_of(outcome, 5)),
    )


def timeline(day: date) -> QuerySet[Outcome]:
    """What had happened by a day, newest first, with who was part of it and what is disputed."""
    return outcomes(day).prefetch_related(
        Prefetch("labs", published(Lab)),
        Prefetch("discrepancies", published(Discrepancy)),
    )


def disputes() -> Disputes:
    """Every discrepancy on one page, where each is an anchor: wordings first, then facts."""
    found = list(
        published(Discrepancy)
        .prefetch_related(
            accounts(),
            Prefetch("commitments", published(Commitment)),
            Prefetch("outcomes", published(Outcome)),
        )
        .order_by("-kind", "status", "title", "slug")
    )
    return Disputes(found, attributed(quoted_in(discrepancies=found)))


def indicators() -> list[Indicator]:
    """Every indicator, in its order, with the bearings that it has so far."""
    signals = (
        Bearing.objects.filter(outcome__state=State.PUBLISHED)
        .select_related("outcome")
        .order_by("outcome__occurred_on_start", "outcome__slug")
    )
    rows = with_sources(published(Indicator), "source")
    return list(rows.prefetch_related(Prefetch("bearings", signals)))
