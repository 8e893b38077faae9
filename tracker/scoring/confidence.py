"""How much confidence the cited evidence allows. Source: DESIGN section 6.

These are ceilings: a curator may go lower, never higher.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from tracker.scoring.methodology import Confidence


class Tier(StrEnum):
    """How close a source stands to what it tells."""

    PRIMARY_LAB = "primary_lab"
    PRIMARY_WITNESS = "primary_witness"
    SECONDARY = "secondary"
    TERTIARY = "tertiary"


PRIMARY = frozenset({Tier.PRIMARY_LAB, Tier.PRIMARY_WITNESS})
_AT_LEAST_SECONDARY = PRIMARY | {Tier.SECONDARY}

# The two primary tiers count alike. When one is read through the other the account is a
# witness's: the lab's words as a witness tells them are not the lab's own words.
_STRONGEST_FIRST = (Tier.PRIMARY_LAB, Tier.PRIMARY_WITNESS, Tier.SECONDARY, Tier.TERTIARY)

EXACT = 16
"""Sources of one outcome, up to which `voices` tries every choice."""

_HIGHEST_FIRST = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)


@dataclass(frozen=True, slots=True)
class Cited:
    """One piece of evidence cited for a finding.

    `source` and `origins` are sources' slugs; `origins` those whose reporting it repeats. `tier`
    is the effective one (see `effective_tier`). `against_interest`: the lab's own statement,
    against its interest. `self_reported`: the lab says that it did what it promised. `unnamed`:
    the source rests on people it does not name. `is_search`: a dated search that found nothing.
    """

    source: str
    origins: frozenset[str]
    tier: Tier
    against_interest: bool = False
    self_reported: bool = False
    unnamed: bool = False
    is_search: bool = False


def ceiling(findings: Sequence[Sequence[Cited]]) -> Confidence:
    """The highest confidence that an assessment may claim: that of its weakest counted finding.

    `findings` holds the evidence cited by each counted finding (met, partly met, not met or
    unverifiable). Low when there is none.
    """
    ceilings = [_finding_ceiling(cited) for cited in findings]
    return max(ceilings, key=_HIGHEST_FIRST.index, default=Confidence.LOW)


def at_most(chosen: Confidence, allowed: Confidence) -> bool:
    """True when a curator's choice does not exceed the ceiling."""
    return _HIGHEST_FIRST.index(chosen) >= _HIGHEST_FIRST.index(allowed)


def may_be_not_met(cited: Sequence[Cited], words_oblige_publication: bool) -> bool:
    """True when this evidence can carry `not_met`; where False the finding is `unverifiable`.

    A search that found nothing carries it only where the words oblige the lab to publish, since
    then the absence is itself the breach. Unnamed sources carry it only from two origins up.
    """
    if words_oblige_publication and any(one.is_search for one in cited):
        return True
    sources = _sources(cited)
    if any(not one.unnamed for one in sources):
        return True
    return two_independent(sources)


def effective_tier(tier: Tier, read_via_tiers: Iterable[Tier]) -> Tier:
    """The tier of a source known only through others: at most the weakest of them.

    `read_via_tiers` is the chain of documents through which it is known, in any order; empty
    when the source itself was read.
    """
    return max((tier, *read_via_tiers), key=_STRONGEST_FIRST.index)


def two_independent(cited: Sequence[Cited]) -> bool:
    """True when some two of the sources share no origin, followed through the cited sources.

    Three papers that repeat one post are one voice. Asked of pairs, not of connected groups:
    an encyclopedia that repeats two independent witnesses does not make them one.
    """
    reach = _reaches(cited)
    return any(a.isdisjoint(b) for a, b in combinations(reach, 2))


def voices(names: Iterable[frozenset[str]]) -> int:
    """The most sources of which no two share an origin: as many as count apart from one another.

    `names` holds for each source its own name and those of all its origins. Exact up to `EXACT`
    sources that share something; beyond them it may count too few, never too many.
    """
    left = list(dict.fromkeys(names))
    crowds = [sum(not one.isdisjoint(other) for other in left) - 1 for one in left]
    crowded = [one for one, crowd in zip(left, crowds, strict=True) if crowd]
    alone = len(left) - len(crowded)
    if len(crowded) <= EXACT:
        return alone + _most_apart(crowded)
    taken: list[frozenset[str]] = []
    for one in sorted(crowded, key=lambda each: crowds[left.index(each)]):
        if all(one.isdisjoint(other) for other in taken):
            taken.append(one)
    return alone + len(taken)


def _most_apart(left: list[frozenset[str]]) -> int:
    """With the first or without it, whichever leaves room for more."""
    if not left:
        return 0
    first, *others = left
    apart = [other for other in others if other.isdisjoint(first)]
    with_it = 1 + _most_apart(apart)
    if len(others) - len(apart) <= 1:
        return with_it  # in the way of one at most, it takes no more than that one's place
    return max(with_it, _most_apart(others))


def _finding_ceiling(cited: Sequence[Cited]) -> Confidence:
    sources = _sources(cited)
    if any(_admits(one) for one in sources) or _primary_and_another(_beyond_self_report(sources)):
        return Confidence.HIGH
    secondary = tuple(one for one in sources if one.tier in _AT_LEAST_SECONDARY)
    if any(one.tier in PRIMARY for one in sources) or two_independent(secondary):
        return Confidence.MEDIUM
    return Confidence.LOW


def _admits(one: Cited) -> bool:
    """The lab's own statement against its interest; told by others it is only a report of one."""
    return one.against_interest and one.tier == Tier.PRIMARY_LAB and not one.self_reported


def _primary_and_another(sources: Sequence[Cited]) -> bool:
    """Two independent sources of which one is primary."""
    reached = tuple(zip(sources, _reaches(sources), strict=True))
    return any(
        a.isdisjoint(b) and (one.tier in PRIMARY or other.tier in PRIMARY)
        for (one, a), (other, b) in combinations(reached, 2)
    )


def _sources(cited: Iterable[Cited]) -> tuple[Cited, ...]:
    """A search that found nothing is not a source."""
    return tuple(one for one in cited if not one.is_search)


def _beyond_self_report(sources: Sequence[Cited]) -> tuple[Cited, ...]:
    """What is left without the lab's own word that it delivered, and without repeats of it.

    High must be earned by this alone. A cap on any finding that cites a self-report would let
    an added citation lower the confidence that witnesses had already earned.
    """
    self_reports = {one.source for one in sources if one.self_reported}
    reached = zip(sources, _reaches(sources), strict=True)
    return tuple(one for one, names in reached if self_reports.isdisjoint(names))


def _reaches(cited: Sequence[Cited]) -> tuple[frozenset[str], ...]:
    """For each piece of evidence its source, its origins, their origins if cited, and so on."""
    origins: dict[str, frozenset[str]] = {}
    for one in cited:
        origins[one.source] = origins.get(one.source, frozenset()) | one.origins
    return tuple(_reach({one.source}, origins) for one in cited)


def _reach(names: set[str], origins: dict[str, frozenset[str]]) -> frozenset[str]:
    reached: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= origins.get(name, frozenset()) - reached
    return frozenset(reached)
