"""Reading a record file piece by piece: one record in memory, and the line of each.

Python's `json` reads whole documents and forgets where things stood. A record file may be far
larger than memory should hold, and a mistake in it is told by its line; so the frame (one object of
lists) is read by hand here, and each record by the standard decoder's own `raw_decode`.
"""

import json
import math
import re
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn

CHUNK = 65_536  # bytes read at once
LONGEST = 32_000_000  # characters of one record; the longest that the models allow is far below
SLACK = 16  # characters: what is wrong so near the end of what was read may just be cut off
SPACE = re.compile(r"[ \t\n\r]*")
NAMES = 100  # lists of one file
DIGITS = 25  # of a whole number; no column of ours has more

_NOT_JSON = {
    b"\xef\xbb\xbf": "begins with a byte order mark; save it as UTF-8 without one",
    b"\xff\xfe": "is UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "is UTF-16 text; save it as UTF-8",
    b"\x1f\x8b": "is compressed with gzip; unpack it first",
    b"PK\x03\x04": "is a ZIP archive; unpack it, and give the record file that it holds",
    b"BZh": "is compressed with bzip2; unpack it first",
    b"\xfd7zXZ": "is compressed with xz; unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed with Zstandard; unpack it first",
    b"SQLite format 3": "is an SQLite database, not a record file",
}


class Damaged(Exception):
    """The file's frame is broken, so that nothing beyond this line can be read."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.message, self.line = message, line
        super().__init__(message)


@dataclass(frozen=True)
class Member:
    """One value of the file: an item of the list `name`, or, outside of lists, `name`'s own value.

    `noted` is what its JSON says that cannot be kept.
    """

    name: str
    listed: bool
    data: Any
    line: int
    noted: tuple[str, ...] = ()


class Reader:
    """The members of one JSON object, each as it is read. Raises Damaged."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decode = getincrementaldecoder("utf-8")()
        self._text, self._at, self._ended = "", 0, False
        self._noted: list[str] = []
        self._json = _decoder(self._noted)
        self.read, self.line = 0, 1  # bytes read; where `_at` is
        self.names: list[tuple[str, int]] = []  # of what the object holds, with their lines

    def members(self) -> Iterator[Member]:
        """Every item of every list, and whatever else the object holds, in the file's order."""
        self._refuse_other_formats()
        if self._next() != "{":
            self._damaged("is no record file: that is a JSON object, which begins with {")
        self._pass()
        if self._next() == "}":
            self._pass()
        else:
            yield from self._lists()
        if self._next():
            self._damaged("goes on after its end")

    def _lists(self) -> Iterator[Member]:
        while True:
            name = self._name()
            self.names.append((name, self.line))
            if len(self.names) > NAMES:
                self._damaged("is no record file: it has too many lists")
            if self._next() != ":":
                self._damaged(f"is not JSON: a colon is missing after {name!r}")
            self._pass()
            if self._next() == "[":
                self._pass()
                yield from self._items(name)
            else:
                yield self._member(name, listed=False)
            if self._separator("}"):
                return

    def _items(self, name: str) -> Iterator[Member]:
        if self._next() == "]":
            self._pass()
            return
        while True:
            yield self._member(name, listed=True)
            if self._separator("]"):
                return

    def _separator(self, closing: str) -> bool:
        """Pass a comma, and False; or what closes, and True."""
        found = self._next()
        if found not in (",", closing):
            self._damaged(
                f"is not JSON: a comma or {closing} is missing" if found else "ends too early"
            )
        self._pass()
        return found == closing

    def _name(self) -> str:
        if self._next() != '"':
            self._damaged('is not JSON: the name of a list, in "quotes", is missing')
        name, end = self._value()
        self._go(end)
        return str(name)

    def _member(self, name: str, *, listed: bool) -> Member:
        if not self._next():
            self._damaged("ends too early")
        line = self.line
        value, end = self._value()
        self._go(end)
        return Member(name, listed, value, line, tuple(dict.fromkeys(self._noted)))

    def _value(self) -> tuple[Any, int]:
        while True:
            self._noted.clear()
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                near_end = error.pos >= len(self._text) - SLACK
                if (near_end or error.msg.startswith("Unterminated")) and self._more():
                    continue
                self._not_json(error, near_end)
            except RecursionError:
                self._damaged("is nested too deeply")
            # a number may go on in what is not read yet: 1, 1., 1.5, 1.5e, 1.5e3
            number = self._text[self._at] not in '"{['
            if number and end >= len(self._text) - SLACK and self._more():
                continue
            return value, end

    def _not_json(self, error: json.JSONDecodeError, near_end: bool) -> NoReturn:
        line = self.line + self._text.count("\n", self._at, error.pos)
        if self._ended and (near_end or error.msg.startswith("Unterminated")):
            raise Damaged(
                "ends in the middle of a record that begins here; it was cut off", self.line
            ) from None
        said = error.msg[0].lower() + error.msg[1:].removesuffix(" at")
        raise Damaged(f"is not JSON: {said}", line) from None

    def _next(self) -> str:
        """The next character that is no space, without passing it; "" at the end."""
        while True:
            found = SPACE.match(self._text, self._at)
            self._go(found.end() if found else self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _pass(self) -> None:
        self._go(self._at + 1)

    def _go(self, to: int) -> None:
        self.line += self._text.count("\n", self._at, to)
        self._at = to

    def _more(self) -> bool:
        """Read on: as much again as a record has so far, so that a long one is not tried often."""
        if self._ended:
            return False
        pending = len(self._text) - self._at
        if pending > LONGEST:
            self._damaged(f"holds a record of more than {LONGEST:,} characters")
        raw = self._file.read(max(CHUNK, pending))
        self._ended = not raw
        begun = self.read - len(self._decode.getstate()[0])
        self.read += len(raw)
        try:
            text = self._decode.decode(raw, final=self._ended)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(errors="replace")
            line = self.line + self._text.count("\n", self._at) + good.count("\n")
            raise Damaged(f"is not UTF-8 text (byte {begun + error.start})", line) from None
        if text:
            self._text, self._at = self._text[self._at :] + text, 0
        return not self._ended

    def _refuse_other_formats(self) -> None:
        begin = self._file.read(16)
        self._file.seek(0)
        if not begin:
            raise Damaged("is empty")
        for magic, said in _NOT_JSON.items():
            if begin.startswith(magic):
                raise Damaged(said)

    def _damaged(self, message: str) -> NoReturn:
        raise Damaged(message, self.line)


def _decoder(noted: list[str]) -> json.JSONDecoder:
    """Strict where Python is not: a name twice, no-numbers and endless ones are noted."""

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            often = Counter(name for name, _ in pairs)
            twice = [name for name, times in often.items() if times > 1]
            noted.extend(f"{name!r} is there more than once." for name in twice)
        return found

    def constant(text: str) -> None:
        noted.append(f"{text} is no number of JSON.")

    def whole(text: str) -> int:
        if len(text) > DIGITS:
            noted.append(f"a number of {len(text)} digits is too long.")
            return 0
        return int(text)

    def number(text: str) -> float:
        value = float(text)
        if math.isinf(value):
            noted.append(f"{text[:DIGITS]} is too large a number.")
            return 0.0
        return value

    return json.JSONDecoder(
        object_pairs_hook=table, parse_constant=constant, parse_int=whole, parse_float=number
    )
