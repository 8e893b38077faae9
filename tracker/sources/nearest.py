"""The words of a document that come nearest to a quote that it does not print.

The quote is laid beside those stretches of the document that share most words with it, by an edit
distance of words (Sellers 1980): the cheapest way to make the quote's words from the document's,
beginning and ending anywhere. `MAX_COMPARED` and `MAX_CELLS` bound the time it takes.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from itertools import groupby
from typing import Literal

from tracker.sources.folding import Document, Tokens

Op = Literal["same", "changed", "inserted", "dropped"]
"""What the quote did to the document's words: `inserted` are the quote's own, `dropped` are the
document's, left out without an ellipsis."""

Difference = tuple[Op, str, str]
"""An Op, the quote's words and the document's words, white space as single spaces."""

MAX_COMPARED = 1_500
"""Words and marks of a part that is compared; a longer one has no nearest words."""
MAX_CELLS = 100_000
"""Divided by the square of a part's length: how many stretches are compared."""

# To change a word is dearer than to drop one, so that a word left out near an end is seen as that;
# and cheaper than to insert one, so that a changed first or last word is shown beside the true one.
DROP, LOOSE, CHANGE, INSERT = 4, 1, 10, 11

LIKE = 0.9
"""What a word counts that differs only in case, or in having white space before it."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """A part of a quote beside the document's words from token `begin` up to `end`.

    `weight` is that of the words in common, `printed` the number of the document's words.
    """

    begin: int
    end: int
    weight: float
    printed: int
    diff: tuple[Difference, ...]


_Pair = tuple[int | None, int | None]
"""A token of the quote and one of the document; None where the other has no counterpart."""


def one_line(text: str) -> str:
    return " ".join(text.split())


def same_words(document: Document, part: Tokens, at: int) -> Nearest:
    """The part where it stands as printed."""
    end = at + len(part)
    same: Difference = ("same", one_line(part.text), one_line(document.printed(at, end)))
    return Nearest(at, end, part.words, part.words, (same,))


def nearest_words(document: Document, part: Tokens, after: int) -> Nearest | None:
    """The stretch with most words in common; of equals, the likest, then closest to `after`."""
    if len(part.solid) > MAX_COMPARED:
        return None
    found = []
    for window in _windows(document, part, after):
        cost, pairs = _aligned(document, part, window)
        begin = next(d for _, d in pairs if d is not None)  # a window shares a word at least
        found.append((-_weight(document, part, pairs), cost, abs(begin - after), pairs))
    best = min(found, key=lambda one: one[:3], default=None)
    return _compared(document, part, best[-1]) if best else None


def _windows(document: Document, part: Tokens, after: int) -> Iterator[list[int]]:
    """Stretches three times as long as the part that share most words with it, in any order."""
    wanted = Counter(part.keys[at].lower() for at in part.solid if part.is_word(at))
    printed = [document.keys[at].lower() for at in document.solid]
    size = max(8, len(part.solid))
    shared = {}
    for begin in range(0, len(printed), size):
        here = Counter(printed[begin : begin + 2 * size])
        count = sum(min(n, here[word]) for word, n in wanted.items() if word in here)
        if count:
            shared[begin] = (count, -abs(document.solid[begin] - after))
    best = nlargest(min(64, 1 + MAX_CELLS // size**2), shared, key=lambda begin: shared[begin])
    for begin in best:
        yield document.solid[max(0, begin - size // 2) : begin + 2 * size + size // 2]


def _aligned(document: Document, part: Tokens, window: list[int]) -> tuple[int, list[_Pair]]:
    """The part's tokens beside the window's, in order, and what the differences cost."""
    beside = [(at, document.keys[at].lower(), document.is_word(at)) for at in window]
    # What it costs to make the part's first tokens end before each token of the window, and by
    # which step it came there: p a pair, i inserted, d dropped.
    costs, steps = [0] * (len(window) + 1), []
    for q in part.solid:
        key, is_word = part.keys[q].lower(), part.is_word(q)
        above, cheapest = costs[0], costs[0] + INSERT
        row, taken = [cheapest], bytearray(b"i")
        for (at, other, other_is_word), inserted in zip(beside, costs[1:], strict=True):
            if key == other:
                paired = above + (0 if _likeness(document, part, q, at) == 1 else LOOSE)
            else:
                paired = above + (CHANGE if is_word == other_is_word else INSERT + DROP)
            above = inserted
            cheapest = min(paired, inserted + INSERT, cheapest + DROP)
            row.append(cheapest)
            taken += b"p" if cheapest == paired else b"i" if cheapest == inserted + INSERT else b"d"
        costs = row
        steps.append(taken)

    pairs: list[_Pair] = []
    q, d = len(part.solid), costs.index(min(costs))
    while q:
        step = chr(steps[q - 1][d])
        q -= step != "d"
        d -= step != "i"
        pairs.append((part.solid[q] if step != "d" else None, window[d] if step != "i" else None))
    return min(costs), pairs[::-1]


def _likeness(document: Document, part: Tokens, q: int | None, d: int | None) -> float:
    """1 for the same word, less if it differs in case or in having white space before it, or 0."""
    if q is None or d is None or part.keys[q].lower() != document.keys[d].lower():
        return 0
    spaced = q > 0 and d > 0 and (part.keys[q - 1] == " ") != (document.keys[d - 1] == " ")
    return LIKE if spaced or document.keys[d] not in part.forms(q) else 1


def _weight(document: Document, part: Tokens, pairs: list[_Pair]) -> float:
    """The words in common."""
    words = [(q, d) for q, d in pairs if q is not None and part.is_word(q)]
    return sum(_likeness(document, part, q, d) for q, d in words)


def _compared(document: Document, part: Tokens, pairs: list[_Pair]) -> Nearest:
    shown = [d for _, d in pairs if d is not None]
    begin, end = first, last = shown[0], shown[-1] + 1
    # Whole hyphenated words: the true words of "binding" are "non-binding".
    while begin in document.glued:
        begin -= 1
    while end in document.glued:
        end += 1
    before, after = ([(None, at) for at in range(*ends)] for ends in ((begin, first), (last, end)))
    pairs = [*before, *pairs, *after]

    weight = _weight(document, part, pairs)
    printed = sum(document.is_word(at) for at in range(begin, end))
    diff = []
    for op, run in groupby(pairs, key=lambda pair: _op(document, part, *pair)):
        quoted, true = ([at for at in side if at is not None] for side in zip(*run, strict=True))
        diff.append((op, _text(part, quoted), _text(document, true)))
    return Nearest(begin, end, weight, printed, tuple(diff))


def _op(document: Document, part: Tokens, q: int | None, d: int | None) -> Op:
    if q is None:
        return "dropped"
    if d is None:
        return "inserted"
    return "same" if _likeness(document, part, q, d) == 1 else "changed"


def _text(source: Tokens, at: list[int]) -> str:
    return one_line(source.printed(at[0], at[-1] + 1)) if at else ""
