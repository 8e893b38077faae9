"""Text as search reads it: words without case, accents, apostrophes or anything between them.

Both databases are given the same words, so that a query finds the same on either; what is left to
them is to take the endings off.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

MOST = 100_000  # characters of folded text that are searched in one column

#: Written without spaces between words: each sign is a word by itself.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_APOSTROPHES = "'\u2019"
_WORD = re.compile(
    rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W_])+(?:[{_APOSTROPHES}](?:(?![{_UNSPACED}])[^\W_])+)*"
)


def words_of(text: str) -> list[str]:
    """The words of a text, folded, in order."""
    if text.isascii():  # most texts: where each word stands need not be known
        found = _WORD.findall(text.lower())
        return [_plain(word) for word in found] if "'" in text else found
    return [word for word, _, _ in places_of(text)]


def folded(*texts: str) -> str:
    """The words of all texts, a space between any two; at most MOST characters."""
    words = " ".join(word for text in texts for word in words_of(text))
    return words if len(words) <= MOST else words[:MOST].rpartition(" ")[0]


def places_of(text: str) -> Iterator[tuple[str, int, int]]:
    """Each word as `words_of` has it, with where it begins and ends in `text` as it is written."""
    if text.isascii():
        flat, place = text.lower(), None
    else:
        pieces = [_folded(character) for character in text]
        flat = "".join(pieces)
        place = [index for index, piece in enumerate(pieces) for _ in piece]
    for found in _WORD.finditer(flat):
        start, end = found.span()
        if place is not None:
            start, end = place[start], place[end - 1] + 1
        yield _plain(found.group()), start, end


def _plain(word: str) -> str:
    """“lab’s” is “lab”, “don’t” is “dont”."""
    for apostrophe in _APOSTROPHES:
        word = word.removesuffix(f"{apostrophe}s").replace(apostrophe, "")
    return word


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    """One character without case or accents; nothing, where it only changes or joins others."""
    apart = unicodedata.normalize("NFKD", character)
    kept = (each for each in apart if unicodedata.category(each) not in ("Mn", "Cf"))
    return "".join(kept).casefold()
