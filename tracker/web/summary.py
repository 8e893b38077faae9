"""Where a lab stands in a few plain sentences, worked out from the numbers below them."""

from collections import Counter
from collections.abc import Sequence

from tracker.reading.totals import LabTotals
from tracker.scoring import RATED_VERDICTS, Confidence
from tracker.web.tally import Tally, tally
from tracker.web.words import listed, percent_words

_LEVELS = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)


def in_short(lab: LabTotals) -> list[str]:
    """Does it keep its word, how far is that open, and how sure is it? Never a rank."""
    score = lab.score
    if not score.total:
        return ["No promise on record."]
    said = [_verdicts(tally(lab.alike), score.total), _range(lab)]
    return [*said, how_sure(lab)] if score.rated else said


def how_sure(lab: LabTotals) -> str:
    """“4 of the 6 could be rated, 1 at medium confidence and 3 at low; 1 is contested.”"""
    total = lab.score.total
    rated = [row for row in lab.alike if row.verdict in RATED_VERDICTS]
    if not rated:
        return "None could be rated yet." if total else ""
    number = sum(row.count for row in rated)
    levels: Counter[str] = Counter()
    for row in rated:
        levels[row.confidence] += row.count
    contested = sum(row.count for row in rated if row.contested)
    if number == 1:
        sure = f"at {rated[0].confidence} confidence{', and is contested' if contested else ''}"
        one = "Its verdict stands" if total == 1 else f"1 of the {total:,} could be rated,"
        return f"{one} {sure}."
    held = [level for level in _LEVELS if levels[level]]
    if len(held) == 1:
        sure = f"all at {held[0]} confidence"
    else:
        first, *rest = [f"{levels[level]:,} at {level}" for level in held]
        sure = listed([f"{first} confidence", *rest])
    could = f"All {total:,}" if number == total else f"{number:,} of the {total:,}"
    also = f"; {contested:,} {_are(contested)} contested" if contested else ""
    return f"{could} could be rated, {sure}{also}."


def _verdicts(counts: Sequence[Tally], total: int) -> str:
    """“Of 6 commitments on record, 1 is reported kept and 5 are not yet due.”"""
    if total == 1:
        return f"Its one commitment on record is {counts[0].words}."
    if len(counts) == 1:
        return f"Its {total:,} commitments on record are all {counts[0].words}."
    parts = [f"{each.count:,} {_are(each.count)} {_in_brackets(each)}" for each in counts]
    return f"Of {total:,} commitments on record, {listed(parts)}."


def _in_brackets(each: Tally) -> str:
    """A comma within an item would break the list that it stands in."""
    words, _, only = each.words.partition(", ")
    return f"{words} ({only})" if only else words


def _range(lab: LabTotals) -> str:
    score = lab.score
    if not score.rated:
        could = "It could not" if score.total == 1 else "None of them could"
        return f"{could} be rated yet, so there is no score."
    if score.percent is None:
        few = score.methodology.rated_for_percent
        return f"No percentage is given, because fewer than {few} could be rated."
    low, high = score.percent
    if low == high:
        return f"What is known puts its score at {percent_words(score.percent)}."
    return f"What is known puts its score between {low}\u00a0% and {high}\u00a0%."


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
