"""Search over everything that the public may see: what was asked, what was found, and where in it.

A query is words, all of which must occur; “words in quotes” stand together, and so do the parts of
`GPT-4`; `comput*` is any word that begins so. Case, accents and endings make no difference, and no
sign means anything else.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError

from tracker.reading import fulltext
from tracker.reading.documents import MODELS
from tracker.reading.folding import places_of, words_of
from tracker.reading.fulltext import COUNTED, LIKELY, LISTED, Marked, Term, Terms
from tracker.reading.pages.addresses import address_of

PAGE = 20  # documents on a page
MOST = LISTED  # documents that are listed; whoever finds more narrows the search

BEGINNINGS = 4  # terms that are looked for as beginnings where nothing holds them whole

EXCERPT = 260  # characters
BEFORE = 80  # of them before the first word that was met
WEIGHED = 200  # words that were met, the first of a text, among which its best line is looked for

SUGGESTED = 5  # documents that a page which is not there suggests
SEGMENT = 120  # characters of its address that are looked for, as long as a slug
LOOKED_AT = 500  # documents that are looked at for it, however many there are

#: In the order in which a reader meets them.
NOUNS = tuple(MODELS)
#: Their titles are ours, and say by themselves what they are of.
TITLED = tuple(noun for noun in NOUNS if noun not in ("quotation", "assessment"))

_QUOTES = re.compile('["\u00ab\u00bb\u201c-\u201f\u2039\u203a\u300c-\u300f]')


@dataclass(frozen=True)
class Piece:
    """A run of text, and whether it was searched for."""

    text: str
    met: bool


@dataclass(frozen=True)
class Found:
    """One document: its title and an excerpt of its text, in pieces."""

    noun: str
    slug: str
    title: Sequence[Piece]
    excerpt: Sequence[Piece]

    @property
    def url(self) -> str:
        """Where it stands, for nouns with a title."""
        return address_of(self.noun, self.slug)

    @property
    def words(self) -> str:
        """The noun, for readers."""
        return str(MODELS[self.noun]._meta.verbose_name)


@dataclass(frozen=True)
class Findings:
    """One page of what was found. `counts` has every noun's number, whichever is shown.

    No more than COUNTED of a noun are counted: `more` where there are others, and its count is one
    more. `listed` is how many the pages list. `begun`: no document holds the words as they are,
    these hold words that begin so. Where they are too many to be `weighed` against one another the
    newest stand first, not the best.
    """

    found: Sequence[Found]
    counts: dict[str, int]
    total: int
    listed: int
    begun: bool = False
    more: bool = False
    weighed: bool = True


def terms_of(text: str) -> Terms:
    """What a reader's words ask for; no terms where there is no letter and no digit."""
    terms = list[Term]()
    for place, part in enumerate(_QUOTES.split(text)):
        if place % 2:  # between two quotes, or after one that nobody closed
            terms += _term(part, part.rstrip().endswith("*"))
        else:
            for run in part.split():
                terms += _term(run, run.endswith("*"))
    return Terms(tuple(dict.fromkeys(terms)))


def _term(text: str, open_: bool) -> list[Term]:
    words = tuple(words_of(text))
    return [Term(words, open_)] if words else []


def find(terms: Terms, noun: str, page: int) -> Findings:
    """A page, from 1, of what holds the terms: of one noun, or of all where it is ""."""
    counts = fulltext.counts(terms, NOUNS)
    begun = False
    few = len(terms.terms) <= BEGINNINGS
    if not counts and few and not all(term.open for term in terms.terms):
        terms = Terms(tuple(Term(term.words, open=True) for term in terms.terms))
        counts = fulltext.counts(terms, NOUNS)
        begun = bool(counts)
    wanted = {each: count for each, count in counts.items() if noun in ("", each)}
    total = sum(min(count, COUNTED) for count in wanted.values())
    start = (page - 1) * PAGE
    weighed, listed = total <= MOST, total
    ids = list[int]()
    if not weighed:
        each = fulltext.each_of(wanted)
        listed = min(MOST, sum(min(count, each) for count in wanted.values()))
    if start < listed:
        size = min(PAGE, listed - start)
        ids = (
            fulltext.ranked(terms, noun, start, size)
            if weighed
            else fulltext.newest(terms, list(wanted), start, size)
        )
    found = [_shown(each) for each in fulltext.marked(terms, ids)]
    more = any(count > COUNTED for count in wanted.values())
    return Findings(found, counts, total, listed, begun, more, weighed)


def suggested(path: str) -> tuple[str, list[Found]]:
    """The words of an address that leads nowhere, and a few titles that hold them.

    Looks for all of the words, then for any: two questions at most, of bounded cost. Where the
    database is away nothing is suggested, and the page says what it can.
    """
    segment = path.rstrip("/").rpartition("/")[2][:SEGMENT]
    words = tuple(dict.fromkeys(words_of(segment)))
    every = Terms(tuple(Term((word,)) for word in words))
    tries = [every, Terms(every.terms, any=True)][: len(words)]
    found: list[tuple[str, str, str]] = []
    with suppress(DatabaseError):
        found = next(filter(None, (fulltext.titles(each, TITLED, LOOKED_AT) for each in tries)), [])
    best = sorted(found, key=lambda each: _distance(words, *each))[:SUGGESTED]
    return " ".join(words), [_titled(words, *each) for each in best]


def _distance(words: Collection[str], noun: str, slug: str, title: str) -> tuple[Any, ...]:
    """The less, the more of the words stand in the title, and the less else."""
    own = words_of(title)
    return -len({*own, *words_of(slug)} & {*words}), -LIKELY.get(noun, 1), len(own), noun, slug


def _titled(words: Collection[str], noun: str, slug: str, title: str) -> Found:
    met = frozenset(number for number, word in enumerate(words_of(title)) if word in words)
    return Found(noun, slug, _marked(title, met), [])


# --- Where in it ---------------------------------------------------------------------------------


def _shown(document: Marked) -> Found:
    title = _marked(document.title, document.in_title)
    return Found(document.noun, document.slug, title, _excerpt(document.text, document.in_text))


def _excerpt(text: str, met: frozenset[int]) -> list[Piece]:
    """Of the line in which most was met, EXCERPT characters from shortly before the first of it."""
    weighed = sorted(met)[:WEIGHED]
    places = _places(text, weighed[-1] if weighed else 0)
    at = [places[number][0] for number in weighed if number < len(places)]
    begin, stop = _line(text, at)
    inside = [place for place in at if begin <= place < stop]
    start = max(begin, inside[0] - BEFORE) if inside else begin
    if stop - start < EXCERPT:
        start = max(begin, stop - EXCERPT)
    end = min(stop, start + EXCERPT)
    # whole words only, unless there is none
    if start > begin:
        start = next((first for first, _ in places if first >= start), start)
    if end < stop:
        end = max((last for _, last in places if start < last <= end), default=end)
    pieces = _pieces(text, met, places, start, end)
    cut = [Piece("…", False)]
    return [*(cut if start > begin else []), *pieces, *(cut if end < stop else [])]


def _places(text: str, last: int) -> list[tuple[int, int]]:
    """Where the words begin and end: up to that number, and an excerpt further."""
    places = list[tuple[int, int]]()
    for number, (_, start, end) in enumerate(places_of(text)):
        if number > last and start > places[last][0] + EXCERPT:
            break
        places.append((start, end))
    return places


def _line(text: str, at: Sequence[int]) -> tuple[int, int]:
    """Where the line begins and ends in which most of the places lie, the first of several."""
    best, begin = (0, len(text.partition("\n")[0])), 0
    most = 0
    for line in text.split("\n"):
        stop = begin + len(line)
        count = bisect_left(at, stop) - bisect_left(at, begin)
        if count > most:
            best, most = (begin, stop), count
        begin = stop + 1
    return best


def _marked(text: str, met: frozenset[int]) -> list[Piece]:
    """A short text whole."""
    places = [(start, end) for _, start, end in places_of(text)]
    return _pieces(text, met, places, 0, len(text))


def _pieces(
    text: str, met: frozenset[int], places: Sequence[tuple[int, int]], start: int, stop: int
) -> list[Piece]:
    """The text between two places, cut where words that were met begin and end."""
    pieces = list[Piece]()
    at = start
    for number, (first, last) in enumerate(places):
        if number in met and start <= first and last <= stop and first >= at:
            pieces += [Piece(text[at:first], False), Piece(text[first:last], True)]
            at = last
    pieces.append(Piece(text[at:stop], False))
    return [piece for piece in pieces if piece.text]
