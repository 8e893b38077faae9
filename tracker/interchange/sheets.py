"""A study's scorecard as a CSV file: read whole, every cell checked, nothing written.

    clause,criterion,Example Lab,other-lab
    Security,Are weights encrypted at rest?,1,0.5
    ,Is there a bug bounty?,not_met,?

A clause holds all rows with its name, wherever they stand; a blank clause cell continues the row
above. Separators are comma, semicolon or tab, as the header has them.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from tracker.commitments.models import Clause, Criterion
from tracker.labs.models import Lab
from tracker.scoring import FindingValue

FILE_SIZE = 10_000_000  # bytes
CELLS = 50_000  # rows times labs

#: How a cell may be written, beside the values' own names (in any case, spaces for underscores).
SHORT = {
    "1": FindingValue.MET,
    "0.5": FindingValue.PARTLY_MET,
    "0,5": FindingValue.PARTLY_MET,  # as spreadsheets with a decimal comma write it
    "0": FindingValue.NOT_MET,
    "?": FindingValue.UNVERIFIABLE,
    "": FindingValue.NOT_APPLICABLE,
}
NAMED = {str(value): value for value in FindingValue}
_HEADER = re.compile(r' *"?clause"? *([,;\t]) *"?criterion"? *(?:[,;\t\r\n]|$)', re.IGNORECASE)
_CLAUSE, _CRITERION = Clause._meta.get_field("title"), Criterion._meta.get_field("question")


class SheetError(Exception):
    """The sheet cannot be imported; `lines` holds one sentence a problem, with file and place."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)
        super().__init__("\n".join(lines))


class TooLarge(SheetError):
    """More than is taken at once."""

    def __init__(self, line: str) -> None:
        super().__init__([line])


@dataclass(frozen=True)
class Question:
    """One row: a criterion, and what the study found of each lab, in the columns' order."""

    text: str
    values: tuple[FindingValue, ...]


@dataclass(frozen=True)
class Sheet:
    """The labs as the header names them, and the questions of each clause by its name."""

    file: str
    labs: tuple[str, ...]
    clauses: dict[str, list[Question]]


@dataclass(frozen=True)
class _Row:
    line: int
    cells: list[str]


def read(path: Path) -> Sheet:
    """The sheet in a file. Raises SheetError with every problem found, by line and column."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_SIZE + 1)
    except OSError as error:
        raise SheetError([f"{path.name}: cannot be read: {error.strerror}."]) from None
    if len(data) > FILE_SIZE:
        raise TooLarge(f"{path.name}: is larger than {FILE_SIZE:,} bytes, the most that is read.")
    return parse(path.name, decode(path.name, data))


def decode(name: str, data: bytes) -> str:
    """The text of a file of this name. Raises SheetError."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SheetError(
            [f"{name}, line {line}: is not UTF-8 text; save it as CSV UTF-8."]
        ) from None


def parse(name: str, text: str, most: int | None = None) -> Sheet:
    """The sheet in a text, of at most so many cells where told; `name` is for the problems.

    Raises SheetError with every problem found, by line and column.
    """
    most = most or CELLS
    rows = _rows(name, text)
    header = next(rows, None)
    if header is None:
        raise SheetError([f"{name}: is empty."])
    problems = list(_header_problems(name, header))
    labs = tuple(header.cells[2:])
    clauses: dict[str, list[Question]] = {}
    seen: dict[tuple[str, str], int] = {}
    clause, cells = "", 0
    for row in rows:
        if not any(row.cells):
            continue  # spreadsheets leave empty rows at the end
        cells += len(labs)
        if cells > most:
            raise TooLarge(f"{name}, line {row.line}: more than {most:,} cells (rows times labs).")
        if len(row.cells) != len(header.cells):
            problems.append(
                f"{name}, line {row.line}: has {len(row.cells)} columns; the header has "
                f"{len(header.cells)}."
            )
            continue
        clause = row.cells[0] or clause
        problems += _row_problems(name, row, header, clause, seen)
        values = tuple(_value(cell) or FindingValue.NOT_APPLICABLE for cell in row.cells[2:])
        clauses.setdefault(clause, []).append(Question(row.cells[1], values))
    if not clauses and not problems:
        problems.append(f"{name}: holds no row below its header.")
    if problems:
        raise SheetError(problems)
    return Sheet(name, labs, clauses)


def _rows(name: str, text: str) -> Iterator[_Row]:
    """Each row with the line on which it begins, its cells stripped of surrounding space."""
    if not text.strip():
        return
    found = _HEADER.match(text)
    if found is None:
        raise SheetError(
            [
                f"{name}, line 1: the header must begin with the columns clause and "
                "criterion, and then name a lab a column."
            ]
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=found.group(1), strict=True)
    line = 1
    try:
        for cells in reader:
            yield _Row(line, [cell.strip(" \t\r\n\u00a0") for cell in cells])
            line = reader.line_num + 1
    except csv.Error as error:
        raise SheetError([f"{name}, line {line}: is not CSV: {error}."]) from None


def _header_problems(file: str, header: _Row) -> Iterator[str]:
    if len(header.cells) < 3:
        yield f"{file}, line 1: names no lab; each column after criterion is headed by one."
    for place, name in enumerate(header.cells[2:], start=3):
        where = f"{file}, line 1, column {place}"
        if not name:
            yield f"{where}: has no heading; head it with a lab's slug or name."
        elif name.casefold() in (other.casefold() for other in header.cells[2 : place - 1]):
            yield f"{where}: {_shown(name)} heads another column too."
        else:
            yield from (f"{where}: {said}" for said in _refusals(Lab._meta.get_field("name"), name))


def _row_problems(
    file: str, row: _Row, header: _Row, clause: str, seen: dict[tuple[str, str], int]
) -> Iterator[str]:
    where = f"{file}, line {row.line}, column"
    question = row.cells[1]
    if not clause:
        yield f"{where} clause: is blank, and there is no row above to continue."
    yield from (f"{where} clause: {said}" for said in _refusals(_CLAUSE, row.cells[0]))
    if not question:
        yield f"{where} criterion: is blank."
    yield from (f"{where} criterion: {said}" for said in _refusals(_CRITERION, question))
    first = seen.setdefault((clause, question), row.line)
    if first != row.line:
        yield f"{where} criterion: the clause asks this on line {first} already."
    for name, cell in zip(header.cells[2:], row.cells[2:], strict=True):
        if _value(cell) is None:
            yield (
                f"{where} {name}: {_shown(cell)} is no value; write {', '.join(NAMED)}, "
                "or 1, 0.5, 0, ? or nothing."
            )


def _value(cell: str) -> FindingValue | None:
    if cell in SHORT:
        return SHORT[cell]
    return NAMED.get(cell.lower().replace(" ", "_"))


def _refusals(field: Any, text: str) -> list[str]:
    """Why the column refuses the text; blank text is spoken of elsewhere."""
    try:
        if text:
            field.clean(text, None)
    except ValidationError as error:
        return error.messages
    return []


def _shown(text: str) -> str:
    return repr(text) if len(text) <= 40 else f"{text[:40]!r}…"
