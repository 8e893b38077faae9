"""django-import-export's formats and resource for our tables: read and worded by other rooms."""

from collections.abc import Sequence
from typing import Any, ClassVar

import tablib
from django.core.exceptions import ValidationError
from import_export.formats import base_formats
from import_export.resources import Resource
from import_export.results import InvalidRow, Result, RowResult

from tracker.curation.editing import Actor
from tracker.curation.tabling import CHANGED, NEW, UNCHANGED, Row, put_table
from tracker.interchange.tables import LINES, XLSX_TYPE, Table
from tracker.interchange.tables_columns import headings, lines_of, read_table, rows_of
from tracker.interchange.tables_xlsx import write_xlsx
from tracker.records.cells import CSV_TYPE, write_csv
from tracker.records.models import Record

SHOWN = 200  # rows of a preview
SHOWN_TEXT = 400_000  # characters of a preview


class CsvTable(base_formats.CSV):
    """Comma-separated values, with formulas quoted and nothing lost."""

    CONTENT_TYPE = CSV_TYPE

    def get_title(self) -> str:
        """As the form offers it."""
        return "CSV"

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> Any:
        """The table of an upload. Raises TableError."""
        table = read_table(in_stream)
        return tablib.Dataset(*table.rows, headers=table.headings)

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        """The file."""
        return write_csv([dataset.headers, *dataset])

    def get_read_mode(self) -> str:
        """Encodings are found out by the reader."""
        return "rb"


class Workbook(base_formats.XLSX):
    """An Excel workbook whose texts are texts."""

    CONTENT_TYPE = XLSX_TYPE

    def get_title(self) -> str:
        """As the form offers it."""
        return "Excel (XLSX)"

    def create_dataset(self, in_stream: bytes) -> Any:
        """The table of an upload. Raises TableError."""
        table = read_table(in_stream)
        return tablib.Dataset(*table.rows, headers=table.headings)

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        """The file."""
        return write_xlsx(dataset.title, [dataset.headers, *dataset])


FORMATS = (CsvTable, Workbook)


# --- What becomes of a table ---------------------------------------------------------------------


class TableResult(Result):
    """The library's result, and what its page shows of it."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[tuple[int, str, str]] = []  # row, column, sentence
        self.told: list[Row] = []  # new and changed rows, the first of them
        self.room = SHOWN_TEXT
        self.changes: Sequence[Any] = ()

    def add(self, row: Row) -> None:
        """Count a row, or what is wrong with it."""
        said = RowResult()
        said.instance = row.record
        said.import_type = {
            NEW: RowResult.IMPORT_TYPE_NEW,
            CHANGED: RowResult.IMPORT_TYPE_UPDATE,
            UNCHANGED: RowResult.IMPORT_TYPE_SKIP,
        }.get(row.outcome, RowResult.IMPORT_TYPE_INVALID)
        if row.problems:
            said.import_type = RowResult.IMPORT_TYPE_INVALID
            sentences = [str(each) for each in row.problems]
            self.invalid_rows.append(InvalidRow(row.number, ValidationError(sentences), ()))
            self.problems += [(row.number, each.field, each.message) for each in row.problems]
        elif row.outcome in (NEW, CHANGED) and len(self.told) < SHOWN and self.room > 0:
            self.told.append(row)
            self.room -= sum(len(str(old)) + len(str(new)) for _, old, new in row.fields)
        self.append_row_result(said)
        self.increment_row_result_total(said)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are new, changed and unchanged."""
        types = (
            RowResult.IMPORT_TYPE_NEW,
            RowResult.IMPORT_TYPE_UPDATE,
            RowResult.IMPORT_TYPE_SKIP,
        )
        counted = [self.totals[each] for each in types]
        return dict(zip((NEW, CHANGED, UNCHANGED), counted, strict=True))

    @property
    def left_out(self) -> int:
        """New and changed rows that the page does not show."""
        return self.counts[NEW] + self.counts[CHANGED] - len(self.told)

    @property
    def first_problems(self) -> list[tuple[int, str, str]]:
        """As many as help."""
        return sorted(self.problems)[:LINES]


class TableResource(Resource):
    """The table of one noun. The library would save rows itself; here `curation` does."""

    model: ClassVar[type[Record]]

    @classmethod
    def get_display_name(cls) -> str:
        """The noun."""
        return str(cls.model._meta.verbose_name_plural)

    def export(self, queryset: Any = None, **kwargs: Any) -> Any:
        """The records of a list, in its order."""
        dataset = tablib.Dataset(*lines_of(queryset), headers=headings(self.model))
        dataset.title = str(self.model._meta.verbose_name_plural)
        return dataset

    def import_data(
        self, dataset: Any, dry_run: bool = False, *, by: Actor, reason: str, **kwargs: Any
    ) -> TableResult:
        """Write all rows or none; none at all where it is a rehearsal."""
        result = TableResult()
        result.total_rows = len(dataset)
        table = Table(list(dataset.headers), [list(row) for row in dataset])
        rows = rows_of(self.model, table)
        result.changes = put_table(self.model, rows, by=by, reason=reason, keep=not dry_run)
        for row in rows:
            result.add(row)
        return result
