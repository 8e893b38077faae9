"""How much evidence stands on each side of a commitment, by tier, and how much of it is one voice.

A count, and no more: what a judgement rests on are its findings, each with the evidence it cites.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tracker.evidence.models import Direction, Outcome, OutcomeKind
from tracker.records.models import State
from tracker.scoring import Tier, voices
from tracker.sources.lineage import Lineage
from tracker.sources.models import Source

_STRONGEST_FIRST = tuple(Tier)


class Borne(Protocol):
    """An outcome, and the directions in which it bears on one commitment."""

    @property
    def outcome(self) -> Outcome: ...
    @property
    def sides(self) -> Sequence[Direction]: ...


@dataclass(frozen=True)
class Side:
    """What bears in one direction. A search that found nothing has no source, so it has no tier."""

    direction: Direction
    outcomes: int
    tiers: Mapping[Tier, int]  # outcomes by the strongest tier among their sources
    searches: int
    sources: int
    independent: int  # sources of which no two share an origin


def balance_of(evidence: Iterable[Borne], behind: Mapping[int, Lineage]) -> list[Side]:
    """Each side of the evidence; what bears in two directions counts on both.

    `behind` holds the lineage of each source by its id. The outcomes need their sourcing and its
    sources loaded. Retracted sources count for nothing.
    """
    rows = list(evidence)
    return [
        _side(direction, [row.outcome for row in rows if direction in row.sides], behind)
        for direction in Direction
    ]


def _side(direction: Direction, outcomes: Sequence[Outcome], behind: Mapping[int, Lineage]) -> Side:
    tiers: Counter[Tier] = Counter()
    for outcome in outcomes:
        if own := _sources(outcome):
            tiers[min((behind[each.pk].tier for each in own), key=_STRONGEST_FIRST.index)] += 1
    sources, independent = sources_of(outcomes, behind)
    return Side(
        direction=direction,
        outcomes=len(outcomes),
        tiers=tiers,
        searches=sum(each.kind == OutcomeKind.SEARCH for each in outcomes),
        sources=sources,
        independent=independent,
    )


def sources_of(outcomes: Iterable[Outcome], behind: Mapping[int, Lineage]) -> tuple[int, int]:
    """How many sources state any of these, and how many of them share no origin with one another;
    what is asked of the outcomes and of `behind` is told at `balance_of`."""
    found = {source.pk: source.slug for outcome in outcomes for source in _sources(outcome)}
    return len(found), voices(behind[pk].origins | {slug} for pk, slug in found.items())


def _sources(outcome: Outcome) -> list[Source]:
    if outcome.kind == OutcomeKind.SEARCH:
        return []
    rows = [row.source for row in outcome.sourcing.all()]
    return [source for source in rows if source.state != State.RETRACTED]
