"""A table as an Excel workbook: texts go in as texts, and no formula comes out.

A workbook is a zip of XML files. How much they hold is looked at before any of it is unpacked.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any
from xml.parsers import expat

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from tracker.interchange.tables import COLUMNS, LINES, ROWS, Table, TableError, gathered

UNPACKED = 100_000_000  # bytes, of all files together
RATIO = 200  # a file unpacks to so many times its size; real sheets stay below 50
SMALL = 1_000_000  # bytes, below which the ratio says nothing
ENTRIES = 1_000  # files in the zip
TEXT = "@"  # how Excel calls the format

# Excel reads _x0041_ in a text as A; the first underscore is therefore escaped.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x005F_(?=x[0-9A-Fa-f]{4}_)")
_NO_WORKBOOK = "The file is no Excel workbook (XLSX) that can be read. Save it once more as XLSX."


def write_xlsx(title: str, rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook with one sheet; every text is a text, whatever it begins with.

    Its cells are formatted as text, so that a date typed over another stays as it was typed.
    """
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for place in range(1, COLUMNS + 1):
        sheet.column_dimensions[get_column_letter(place)].number_format = TEXT
    model = WriteOnlyCell(sheet, "")
    model.number_format = TEXT
    for row in rows:
        sheet.append([_cell(sheet, value, model) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: Any, value: Any, model: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, "")
    cell._style = model._style
    cell._value, cell.data_type = _ESCAPE.sub("_x005F_", value), "s"
    return cell


def read_xlsx(data: bytes) -> Table:
    """The table on the first sheet of a workbook. Raises TableError."""
    refuse_bombs(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what it leaves out, such as validations
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            try:
                return _read(book)
            finally:
                book.close()
    except TableError:
        raise
    except Exception:  # openpyxl answers a broken workbook with whatever it stumbles over
        raise TableError([_NO_WORKBOOK]) from None


def refuse_bombs(data: bytes) -> None:
    """Raise TableError for a zip that unpacks to too much, or whose XML declares entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > ENTRIES or sum(each.file_size for each in entries) > UNPACKED:
                raise TableError(["The workbook unpacks to more than is read."])
            for entry in entries:
                if entry.file_size > max(SMALL, RATIO * entry.compress_size):
                    raise TableError(["The workbook unpacks to more than is read."])
                with archive.open(entry) as file:
                    _refuse_doctype(file)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, OSError, RuntimeError):
        raise TableError([_NO_WORKBOOK]) from None
    except NotImplementedError:  # a compression that is not Excel's
        raise TableError([_NO_WORKBOOK]) from None


class _RootReached(Exception):
    """Nothing is declared after the first element."""


def _refuse_doctype(file: Any) -> None:
    """No part of a workbook has a document type, which is where entities are declared.

    Any part is looked at, whatever its name: the workbook itself says which are read as XML.
    """

    def refuse(*_: Any) -> None:
        raise TableError(["The workbook declares a document type, which none needs."])

    def stop(*_: Any) -> None:
        raise _RootReached

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = refuse, stop
    try:
        while chunk := file.read(65_536):
            parser.Parse(chunk)
    except (_RootReached, expat.ExpatError):  # what is no XML is nothing to openpyxl either
        pass


def _read(book: Any) -> Table:
    if not book.worksheets:
        raise TableError(["The workbook holds no sheet."])
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what the file says of its size need not be true
    problems: list[str] = []
    rows = _rows(sheet, problems)
    headings = next(rows, [])
    table = gathered(headings, rows, padded=True)
    if problems:
        raise TableError(problems)
    return table


def _rows(sheet: Any, problems: list[str]) -> Iterator[list[Any]]:
    """Plain values; what is no value is noted with its cell's name."""
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > ROWS * 2:  # a sheet can have a million, and nothing in them
            raise TableError([f"The table has more than {ROWS:,} rows, the most that is read."])
        row: list[Any] = []
        for cell in cells[: COLUMNS + 1]:  # one more, to notice it
            value = cell.value
            if cell.data_type == "f":
                problems.append(
                    f"Cell {cell.coordinate}: holds a formula. Put its value there, as text."
                )
            elif cell.data_type == "e":
                problems.append(f"Cell {cell.coordinate}: holds an error, {value}.")
            row.append(None if cell.data_type in "fe" else _value(value, cell))
            if len(problems) > LINES:
                raise TableError(problems)
        yield row


def _value(value: Any, cell: Any) -> Any:
    """A date as it was typed: one that is shown without its day has none."""
    if isinstance(value, str):
        return _ESCAPED.sub("_", value)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        shown = re.sub(r'"[^"]*"|\[[^]]*\]', "", str(cell.number_format)).lower()
        if "d" not in shown and "y" in shown:
            return value.isoformat()[: 7 if "m" in shown else 4]
    if isinstance(value, date | time):  # a datetime is a date too
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | float) else str(value)
