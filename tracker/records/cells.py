"""Texts as cells of a CSV file: safe in a spreadsheet, and nothing lost.

A spreadsheet runs a text that begins like a formula. So such a text is written with an apostrophe
before it, which is taken off when it is read; a text that has apostrophes there of its own gets one
more, and none is lost.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

CSV_TYPE = "text/csv; charset=utf-8"

#: What a spreadsheet takes for the beginning of a formula, or skips before one.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def quoted(text: str) -> str:
    """The text as a cell of a CSV file that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unquoted(cell: str) -> str:
    """The text that `quoted` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def write_csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """A CSV file as spreadsheets know to be UTF-8, with commas."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for row in rows:
        writer.writerow([quoted("" if cell is None else str(cell)) for cell in row])
    return file.getvalue().encode("utf-8-sig")
