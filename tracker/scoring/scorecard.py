"""A lab's total on a study's scorecard.

Source: DESIGN section 5. The total is pooled over all criteria, not the mean of the clauses, so
a clause with many criteria weighs more, as in the studies themselves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.scoring.commitment import Judged, percent_range, score_commitment
from tracker.scoring.methodology import V1, Methodology


@dataclass(frozen=True, slots=True)
class PooledShare:
    """A range of shares from 0 to 1, None when nothing is counted, and its coverage.

    It has no verdict: a scorecard measures, and nobody promised what it measures.
    """

    low: Fraction | None
    high: Fraction | None
    coverage: Fraction
    counted_weight: Fraction

    @property
    def percent(self) -> tuple[int, int] | None:
        """Low and high in whole per cent, None when nothing is counted."""
        return percent_range(self.low, self.high)


def pooled_share(
    commitments: Iterable[Sequence[Judged] | None], methodology: Methodology = V1
) -> PooledShare:
    """Pool one lab's criteria over all its commitments (one per clause) of one scorecard.

    A commitment given as None has no Assessment and adds nothing.
    """
    pooled = [judged for commitment in commitments for judged in commitment or ()]
    score = score_commitment(pooled, methodology)
    return PooledShare(
        low=score.low,
        high=score.high,
        coverage=score.coverage,
        counted_weight=score.counted_weight,
    )
