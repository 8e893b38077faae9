"""Files while they are written: measured and hashed on the way, and never whole in memory."""

import csv
import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.interchange.bulk.columns import Cell, Column, Table, Type, stored, written

PIECE = 1_000_000  # bytes read at once
TOGETHER = 500  # rows inserted at once


@dataclass(frozen=True)
class File:
    """`size` in bytes; `sha256` in lowercase hexadecimal."""

    size: int
    sha256: str


class Out:
    """A file being written, from bytes or from text."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, content: bytes | str) -> None:
        """Text as UTF-8."""
        data = content.encode() if isinstance(content, str) else content
        self._file.write(data)
        self._hash.update(data)
        self._size += len(data)

    def done(self) -> File:
        """Close it, and say what it became."""
        self._file.close()
        return File(self._size, self._hash.hexdigest())


def write_file(path: Path, content: Iterable[bytes | str]) -> File:
    """A file from its pieces."""
    out = Out(path)
    try:
        for piece in content:
            out.write(piece)
    finally:
        file = out.done()
    return file


def measured(path: Path) -> File:
    """A file that another program wrote."""
    digest = hashlib.sha256()
    for piece in pieces(path):
        digest.update(piece)
    return File(path.stat().st_size, digest.hexdigest())


def pieces(path: Path) -> Iterator[bytes]:
    """The content, a piece at a time."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


class Sheets:
    """Every table as a CSV file (RFC 4180, UTF-8, no byte order mark) and in one SQLite file."""

    def __init__(self, folder: Path, tables: Mapping[str, Table], database: Path) -> None:
        self._tables = tables
        self._outs = {name: Out(folder / csv_name(name)) for name in tables}
        self._writers = {name: csv.writer(out) for name, out in self._outs.items()}
        self._waiting: dict[str, list[Sequence[Any]]] = defaultdict(list)
        self._database = sqlite3.connect(database, isolation_level=None)
        for statement in _BARE:
            self._database.execute(statement)
        for table in tables.values():
            self._writers[table.name].writerow(table.names)
            self._database.execute(_create(table))

    def add(self, rows: Iterable[tuple[str, tuple[Cell, ...]]]) -> None:
        """Rows of any of the tables."""
        for name, cells in rows:
            self._writers[name].writerow([written(cell) for cell in cells])
            waiting = self._waiting[name]
            waiting.append([stored(cell) for cell in cells])
            if len(waiting) >= TOGETHER:
                self._insert(name)

    def done(self, views: Mapping[str, str]) -> dict[str, File]:
        """Close all, and say what each CSV file became."""
        for name in self._tables:
            self._insert(name)
        for table in self._tables.values():
            for statement in _indexes(table):
                self._database.execute(statement)
        for name, query in views.items():
            self._database.execute(f"CREATE VIEW {name} AS {query}")
        self._database.execute("ANALYZE")
        self._database.execute("COMMIT")
        self.close()
        return {csv_name(name): out.done() for name, out in self._outs.items()}

    def close(self) -> None:
        """Let go of everything, whatever came of it."""
        self._database.close()
        for out in self._outs.values():
            out.done()

    def _insert(self, name: str) -> None:
        if rows := self._waiting.pop(name, []):
            marks = ", ".join("?" * len(rows[0]))
            self._database.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)  # noqa: S608 - our own names


def csv_name(table: str) -> str:
    """The file of a table."""
    return f"{table}.csv"


#: Nobody reads the file before it is whole, and a crash throws it away. References run both ways
#: between tables, so they hold only at the end.
_BARE = (
    "PRAGMA journal_mode=OFF",
    "PRAGMA synchronous=OFF",
    "PRAGMA foreign_keys=OFF",
    "BEGIN",
)
_SQL: Mapping[Type, str] = {
    "string": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "INTEGER",
    "date": "TEXT",
    "datetime": "TEXT",
}


def _create(table: Table) -> str:
    lines = [_column(column, table) for column in table.columns]
    key = ", ".join(f'"{name}"' for name in table.key)
    lines.append(f"PRIMARY KEY ({key})")
    for column in table.columns:
        if column.refers:
            other, name = column.refers
            lines.append(f'FOREIGN KEY ("{column.name}") REFERENCES "{other}" ("{name}")')
    listed = ",\n  ".join(lines)
    return f'CREATE TABLE "{table.name}" (\n  {listed}\n)'


def _column(column: Column, table: Table) -> str:
    parts = [f'"{column.name}"', _SQL[column.type]]
    if column.required or column.name in table.key:
        parts.append("NOT NULL")
    if column.unique and (column.name,) != table.key:
        parts.append("UNIQUE")
    return " ".join(parts)


def _indexes(table: Table) -> Iterator[str]:
    """One for each reference that the key does not lead with already."""
    for column in table.columns:
        if column.refers and column.name != table.key[0]:
            name = f"{table.name}_{column.name}"
            yield f'CREATE INDEX "{name}" ON "{table.name}" ("{column.name}")'
