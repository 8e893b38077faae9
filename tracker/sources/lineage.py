"""Whose voice a source is: everything that it repeats or was read through, at any remove."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.expressions import RawSQL

from tracker.records.models import State
from tracker.scoring import Behind, Tier, effective_tier, fallen_with
from tracker.sources.models import Source


@dataclass(frozen=True)
class Lineage:
    """A source's effective tier, and the slugs of all that stands behind it."""

    tier: Tier
    origins: frozenset[str]


def lineages(ids: Collection[int]) -> dict[int, Lineage]:
    """The lineage of each source: two queries for each step back, rings included."""
    sources: dict[int, tuple[str, Tier, int | None]] = {}
    repeats: dict[int, set[int]] = defaultdict(set)
    ahead = set(ids)
    while ahead:
        columns = ("pk", "slug", "tier", "read_via_id")
        for pk, slug, tier, via in Source.objects.filter(pk__in=ahead).values_list(*columns):
            sources[pk] = (slug, Tier(tier), via)
            if via is not None:
                repeats[pk].add(via)
        links = Source.origins.through.objects.filter(from_source_id__in=ahead)
        for pk, origin in links.values_list("from_source_id", "to_source_id"):
            repeats[pk].add(origin)
        ahead = {other for pk in ahead for other in repeats[pk]} - sources.keys()
    return {
        pk: Lineage(
            tier=effective_tier(sources[pk][1], _tiers_read_through(pk, sources)),
            origins=frozenset(sources[other][0] for other in _behind(pk, repeats)),
        )
        for pk in ids
    }


def _behind(start: int, repeats: Mapping[int, set[int]]) -> set[int]:
    behind: set[int] = set()
    waiting = [start]
    while waiting:
        for other in repeats.get(waiting.pop(), ()):
            if other != start and other not in behind:
                behind.add(other)
                waiting.append(other)
    return behind


def _tiers_read_through(
    start: int, sources: Mapping[int, tuple[str, Tier, int | None]]
) -> list[Tier]:
    tiers: list[Tier] = []
    seen, via = {start}, sources[start][2]
    while via is not None and via not in seen:
        seen.add(via)
        tiers.append(sources[via][1])
        via = sources[via][2]
    return tiers


def falling_with(source: Source) -> dict[int, str]:
    """(id, slug) of the source and of all that would fall with it (`scoring.fallen_with`).

    Two queries for each step away from it.
    """
    slugs = {source.pk: source.slug}
    behind: dict[str, Behind] = {}
    asked: set[int] = set()
    while True:
        fallen = fallen_with(source.slug, behind)
        ahead = {pk for pk, slug in slugs.items() if slug in fallen} - asked
        if not ahead:
            return {pk: slug for pk, slug in slugs.items() if slug in fallen}
        asked |= ahead
        rows = list(_next_to(ahead))
        origins: dict[int, set[str]] = defaultdict(set)
        links = Source.origins.through.objects.filter(from_source__in=[pk for pk, *_ in rows])
        for pk, origin in links.values_list("from_source_id", "to_source__slug"):
            origins[pk].add(origin)
        for pk, slug, via in rows:
            slugs[pk] = slug
            behind[slug] = Behind(via, frozenset(origins[pk]))


def sharing_with(source: Source) -> set[int]:
    """The ids of all that share an origin with the source, its own among them: they count once.

    Two queries for each step back, and one for each step from there.
    """
    behind = lineages([source.pk])[source.pk].origins
    found = {source.pk, *Source.objects.filter(slug__in=behind).values_list("pk", flat=True)}
    ahead = found
    while ahead:
        ahead = {pk for pk, *_ in _next_to(ahead)} - found
        found |= ahead
    return found


#: UNION drops what was met before, so that a ring ends. Equal, but not written so: PostgreSQL would
#: expect one source, and look through the table again for each that there is.
_COUNTING_AS = """
    WITH RECURSIVE chain (source, via, tier) AS (
        SELECT id, read_via_id, tier FROM tracker_source
        UNION
        SELECT chain.source, above.read_via_id, above.tier
        FROM chain JOIN tracker_source above ON above.id = chain.via
    )
    SELECT source FROM chain GROUP BY source
    HAVING ABS(%s - MAX(
        CASE tier
            WHEN 'primary_lab' THEN 0 WHEN 'primary_witness' THEN 1 WHEN 'secondary' THEN 2 ELSE 3
        END
    )) < 1
"""


def counting_as(tier: Tier) -> RawSQL:
    """The ids of the sources of this effective tier, to be used with `pk__in`: what
    `scoring.effective_tier` says, asked of the database, however long the chain."""
    return RawSQL(_COUNTING_AS, [[*Tier].index(tier)])  # noqa: S611 - a constant and a number


def _next_to(ids: Collection[int]) -> Iterable[tuple[int, str, str | None]]:
    """(id, slug, slug of read_via) of those that were read through these, or repeat them.

    No draft: it is no part of the record yet.
    """
    repeating = Source.origins.through.objects.filter(to_source__in=ids)
    rows = Source.objects.filter(
        Q(read_via__in=ids) | Q(pk__in=repeating.values("from_source_id"))
    ).exclude(state=State.DRAFT)
    return rows.values_list("pk", "slug", "read_via__slug")
