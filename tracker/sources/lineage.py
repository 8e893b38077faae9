"""Whose voice a source is: everything that it repeats or was read through, at any remove."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tracker.scoring import Tier, effective_tier
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
