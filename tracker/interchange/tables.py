"""A table as a CSV file, or as bytes of either kind: read whole, with every cell as it was typed.

What `records.cells` writes before a text that begins like a formula is taken off here.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.records.cells import unquoted

FILE_SIZE = 10_000_000  # bytes
ROWS = 50_000  # below the headings
COLUMNS = 60  # the widest table of the record has half of that
LINES = 200  # of what is wrong; more help nobody

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_DELIMITERS = ",;\t"


class TableError(Exception):
    """The file is no table that can be read; `lines` holds one sentence a problem."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = [*lines[:LINES]]
        if len(lines) > LINES:
            self.lines.append(f"And {len(lines) - LINES:,} more like these.")
        super().__init__("\n".join(self.lines))


@dataclass(frozen=True)
class Table:
    """Headings, and rows as wide as they are. The first row is row 2 of the spreadsheet.

    Cells are texts; those of a workbook also numbers and truth values, None where nothing stands.
    """

    headings: list[str]
    rows: list[list[Any]]


def read_csv(data: bytes) -> Table:
    """The table in a CSV file. Raises TableError."""
    text = _text(data)
    rows = _csv_rows(text, _delimiter(text))
    return gathered(next(rows, []), rows, padded=False)


def gathered(headings: Sequence[Any], rows: Iterable[Sequence[Any]], *, padded: bool) -> Table:
    """A table of these rows, checked for its shape. Raises TableError.

    A workbook leaves out empty cells at a row's end, so that its rows are `padded`; in a CSV file
    such a row lacks something.
    """
    names = ["" if name is None else str(name).strip() for name in headings]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise TableError(["The file holds no headings in its first row."])
    if len(names) > COLUMNS:
        raise TableError([f"The file has more than {COLUMNS} columns."])
    kept: list[list[Any]] = []
    problems: list[str] = []
    blank = 0  # rows that wait: at the end of a table they are nothing
    for number, cells in enumerate(rows, start=2):
        if all(cell is None or cell == "" for cell in cells):
            blank += 1
            continue
        if len(kept) + blank >= ROWS:
            raise TableError([f"The table has more than {ROWS:,} rows, the most that is read."])
        if not padded and len(cells) < len(names):
            problems.append(
                f"Row {number}: has {len(cells)} cells where the headings are {len(names)}."
            )
        elif any(cell not in (None, "") for cell in cells[len(names) :]):
            problems.append(f"Row {number}: has a cell beyond the last heading.")
        kept += [[None] * len(names) for _ in range(blank)]
        blank = 0
        row = list(cells[: len(names)])
        kept.append(row + [None] * (len(names) - len(row)))
    if problems:
        raise TableError(problems)
    if not kept:
        raise TableError(["The table holds no row below its headings."])
    return Table(names, kept)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TableError(
            [
                f"Line {line}: is not UTF-8 text. In a spreadsheet, choose “CSV UTF-8” when you "
                "save it, or XLSX."
            ]
        ) from None


def _delimiter(text: str) -> str:
    """The one that splits the first line into the most headings."""
    first = re.split("[\r\n]", text, maxsplit=1)[0]
    return max(_DELIMITERS, key=first.count)


def _csv_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            yield [unquoted(cell) for cell in cells]
            number += 1
    except csv.Error as error:
        raise TableError([f"Row {number}: is not CSV: {error}."]) from None
