"""Which entries of the log hold some words: asked before words that do harm are redacted."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracker.changes.log import head_sequence
from tracker.changes.models import Change
from tracker.sources.folding import fold

SPAN = 50_000  # entries looked through at once
MOST = 200  # entries listed at once
STEP = 1_000  # entries a query, so that neither memory nor a lock grows with the log

#: Plain letters and digits: no wildcard of LIKE, the same in JSON, upper or lower case in any
#: database. They narrow the search; what is found is then read word by word.
_PLAIN_RUN = re.compile(r"[A-Za-z0-9]+")
_RUN = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Found:
    """Entries that hold the words, newest first; `further` is before which nobody looked yet."""

    changes: list[Change]
    further: int | None = None


def entries_holding(text: str, before: int | None = None) -> Found:
    """The newest entries, of those before `before`, whose body holds `text`.

    Compared as quotations are (white space, quote marks and dashes of any kind, Unicode NFC), and
    in upper or lower case alike. At most MOST entries of SPAN are told; the rest wait for the next
    call, with `before` set to `further`. Words of nothing but white space are nowhere.
    """
    if not fold(text):
        return Found([])
    found: list[Change] = []
    top = head_sequence() if before is None else before - 1
    bottom = max(0, top - SPAN)
    while top > bottom:
        step = max(bottom, top - STEP)
        for change in _narrowed(text, step, top):
            if holds(change, text):
                found.append(change)
                if len(found) == MOST:
                    return Found(found, change.sequence if change.sequence > 1 else None)
        top = step
    return Found(found, bottom + 1 if bottom else None)


def _narrowed(text: str, above: int, to: int) -> list[Change]:
    rows = Change.objects.filter(sequence__gt=above, sequence__lte=to, body__isnull=False)
    if plain := _longest(_PLAIN_RUN, text):
        return list(rows.filter(body__icontains=plain).order_by("-sequence"))
    # Other alphabets: databases differ in what they call upper and lower case.
    run = _longest(_RUN, text).casefold()
    return [each for each in rows.order_by("-sequence") if run in _composed(each.body or "")]


def _longest(pattern: re.Pattern[str], text: str) -> str:
    return max(pattern.findall(fold(text)), key=len, default="")


def _composed(body: str) -> str:
    return unicodedata.normalize("NFC", body).casefold()


def holds(change: Change, text: str) -> bool:
    """Whether the entry's before, after or reason holds the words."""
    return any(within(text, value) for value in texts_of(change))


def within(text: str, value: str) -> bool:
    """Whether `value` holds the words of `text`, however they are set."""
    return fold(text).casefold() in fold(value).casefold()


def texts_of(change: Change) -> list[str]:
    """Every text in the body of an entry; none where it was redacted."""
    body: dict[str, Any] = json.loads(change.body) if change.body else {}
    return [text for name in ("before", "after", "reason") for text in texts_in(body.get(name))]


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a plain form."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_in(each)
