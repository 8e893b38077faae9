"""The sources, and one source with its quotations and all that rests on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tracker.commitments.models import Pledge
from tracker.evidence.models import Account, Discrepancy, Indicator, Outcome, Sourcing
from tracker.reading.attribution import Attribution
from tracker.reading.history import history_of
from tracker.reading.pages.lookup import one, with_sources
from tracker.reading.pages.quoted import IN_ORDER, attributed, quotations
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import commitments, outcomes, published
from tracker.reading.standing import Standing, standings
from tracker.records.models import State
from tracker.sources.models import Quotation, Source


@dataclass(frozen=True)
class SourcePage:
    """All of one source's page."""

    source: Source
    origins: Sequence[Source]
    repeated_by: Sequence[Source]
    relayed: Sequence[Source]
    quotations: Sequence[Quotation]
    attributions: dict[int, Attribution]
    commitments: Sequence[Standing]
    outcomes: Sequence[Outcome]
    discrepancies: Sequence[Discrepancy]
    pledges: Sequence[Pledge]
    indicators: Sequence[Indicator]
    changes: Sequence[Told]


def sources() -> QuerySet[Source]:
    """Every source: those that were read first, then by title; with counts of quotations."""
    counted = Count("quotations", filter=Q(quotations__state=State.PUBLISHED))
    rows = with_sources(published(Source), "").annotate(quotation_count=counted)
    return rows.order_by("-sha256", "title", "slug")


def source_page(slug: str, day: date) -> SourcePage:
    """One source's page. Raises Missing or Gone."""
    source = one(with_sources(published(Source), "").select_related("lab"), slug)
    printed = list(quotations().filter(source=source).order_by(*IN_ORDER))
    states = Sourcing.objects.filter(outcome=OuterRef("pk"), source=source)
    tells = Account.objects.filter(discrepancy=OuterRef("pk"), source=source)
    others = with_sources(published(Source), "")
    return SourcePage(
        source=source,
        origins=list(others.filter(repeated_by=source)),
        repeated_by=list(others.filter(origins=source)),
        relayed=list(others.filter(read_via=source)),
        quotations=printed,
        attributions=attributed(printed),
        commitments=standings(
            commitments(day).filter(Q(words__source=source) | Q(reported_by=source))
        ),
        outcomes=list(outcomes(day).filter(Exists(states))),
        discrepancies=list(published(Discrepancy).filter(Exists(tells))),
        pledges=list(published(Pledge).filter(source=source)),
        indicators=list(published(Indicator).filter(source=source)),
        changes=tell_all(history_of(source, 5)),
    )
