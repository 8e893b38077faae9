"""Which columns the table of a noun has, and how a cell becomes a value of the plain form."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from django.db import models
from django.db.models import QuerySet

from tracker.curation.flat import Standing, Where, standing
from tracker.curation.tabling import Row
from tracker.interchange.tables import Table, TableError, read_csv
from tracker.interchange.tables_xlsx import read_xlsx
from tracker.records.fields import LineField, ProseField
from tracker.records.models import Record
from tracker.records.plain import Problem, columns, lists, path_of

SLUG, VERSION = "slug", "version"
ZIP = b"PK\x03\x04"
_WHOLE = re.compile(r"[+-]?\d{1,18}(\.0+)?\Z")


def is_workbook(data: bytes) -> bool:
    """True for what begins as every XLSX file does."""
    return data.startswith(ZIP)


def read_table(data: bytes) -> Table:
    """The table in an uploaded file, CSV or XLSX. Raises TableError."""
    return read_xlsx(data) if is_workbook(data) else read_csv(data)


def headings(model: type[Record]) -> list[str]:
    """The columns of a noun's table, in order, as the public names have them."""
    return [SLUG, VERSION, *_typed(model)]


def lines_of(queryset: QuerySet[Any]) -> Iterator[list[Any]]:
    """The rows of a table of these records, below its headings."""
    typed = list(_typed(queryset.model).items())
    for each in standing(queryset):
        yield [each.flat[(SLUG,)], each.version, *(_shown(each, place) for _, (place, _) in typed)]


def _shown(record: Standing, place: Where) -> Any:
    value = record.flat[place]
    return " ".join(value) if isinstance(value, list) else value


def _typed(model: type[Record]) -> dict[str, tuple[Where, Any]]:
    """What a person types, by heading: its place in the plain form, and its column."""
    found: dict[str, tuple[Where, Any]] = {}
    for column in columns(model):
        if column.editable and column.name != SLUG:
            place = path_of(model, column.name)
            found[".".join(place)] = place, column
    return found | {many.name: ((many.name,), many) for many in lists(model)}


def rows_of(model: type[Record], table: Table) -> list[Row]:
    """The rows of a table as they go into the record; blank ones are left out.

    Raises TableError for headings that cannot be understood.
    """
    typed = _typed(model)
    names = [name.lower() for name in table.headings]
    problems = [
        f"Column {place}{f', {name!r}' if name else ''}: {said}"
        for place, name in enumerate(names, start=1)
        if (said := _wrong(model, name, names[: place - 1]))
    ]
    if SLUG not in names:
        problems.append(
            f"No column is headed {SLUG!r}, which says what record each row is about. The columns "
            f"are {', '.join(headings(model))}."
        )
    if problems:
        raise TableError(problems)
    rows = []
    for number, cells in enumerate(table.rows, start=2):
        if any(cell not in (None, "") for cell in cells):
            rows.append(_row(number, dict(zip(names, cells, strict=True)), typed))
    return rows


def _row(number: int, cells: dict[str, Any], typed: dict[str, tuple[Where, Any]]) -> Row:
    slug, version = _text(cells.pop(SLUG)).strip(), _number(cells.pop(VERSION, None))
    row = Row(number, slug, None, {})
    if version is None or isinstance(version, int):
        row.version = version
    else:
        said = f"{version!r} is no version; it is a whole number, as the table was exported."
        row.problems.append(Problem((VERSION,), said))
    for name, cell in cells.items():
        place, column = typed[name]
        row.given[place] = _value(cell, column)
    return row


def _wrong(model: type[Record], name: str, before: list[str]) -> str:
    """What is wrong with a heading, if anything."""
    typed = _typed(model)
    if not name:
        return "has no heading."
    if name in before:
        return "is there twice."
    if name in typed or name in (SLUG, VERSION):
        return ""
    if name in {path_of(model, part)[0] for part in model.parts}:
        return "is kept on the record's own form, and is no part of the table."
    if name in {field.name for field in model._meta.concrete_fields}:
        return "is not set by a table; take the column out."
    near = get_close_matches(name, [SLUG, VERSION, *typed], 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"is no column of {model._meta.verbose_name_plural}.{hint}"


def _value(cell: Any, column: Any) -> Any:
    """The cell as the plain form has it; None where nothing stands."""
    if isinstance(column, models.ManyToManyField):
        return sorted({slug for slug in re.split(r"[\s,;]+", _text(cell)) if slug})
    if isinstance(column, models.IntegerField):
        return _number(cell)
    text = _text(cell)
    if not isinstance(column, LineField | ProseField):
        text = text.strip()  # a slug, a date, one of some values: space means nothing
    return text or None


def _number(cell: Any) -> Any:
    """A whole number where the cell holds one; else its text, or None."""
    text = _text(cell).strip()
    return int(text.partition(".")[0]) if _WHOLE.match(text) else text or None


def _text(cell: Any) -> str:
    """What was typed: spreadsheets make numbers and truth values of texts that look so."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
