"""A study's scorecard as a CSV file: read whole, every cell checked, nothing written.

Wide, a column a lab:

    clause,criterion,Example Lab,other-lab
    Security,Are weights encrypted at rest?,1,0.5
    ,Is there a bug bounty?,not_met,?

A clause holds all rows with its name, wherever they stand; a blank clause cell continues the row
above. Or long, a row for each criterion and lab, rows and columns in any order:

    clause,criterion,lab,value
    Security,Is there a bug bounty?,other-lab,?
    Security,Are weights encrypted at rest?,Example Lab,1

What has no row is not applicable. Both may have the columns `weight` and `group` (the section that
a clause stands in): in a wide sheet directly after `criterion`; further on, they head a lab.
Separators are comma, semicolon or tab, as the header has them.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tracker.interchange.sheets_cells import ONE
from tracker.interchange.sheets_tables import (
    HEADER,
    Asked,
    Table,
    is_long,
    is_wide,
    stripped,
    table_of,
)
from tracker.scoring import FindingValue

FILE_SIZE = 10_000_000  # bytes
CELLS = 50_000  # rows times labs

# The csv module has one limit for the whole process, which libraries move too: whatever the file
# may hold is read, and the column's own limit is what a curator hears of.
csv.field_size_limit(FILE_SIZE)


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
    """A criterion, what the study found of each lab, in the labs' order, and what it weighs."""

    text: str
    values: tuple[FindingValue, ...]
    weight: Decimal = ONE


@dataclass(frozen=True)
class Sheet:
    """The labs as the sheet names them, and the questions of each clause by its name.

    `places` says where each lab is first named, in the words of a problem; `groups` names the
    section of each clause that stands in one.
    """

    file: str
    labs: tuple[str, ...]
    places: tuple[str, ...]
    clauses: Mapping[str, Sequence[Question]]
    groups: Mapping[str, str]

    @property
    def weighted(self) -> bool:
        """Whether any criterion weighs more or less than another by default."""
        return any(each.weight != ONE for asked in self.clauses.values() for each in asked)


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
    _, header = next(rows, (0, None))
    if header is None:
        raise SheetError([f"{name}: is empty."])
    table = table_of(name, header)
    for line, cells in rows:
        if any(cells):  # spreadsheets leave empty rows at the end
            table.row(line, cells)
        if table.cells > most:
            raise TooLarge(f"{name}, line {line}: more than {most:,} cells (rows times labs).")
    if not table.clauses and not table.problems:
        table.problems.append(f"{name}: holds no row below its header.")
    if table.problems:
        raise SheetError(table.problems)
    return _sheet(table)


def _sheet(table: Table) -> Sheet:
    labs = tuple(table.labs)
    return Sheet(
        file=table.file,
        labs=labs,
        places=tuple(table.labs.values()),
        clauses={
            clause: [_question(text, asked, labs) for text, asked in table.clauses[clause].items()]
            for clause in table.in_order()
        },
        groups={clause: group for clause, (group, _) in table.groups.items()},
    )


def _question(text: str, asked: Asked, labs: Sequence[str]) -> Question:
    blank = (FindingValue.NOT_APPLICABLE, 0)
    return Question(text, tuple(asked.values.get(lab, blank)[0] for lab in labs), asked.weight)


def _rows(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins, its cells stripped of surrounding space."""
    if not text.strip():
        return
    separator = _separator(name, text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [stripped(cell) for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise SheetError([f"{name}, line {line}: is not CSV: {error}."]) from None


def _separator(name: str, text: str) -> str:
    """The one with which the first line is a header."""
    first = io.StringIO(text, newline=None).readline(1_000_000)
    for separator in ",;\t":
        try:
            cells = next(csv.reader([first], delimiter=separator), [])
        except csv.Error:  # a cell beyond the reader's limit
            continue
        if is_wide(cells) or is_long(cells):
            return separator
    raise SheetError([f"{name}, line 1: {HEADER}"])
