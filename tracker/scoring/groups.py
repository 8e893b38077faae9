"""The mean of several labs: of their ranges, never of single numbers taken from them.

Source: DESIGN section 5. Each lab counts once, however much it promised or was asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tracker.scoring.commitment import percent_range
from tracker.scoring.lab import LabScore
from tracker.scoring.scorecard import PooledShare

Range = tuple[Fraction, Fraction]

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class GroupMean:
    """The plain means of the labs' lows and of their highs; None where no lab has a range.

    `counted` labs have one; the others are `left_out`.
    """

    low: Fraction | None
    high: Fraction | None
    counted: int
    left_out: int

    @property
    def percent(self) -> tuple[int, int] | None:
        """Low and high in whole per cent, each rounded once from the exact mean."""
        return percent_range(self.low, self.high)


def mean_of_ranges(ranges: Iterable[Range | None]) -> GroupMean:
    """The mean of ranges of shares; a lab given as None has none and is left out.

    Raises ValueError for a range that ends before it begins.
    """
    given = tuple(ranges)
    counted = tuple(each for each in given if each is not None)
    if any(low > high for low, high in counted):
        raise ValueError("A range must have its low first.")
    number = len(counted)
    return GroupMean(
        low=sum((low for low, _ in counted), _ZERO) / number if number else None,
        high=sum((high for _, high in counted), _ZERO) / number if number else None,
        counted=number,
        left_out=len(given) - number,
    )


def mean_of_labs(scores: Iterable[LabScore]) -> GroupMean:
    """The mean of what the labs promised; those with too few rated for a percentage have none."""
    return mean_of_ranges(
        _range(score.low, score.high)
        if score.rated >= score.methodology.rated_for_percent
        else None
        for score in scores
    )


def mean_of_totals(totals: Iterable[PooledShare]) -> GroupMean:
    """The mean of the labs' totals on a scorecard; a lab of which nothing counts has none."""
    return mean_of_ranges(_range(total.low, total.high) for total in totals)


def _range(low: Fraction | None, high: Fraction | None) -> Range | None:
    return None if low is None or high is None else (low, high)
