"""Outcomes, discrepancies and indicators as readers see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet, prefetch_related_objects

from tracker.commitments.models import Commitment
from tracker.evidence.models import Bearing, Direction, Discrepancy, Indicator, Outcome
from tracker.labs.models import Lab, Person
from tracker.reading.attribution import Attribution
from tracker.reading.history import history_of
from tracker.reading.pages.balance import sources_of
from tracker.reading.pages.lookup import one, with_sources
from tracker.reading.pages.quoted import accounts, attributed, quoted_in, sourcing
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import discrepancies, published
from tracker.records.dates import today
from tracker.records.models import State
from tracker.sources.lineage import lineages


@dataclass(frozen=True)
class OutcomePage:
    """All of one outcome's page.

    `sources` of them state it, of which `independent` share no origin; 0 and 0 for a search, which
    is no source. Retracted ones are not counted.
    """

    outcome: Outcome
    sources: int
    independent: int
    on_commitments: Sequence[Bearing]
    on_indicators: Sequence[Bearing]
    discrepancies: Sequence[Discrepancy]
    attributions: dict[int, Attribution]
    changes: Sequence[Told]

    @property
    def spans(self) -> bool:
        """Whether its date is an interval: it lasted, or the sources differ on the day."""
        return "/" in self.outcome.occurred_on

    @property
    def coarse(self) -> bool:
        """Whether no day is known."""
        return not self.spans and len(self.outcome.occurred_on) < len("2024-05-17")


NAMED = 400  # discrepancies that the first page names without telling of them
SIGNALS = 20  # of an indicator that are shown, the newest


@dataclass(frozen=True)
class Disputes:
    """Discrepancies with their accounts."""

    discrepancies: Sequence[Discrepancy]
    attributions: dict[int, Attribution]


@dataclass(frozen=True)
class Watched:
    """An indicator with its newest signals in the order of their dates, and how many of all point
    each way."""

    indicator: Indicator
    signals: Sequence[Bearing]
    confirming: int
    refuting: int
    context: int

    @property
    def earlier(self) -> int:
        """How many came before those."""
        return self.confirming + self.refuting + self.context - len(self.signals)


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
    sources, apart = sources_of(
        [outcome], lineages({row.source_id for row in outcome.sourcing.all()})
    )
    return OutcomePage(
        outcome=outcome,
        sources=sources,
        independent=apart,
        on_commitments=list(bearings.filter(commitment__state=State.PUBLISHED)),
        on_indicators=list(bearings.filter(indicator__state=State.PUBLISHED)),
        discrepancies=disputes,
        attributions=attributed(quoted_in([outcome], disputes)),
        changes=tell_all(history_of(outcome, 5)),
    )


def disputes() -> QuerySet[Discrepancy]:
    """Every discrepancy: of wordings first, then of facts, the open ones before the others."""
    return discrepancies(today()).order_by("-kind", "status", "title", "slug")


def disputed(rows: Sequence[Discrepancy]) -> Disputes:
    """Discrepancies with their accounts and what stands on them."""
    found = list(rows)
    prefetch_related_objects(
        found,
        accounts(),
        Prefetch("commitments", published(Commitment)),
        Prefetch("outcomes", published(Outcome)),
    )
    return Disputes(found, attributed(quoted_in(discrepancies=found)))


def named_further(rows: QuerySet[Discrepancy], start: int) -> list[tuple[str, str]]:
    """(slug, title) of those after the first page, at most NAMED: each is an anchor there."""
    return list(rows.values_list("slug", "title")[start : start + NAMED])


def labs_of_disputes() -> QuerySet[Lab]:
    """To choose from: those with a commitment or an outcome on which the sources disagree."""
    promised = Discrepancy.commitments.through.objects.filter(
        discrepancy__state=State.PUBLISHED,
        commitment__state=State.PUBLISHED,
        commitment__lab=OuterRef("pk"),
    )
    seen = Discrepancy.outcomes.through.objects.filter(
        discrepancy__state=State.PUBLISHED,
        outcome__state=State.PUBLISHED,
        outcome__labs=OuterRef("pk"),
    )
    return published(Lab).filter(Exists(promised) | Exists(seen))


def indicators() -> list[Watched]:
    """Every indicator, in its order, with the newest of its signals."""
    signals = Bearing.objects.filter(outcome__state=State.PUBLISHED, indicator__isnull=False)
    newest = signals.select_related("outcome").order_by(
        "-outcome__occurred_on_start", "-outcome__slug"
    )
    counted = signals.order_by().values("indicator", "direction").annotate(count=Count("pk"))
    counts = {(row["indicator"], row["direction"]): row["count"] for row in counted}
    rows = with_sources(published(Indicator), "source").prefetch_related(
        Prefetch("bearings", newest[:SIGNALS], to_attr="newest_signals")
    )
    return [_watched(row, row.newest_signals[::-1], counts) for row in rows]


def _watched(
    indicator: Indicator, signals: Sequence[Bearing], counts: Mapping[tuple[int, str], int]
) -> Watched:
    of = {each: counts.get((indicator.pk, each), 0) for each in Direction}
    return Watched(
        indicator, signals, of[Direction.SUPPORTS], of[Direction.UNDERMINES], of[Direction.CONTEXT]
    )
