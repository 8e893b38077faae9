"""The score of one commitment, from the findings on its criteria.

Source: DESIGN section 5 ("methodology v1"). All sums are exact fractions; rounding happens
only where a figure is shown (rounding.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.scoring.methodology import V1, FindingValue, Methodology, Verdict
from tracker.scoring.rounding import percent

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion's finding and its weight (any unit, above 0; 1 unless a reason is public).

    Raises ValueError for a weight of 0 or less and TypeError for one that is not a Fraction:
    a float would quietly make every sum after it inexact.
    """

    value: FindingValue
    weight: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if not isinstance(self.weight, Fraction):
            raise TypeError(f"A weight must be a Fraction, not {type(self.weight).__name__}.")
        if self.weight <= 0:
            raise ValueError(f"A weight must be above 0, not {self.weight}.")


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion's line in the working.

    `low` and `high` are what it adds to the two sums, its weight times its value's least and
    greatest worth; None when the finding is left out.
    """

    value: FindingValue
    weight: Fraction
    low: Fraction | None
    high: Fraction | None

    @property
    def counted(self) -> bool:
        """True when the line takes part in low and high."""
        return self.low is not None

    @property
    def known(self) -> bool:
        """True when the finding settles its criterion."""
        return self.low is not None and self.low == self.high

    def as_dict(self) -> dict[str, str | None]:
        """JSON-safe, fractions as exact text."""
        return {
            "value": str(self.value),
            "weight": str(self.weight),
            "low": _text(self.low),
            "high": _text(self.high),
        }


@dataclass(frozen=True, slots=True)
class Score:
    """A commitment's score: shares from 0 to 1, the verdict, and the working behind them.

    `low` and `high` are None when nothing is counted. `lines` stand in the criteria's order.
    `counted_weight` is what low and high are divided by.
    """

    low: Fraction | None
    high: Fraction | None
    coverage: Fraction
    verdict: Verdict
    provisional: bool
    lines: tuple[Line, ...]
    counted_weight: Fraction
    methodology: Methodology = V1

    @property
    def percent(self) -> tuple[int, int] | None:
        """Low and high in whole per cent, None when nothing is counted."""
        return percent_range(self.low, self.high)

    @property
    def low_sum(self) -> Fraction:
        """What the lines add up to with every unknown at its least."""
        return _low_sum(self.lines)

    @property
    def high_sum(self) -> Fraction:
        """What the lines add up to with every unknown at its greatest."""
        return _high_sum(self.lines)

    @property
    def known_weight(self) -> Fraction:
        """The weight of the criteria that are settled: the dividend of coverage."""
        return _known_weight(self.lines)

    @property
    def applicable_weight(self) -> Fraction:
        """The weight of all criteria but the not applicable: the divisor of coverage."""
        return _applicable_weight(self.lines)

    def as_dict(self) -> dict[str, object]:
        """The whole working, JSON-safe, fractions as exact text ("5/8"); None stays None.

        Stored with the Assessment, shown on its page, compared by `rescore --check`.
        """
        return {
            "methodology": self.methodology.as_dict(),
            "lines": [line.as_dict() for line in self.lines],
            "low_sum": str(self.low_sum),
            "high_sum": str(self.high_sum),
            "counted_weight": str(self.counted_weight),
            "known_weight": str(self.known_weight),
            "applicable_weight": str(self.applicable_weight),
            "low": _text(self.low),
            "high": _text(self.high),
            "coverage": str(self.coverage),
            "percent": None if self.percent is None else list(self.percent),
            "verdict": str(self.verdict),
            "provisional": self.provisional,
        }


def score_commitment(judged: Sequence[Judged] | None, methodology: Methodology = V1) -> Score:
    """Score one commitment; `judged` None means that it has no Assessment.

    ValueError for a finding value that the methodology does not know.
    """
    lines = tuple(_line(one, methodology) for one in judged or ())
    counted_weight = sum((line.weight for line in lines if line.counted), _ZERO)
    pending = any(line.value == FindingValue.PENDING for line in lines)
    if not counted_weight:
        return Score(
            low=None,
            high=None,
            coverage=_ZERO,
            # With nothing due yet, silence is not a failing; with nothing to judge, not a pass.
            verdict=Verdict.NOT_YET_DUE if pending else Verdict.NOT_ASSESSED,
            provisional=pending,
            lines=lines,
            counted_weight=_ZERO,
            methodology=methodology,
        )
    return _score_counted(lines, counted_weight, pending, methodology)


def verdict_of(low: Fraction, high: Fraction, methodology: Methodology = V1) -> Verdict:
    """The verdict of a counted range, 0 <= low <= high <= 1. Thresholds belong to the verdict.

    Anything that could still fall on either side of a threshold is unresolved.
    """
    if low >= methodology.kept_at:
        return Verdict.KEPT
    if high <= methodology.broken_at:
        return Verdict.BROKEN
    if low > methodology.broken_at and high < methodology.kept_at:
        return Verdict.PARTLY_KEPT
    return Verdict.UNRESOLVED


def percent_range(low: Fraction | None, high: Fraction | None) -> tuple[int, int] | None:
    """Both ends in whole per cent, half up; None when either is None."""
    if low is None or high is None:
        return None
    return percent(low), percent(high)


def _line(judged: Judged, methodology: Methodology) -> Line:
    worth = methodology.worth(judged.value)
    if worth is None:
        return Line(judged.value, judged.weight, low=None, high=None)
    return Line(
        judged.value,
        judged.weight,
        low=judged.weight * worth.low,
        high=judged.weight * worth.high,
    )


def _score_counted(
    lines: tuple[Line, ...], counted_weight: Fraction, pending: bool, methodology: Methodology
) -> Score:
    low, high = _low_sum(lines) / counted_weight, _high_sum(lines) / counted_weight
    return Score(
        low=low,
        high=high,
        coverage=_known_weight(lines) / _applicable_weight(lines),
        verdict=verdict_of(low, high, methodology),
        provisional=pending,
        lines=lines,
        counted_weight=counted_weight,
        methodology=methodology,
    )


def _low_sum(lines: tuple[Line, ...]) -> Fraction:
    return sum((line.low for line in lines if line.low is not None), _ZERO)


def _high_sum(lines: tuple[Line, ...]) -> Fraction:
    return sum((line.high for line in lines if line.high is not None), _ZERO)


def _known_weight(lines: tuple[Line, ...]) -> Fraction:
    return sum((line.weight for line in lines if line.known), _ZERO)


def _applicable_weight(lines: tuple[Line, ...]) -> Fraction:
    # Pending stays in: what is not yet due is a part of the promise that nobody has checked.
    applicable = (line for line in lines if line.value != FindingValue.NOT_APPLICABLE)
    return sum((line.weight for line in applicable), _ZERO)


def _text(share: Fraction | None) -> str | None:
    return None if share is None else str(share)
