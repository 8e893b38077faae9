"""How evidence is written into pages: accounts side by side, and which way a thing points."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django import template

from tracker.evidence.models import Account, Direction, Discrepancy, DiscrepancyKind
from tracker.reading.wordings import Change, Piece, reworded
from tracker.records.models import State
from tracker.sources.checking import Check, Difference, check_quote

register = template.Library()

#: What an outcome does for a commitment, in a word.
SIDES = {
    Direction.SUPPORTS.value: "For",
    Direction.UNDERMINES.value: "Against",
    Direction.CONTEXT.value: "Context",
}

#: What an outcome does for a question to watch.
SIGNALS = {
    Direction.SUPPORTS.value: "towards confirming",
    Direction.UNDERMINES.value: "towards refuting",
    Direction.CONTEXT.value: "context",
}


@dataclass(frozen=True)
class Side:
    """One account of a discrepancy; of wordings its words set against those of the `first` one.

    `pieces` are empty where there is nothing to set against each other: `how` says why.
    """

    account: Account
    first: Account | None = None
    how: str = ""
    pieces: Sequence[Piece] = ()


@register.filter
def side_by_side(discrepancy: Discrepancy) -> list[Side]:
    """Its accounts in order. Of a wording each later quotation is compared with the first."""
    accounts = list(discrepancy.accounts.all())
    quoting = [each for each in accounts if _words(each)]
    if discrepancy.kind != DiscrepancyKind.WORDING or len(quoting) < 2:
        return [Side(each) for each in accounts]
    first = quoting[0]
    return [_against(first, each) if each in quoting[1:] else Side(each) for each in accounts]


def _against(first: Account, account: Account) -> Side:
    """A passage is set against the whole; a shorter excerpt against the part nearest to it."""
    before, after = _words(first), _words(account)
    pieces = reworded(before, after)
    if all(piece.change == Change.SAME for piece in pieces):
        return Side(account, first, "same")
    try:
        nearest = check_quote(before, after)
    except ValueError:  # longer than anything that is checked
        return Side(account, first, "long")
    if nearest.status == Check.VERIFIED:
        return Side(account, first, "excerpt")
    if any(piece.change == Change.SAME for piece in pieces):
        return Side(account, first, "whole", pieces)
    if nearest.status == Check.ALTERED:
        return Side(account, first, "nearest", list(_pieces(nearest.diff)))
    return Side(account, first, "apart")


def _pieces(diff: Iterable[Difference]) -> Iterator[Piece]:
    """What the check of a quotation found, as `reworded` has it: what went, what came."""
    glue = ""
    for same, run in groupby(diff, key=lambda each: each[0] == "same"):
        rows = list(run)
        quoted = " ".join(words for _, words, _ in rows if words)
        printed = " ".join(words for _, _, words in rows if words)
        sides = [(Change.REMOVED, printed), (Change.ADDED, quoted)]
        for change, text in [(Change.SAME, quoted)] if same else sides:
            if text:
                yield Piece(change, glue, text)
                glue = " "


def _words(account: Account) -> str:
    """The words that it prints, "" where it prints none or they were retracted."""
    quotation = account.quotation
    return quotation.exact if quotation and quotation.state == State.PUBLISHED else ""


@register.inclusion_tag("_direction.html")
def direction(value: str, said: str = "") -> dict[str, str]:
    """Which way an outcome points for a commitment: a shape, and the words or a word for it."""
    return {"direction": value, "said": said or SIDES[value], "coloured": "yes"}


@register.inclusion_tag("_direction.html")
def signal(value: str) -> dict[str, str]:
    """The same for a question to watch, without colour: what confirms it may be good or bad."""
    return {"direction": value, "said": SIGNALS[value], "coloured": ""}
