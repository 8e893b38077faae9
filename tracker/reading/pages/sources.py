"""The sources, and one source with its quotations, all that rests on it, and what if it fell."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tracker.commitments.models import Pledge
from tracker.evidence.models import Account, Discrepancy, Indicator, Outcome, Sourcing
from tracker.reading.attribution import Attribution
from tracker.reading.history import history_of
from tracker.reading.pages.falling import Falling, falling
from tracker.reading.pages.lookup import one, with_sources
from tracker.reading.pages.quoted import IN_ORDER, attributed, quotations
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import commitments, outcomes, published
from tracker.reading.standing import Standing, standings
from tracker.records.models import State
from tracker.sources.lineage import lineages, sharing_with
from tracker.sources.models import Quotation, Source


@dataclass(frozen=True)
class OriginGroup:
    """Sources of a list that count once together, since behind each stands `origin`.

    None: sources that share no origin with any other of the list.
    """

    origin: Source | None
    sources: Sequence[Source]


@dataclass(frozen=True)
class SourcePage:
    """All of one source's page. `sharing` are the others that share an origin with it."""

    source: Source
    origins: Sequence[Source]
    repeated_by: Sequence[Source]
    relayed: Sequence[Source]
    sharing: Sequence[Source]
    quotations: Sequence[Quotation]
    attributions: dict[int, Attribution]
    commitments: Sequence[Standing]
    outcomes: Sequence[Outcome]
    discrepancies: Sequence[Discrepancy]
    pledges: Sequence[Pledge]
    indicators: Sequence[Indicator]
    falling: Falling
    changes: Sequence[Told]

    @property
    def rests(self) -> bool:
        """Whether anything of the record rests on it directly."""
        groups = (self.commitments, self.outcomes, self.discrepancies, self.pledges)
        return any((*groups, self.indicators, self.relayed))


def sources() -> QuerySet[Source]:
    """Every source with the number of its quotations, each after the one through which it is known:
    what counts once stands together, as far as one page of the list reaches."""
    printed = Quotation.objects.filter(source=OuterRef("pk"), state=State.PUBLISHED).order_by()
    counted = printed.values("source").annotate(count=Count("pk")).values("count")
    rows = with_sources(published(Source), "").annotate(
        quotation_count=Coalesce(Subquery(counted), 0),
        first=Coalesce(
            F("read_via__read_via__read_via__title"),
            F("read_via__read_via__title"),
            F("read_via__title"),
            F("title"),
        ),
    )
    return rows.order_by("first", F("read_via__title").asc(nulls_first=True), "title", "slug")


def by_origin(rows: Sequence[Source]) -> list[OriginGroup]:
    """The rows in groups of which any two share an origin, the largest first; each row once.

    As in the scores, an origin is followed at any remove. A row that could stand in two groups
    stands in the larger. Two queries for each step back, and one for the origins.
    """
    behind = lineages([row.pk for row in rows])
    names = {row.slug: {row.slug, *behind[row.pk].origins} for row in rows}
    roots = {row.slug for row in rows if row.read_via_id is None}
    found: list[tuple[str, list[Source]]] = []
    left = list(rows)
    while shared := _most_shared((names[row.slug] for row in left), roots):
        found.append((shared, [row for row in left if shared in names[row.slug]]))
        left = [row for row in left if shared not in names[row.slug]]
    origins = {
        each.slug: each
        for each in with_sources(Source.objects.exclude(state=State.DRAFT), "").filter(
            slug__in=[slug for slug, _ in found]
        )
    }
    groups = [OriginGroup(origins[slug], of_one) for slug, of_one in found]
    return [*groups, OriginGroup(None, left)] if left else groups


def _most_shared(names: Iterable[set[str]], roots: set[str]) -> str:
    """What stands behind the most of them, "" where nothing stands behind two; of several the one
    that was read itself, so that the group is named after a document that can be looked at."""
    counts = Counter(name for each in names for name in each)
    best = min(counts, key=lambda name: (-counts[name], name not in roots, name), default="")
    return best if counts[best] > 1 else ""


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
        sharing=list(others.filter(pk__in=sharing_with(source)).exclude(pk=source.pk)),
        quotations=printed,
        attributions=attributed(printed),
        commitments=standings(
            # by the words' own ids: each side is then answered by an index
            commitments(day).filter(
                Q(words__in=Quotation.objects.filter(source=source).values("pk"))
                | Q(reported_by=source)
            )
        ),
        outcomes=list(outcomes(day).filter(Exists(states))),
        discrepancies=list(published(Discrepancy).filter(Exists(tells))),
        pledges=list(published(Pledge).filter(source=source)),
        indicators=list(published(Indicator).filter(source=source)),
        falling=falling(source, day),
        changes=tell_all(history_of(source, 5)),
    )
