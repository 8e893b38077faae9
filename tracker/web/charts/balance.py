"""The evidence for and against a commitment as two bars, by the tier of its sources."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.evidence.models import Direction
from tracker.reading.pages.balance import Side
from tracker.scoring import PRIMARY, Tier
from tracker.web.charts.scale import figure

#: Each kind of evidence, the strongest first: its class, and what it is called.
KINDS = (
    ("primary", "primary source"),
    ("secondary", "secondary source"),
    ("tertiary", "tertiary source"),
    ("search", "search that found nothing"),
    ("retracted", "source retracted"),
)

_SIDES = {Direction.SUPPORTS: "For", Direction.UNDERMINES: "Against"}


@dataclass(frozen=True)
class Segment:
    """So many outcomes of one kind, in per cent of the width."""

    kind: str
    words: str
    count: int
    x: str
    width: str
    middle: str


@dataclass(frozen=True)
class Bar:
    """One side; its length is its share of the longer one."""

    name: str
    side: Side
    segments: Sequence[Segment]

    @property
    def said(self) -> str:
        """“2 by a primary source, 1 by a search that found nothing”; "" where there is nothing."""
        return ", ".join(f"{each.count:,} by a {each.words}" for each in self.segments)


@dataclass(frozen=True)
class Balance:
    """Both sides, and what bears on it without pointing either way."""

    bars: Sequence[Bar]
    context: int

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """What stands in the bars, for the legend."""
        shown = {each.kind for bar in self.bars for each in bar.segments}
        return [(kind, words) for kind, words in KINDS if kind in shown]

    @property
    def rows(self) -> list[tuple[Bar, list[int]]]:
        """Each side with its counts in the order of `kinds`."""
        return [
            (bar, [counts.get(kind, 0) for kind, _ in self.kinds])
            for bar in self.bars
            for counts in [{each.kind: each.count for each in bar.segments}]
        ]


def balance(sides: Iterable[Side]) -> Balance | None:
    """The chart; None where nothing points either way."""
    of = {side.direction: side for side in sides}
    both = [of[direction] for direction in _SIDES if direction in of]
    longest = max((side.outcomes for side in both), default=0)
    if not longest:
        return None
    bars = [Bar(_SIDES[side.direction], side, _segments(side, longest)) for side in both]
    return Balance(bars, of[Direction.CONTEXT].outcomes if Direction.CONTEXT in of else 0)


def _segments(side: Side, longest: int) -> list[Segment]:
    counts = {
        "primary": sum(side.tiers.get(tier, 0) for tier in PRIMARY),
        "secondary": side.tiers.get(Tier.SECONDARY, 0),
        "tertiary": side.tiers.get(Tier.TERTIARY, 0),
        "search": side.searches,
    }
    counts["retracted"] = side.outcomes - sum(counts.values())
    segments = []
    x = Fraction(0)
    for kind, words in KINDS:
        if not counts[kind]:
            continue
        width = Fraction(100 * counts[kind], longest)
        segments.append(
            Segment(kind, words, counts[kind], figure(x), figure(width), figure(x + width / 2))
        )
        x += width
    return segments
