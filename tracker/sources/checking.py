"""The quotation check: does this document print these words, and where?

Positions follow the W3C Web Annotation model: a TextPositionSelector counts code points of the
archived text as it stands (start included, end not), and a TextQuoteSelector is `exact` with a
`prefix` and a `suffix`.

**What is forgiven.** Runs of white space; straight and curly quotes (single against single,
double against double); hyphen and dash characters; Unicode NFC; a pair of quote marks that wholly
encloses the quote. An ellipsis (`...`, `…`, `[...]`, `[…]`) splits the quote into parts that must
stand in order; a bracketed letter at the start of a word (`[O]ver`) matches either case. The
literal reading goes first, so a document that prints an ellipsis or a bracket itself is quoted
with it. Nothing else is forgiven.

**Words.** A quote begins and ends where words do: neither "safe" in "unsafe" nor "can" in "can't"
nor "20" in "20,000" is a quotation. Words are those of UAX #29, except that a hyphen (not a dash)
holds its word together, because "binding" must not be quoted out of "non-binding".

**How.** Each word, punctuation mark and run of white space becomes a token, equal tokens one code
point, and so a document is a string in which `str.find` finds whole words only. The token keeps
where it began in the document: that is the whole position map.

**Close.** `altered` means a similarity of at least `CLOSE`: twice the weight of the words in
common (by longest common subsequence) over the words of both, a word that differs only in case
counting `LOOSE_WEIGHT`. At 0.6 one word of three may differ, and two wordings of one sentence
remain recognisable, but a shared "of the" is no quotation.

**Bounds.** For a document of n and a quote of m tokens: folding takes O(n); each of at most
`MAX_PARTS` parts is searched in O(n); the near search (at most `NEAR_PARTS` parts) slides one
window over the document, O(n), and aligns at most 64 places by bit-parallel subsequence,
O(m · m/64) each, `ALIGN_BUDGET` tokens in all. There is no other quadratic step and no regular
expression that backtracks. A 1 MB document and a 10 kB quote take a few seconds at worst.
"""

import hashlib
import re
import sys
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from heapq import nlargest
from itertools import accumulate, pairwise
from typing import Literal

CLOSE = 0.6
LOOSE_WEIGHT = 0.9
BELOW_VERIFIED = 0.99
"""An altered quote is never wholly similar, even where only punctuation differs."""

MAX_DOCUMENT = 4_000_000
MAX_QUOTE = 16_000
MAX_PARTS = 100
MAX_PLACES = 20_000
"""Places considered when words occur several times; divided by the number of parts."""
MAX_CONTEXT = 100
SURROUNDINGS = 200
"""Characters of a prefix or suffix that are compared."""
NEAR_PARTS = 5
MAX_NEAR_TOKENS = 6_000
ALIGN_BUDGET = 40_000
TRIES = 200_000
"""Tokens compared in one search for a part among places that are not whole words, or differ in
case where no bracket allows it; beyond, the part counts as not found."""

_SINGLE = "'‘’‚‛ʼ"
_DOUBLE = '"“”„‟'
_HYPHENS = "-‐‑"
# Dashes, the minus sign and the forms that stand for them in East Asian text.
_DASHES = "‒–—―−﹘﹣－"
_FOLD = str.maketrans(
    {**dict.fromkeys(_SINGLE, "'"), **dict.fromkeys(_DOUBLE, '"')}
    | dict.fromkeys(_HYPHENS + _DASHES, "-")
)
_PAIRS = {'"': '"', "'": "'", "«": "»", "‹": "›", "»": "«", "›": "‹"}
_ELLIPSIS = re.compile(r"\[\s*+(?:…|\.{3,})\s*+\]|…|\.{3,}")
_BRACKETED = re.compile(r"(?<![^\W_])\[([^\W\d_])\]")


class Check(StrEnum):
    """What the check of a quotation says; `unchecked` where no text is archived."""

    VERIFIED = "verified"
    ALTERED = "altered"
    NOT_FOUND = "not_found"
    UNCHECKED = "unchecked"


Op = Literal["same", "changed", "inserted", "dropped"]
"""What the quote did to the document's words: `inserted` are the quote's own, `dropped` are the
document's, left out without an ellipsis."""

Difference = tuple[Op, str, str]
"""An Op, the quote's words and the document's words, white space as single spaces."""


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


# ---------------------------------------------------------------- what others call


def check_quote(document: str, exact: str, *, near: int | None = None) -> CheckResult:
    """Whether `document` prints `exact`, with what is forgiven above.

    Where the words occur several times, `near` (a code point) takes the closest; without it the
    first is taken or, for a quote with elisions, the shortest span. Raises ValueError, with one
    sentence, for a quote without words, one longer than `MAX_QUOTE`, and for a
    document longer than `MAX_DOCUMENT`. Of more than `MAX_PARTS` parts a quote is only verified
    if the document prints its ellipses.
    """
    source = _folded_document(document)
    readings = _readings(exact)
    if near is not None:
        for reading in readings:
            if place := _place_at(source, reading, near):
                return _verified(source, place)
    for reading in readings:
        if found := _best_place(source, reading, near):
            return _verified(source, found)
    return _nearest(source, readings[-1], near)


def locate(
    document: str, exact: str, prefix: str = "", suffix: str = "", start: int | None = None
) -> CheckResult:
    """The occurrence of `exact` that agrees best with its surroundings and is closest to `start`.

    A prefix and suffix that agree wholly count before ones that agree in part, and both before
    the distance to `start`. Their disagreement alone does not make words unverified: use
    `verify_selector` for that. Raises as `check_quote`.
    """
    source = _folded_document(document)
    places = list(_all_places(source, _readings(exact), start))
    if not places:
        return check_quote(document, exact, near=start)

    wanted = _wanted(prefix, suffix)

    def rank(place: _Place) -> tuple[int, int, int, int]:
        begin, end = source.span(place)
        before, after = _agreement(document, begin, end, wanted)
        whole = (before == len(wanted[0])) + (after == len(wanted[1]))
        distance = abs(begin - start) if start is not None else 0
        return (-whole, -(before + after), distance, begin)

    return _verified(source, min(places, key=rank))


def verify_selector(document: str, exact: str, prefix: str, suffix: str, start: int) -> CheckResult:
    """`verified` only if `exact` stands at `start` with `prefix` before and `suffix` after it.

    Prefix and suffix are compared folded, without white space at their ends; an empty one asks
    nothing. Where the words stand elsewhere, or surrounded by others, the status is `not_found`,
    `start` says where they do stand, and `note` says what is wrong. Raises as `check_quote`.
    """
    source = _folded_document(document)
    wanted = _wanted(prefix, suffix)
    for reading in _readings(exact):
        place = _place_at(source, reading, start)
        if place is None:
            continue
        agreed = _agreement(document, *source.span(place), wanted)
        sides = zip(("prefix", "suffix"), agreed, wanted, strict=True)
        wrong = [name for name, length, text in sides if length < len(text)]
        found = _verified(source, place)
        if not wrong:
            return found
        note = f"The words stand at {start}, but not with this {' and '.join(wrong)}."
        return replace(found, status=Check.NOT_FOUND, similarity=0.0, note=note)
    found = locate(document, exact, prefix, suffix, start)
    if found.status is not Check.VERIFIED:
        return found
    note = f"The words stand at {found.start}, not at {start}."
    return replace(found, status=Check.NOT_FOUND, similarity=0.0, note=note)


def context(document: str, start: int, end: int, length: int = 32) -> tuple[str, str]:
    """Prefix and suffix for a selector: up to `length` code points (0 to 100) on either side.

    Never begins or ends inside a composed character. Positions outside the document are clamped.
    """
    length = max(0, min(length, MAX_CONTEXT))
    start = max(0, min(start, len(document)))
    end = max(start, min(end, len(document)))
    first, last = max(0, start - length), min(len(document), end + length)
    while first < start and _continues(document[first]):
        first += 1
    while last > end and last < len(document) and _continues(document[last]):
        last -= 1
    return document[first:start], document[end:last]


def sha256_text(data: bytes) -> str:
    """The SHA-256 of an archived text's bytes, in lowercase hex."""
    return hashlib.sha256(data).hexdigest()


# ---------------------------------------------------------------- folding and tokens


@cache
def _extenders() -> str:
    """Marks and format characters, as ranges of a character class: part of what they follow.

    Python's `re` knows no categories. Every one lies below U+20000 or in the last block here.
    """
    codes = [
        code
        for block in (range(0x20000), range(0xE0000, 0xE0200))
        for code in block
        if unicodedata.category(chr(code)) in {"Mn", "Mc", "Me", "Cf"}
    ]
    breaks = [i for i, (a, b) in enumerate(pairwise(codes), 1) if b != a + 1]
    edges = [0, *breaks, len(codes)]
    return "".join(f"{chr(codes[a])}-{chr(codes[b - 1])}" for a, b in pairwise(edges))


@cache
def _token_pattern() -> re.Pattern[str]:
    """A word, a run of white space, or one other character; together they leave nothing out.

    Possessive throughout: no text makes it go back.
    """
    extend = _extenders()
    letters = rf"[^\W_](?:[^\W_]|[{extend}])*+"
    joiner = rf"(?:[{_SINGLE}]|(?<=\d)[.,](?=\d))"
    return re.compile(rf"({letters}(?:{joiner}{letters})*+)|(\s++)|\S[{extend}]*+")


@cache
def _long_run_of_marks() -> re.Pattern[str]:
    return re.compile(f"[{_extenders()}]{{31}}")


def _continues(char: str) -> bool:
    """Whether a character belongs to the one before it (a mark, or a Hangul vowel or final)."""
    return unicodedata.category(char) in {"Mn", "Mc", "Me", "Cf"} or "\u1160" <= char <= "\u11ff"


def _fold(text: str) -> str:
    text = text.translate(_FOLD)
    # Sorting a long run of marks is quadratic; UAX #15 ("Stream-Safe") allows 30, and so do we.
    if text.isascii() or _long_run_of_marks().search(text):
        return text
    return unicodedata.normalize("NFC", text)


def _fold_spaces(text: str) -> str:
    return " ".join(_fold(text).split())


@dataclass(frozen=True, slots=True)
class _Token:
    key: str
    start: int
    end: int
    is_word: bool


def _tokens(text: str) -> Iterator[_Token]:
    for found in _token_pattern().finditer(text):
        key = " " if found[2] else _fold(found[0])
        yield _Token(key, found.start(), found.end(), found[1] is not None)


@dataclass(frozen=True)
class _Document:
    """A document as a string of token codes.

    `codes[i]` stands for the token from code point `starts[i]` to `starts[i + 1]`; equal codes
    are equal words. `joined[i]` is 1 where the place before token i lies inside a hyphenated word:
    no quote begins or ends there. Hyphens are tokens of their own all the same, so that a quote
    may print a dash in their stead.
    """

    text: str
    codes: str
    starts: list[int]
    words: bytearray
    joined: bytearray
    vocabulary: dict[str, str] = field(repr=False)

    @cached_property
    def keys(self) -> dict[str, str]:
        """From code back to folded word."""
        return {code: key for key, code in self.vocabulary.items()}

    @cached_property
    def caseless(self) -> str:
        """The codes with words that differ only in case made equal."""
        first: dict[str, str] = {}
        table = {
            ord(code): first.setdefault(key.lower(), code) for key, code in self.vocabulary.items()
        }
        return self.codes.translate(table)

    @cached_property
    def caseless_vocabulary(self) -> dict[str, str]:
        first: dict[str, str] = {}
        for key, code in self.vocabulary.items():
            first.setdefault(key.lower(), code)
        return first

    @cached_property
    def solid(self) -> list[int]:
        """The tokens that are not white space, by index."""
        space = self.vocabulary.get(" ", "")
        return [i for i, code in enumerate(self.codes) if code != space]

    def span(self, place: "_Place") -> tuple[int, int]:
        """Code points from the first part's start to the last part's end."""
        return self.starts[place[0][0]], self.starts[place[-1][1]]

    def printed(self, begin: int, end: int) -> str:
        """The document's text from token `begin` up to token `end`."""
        return self.text[self.starts[begin] : self.starts[end]]


_Place = tuple[tuple[int, int], ...]
"""Where a quote stands: for each part the first token and the one after its last."""


# A run of checks goes through one source after another; more would only hold private texts.
@lru_cache(maxsize=4)
def _folded_document(text: str) -> _Document:
    if len(text) > MAX_DOCUMENT:
        raise ValueError(
            f"The document has {len(text):,} characters, more than the {MAX_DOCUMENT:,} "
            "that quotations are checked against."
        )
    vocabulary: dict[str, str] = {}
    codes: list[str] = []
    starts: list[int] = []
    words = bytearray()
    for token in _tokens(text):
        code = vocabulary.get(token.key)
        if code is None:
            # Only a text made for it has more distinct tokens than there are code points.
            if len(vocabulary) >= sys.maxunicode:
                raise ValueError("The document has more different words than can be told apart.")
            code = vocabulary[token.key] = chr(len(vocabulary) + 1)
        codes.append(code)
        starts.append(token.start)
        words.append(token.is_word)
    starts.append(len(text))
    joined = _joined(text, starts, words)
    return _Document(text, "".join(codes), starts, words, joined, vocabulary)


def _joined(text: str, starts: list[int], words: bytearray) -> bytearray:
    joined = bytearray(len(starts))
    for i in range(1, len(words) - 1):
        if text[starts[i]] in _HYPHENS and words[i - 1] and words[i + 1]:
            joined[i] = joined[i + 1] = 1
    return joined


# ---------------------------------------------------------------- reading a quote


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a quote without ellipsis: tokens, and which letters may be of either case.

    `free` gives, for a token's index, the offsets of its bracketed letters; `source` is the text
    that each token was written as, for showing.
    """

    tokens: tuple[_Token, ...]
    free: dict[int, frozenset[int]]
    text: str
    origin: Sequence[int]

    def written(self, begin: int, end: int) -> str:
        """The quote's own words from token `begin` up to `end`, brackets included."""
        first, last = self.tokens[begin].start, self.tokens[end - 1].end
        return _shown(self.text[self.origin[first] : self.origin[last]])


_Reading = tuple[_Part, ...]


def _readings(exact: str) -> list[_Reading]:
    """The ways to read a quote, most literal first; the last is the one to compare nearly."""
    quote = exact.strip()
    if len(quote) > MAX_QUOTE:
        raise ValueError(
            f"The quote has {len(quote):,} characters, more than the {MAX_QUOTE:,} "
            "that are checked."
        )
    bare = _without_marks(quote)
    if not _fold_spaces(_ELLIPSIS.sub(" ", bare)).strip("'\" "):
        raise ValueError("The quote holds no words: write the words that the source prints.")
    texts = [quote] if bare == quote else [quote, bare]
    literal: list[_Reading] = [(_part(text, {}, range(len(text) + 1), text),) for text in texts]
    edited = _edited(bare)
    return [*literal, edited] if len(edited) <= MAX_PARTS else literal


def _edited(text: str) -> _Reading:
    """The quote with its ellipses and bracketed letters understood."""
    plain, origin, free = _unbracket(text)
    parts: list[_Part] = []
    begin = 0
    for found in [*_ELLIPSIS.finditer(plain), None]:
        end = found.start() if found else len(plain)
        chunk = plain[begin:end]
        left = begin + len(chunk) - len(chunk.lstrip())
        chunk = chunk.strip()
        if chunk:
            inside = {at - left for at in free if left <= at < left + len(chunk)}
            shifted = origin[left : left + len(chunk) + 1]
            parts.append(_part(chunk, dict.fromkeys(inside, True), shifted, text))
        begin = found.end() if found else end
    return tuple(parts)


def _unbracket(text: str) -> tuple[str, list[int], set[int]]:
    """The text with `[O]ver` as `Over`; where each character came from; which letters are free."""
    pieces: list[str] = []
    origin: list[int] = []
    free: set[int] = set()
    begin = 0
    for found in _BRACKETED.finditer(text):
        pieces += [text[begin : found.start()], found[1]]
        origin += [*range(begin, found.start()), found.start()]
        free.add(len(origin) - 1)
        begin = found.end()
    pieces.append(text[begin:])
    origin += range(begin, len(text) + 1)
    return "".join(pieces), origin, free


def _part(chunk: str, free: dict[int, bool], origin: Sequence[int], text: str) -> _Part:
    tokens = tuple(_tokens(chunk))
    by_token: dict[int, frozenset[int]] = {}
    if free:
        for index, token in enumerate(tokens):
            # Offsets within the folded word: brackets stand before any mark that NFC would join.
            inside = frozenset(at - token.start for at in free if token.start <= at < token.end)
            if inside:
                by_token[index] = inside
    return _Part(tokens, by_token, text, origin)


def _without_marks(quote: str) -> str:
    """The quote without a pair of quote marks that wholly encloses it, if there is one.

    `"A" and "B"` begins and ends with marks that do not belong together: after the first pair has
    closed another opens.
    """
    folded = quote.translate(_FOLD)
    if len(folded) < 2 or _PAIRS.get(folded[0]) != folded[-1]:
        return quote
    opening, closing = folded[0], folded[-1]
    depth = 1
    closed = False
    for at in range(1, len(folded) - 1):
        if folded[at] not in {opening, closing}:
            continue
        if _opens(quote, folded, at, opening, closing):
            if closed and depth == 0:
                return quote
            depth += 1
        elif not (folded[at] == "'" and folded[at - 1].isalnum() and folded[at + 1].isalnum()):
            depth = max(0, depth - 1)
            closed = depth == 0 or closed
    return quote[1:-1].strip()


def _opens(quote: str, folded: str, at: int, opening: str, closing: str) -> bool:
    """Whether an inner quote mark opens: by its shape, or for straight ones by what is before."""
    if quote[at] in "“‘„‚‟‛":
        return True
    if quote[at] in "”":
        return False
    if opening != closing:
        return folded[at] == opening
    before = folded[at - 1]
    return before.isspace() or before in "([{-/"


# ---------------------------------------------------------------- finding it as printed


class _Needle:
    """One part, searched for in one document by token."""

    def __init__(self, source: _Document, part: _Part) -> None:
        self.source = source
        self.part = part
        self.length = len(part.tokens)
        keys = [token.key for token in part.tokens]
        if part.free:
            self.haystack = source.caseless
            found = [source.caseless_vocabulary.get(key.lower()) for key in keys]
        else:
            self.haystack = source.codes
            found = [source.vocabulary.get(key) for key in keys]
        self.possible = None not in found
        self.tries = max(50, TRIES // self.length)
        # Words without brackets first: they settle most.
        self.order = sorted(range(self.length), key=part.free.__contains__) if part.free else []
        self.codes = "".join(code for code in found if code)

    def find(self, begin: int) -> int:
        """The first occurrence at token `begin` or later, or -1."""
        at = self.haystack.find(self.codes, begin) if self.possible else -1
        for _ in range(self.tries):
            if at < 0 or self._fits(at):
                return at
            at = self.haystack.find(self.codes, self._after(at))
        return -1

    def find_back(self, end: int, begin: int = 0) -> int:
        """The last occurrence that is over by token `end` and starts at `begin` or later, or -1."""
        at = self.haystack.rfind(self.codes, begin, end) if self.possible else -1
        for _ in range(self.tries):
            if at < 0 or self._fits(at):
                return at
            at = self.haystack.rfind(self.codes, begin, at + self.length - 1)
        return -1

    def stands_at(self, at: int) -> bool:
        return self.possible and self.haystack.startswith(self.codes, at) and self._fits(at)

    def _after(self, at: int) -> int:
        """The next token at which the part may begin, and also end, outside hyphenated words."""
        joined = self.source.joined
        return max(joined.find(0, at + 1), joined.find(0, at + 1 + self.length) - self.length)

    def _fits(self, at: int) -> bool:
        """Whole words at either end; and only bracketed letters may differ in case, where the
        search let all of them."""
        joined = self.source.joined
        if joined[at] or joined[at + self.length]:
            return False
        codes, keys = self.source.codes, self.source.keys
        return all(
            _same_but_free(self.part.tokens[i].key, keys[codes[at + i]], self.part.free.get(i))
            for i in self.order
        )


def _same_but_free(quoted: str, printed: str, free: frozenset[int] | None) -> bool:
    if quoted == printed:
        return True
    if not free or len(quoted) != len(printed):
        return False
    return all(
        a == b or (i in free and a.lower() == b.lower())
        for i, (a, b) in enumerate(zip(quoted, printed, strict=True))
    )


def _chain(needles: list[_Needle], at: int) -> _Place | None:
    """The first part at token `at`, each later part as soon as possible after the one before."""
    place = [(at, at + needles[0].length)]
    for needle in needles[1:]:
        at = needle.find(place[-1][1])
        if at < 0:
            return None
        place.append((at, at + needle.length))
    return tuple(place)


def _places(source: _Document, reading: _Reading) -> Iterator[_Place]:
    """Each place where the parts stand in order, as tight as can be, from first to last.

    From the first part forward to the earliest end, then back from there to the latest start: no
    shorter span ends there. The ends only grow, so each part crosses the document once.
    """
    needles = [_Needle(source, part) for part in reading]
    if not all(needle.possible for needle in needles):
        return
    positions = [-1] * len(needles)
    begin = 0
    for _ in range(max(200, MAX_PLACES // len(needles))):
        needed = begin
        for i, needle in enumerate(needles):
            if positions[i] < needed:
                positions[i] = needle.find(needed)
                if positions[i] < 0:
                    return
            needed = positions[i] + needle.length
        place = _tightened(needles, positions[0], needed)
        if not place:
            return
        yield place
        begin = place[0][0] + 1


def _tightened(needles: list[_Needle], begin: int, end: int) -> _Place:
    place: list[tuple[int, int]] = []
    for needle in reversed(needles):
        at = needle.find_back(end, begin)
        if at < 0:  # only when TRIES ran out: keep what was found going forward
            return _chain(needles, begin) or ()
        place.append((at, at + needle.length))
        end = at
    return tuple(reversed(place))


def _place_at(source: _Document, reading: _Reading, start: int) -> _Place | None:
    """The quote beginning exactly at code point `start`, if it stands there."""
    at = bisect_left(source.starts, start)
    if at >= len(source.codes) or source.starts[at] != start:
        return None
    needles = [_Needle(source, part) for part in reading]
    return _chain(needles, at) if needles[0].stands_at(at) else None


def _best_place(source: _Document, reading: _Reading, near: int | None) -> _Place | None:
    if len(reading) > 1:
        places = _places(source, reading)
        return min(places, key=lambda place: _cost(source, place, near), default=None)
    needle = _Needle(source, reading[0])
    if near is None:
        found = [needle.find(0)]
    else:
        at = bisect_left(source.starts, near)
        found = [needle.find(at), needle.find_back(min(at + needle.length, len(source.codes)))]
    ends = [((at, at + needle.length),) for at in found if at >= 0]
    return min(ends, key=lambda place: _cost(source, place, near), default=None)


def _cost(source: _Document, place: _Place, near: int | None) -> tuple[int, int, int]:
    begin, end = source.span(place)
    return (abs(begin - near) if near is not None else 0, end - begin, begin)


def _all_places(source: _Document, readings: list[_Reading], start: int | None) -> Iterator[_Place]:
    """Every place to choose from: of the most literal reading that stands anywhere, and of any
    reading exactly at `start`, which lies perhaps beyond `MAX_PLACES` or inside the marks."""
    if start is not None:
        for reading in readings:
            if place := _place_at(source, reading, start):
                yield place
    for reading in readings:
        found = False
        for place in _places(source, reading):
            found = True
            yield place
        if found:
            return


def _verified(source: _Document, place: _Place) -> CheckResult:
    begin, end = source.span(place)
    return CheckResult(
        status=Check.VERIFIED,
        start=begin,
        end=end,
        true_words=" … ".join(source.printed(a, b) for a, b in place),
        similarity=1.0,
        parts=tuple((source.starts[a], source.starts[b]) for a, b in place),
    )


# ---------------------------------------------------------------- surroundings


def _wanted(prefix: str, suffix: str) -> tuple[str, str]:
    """Prefix and suffix as compared: folded, the `SURROUNDINGS` characters nearest the quote.

    White space at their ends is left out, for forms strip it from what is typed into them.
    """
    return _fold_spaces(prefix[-SURROUNDINGS:]), _fold_spaces(suffix[:SURROUNDINGS])


def _agreement(document: str, start: int, end: int, wanted: tuple[str, str]) -> tuple[int, int]:
    """How many folded characters next to the quote agree with prefix and suffix."""
    # Wide enough for decomposed text and runs of white space.
    before, after = (4 * len(text) + 64 if text else 0 for text in wanted)
    left = _fold_spaces(document[max(0, start - before) : start])
    right = _fold_spaces(document[end : end + after])
    return _common(left[::-1], wanted[0][::-1]), _common(right, wanted[1])


def _common(one: str, other: str) -> int:
    """The length of the common beginning."""
    if one.startswith(other):
        return len(other)
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


# ---------------------------------------------------------------- finding it nearly


@dataclass(frozen=True, slots=True)
class _Alignment:
    """One part of a quote laid beside the document's nearest words.

    `begin` and `end` are tokens of the document; `weight` is that of the words in common,
    `printed` the number of the document's words.
    """

    begin: int
    end: int
    weight: float
    printed: int
    diff: tuple[Difference, ...]


def _nearest(source: _Document, reading: _Reading, near: int | None) -> CheckResult:
    """The nearest true words, `altered` if close enough, else `not_found`."""
    aligned = _align_parts(source, reading, near)
    weight = sum(found.weight for found in aligned if found)
    total = sum(_word_count(part) for part in reading)
    total += sum(found.printed for found in aligned if found)
    similarity = min(BELOW_VERIFIED, 2 * weight / total) if total else 0.0
    similarity = round(similarity, 4)
    if similarity < CLOSE:
        return CheckResult(Check.NOT_FOUND, similarity=similarity)
    places = [found for found in aligned if found]
    in_order = all(a.end <= b.begin for a, b in pairwise(places))
    spans = sorted((source.starts[found.begin], source.starts[found.end]) for found in places)
    return CheckResult(
        status=Check.ALTERED,
        start=spans[0][0],
        end=max(end for _, end in spans),
        true_words=" … ".join(source.text[a:b] for a, b in spans),
        similarity=similarity,
        diff=_joined_diff(reading, aligned),
        parts=tuple(spans),
        note="" if in_order else "The parts do not stand in this order in the source.",
    )


def _align_parts(source: _Document, reading: _Reading, near: int | None) -> list[_Alignment | None]:
    """Each part where it stands, or else nearly; the longest `NEAR_PARTS` only for the latter."""
    needles = [_Needle(source, part) for part in reading]
    exact = [needle.find(0) for needle in needles]
    missing = [i for i, at in enumerate(exact) if at < 0]
    sought = set(nlargest(NEAR_PARTS, missing, key=lambda i: needles[i].length))
    aligned: list[_Alignment | None] = []
    after = 0 if near is None else bisect_left(source.starts, near)
    for i, (part, needle) in enumerate(zip(reading, needles, strict=True)):
        found: _Alignment | None = None
        if exact[i] >= 0:
            at = needle.find(after)
            found = _aligned_exactly(source, part, exact[i] if at < 0 else at)
        elif i in sought:
            found = _align_nearly(source, part, after)
        aligned.append(found)
        if found:
            after = found.end
    return aligned


def _aligned_exactly(source: _Document, part: _Part, at: int) -> _Alignment:
    end = at + len(part.tokens)
    words = _word_count(part)
    same: Difference = ("same", part.written(0, len(part.tokens)), _shown(source.printed(at, end)))
    return _Alignment(at, end, words, words, (same,))


def _align_nearly(source: _Document, part: _Part, after: int) -> _Alignment | None:
    """The place in the document most similar to the part; the closest to `after` of equals."""
    quoted = [i for i, token in enumerate(part.tokens) if token.key != " "]
    if not 0 < len(quoted) <= MAX_NEAR_TOKENS:
        return None
    vocabulary = source.caseless_vocabulary
    keys = [vocabulary.get(part.tokens[i].key.lower(), "") for i in quoted]
    anchor = bisect_left(source.solid, after)
    best: tuple[tuple[float, bool, int], _Alignment] | None = None
    for peak in _peaks(source, part, quoted, keys, anchor):
        found = _align(source, part, quoted, keys, peak)
        if found is None:
            continue
        similarity = 2 * found.weight / (_word_count(part) + found.printed)
        rank = (round(similarity, 6), found.begin >= after, -abs(found.begin - after))
        if best is None or rank > best[0]:
            best = (rank, found)
    return best[1] if best and best[0][0] >= CLOSE / 2 else None


def _peaks(
    source: _Document, part: _Part, quoted: list[int], keys: list[str], anchor: int
) -> list[int]:
    """Where a window as long as the part shares most words with it, in any order.

    Only the tokens that the part has are visited; one window is kept for each half-length block.
    """
    need = Counter(
        key for i, key in zip(quoted, keys, strict=True) if key and part.tokens[i].is_word
    )
    if not need:
        return []
    caseless, size = source.caseless, len(quoted)
    hits = [(n, caseless[i]) for n, i in enumerate(source.solid) if caseless[i] in need]
    have: Counter[str] = Counter()
    shared = left = 0
    best: dict[int, tuple[int, int, int]] = {}
    for position, code in hits:
        have[code] += 1
        shared += have[code] <= need[code]
        while position - hits[left][0] >= size:
            gone = hits[left][1]
            shared -= have[gone] <= need[gone]
            have[gone] -= 1
            left += 1
        begin = hits[left][0]
        score = (shared, -abs(begin - anchor), begin)
        block = begin // max(1, size // 2)
        if block not in best or score > best[block]:
            best[block] = score
    count = max(4, min(64, ALIGN_BUDGET // size))
    return [begin for _, _, begin in nlargest(count, best.values())]


def _align(
    source: _Document, part: _Part, quoted: list[int], keys: list[str], peak: int
) -> _Alignment | None:
    """Lay the part beside the document around solid token `peak`."""
    margin = len(quoted) // 2 + 4
    low = max(0, peak - margin)
    window = source.solid[low : peak + len(quoted) + margin]
    printed_keys = [source.caseless[i] for i in window]
    # Of equally long subsequences one direction finds the first, the other the last.
    forward = _common_subsequence(keys, printed_keys)
    backward = _common_subsequence(keys[::-1], printed_keys[::-1])
    last_q, last_d = len(keys) - 1, len(window) - 1
    mirrored = [(last_q - q, last_d - d) for q, d in reversed(backward)]
    choices = [_trimmed(source, part, quoted, window, pairs) for pairs in (forward, mirrored)]
    pairs = max(choices, key=lambda pairs: _tightness(source, part, quoted, window, pairs))
    if not pairs:
        return None
    begin, end = _extended(source, part, quoted, window, pairs)
    begin, end = _whole_words(source, window, begin, end)
    weight = sum(
        1.0 if _equal(source, part, quoted[q], window[d]) else LOOSE_WEIGHT
        for q, d in pairs
        if part.tokens[quoted[q]].is_word
    )
    printed = sum(source.words[i] for i in window[begin:end])
    diff = _diff(source, part, quoted, window, pairs, begin, end)
    return _Alignment(window[begin], window[end - 1] + 1, weight, printed, diff)


def _common_subsequence(quoted: list[str], printed: list[str]) -> list[tuple[int, int]]:
    """The longest common subsequence, as pairs of indices; "" equals nothing.

    Bit-parallel (Hyyrö 2004, "Bit-parallel LCS-length computation revisited"): one integer of as
    many bits as the quote has tokens for each token of the document, kept to walk back.
    """
    masks: dict[str, int] = {}
    for i, key in enumerate(quoted):
        if key:
            masks[key] = masks.get(key, 0) | 1 << i
    full = (1 << len(quoted)) - 1
    row, rows = full, []
    for key in printed:
        used = row & masks.get(key, 0)
        row = ((row + used) | (row - used)) & full
        rows.append(row)
    pairs: list[tuple[int, int]] = []
    q, d = len(quoted), len(printed)
    while q and d:
        if rows[d - 1] >> (q - 1) & 1:
            q -= 1
            continue
        d -= 1
        if not d or rows[d - 1] >> (q - 1) & 1:
            q -= 1
            pairs.append((q, d))
    pairs.reverse()
    return pairs


def _trimmed(
    source: _Document,
    part: _Part,
    quoted: list[int],
    window: list[int],
    pairs: list[tuple[int, int]],
) -> list[tuple[int, int]]:
    """Without stray matches at either end: a distant "the" that costs more than it brings."""
    total = _word_count(part)
    passed = [0, *accumulate(source.words[i] for i in window)]
    is_word = [part.tokens[quoted[q]].is_word for q, _ in pairs]
    counted = [0, *accumulate(is_word)]
    wanted = [0, *accumulate(part.tokens[i].is_word for i in quoted)]

    def similarity(first: int, last: int) -> float:
        words = counted[last + 1] - counted[first]
        spanned = passed[pairs[last][1] + 1] - passed[pairs[first][1]]
        # The quote's words outside will be shown against as many of the document's.
        outside = total - (wanted[pairs[last][0] + 1] - wanted[pairs[first][0]])
        return words / (total + spanned + outside)

    solid = [i for i, word in enumerate(is_word) if word]
    if not solid:
        return []
    last = len(pairs) - 1
    # max() keeps the first of equals, so the longest stretch wins on either side.
    first = max([0, *solid], key=lambda i: similarity(i, last))
    last = max([last, *reversed(solid)], key=lambda i: similarity(first, i) if i >= first else -1)
    return pairs[first : last + 1]


def _tightness(
    source: _Document,
    part: _Part,
    quoted: list[int],
    window: list[int],
    pairs: list[tuple[int, int]],
) -> float:
    """The words in common over those of the part and of the document's span, as in `_trimmed`."""
    if not pairs:
        return 0.0
    (first_q, first_d), (last_q, last_d) = pairs[0], pairs[-1]
    words = sum(part.tokens[quoted[q]].is_word for q, _ in pairs)
    spanned = sum(source.words[i] for i in window[first_d : last_d + 1])
    outside = [*quoted[:first_q], *quoted[last_q + 1 :]]
    spanned += sum(part.tokens[i].is_word for i in outside)
    return words / (_word_count(part) + spanned)


def _extended(
    source: _Document,
    part: _Part,
    quoted: list[int],
    window: list[int],
    pairs: list[tuple[int, int]],
) -> tuple[int, int]:
    """The window's part to show: from the first match to the last, and where the quote's own first
    or last words were changed, as many of the document's, but not past the end of a sentence."""
    begin, end = pairs[0][1], pairs[-1][1] + 1

    def same_kind(q: int, d: int) -> bool:
        return part.tokens[quoted[q]].is_word == bool(source.words[window[d]])

    q = pairs[0][0] - 1
    while q >= 0 and begin > 0 and same_kind(q, begin - 1):
        gap = source.printed(window[begin - 1] + 1, window[begin])
        if "\n" in gap or source.printed(window[begin - 1], window[begin - 1] + 1) in ".!?":
            break
        begin, q = begin - 1, q - 1
    q = pairs[-1][0] + 1
    while q < len(quoted) and end < len(window) and same_kind(q, end):
        gap = source.printed(window[end - 1] + 1, window[end])
        if "\n" in gap or source.printed(window[end - 1], window[end - 1] + 1) in ".!?":
            break
        end, q = end + 1, q + 1
    return begin, end


def _whole_words(source: _Document, window: list[int], begin: int, end: int) -> tuple[int, int]:
    """Widened to whole hyphenated words: the true words of "binding" are "non-binding"."""
    while begin > 0 and source.joined[window[begin]]:
        begin -= 1
    while end < len(window) and source.joined[window[end]]:
        end += 1
    return begin, end


def _equal(source: _Document, part: _Part, q: int, d: int) -> bool:
    """Whether a token of the quote is the document's, bracketed letters aside."""
    printed = source.keys[source.codes[d]]
    return _same_but_free(part.tokens[q].key, printed, part.free.get(q))


def _diff(
    source: _Document,
    part: _Part,
    quoted: list[int],
    window: list[int],
    pairs: list[tuple[int, int]],
    begin: int,
    end: int,
) -> tuple[Difference, ...]:
    """The words of both, in order, by what happened to them."""
    runs: list[tuple[Op, int, int, int, int]] = []
    q, d = 0, begin
    for next_q, next_d in [*pairs, (len(quoted), end)]:
        if q < next_q or d < next_d:
            op: Op = "inserted" if d == next_d else "dropped" if q == next_q else "changed"
            runs.append((op, q, next_q, d, next_d))
        if next_q < len(quoted):
            same = _equal(source, part, quoted[next_q], window[next_d])
            same = same and _spaced_alike(source, quoted, window, next_q, next_d, begin)
            op = "same" if same else "changed"
            runs.append((op, next_q, next_q + 1, next_d, next_d + 1))
        q, d = next_q + 1, next_d + 1
    return tuple(
        (
            op,
            part.written(quoted[a], quoted[b - 1] + 1) if a < b else "",
            _shown(source.printed(window[x], window[y - 1] + 1)) if x < y else "",
        )
        for op, a, b, x, y in _merged(runs)
    )


def _spaced_alike(
    source: _Document, quoted: list[int], window: list[int], q: int, d: int, begin: int
) -> bool:
    """Whether both or neither have white space before the token: "a — b" is not "a—b"."""
    if q == 0 or d == begin:
        return True
    return (quoted[q] - quoted[q - 1] > 1) == (window[d] - window[d - 1] > 1)


def _merged(
    runs: list[tuple[Op, int, int, int, int]],
) -> list[tuple[Op, int, int, int, int]]:
    merged: list[tuple[Op, int, int, int, int]] = []
    for op, a, b, x, y in runs:
        if merged and merged[-1][0] == op:
            _, first_a, _, first_x, _ = merged[-1]
            merged[-1] = (op, first_a, b, first_x, y)
        else:
            merged.append((op, a, b, x, y))
    return merged


def _joined_diff(reading: _Reading, aligned: list[_Alignment | None]) -> tuple[Difference, ...]:
    joined: list[Difference] = []
    for i, (part, found) in enumerate(zip(reading, aligned, strict=True)):
        if i:
            joined.append(("same", "…", "…"))
        missing: Difference = ("inserted", part.written(0, len(part.tokens)), "")
        joined += found.diff if found else (missing,)
    return tuple(joined)


def _word_count(part: _Part) -> int:
    return sum(token.is_word for token in part.tokens)


def _shown(text: str) -> str:
    return " ".join(text.split())
