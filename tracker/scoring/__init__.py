"""The arithmetic of the record, pure: findings in, scores out.

Imports no Django and no other room. The method is DESIGN section 5 ("methodology v1") and
section 6 (confidence), told for readers in SCORING.md.
"""

from tracker.scoring.commitment import (
    Judged,
    Line,
    Score,
    percent_range,
    score_commitment,
    verdict_of,
)
from tracker.scoring.confidence import (
    PRIMARY,
    Cited,
    Tier,
    at_most,
    ceiling,
    effective_tier,
    may_be_not_met,
    two_independent,
    voices,
)
from tracker.scoring.falling import (
    Behind,
    Evidence,
    Held,
    Statement,
    Without,
    fallen_with,
    without,
)
from tracker.scoring.groups import GroupMean, mean_of_labs, mean_of_ranges, mean_of_totals
from tracker.scoring.lab import RATED_VERDICTS, LabScore, Promised, score_counted, score_lab
from tracker.scoring.methodology import (
    BY_VERSION,
    V1,
    Confidence,
    FindingValue,
    Methodology,
    Timeliness,
    Verdict,
    Worth,
)
from tracker.scoring.rounding import decimal6, percent
from tracker.scoring.scorecard import PooledShare, pooled_share
from tracker.scoring.timeliness import timeliness
from tracker.scoring.turning import Prospect, Turn, Turning, is_open, turning

__all__ = [
    "BY_VERSION",
    "PRIMARY",
    "RATED_VERDICTS",
    "V1",
    "Behind",
    "Cited",
    "Confidence",
    "Evidence",
    "FindingValue",
    "GroupMean",
    "Held",
    "Judged",
    "LabScore",
    "Line",
    "Methodology",
    "PooledShare",
    "Promised",
    "Prospect",
    "Score",
    "Statement",
    "Tier",
    "Timeliness",
    "Turn",
    "Turning",
    "Verdict",
    "Without",
    "Worth",
    "at_most",
    "ceiling",
    "decimal6",
    "effective_tier",
    "fallen_with",
    "is_open",
    "may_be_not_met",
    "mean_of_labs",
    "mean_of_ranges",
    "mean_of_totals",
    "percent",
    "percent_range",
    "pooled_share",
    "score_commitment",
    "score_counted",
    "score_lab",
    "timeliness",
    "turning",
    "two_independent",
    "verdict_of",
    "voices",
    "without",
]
