"""What a variation of the method is, and what it did to the scores: plain data.

`sensitivity` fills these. Shares are exact fractions from 0 to 1; a range is (low, high).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from tracker.scoring.commitment import Judged
from tracker.scoring.lab import LabScore
from tracker.scoring.methodology import Verdict

Range = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Item:
    """One promised commitment: its findings with their weights, None where it is not assessed.

    `name` is unique over all labs.
    """

    name: str
    judged: tuple[Judged, ...] | None
    category: str = ""
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What `partly_met` is worth (0 to 1), and whether all criteria weigh the same."""

    partly: Fraction
    equal_weights: bool = False


@dataclass(frozen=True, slots=True)
class Without:
    """What is left out: one commitment, or with `category` all commitments of that category."""

    name: str
    category: bool = False


class Order(StrEnum):
    """How the range of one lab lies to that of another. Ranges that touch overlap."""

    ABOVE = "above"
    BELOW = "below"
    UNDECIDED = "undecided"
    TOO_FEW = "too_few"  # one of them has too few rated commitments for a range


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """How many commitments stand under each verdict in one setting."""

    setting: Setting
    verdicts: Mapping[Verdict, int]


@dataclass(frozen=True, slots=True)
class Flip:
    """A commitment whose verdict is not the same in every setting; in the order of the settings."""

    name: str
    recorded: Verdict
    verdicts: tuple[tuple[Setting, Verdict], ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A lab's score without one of its rated commitments. `span` is None with none left."""

    name: str
    rated: int
    span: Range | None

    def moved(self, whole: Range) -> Fraction:
        """By how much the end that moved further did move."""
        if self.span is None:
            return Fraction(0)
        return max(abs(self.span[0] - whole[0]), abs(self.span[1] - whole[1]))


@dataclass(frozen=True, slots=True)
class LabVariation:
    """One lab: its score on record, as chosen, and how far both ends move over all variations.

    `lows` and `highs` are the least and the greatest low and high over every variation that leaves
    enough rated; None where the lab has too few to begin with. `left_out` has one entry for each
    rated commitment, in the chosen setting.
    """

    name: str
    recorded: LabScore
    chosen: LabScore
    lows: Range | None
    highs: Range | None
    left_out: tuple[LeftOut, ...]

    @property
    def weightiest(self) -> LeftOut | None:
        """The commitment without which the score moves furthest; None where none moves it."""
        if self.chosen.low is None or self.chosen.high is None:
            return None
        whole = self.chosen.low, self.chosen.high
        most = max(self.left_out, key=lambda one: one.moved(whole), default=None)
        return most if most and most.moved(whole) else None


@dataclass(frozen=True, slots=True)
class Departure:
    """Another order than on record: without what (None: nothing), and in which settings."""

    without: Without | None
    order: Order
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two labs: how the first lies to the second on record and as chosen, and where that changes.

    `tried` variations in all; in `too_few` of them one lab had too few rated to be compared, and
    those are no departures: nothing is known to have changed.
    """

    first: str
    second: str
    recorded: Order
    chosen: Order
    tried: int
    too_few: int
    departures: tuple[Departure, ...]

    @property
    def holds(self) -> bool:
        """True when no variation that can be compared gives another order."""
        return not self.departures

    @property
    def telling(self) -> tuple[Departure, ...]:
        """The departures, less those that are there with nothing left out as well.

        Where "partly" alone overturns an order, it does so without almost any one commitment too;
        that says nothing of the commitment.
        """
        alone = {
            (one.order, setting)
            for one in self.departures
            if one.without is None
            for setting in one.settings
        }
        told = []
        for one in self.departures:
            own = tuple(each for each in one.settings if (one.order, each) not in alone)
            if one.without is None:
                told.append(one)
            elif own:
                told.append(Departure(one.without, one.order, own))
        return tuple(told)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """All of it. `pairs` is None where there are too many labs to set each against each."""

    recorded: Setting
    chosen: Setting
    settings: tuple[Setting, ...]
    verdicts: tuple[VerdictRow, ...]
    flips: tuple[Flip, ...]
    labs: tuple[LabVariation, ...]
    pairs: tuple[Pair, ...] | None
