"""A lab's score over what it promised.

Source: DESIGN section 5. Measured items (`basis` measured) are nobody's promise and must not be
passed in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tracker.scoring.commitment import percent_range
from tracker.scoring.methodology import V1, Methodology, Verdict

_ZERO = Fraction(0)

RATED_VERDICTS = frozenset({Verdict.KEPT, Verdict.PARTLY_KEPT, Verdict.BROKEN, Verdict.UNRESOLVED})
"""The verdicts that carry a range; the other two have none."""


@dataclass(frozen=True, slots=True)
class Promised:
    """One promised commitment as its lab's score sees it: verdict, range (0 to 1), lifecycle.

    Raises ValueError when verdict and range do not belong together.
    """

    verdict: Verdict
    low: Fraction | None
    high: Fraction | None
    superseded: bool = False

    def __post_init__(self) -> None:
        if self.verdict not in RATED_VERDICTS:
            if self.low is not None or self.high is not None:
                raise ValueError(f"A commitment that is {self.verdict} has no low and high.")
        elif self.low is None or self.high is None:
            raise ValueError(f"A commitment that is {self.verdict} needs its low and high.")
        elif not 0 <= self.low <= self.high <= 1:
            raise ValueError(
                f"A range must lie within 0 to 1, low first, not {self.low} to {self.high}."
            )


@dataclass(frozen=True, slots=True)
class LabScore:
    """A lab's score: plain means of its rated commitments' ranges, and the counts behind them.

    `verdicts` has every verdict, zeros included, and adds up to `total`.
    """

    low: Fraction | None
    high: Fraction | None
    rated: int
    total: int
    coverage: Fraction
    verdicts: Mapping[Verdict, int]
    methodology: Methodology = V1

    @property
    def percent(self) -> tuple[int, int] | None:
        """Low and high in whole per cent; None with fewer rated than the methodology asks."""
        if self.rated < self.methodology.rated_for_percent:
            return None
        return percent_range(self.low, self.high)


def score_lab(commitments: Iterable[Promised], methodology: Methodology = V1) -> LabScore:
    """Score a lab over its promised commitments.

    A superseded commitment is neither rated nor in `total` nor among the verdicts: its successor
    is as strong or stronger and stands in its place, so counting both would count one promise
    twice. `total` is every other promised commitment, assessed or not; coverage = rated / total,
    0 when there are none. Every commitment weighs the same.
    """
    current = tuple(one for one in commitments if not one.superseded)
    verdicts = {verdict: sum(one.verdict == verdict for one in current) for verdict in Verdict}
    return score_counted(
        verdicts,
        sum((one.low for one in current if one.low is not None), _ZERO),
        sum((one.high for one in current if one.high is not None), _ZERO),
        methodology,
    )


def score_counted(
    verdicts: Mapping[Verdict, int], low: Fraction, high: Fraction, methodology: Methodology = V1
) -> LabScore:
    """The same of commitments that are counted and added up already: how many there are of each
    verdict, none of them superseded, and the sums of the lows and highs of those that are rated."""
    counts = {verdict: verdicts.get(verdict, 0) for verdict in Verdict}
    total = sum(counts.values())
    rated = sum(counts[verdict] for verdict in RATED_VERDICTS)
    return LabScore(
        low=low / rated if rated else None,
        high=high / rated if rated else None,
        rated=rated,
        total=total,
        coverage=Fraction(rated, total) if total else _ZERO,
        verdicts=counts,
        methodology=methodology,
    )
