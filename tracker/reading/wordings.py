"""Two wordings side by side: which words went, which came, which stayed. Pure.

    reworded("Publish an audit.", "Publish an audit every year.")

Words are compared, not letters: half a word struck through cannot be read aloud.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

#: What may cling to a word, so that "audit" and "audit," are the same word and a comma.
PUNCTUATION = ".,;:!?…()[]\"'“”‘’«»"

#: Comparisons of word with word, beyond which two texts are set one after the other instead.
MOST = 250_000

#: Letters of a word too short to stand alone between two changes: "a", "of", "the", a comma.
SHORT = 3

#: The share of the longer text's words that must be common, or a diff reads as noise.
ALIKE = Fraction(1, 4)


class Change(StrEnum):
    """What became of some words."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that share a fate; `glue` is the white space before it, one space or none."""

    change: Change
    glue: str
    text: str


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    spaced: bool  # white space stood before it


#: Words that went with those that came in their place; the same words on both sides stayed.
_Run = tuple[Sequence[_Word], Sequence[_Word], bool]


def reworded(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces of `old` and `new` in order: what was removed stands before what took its place.

    Those removed and the same give the words of `old`, those added and the same the words of `new`;
    white space is folded. Texts with little in common, or too long to compare, are one piece each.
    """
    before, after = list(_words(old)), list(_words(new))
    return tuple(_pieces(_runs(before, after)))


def _words(text: str) -> Iterator[_Word]:
    for chunk in text.split():
        core = chunk.strip(PUNCTUATION)
        start = chunk.index(core)
        parts = (chunk[:start], core, chunk[start + len(core) :]) if core else (chunk,)
        spaced = True
        for part in parts:
            if part:
                yield _Word(part, spaced)
                spaced = False


def _runs(before: list[_Word], after: list[_Word]) -> list[_Run]:
    old, new = [word.text for word in before], [word.text for word in after]
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    inner_old, inner_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(inner_old) * len(inner_new) > MOST:
        pairs = []
    else:
        pairs = [(head + a, head + b) for a, b in _longest_common(inner_old, inner_new)]
    common = [(at, at) for at in range(head)]
    common += pairs
    common += [(len(old) - each, len(new) - each) for each in range(tail, 0, -1)]
    if len(common) < ALIKE * max(len(old), len(new)):
        return [(before, after, False)]
    return _smoothed(_joined(_between(before, after, common)))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words two texts begin with alike."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _longest_common(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The places of a longest common subsequence, by the usual table of lengths."""
    lengths = [[0] * (len(new) + 1)]
    for word in reversed(old):  # from the end, so that the walk below goes forward
        below, row = lengths[-1], [0]
        for at, other in enumerate(reversed(new)):
            row.append(below[at] + 1 if word == other else max(below[at + 1], row[at]))
        lengths.append(row)
    pairs, a, b = [], 0, 0
    while a < len(old) and b < len(new):
        left_old, left_new = len(old) - a, len(new) - b
        if old[a] == new[b]:
            pairs.append((a, b))
            a, b = a + 1, b + 1
        elif lengths[left_old - 1][left_new] >= lengths[left_old][left_new - 1]:
            a += 1
        else:
            b += 1
    return pairs


def _between(
    before: Sequence[_Word], after: Sequence[_Word], common: Sequence[tuple[int, int]]
) -> Iterator[_Run]:
    """The common words, each a run, and what stands between them on either side."""
    a = b = 0
    for next_a, next_b in [*common, (len(before), len(after))]:
        if a < next_a or b < next_b:
            yield before[a:next_a], after[b:next_b], False
        if next_a < len(before):
            yield before[next_a : next_a + 1], after[next_b : next_b + 1], True
        a, b = next_a + 1, next_b + 1


def _smoothed(runs: Sequence[_Run]) -> list[_Run]:
    """A lone short word that happens to stand on both sides of a change is drawn into it."""
    last = len(runs) - 1
    return _joined(
        (old, new, same and not (0 < place < last and len(old) == 1 and len(old[0].text) <= SHORT))
        for place, (old, new, same) in enumerate(runs)
    )


def _joined(runs: Iterable[_Run]) -> list[_Run]:
    """Neighbours of one fate in one run."""
    joined: list[_Run] = []
    for old, new, same in runs:
        if joined and joined[-1][2] == same:
            above_old, above_new, _ = joined.pop()
            old, new = [*above_old, *old], [*above_new, *new]
        joined.append((old, new, same))
    return joined


def _pieces(runs: list[_Run]) -> Iterator[Piece]:
    first = True
    for old, new, same in runs:
        sides = [(Change.SAME, new)] if same else [(Change.REMOVED, old), (Change.ADDED, new)]
        for change, words in sides:
            if words:
                glue = " " if words[0].spaced and not first else ""
                yield Piece(change, glue, _text(words))
                first = False


def _text(words: Sequence[_Word]) -> str:
    return "".join(f" {word.text}" if word.spaced else word.text for word in words).strip()
