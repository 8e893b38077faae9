"""Texts as folded words that know where they stand.

A text becomes tokens: words, runs of white space, and single other characters, with nothing left
out. A token's key is its folded form: one space for white space, straight quotes, hyphens for
dashes, Unicode NFC. Tokens keep their start in the text as it was given, so whatever is found
among them has its place in code points before folding.

A document is further a string with one code point for each token, the same for equal keys. In it
`str.find` finds whole words only, and quickly: neither "safe" in "unsafe" nor "can" in "can't" nor
"20" in "20,000".
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice, pairwise, product

MAX_DOCUMENT = 4_000_000
MAX_STEPS = 600_000
"""Tokens compared in the search for a quote; only texts made for it need more."""
MAX_FORMS = 64
"""Ways to read the bracketed letters of one part of a quote."""

HYPHENS = "-‐‑"
# Dashes, the minus sign and the forms that stand for them in East Asian text.
DASHES = "‒–—―−﹘﹣－"
FOLDED = str.maketrans(
    dict.fromkeys("'‘’‚‛ʼ", "'")
    | dict.fromkeys('"“”„‟', '"')
    | dict.fromkeys(HYPHENS + DASHES, "-")
)


def is_mark(char: str) -> bool:
    """Whether a character belongs to the one before: an accent, a soft hyphen, a Korean vowel."""
    return unicodedata.category(char) in {"Mn", "Mc", "Me", "Cf"} or "\u1160" <= char <= "\u11ff"


def fold(text: str) -> str:
    """The text as it is compared."""
    return " ".join(unicodedata.normalize("NFC", text.translate(FOLDED)).split())


class _Kinds(dict[int, str]):
    """What each character is, by one letter: d digit, w letter, m mark, s space, o other.

    Characters that the patterns below ask for by name stand for themselves.
    """

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kind = "o"
        if char in "'.,[]":
            kind = char
        elif char.isspace():
            kind = "s"
        elif char.isalnum():
            kind = "d" if char.isdecimal() else "w"
        elif is_mark(char):
            kind = "m"
        self[code] = kind
        return kind


_KINDS = _Kinds()
_REST_OF_WORD = r"[wdm]*+(?:(?:'|(?<=d)[.,](?=d))[wd][wdm]*+)*+"
_TOKEN = re.compile(rf"[wd]{_REST_OF_WORD}|s++|.m*+")
# In a quote also `[O]ver`, where the letter in brackets begins the word.
_QUOTE_TOKEN = re.compile(rf"(?<![wdm\]])\[w\]{_REST_OF_WORD}|{_TOKEN.pattern}")
# Sorting a long run of marks takes quadratic time; UAX #15 ("Stream-Safe") allows 30 too.
_TOO_MANY_MARKS = "m" * 31


@dataclass(frozen=True)
class Tokens:
    """The tokens of a text, each with the code point where it starts; last, the text's length."""

    text: str
    keys: list[str]
    starts: list[int]

    def __len__(self) -> int:
        return len(self.keys)

    def printed(self, begin: int, end: int) -> str:
        """The text from token `begin` up to token `end`, as it was given."""
        return self.text[self.starts[begin] : self.starts[end]]

    def is_word(self, at: int) -> bool:
        return self.keys[at][0].isalnum()

    def forms(self, at: int) -> set[str]:
        """The keys that a token of a quote stands for: one, or with a bracketed letter two."""
        key = self.keys[at]
        if self.text[self.starts[at]] != "[" or key == "[":
            return {key}
        return {key, key[0].lower() + key[1:], key[0].upper() + key[1:]}

    @cached_property
    def words(self) -> int:
        return sum(self.is_word(at) for at in range(len(self)))

    @cached_property
    def solid(self) -> list[int]:
        """The tokens that are not white space."""
        return [at for at, key in enumerate(self.keys) if key != " "]


def tokens(text: str, *, brackets: bool = False) -> Tokens:
    """Take a text apart; with `brackets`, a word may begin with a letter in brackets."""
    folded = text.translate(FOLDED)  # as long as the text, and so are its kinds
    kinds = folded.translate(_KINDS)
    pattern = _QUOTE_TOKEN if brackets else _TOKEN
    starts = [found.start() for found in pattern.finditer(kinds)] + [len(text)]
    keys = []
    for begin, end in pairwise(starts):
        key = folded[begin:end]
        if key.isspace():
            key = " "
        elif brackets and key[0] == "[" and key[2:3] == "]":
            key = key[1] + key[3:]
        if not key.isascii() and _TOO_MANY_MARKS not in kinds[begin:end]:
            key = unicodedata.normalize("NFC", key)
        keys.append(key)
    return Tokens(text, keys, starts)


@dataclass(frozen=True)
class Document(Tokens):
    """A text in which words are sought."""

    codes: str
    vocabulary: dict[str, str]

    @cached_property
    def glued(self) -> set[int]:
        """Tokens before which no quote begins or ends: "binding" is not printed in "non-binding".

        A hyphen is a token of its own all the same, so that a quote may print a dash instead.
        """
        glued = set()
        for at in range(1, len(self) - 1):
            is_hyphen = self.keys[at] == "-" and self.text[self.starts[at]] in HYPHENS
            if is_hyphen and self.is_word(at - 1) and self.is_word(at + 1):
                glued |= {at, at + 1}
        return glued

    def occurrences(self, part: Tokens, share: int = 1) -> list[int]:
        """The tokens at which the words stand, in order; `share` divides the work allowed."""
        choices = [
            [self.vocabulary[form] for form in sorted(part.forms(at)) if form in self.vocabulary]
            for at in range(len(part))
        ]
        found = []
        for codes in islice(product(*choices), MAX_FORMS) if all(choices) else ():
            needle, at = "".join(codes), -1
            for _ in range(MAX_STEPS // (len(part) * share)):
                at = self.codes.find(needle, at + 1)
                if at < 0:
                    break
                if at not in self.glued and at + len(part) not in self.glued:
                    found.append(at)
        return sorted(found)


@lru_cache(maxsize=1)  # a run of checks goes through one document after another
def document_of(text: str) -> Document:
    """Fold a document. Raises ValueError if it has more than `MAX_DOCUMENT` characters."""
    if len(text) > MAX_DOCUMENT:
        raise ValueError(
            f"The document has {len(text):,} characters, more than the {MAX_DOCUMENT:,} "
            "that quotations are checked against."
        )
    found = tokens(text)
    vocabulary = {key: chr(i) for i, key in enumerate(dict.fromkeys(found.keys))}
    codes = "".join([vocabulary[key] for key in found.keys])
    return Document(text, found.keys, found.starts, codes, vocabulary)
