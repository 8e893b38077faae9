"""A record as the file has it, held against the one that is stored."""

from enum import Enum, auto
from itertools import takewhile
from typing import Any

from tracker.changes.log import canonical
from tracker.changes.wording import changed_fields
from tracker.interchange.record_files.format import STATE
from tracker.interchange.record_files.writing import filed, settled
from tracker.records.models import Record, State
from tracker.records.plain import Plain, Problem

FIELDS = 8  # that a line tells of
SHOWN = 60  # characters of a value


class Standing(Enum):
    """What is to be done about a record of the file."""

    NEW = auto()
    SAME = auto()
    DIFFERENT = auto()
    RETRACT = auto()  # the same, but published here and retracted there


def standing_of(record: Record | None, plain: Plain, *, retracted: bool) -> Standing | Problem:
    """What the file's `plain` form means for the stored record; a Problem where it cannot be."""
    if record is None:
        return Standing.NEW
    same = not changes_of(record, plain)
    if record.state == State.RETRACTED:
        if same and retracted:
            return Standing.SAME
        return Problem(
            (), "was retracted here, and what is retracted neither comes back nor changes."
        )
    if record.state == State.PUBLISHED and same:
        return Standing.RETRACT if retracted else Standing.SAME
    return Standing.DIFFERENT


def changes_of(record: Record, plain: Plain) -> list[tuple[str, Any, Any]]:
    """(field, stored, in the file) for all that differs. Names of makers only where the file has
    some: it need not."""
    stored = {name: value for name, value in filed(record).items() if name != STATE}
    file = settled(type(record), plain)
    for name in record.brought:
        if not file.get(name):
            file = file | {name: stored[name]}
    return changed_fields(stored, file)


def line_of(record: Record, changes: list[tuple[str, Any, Any]]) -> str:
    """The changed fields of one record, old -> new, each shortened to where they differ."""
    told = [f"{name}: {' -> '.join(_shown(old, new))}" for name, old, new in changes[:FIELDS]]
    if len(changes) > FIELDS:
        told.append(f"and {len(changes) - FIELDS} more")
    what = "; ".join(told) or "state"
    return f"{record._meta.verbose_name_plural} {record.slug!r}: {what}"


def _shown(old: Any, new: Any) -> tuple[str, str]:
    before, after = canonical(old), canonical(new)
    pairs = zip(before, after, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return _short(before, same), _short(after, same)


def _short(text: str, same: int) -> str:
    """A little of what is the same, then what is not."""
    if len(text) <= SHOWN:
        return text
    start = 0 if same < SHOWN // 2 else min(same - SHOWN // 4, len(text) - SHOWN + 1)
    end = start + SHOWN - 1 - bool(start)
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
