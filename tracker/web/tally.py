"""How many commitments stand where, for the bar of verdicts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tracker.commitments.enums import Basis, Lifecycle
from tracker.reading.standing import Standing
from tracker.scoring import RATED_VERDICTS, Confidence
from tracker.web.words import TONES, tone

#: Verdicts that are said with "reported" where confidence is low.
_SAID = ("kept", "partly_kept", "broken", "unreached")


@dataclass(frozen=True)
class Tally:
    """So many commitments of one verdict: how many are only reported, how many “so far”."""

    tone: str
    count: int
    low: int
    so_far: int

    @property
    def words(self) -> str:
        """“reported broken so far”; “broken, 2 of them only reported”."""
        words = TONES[self.tone]
        if self.so_far == self.count:
            words += " so far"
        if self.low == self.count:
            return f"reported {words}"
        return f"{words}, {self.low} of them only reported" if self.low else words


def tally(standings: Iterable[Standing]) -> list[Tally]:
    """What a lab’s score counts (not what was superseded), from kept to not assessed."""
    counts: Counter[str] = Counter()
    low: Counter[str] = Counter()
    so_far: Counter[str] = Counter()
    for row in standings:
        promise = row.commitment
        if promise.basis != Basis.PROMISED or row.lifecycle == Lifecycle.SUPERSEDED:
            continue
        shape = tone(row.verdict, promise.force, promise.basis)
        counts[shape] += 1
        low[shape] += shape in _SAID and row.confidence == Confidence.LOW
        so_far[shape] += row.provisional and row.verdict in RATED_VERDICTS
    return [Tally(each, counts[each], low[each], so_far[each]) for each in TONES if counts[each]]
