"""How many commitments stand where, for the bar of verdicts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tracker.reading.standing import Alike, CountedAs, Standing
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
    def name(self) -> str:
        """The verdict by itself."""
        return TONES[self.tone]

    @property
    def words(self) -> str:
        """“reported broken so far”; “broken, 2 of them only reported”."""
        words = self.name
        if self.so_far == self.count:
            words += " so far"
        if self.low == self.count:
            return f"reported {words}"
        return f"{words}, {self.low:,} of them only reported" if self.low else words

    @property
    def said(self) -> str:
        """“1,200 kept”."""
        return f"{self.count:,} {self.words}"


@dataclass(frozen=True)
class Shown:
    """One commitment as it is drawn: its shape, and what is said in the same breath."""

    tone: str
    low: bool
    so_far: bool


def shown(standing: Standing | Alike) -> Shown:
    """The shape of a commitment, whether it is only reported, and whether “so far”."""
    if isinstance(standing, Standing):
        shape = tone(standing.verdict, standing.commitment)
    else:
        shape = str(CountedAs.UNREACHED) if standing.unreached else standing.verdict
    return Shown(
        shape,
        low=shape in _SAID and standing.confidence == Confidence.LOW,
        so_far=standing.provisional and standing.verdict in RATED_VERDICTS,
    )


def tally(standings: Iterable[Standing | Alike]) -> list[Tally]:
    """What a lab’s score counts (not what was superseded), from kept to not assessed. Those that
    are counted already are all of them."""
    return count(
        (shown(row), 1 if isinstance(row, Standing) else row.count)
        for row in standings
        if not isinstance(row, Standing) or row.counts
    )


def count(rows: Iterable[tuple[Shown, int]]) -> list[Tally]:
    """How many there are of each shape, from kept to not assessed."""
    counts: Counter[str] = Counter()
    low: Counter[str] = Counter()
    so_far: Counter[str] = Counter()
    for row, number in rows:
        counts[row.tone] += number
        low[row.tone] += number * row.low
        so_far[row.tone] += number * row.so_far
    return [Tally(each, counts[each], low[each], so_far[each]) for each in TONES if counts[each]]
