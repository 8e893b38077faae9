"""The text of a file that a curator uploads: plain text, HTML or PDF, and nothing else.

A file comes from anywhere, so the work is bounded: `MAX_FILE` bytes, `MAX_TEXT` characters, so many
marks of HTML; a PDF is read by a process of its own (`pdf`), which has its own limits.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from tracker.records.fields import UNPRINTABLE
from tracker.sources import pdf
from tracker.sources.folding import MAX_DOCUMENT

if TYPE_CHECKING:
    from bs4.element import PageElement

MAX_FILE = 10_000_000
"""Bytes of a file."""
MAX_TEXT = MAX_DOCUMENT
"""Characters of a text: as many as quotations are checked against."""
MAX_MARKS = 200_000
"""Tags and comments of an HTML file; each takes about a kilobyte to read."""

_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = frozenset(
    ("script", "style", "template", "noscript", "head", "iframe", "object", "svg", "textarea")
)
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "details"),
        *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2"),
        *("h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "option", "p"),
        *("pre", "section", "summary", "table", "td", "th", "tr", "ul"),
    )
)
_BREAK = "\x1d"  # stands for the edge of a block; no text holds it, being unprintable


def text_of(name: str, data: bytes) -> str:
    """The text of a file called `name`, as it can be archived.

    Raises ValueError with one sentence for a type that is not read, text that is not UTF-8, an
    encrypted or damaged PDF, a file without text, and more than is read.
    """
    ending = PurePath(name).suffix.lower()
    if ending not in _READERS:
        raise ValueError(f"{name}: give a .txt, .html or .pdf file.")
    if len(data) > MAX_FILE:
        raise ValueError(f"{name} is larger than {MAX_FILE // 1_000_000} MB.")
    try:
        text = printable(_READERS[ending](data))
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{name} is not UTF-8 text (byte {error.start}); save it as UTF-8 first."
        ) from None
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
    if not any(character.isalnum() for character in text):
        scan = " A scan holds pictures only: paste its words." if ending == ".pdf" else ""
        raise ValueError(f"{name} holds no text.{scan}")
    if len(text) > MAX_TEXT:
        raise ValueError(f"{name} holds more than {MAX_TEXT:,} characters of text.")
    return text


def printable(text: str) -> str:
    """The text with line feeds for line ends, and a space for each character nobody can see."""
    return UNPRINTABLE.sub(" ", _LINE_END.sub("\n", text))


def _plain(data: bytes) -> str:
    return data.decode("utf-8-sig")


def _html(data: bytes) -> str:
    """What a reader of the page would see: a line for each block, inline marks joined."""
    # Only where it is used: it takes a tenth of a second to load, of every command's start too.
    from bs4 import BeautifulSoup
    from bs4.element import NavigableString, Tag

    if data.count(b"<") > MAX_MARKS:
        raise ValueError(f"has more than {MAX_MARKS:,} tags; save its text as .txt.")
    soup = BeautifulSoup(printable(_plain(data)), "html.parser")
    seen: list[str] = []
    # Neither recursion nor changes of the tree: marks can be nested a hundred thousand deep.
    ahead: list[PageElement | str] = [soup]
    while ahead:
        node = ahead.pop()
        if isinstance(node, Tag):
            if node.name not in _UNSEEN and "hidden" not in node.attrs:
                edge = [_BREAK] if node.name in _BLOCKS else []
                ahead += [*edge, *reversed(node.contents), *edge]
        elif type(node) in (str, NavigableString):  # no comment, no declaration
            seen.append(str(node))
    lines = (" ".join(line.split()) for line in "".join(seen).split(_BREAK))
    return "\n".join(line for line in lines if line)


def _pdf(data: bytes) -> str:
    """Read by a process of its own: a small file can ask for hours of work, or all memory."""
    if not data.lstrip()[:5] == b"%PDF-":
        raise ValueError("is no PDF, whatever its name says.")
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(Path(pdf.__file__)), str(MAX_TEXT), str(pdf.SECONDS)],
            input=data, capture_output=True, check=False, timeout=pdf.SECONDS + 5,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ValueError(pdf.TOO_MUCH) from None
    if done.returncode == pdf.REFUSED:
        raise ValueError(done.stderr.decode().strip())
    if done.returncode:  # stopped by one of its limits
        raise ValueError(pdf.TOO_MUCH)
    return done.stdout.decode()


_READERS: dict[str, Callable[[bytes], str]] = {
    ".txt": _plain,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
}
