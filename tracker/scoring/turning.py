"""What would change a verdict: the score that each finding would make, were it another.

Nothing is foretold here. One finding moves at a time and all else stays as it stands; the sums are
those of `commitment.py`, so what a reader is told would happen is what would happen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tracker.scoring.commitment import Judged, Score, score_commitment
from tracker.scoring.methodology import V1, FindingValue, Methodology


@dataclass(frozen=True, slots=True)
class Turn:
    """The score if the criterion at `place` (from 0) were found `value`, all else as it stands."""

    place: int
    value: FindingValue
    score: Score
    turns: bool  # the verdict would be another than it is

    @property
    def verdict(self) -> str:
        """The verdict that it would make."""
        return self.score.verdict.value


@dataclass(frozen=True, slots=True)
class Prospect:
    """One criterion: what was found, and what each value that counts would make of the verdict."""

    place: int
    value: FindingValue
    turns: tuple[Turn, ...]  # in the methodology's order

    @property
    def enough(self) -> tuple[Turn, ...]:
        """The values that would by themselves change the verdict."""
        return tuple(turn for turn in self.turns if turn.turns)


@dataclass(frozen=True, slots=True)
class Turning:
    """What would change the verdict of one commitment.

    `open` are the criteria not yet settled (unknown or pending), `settled` the others that count;
    one found not applicable is in neither. `best` and `worst` are the scores if everything open
    were found at its most, and at its least.
    """

    present: Score
    open: tuple[Prospect, ...]
    settled: tuple[Prospect, ...]
    best: Score
    worst: Score

    @property
    def enough(self) -> tuple[Turn, ...]:
        """The single findings on what is open that would change the verdict."""
        return tuple(turn for prospect in self.open for turn in prospect.enough)

    @property
    def overturning(self) -> tuple[Turn, ...]:
        """The single settled findings that would change it, were they found otherwise after all."""
        return tuple(turn for prospect in self.settled for turn in prospect.enough)


def turning(judged: Sequence[Judged], methodology: Methodology = V1) -> Turning:
    """What each finding would make of the verdict, were it another, by this methodology.

    ValueError for a finding value that the methodology does not know.
    """
    present = score_commitment(judged, methodology)
    prospects = [
        Prospect(place, each.value, _turns(judged, place, present))
        for place, each in enumerate(judged)
        if each.value != FindingValue.NOT_APPLICABLE
    ]
    least, most = _extremes(methodology)
    return Turning(
        present=present,
        open=tuple(each for each in prospects if is_open(each.value, methodology)),
        settled=tuple(each for each in prospects if not is_open(each.value, methodology)),
        best=_with_open(judged, most, methodology),
        worst=_with_open(judged, least, methodology),
    )


def is_open(value: FindingValue, methodology: Methodology = V1) -> bool:
    """Whether a finding leaves its criterion unsettled: nobody can tell, or it is not yet due."""
    worth = methodology.worth(value)
    return value == FindingValue.PENDING or (worth is not None and not worth.known)


def _turns(judged: Sequence[Judged], place: int, present: Score) -> tuple[Turn, ...]:
    methodology = present.methodology
    found = []
    for value, worth in methodology.worths:
        if worth is None:  # what is left out of the sums is not a finding that one waits for
            continue
        otherwise = [*judged]
        otherwise[place] = replace(judged[place], value=value)
        score = score_commitment(otherwise, methodology)
        found.append(Turn(place, value, score, score.verdict != present.verdict))
    return tuple(found)


def _extremes(methodology: Methodology) -> tuple[FindingValue, FindingValue]:
    """The settled findings worth least and most."""
    settled = [(worth.low, value) for value, worth in methodology.worths if worth and worth.known]
    return min(settled)[1], max(settled)[1]


def _with_open(judged: Sequence[Judged], value: FindingValue, methodology: Methodology) -> Score:
    """The score if everything open were found `value`."""
    found = [
        replace(each, value=value) if is_open(each.value, methodology) else each for each in judged
    ]
    return score_commitment(found, methodology)
