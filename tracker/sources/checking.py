"""The quotation check: does this document print these words, and where?

Positions follow the W3C Web Annotation model: a TextPositionSelector counts code points of the
archived text as it stands (start included, end not), and a TextQuoteSelector is `exact` with a
`prefix` and a `suffix`.

**What is forgiven.** Runs of white space; straight and curly quotes (single against single,
double against double); hyphen and dash characters; Unicode NFC; a pair of quote marks that wholly
encloses the quote. An ellipsis (`...`, `…`, `[...]`, `[…]`) splits the quote into parts that must
stand in order; a bracketed letter at the start of a word (`[O]ver`) matches either case. The
literal reading goes first, so a document that prints an ellipsis or a bracket itself is quoted
with it. Nothing else is forgiven: a quote begins and ends where words do, and a hyphen (not a
dash) holds its word together, so "binding" is not quoted out of "non-binding".

**Close.** `altered` means a similarity of at least `CLOSE`: twice the words in common over the
words of both. At 0.6 one word of three may differ, and two wordings of one sentence remain
recognisable, but a shared "of the" is no quotation.

How words are told apart is in `folding`, how the nearest ones are found in `nearest`. Whatever
the texts hold, 1 MB and a quote of 10 kB take seconds: every search has its limit.
"""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import nsmallest
from itertools import pairwise, takewhile
from typing import NamedTuple

from tracker.sources.folding import FOLDED, Document, Tokens, document_of, fold, is_mark, tokens
from tracker.sources.nearest import Difference as Difference
from tracker.sources.nearest import Nearest, nearest_words, one_line, same_words
from tracker.sources.nearest import Op as Op

CLOSE = 0.6
BELOW_VERIFIED = 0.99
"""An altered quote is never wholly similar, even where only punctuation differs."""

MAX_QUOTE = 16_000
MAX_PARTS = 30
MAX_CONTEXT = 100
MAX_ALTERED_PARTS = 5
MAX_COMPARED_PLACES = 5_000
SURROUNDINGS = 200
"""Characters of a prefix or suffix that are compared."""

_PAIRS = {'"': '"', "'": "'", "«": "»", "‹": "›", "»": "«", "›": "‹"}
_ELLIPSIS = re.compile(r"\[\s*+(?:…|\.{3,})\s*+\]|…|\.{3,}")


class Check(StrEnum):
    """What the check of a quotation says; `unchecked` where no text is archived."""

    VERIFIED = "verified"
    ALTERED = "altered"
    NOT_FOUND = "not_found"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of a check.

    `start` and `end` count code points of the document before folding (None where nothing was
    found). `true_words` is the document's text there as printed; parts around an elision are
    joined by " … ", and `parts` has the span of each. `similarity` runs from 0 to 1 and is 1
    exactly when verified. `diff` is filled when altered. `note` is a sentence for the curator, or
    empty.
    """

    status: Check
    start: int | None = None
    end: int | None = None
    true_words: str = ""
    similarity: float = 0.0
    diff: tuple[Difference, ...] = ()
    parts: tuple[tuple[int, int], ...] = ()
    note: str = ""


def check_quote(document: str, exact: str, *, near: int | None = None) -> CheckResult:
    """Whether `document` prints `exact`, with what is forgiven above.

    Where the words occur several times, `near` (a code point) takes the closest; without it the
    first is taken or, for a quote with elisions, the shortest span. Raises ValueError, with one
    sentence, for a quote without words and for texts too long to check. A quote of more than
    `MAX_PARTS` parts is only verified if the document prints its ellipses.
    """
    return locate(document, exact, start=near)


def locate(
    document: str, exact: str, prefix: str = "", suffix: str = "", start: int | None = None
) -> CheckResult:
    """The occurrence of `exact` that agrees best with its surroundings, then closest to `start`.

    Surroundings that disagree do not make words unverified: use `verify_selector` for that.
    Raises as `check_quote`.
    """
    source, readings = document_of(document), _readings(exact)
    wanted = _surroundings(prefix, suffix)

    def distance(place: _Place) -> tuple[int, int, int]:
        away = abs(source.starts[place.begin] - start) if start is not None else 0
        return (away, place.last - place.begin, place.begin)

    for reading in readings:
        if places := _places(source, reading):
            closest = nsmallest(MAX_COMPARED_PLACES, places, key=distance)
            return _verified(source, max(closest, key=lambda at: _agreement(source, at, wanted)))
    return _altered(source, readings[-1], start or 0)


def verify_selector(document: str, exact: str, prefix: str, suffix: str, start: int) -> CheckResult:
    """`verified` only if `exact` stands at `start` with `prefix` before and `suffix` after it.

    Prefix and suffix are compared folded, without white space at their ends; an empty one asks
    nothing. Where the words stand elsewhere, or surrounded by others, the status is `not_found`,
    `start` says where they do stand, and `note` says what is wrong. Raises as `check_quote`.
    """
    source = document_of(document)
    wanted = _surroundings(prefix, suffix)
    places = (place for reading in _readings(exact) for place in _places(source, reading))
    at_start = next((place for place in places if source.starts[place.begin] == start), None)
    if at_start is None:
        found = locate(document, exact, prefix, suffix, start)
        note = f"The words stand at {found.start}, not at {start}."
    else:
        found = _verified(source, at_start)
        if _agreement(source, at_start, wanted) == sum(map(len, wanted)):
            return found
        note = f"The words stand at {start}, but not with this prefix and suffix."
    if found.status is not Check.VERIFIED:
        return found
    return replace(found, status=Check.NOT_FOUND, similarity=0.0, note=note)


def context(document: str, start: int, end: int, length: int = 32) -> tuple[str, str]:
    """Prefix and suffix for a selector: up to `length` code points (0 to 100) on either side.

    Never begins or ends inside a composed character. Positions outside the document are clamped.
    """
    length = max(0, min(length, MAX_CONTEXT))
    start = max(0, min(start, len(document)))
    end = max(start, min(end, len(document)))
    first, last = max(0, start - length), min(len(document), end + length)
    while first < start and is_mark(document[first]):
        first += 1
    while end < last < len(document) and is_mark(document[last]):
        last -= 1
    return document[first:start], document[end:last]


def sha256_text(data: bytes) -> str:
    """The SHA-256 of an archived text's bytes, in lowercase hex."""
    return hashlib.sha256(data).hexdigest()


# ---------------------------------------------------------------- reading a quote

_Reading = list[Tokens]
"""The parts of a quote, between its ellipses."""


def _readings(exact: str) -> list[_Reading]:
    """The ways to read a quote, most literal first; the last is the one to compare nearly."""
    quote = exact.strip()
    if len(quote) > MAX_QUOTE:
        raise ValueError(
            f"The quote has {len(quote):,} characters, more than the {MAX_QUOTE:,} "
            "that are checked."
        )
    if not any(char.isalnum() for char in quote):
        raise ValueError("The quote holds no words: write the words that the source prints.")
    bare = _without_marks(quote)
    readings = [[tokens(text)] for text in dict.fromkeys([quote, bare])]
    parts = [part.strip() for part in _ELLIPSIS.split(bare) if part.strip()]
    if len(parts) <= MAX_PARTS:
        readings.append([tokens(part, brackets=True) for part in parts])
    return readings


def _without_marks(quote: str) -> str:
    """The quote without a pair of quote marks that wholly encloses it, if there is one.

    `"A" and "B"` begins and ends with marks that do not belong together: after the first pair has
    closed another opens.
    """
    folded = quote.translate(FOLDED)
    opening, closing = folded[0], folded[-1]
    if len(folded) < 2 or _PAIRS.get(opening) != closing:
        return quote
    depth = 1
    for at in range(1, len(folded) - 1):
        before, mark = folded[at - 1], folded[at]
        apostrophe = mark == "'" and before.isalnum() and folded[at + 1].isalnum()
        if apostrophe or mark not in {opening, closing}:
            continue
        if opening != closing:
            opens = mark == opening
        elif quote[at] in "“‘„‚‟‛”":
            opens = quote[at] != "”"
        else:
            opens = before.isspace() or before in "([{-/"
        if opens and depth == 0:
            return quote
        depth = max(0, depth + (1 if opens else -1))
    return quote[1:-1].strip()


# ---------------------------------------------------------------- finding it as printed


class _Place(NamedTuple):
    """Where a part stands, in tokens, where the last part ends, and the place of the next."""

    begin: int
    end: int
    last: int
    later: "_Place | None"

    def spans(self) -> Iterator[tuple[int, int]]:
        part: _Place | None = self
        while part:
            yield part.begin, part.end
            part = part.later


def _places(source: Document, reading: _Reading) -> list[_Place]:
    """Every place where the parts stand in order, each as soon as it can after the one before."""
    later: list[_Place] = []
    for part in reversed(reading):
        here = []
        begins = [place.begin for place in later]
        for begin in source.occurrences(part, share=len(reading)):
            end = begin + len(part)
            if part is reading[-1]:
                here.append(_Place(begin, end, end, None))
            elif (i := bisect_left(begins, end)) < len(begins):
                here.append(_Place(begin, end, later[i].last, later[i]))
        later = here
    return later


def _verified(source: Document, place: _Place) -> CheckResult:
    spans = list(place.spans())
    return CheckResult(
        status=Check.VERIFIED,
        start=source.starts[place.begin],
        end=source.starts[place.last],
        true_words=" … ".join(source.printed(begin, end) for begin, end in spans),
        similarity=1.0,
        parts=tuple((source.starts[begin], source.starts[end]) for begin, end in spans),
    )


def _surroundings(prefix: str, suffix: str) -> tuple[str, str]:
    """Prefix and suffix as compared, without white space at their ends, which forms strip too."""
    return fold(prefix[-SURROUNDINGS:]), fold(suffix[:SURROUNDINGS])


def _agreement(source: Document, place: _Place, wanted: tuple[str, str]) -> int:
    """How many folded characters next to the quote agree with prefix and suffix."""
    before, after = wanted
    start, end = source.starts[place.begin], source.starts[place.last]
    # Wide enough for decomposed text and runs of white space.
    left = fold(source.text[max(0, start - 4 * len(before) - 64) : start])
    right = fold(source.text[end : end + 4 * len(after) + 64])
    return _common(left[::-1], before[::-1]) + _common(right, after)


def _common(one: str, other: str) -> int:
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in same)


# ---------------------------------------------------------------- finding it nearly


def _altered(source: Document, reading: _Reading, near: int) -> CheckResult:
    """The nearest true words, `altered` if close enough, else `not_found`."""
    aligned = _aligned_parts(source, reading, bisect_left(source.starts, near))
    places = [place for place in aligned if place]
    total = sum(part.words for part in reading) + sum(place.printed for place in places)
    common = sum(place.weight for place in places)
    similarity = round(min(BELOW_VERIFIED, 2 * common / total), 4) if total else 0.0
    if similarity < CLOSE:
        return CheckResult(Check.NOT_FOUND, similarity=similarity)
    diff: list[Difference] = []
    for part, place in zip(reading, aligned, strict=True):
        missing: Difference = ("inserted", one_line(part.text), "")
        diff += [("same", "…", "…"), *(place.diff if place else [missing])]
    in_order = all(one.end <= next_.begin for one, next_ in pairwise(places))
    spans = sorted((source.starts[place.begin], source.starts[place.end]) for place in places)
    return CheckResult(
        status=Check.ALTERED,
        start=spans[0][0],
        end=max(end for _, end in spans),
        true_words=" … ".join(source.text[begin:end] for begin, end in spans),
        similarity=similarity,
        diff=tuple(diff[1:]),
        parts=tuple(spans),
        note="" if in_order else "The parts do not stand in this order in the source.",
    )


def _aligned_parts(source: Document, reading: _Reading, after: int) -> list[Nearest | None]:
    """Each part where it stands, or else nearly, if possible after the one before."""
    aligned: list[Nearest | None] = []
    nearly = 0
    for part in reading:
        found: Nearest | None = None
        if exact := source.occurrences(part, share=len(reading)):
            found = same_words(source, part, next((at for at in exact if at >= after), exact[0]))
        elif nearly < MAX_ALTERED_PARTS:
            nearly += 1
            found = nearest_words(source, part, after)
        aligned.append(found)
        after = found.end if found else after
    return aligned
