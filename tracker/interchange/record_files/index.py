"""What pass 1 keeps of a record file: every record as it was understood, and what it is called.

On disk, not in memory: the records in a file without a name, and where each stands in SQLite's own
temporary database. Both are gone when they are closed.
"""

import pickle
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from tempfile import TemporaryFile
from typing import Any

from tracker.assessments.models import Assessment
from tracker.curation.roles import NOUNS
from tracker.interchange.record_files.order import levels, referred_to_first
from tracker.records.models import Record
from tracker.records.plain import Path, Plain, Problem, Reference

TOGETHER = 500  # records, in one statement or lot
SEEN = 50_000  # references remembered as written already
NOWHERE = -1  # the level of what is in a ring

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE record (
    place INTEGER PRIMARY KEY, noun INTEGER, slug TEXT, line INTEGER, start INTEGER, stop INTEGER,
    kin TEXT, level INTEGER NOT NULL DEFAULT 0, retracted INTEGER, UNIQUE (noun, slug));
CREATE TABLE wanted (noun INTEGER, slug TEXT, place INTEGER, path TEXT, PRIMARY KEY (noun, slug))
    WITHOUT ROWID;
CREATE TABLE own (noun INTEGER, place INTEGER, slug TEXT, listed INTEGER);
"""

_NUMBER = {model: number for number, model in enumerate(NOUNS)}


@dataclass(frozen=True)
class Row:
    """One record of the file: its line there; `start` and `end` are bytes of what is kept."""

    place: int
    model: type[Record]
    slug: str
    line: int
    start: int
    end: int
    level: int = 0


@dataclass(frozen=True)
class Missing:
    """The first reference to a record that the file does not hold."""

    row: Row
    model: type[Record]
    slug: str
    path: str


class InRing(Exception):
    """Records whose columns refer to one another in a ring, the first also last."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        super().__init__("a ring")


class Index:
    """The records of one file. Close it."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.executescript(_TABLES)
        self._kept = TemporaryFile()  # noqa: SIM115 - closed with the index
        self._seen: set[tuple[int, str]] = set()
        self._places = self._end = 0

    def close(self) -> None:
        """Throw it away."""
        self._db.close()
        self._kept.close()

    def add(
        self,
        model: type[Record],
        plain: Plain,
        references: Sequence[Reference],
        line: int,
        *,
        retracted: bool,
    ) -> int:
        """Note one record; 0, or the line of another of its noun that has the same slug."""
        noun, slug = _NUMBER[model], plain["slug"]
        self._places += 1
        start = self._end
        self._end += self._kept.write(pickle.dumps((plain, retracted), pickle.HIGHEST_PROTOCOL))
        kin = plain["commitment"] if model is Assessment else None
        written = self._db.execute(
            "INSERT OR IGNORE INTO record (place, noun, slug, line, start, stop, kin, retracted)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self._places, noun, slug, line, start, self._end, kin, retracted),
        )
        if not written.rowcount:
            found = self._db.execute(
                "SELECT line FROM record WHERE noun = ? AND slug = ?", (noun, slug)
            ).fetchone()
            return int(found[0])
        own = [each for each in references if each.model is model]
        # in a list the path ends with a place
        self._db.executemany(
            "INSERT INTO own VALUES (?, ?, ?, ?)",
            [(noun, self._places, e.slug, isinstance(e.path[-1], int)) for e in own],
        )
        self._want(references)
        return 0

    def _want(self, references: Sequence[Reference]) -> None:
        if len(self._seen) > SEEN:
            self._seen.clear()
        rows = []
        for each in references:
            key = (_NUMBER[each.model], each.slug)
            if key not in self._seen:
                self._seen.add(key)
                rows.append((*key, self._places, _words(each.path)))
        self._db.executemany("INSERT OR IGNORE INTO wanted VALUES (?, ?, ?, ?)", rows)

    def read(self, row: Row) -> tuple[Plain, bool]:
        """A record's complete plain form, and whether it is retracted."""
        self._kept.seek(row.start)
        found: tuple[Plain, bool] = pickle.loads(self._kept.read(row.end - row.start))  # noqa: S301 - our own
        return found

    def add_wrong(self, model: type[Record], slug: str) -> None:
        """Note a record that cannot be written, so that others may be said to refer to it."""
        self._places += 1
        query = "INSERT OR IGNORE INTO record (place, noun, slug, line) VALUES (?, ?, ?, 0)"
        self._db.execute(query, (self._places, _NUMBER[model], slug))

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM record").fetchone()[0])

    def holds(self, model: type[Record], slug: str) -> bool:
        """Whether the file has this record."""
        query = "SELECT 1 FROM record WHERE noun = ? AND slug = ?"
        return bool(self._db.execute(query, (_NUMBER[model], slug)).fetchone())

    def missing(self) -> Iterator[list[Missing]]:
        """References to what the file does not hold, of one noun at a time, in lots."""
        cursor = self._db.execute(
            "SELECT w.noun, w.slug, w.path, r.place, r.noun, r.slug, r.line, r.start, r.stop,"
            " r.level FROM wanted w JOIN record r ON r.place = w.place"
            " LEFT JOIN record o ON o.noun = w.noun AND o.slug = w.slug"
            " WHERE o.place IS NULL ORDER BY w.noun, w.place"
        )
        lot: list[Missing] = []
        for noun, slug, path, *found in cursor:
            if lot and (lot[0].model is not NOUNS[noun] or len(lot) == TOGETHER):
                yield lot
                lot = []
            lot.append(Missing(_row(found), NOUNS[noun], slug, path))
        if lot:
            yield lot

    def put_in_order(self, model: type[Record]) -> None:
        """Fix the order in which the noun is written: what is referred to within it comes first.

        Raises InRing where that cannot be. Lists of one's own kind, as origins, may form rings.
        """
        refers: dict[int, set[int]] = defaultdict(set)
        query = (
            "SELECT o.place, r.place FROM own o JOIN record r ON r.noun = o.noun AND"
            " r.slug = o.slug WHERE o.noun = ? AND r.place <> o.place"
        )
        for place, other in self._db.execute(query, (_NUMBER[model],)):
            refers[place].add(other)
        level, left = levels(refers)
        if model is Assessment and level:
            self._as_published(refers, level)
        level |= dict.fromkeys(left, NOWHERE)
        self._db.executemany(
            "UPDATE record SET level = ? WHERE place = ?",
            [(height, place) for place, height in level.items()],
        )
        self._in_rings(model)

    def _in_rings(self, model: type[Record]) -> list[Row]:
        """Those in rings of lists, ordered by what their columns refer to."""
        rows = {
            row.place: row for row in self._rows("noun = ? AND level = ?", _NUMBER[model], NOWHERE)
        }
        query = (
            "SELECT o.place, r.place FROM own o JOIN record r ON r.noun = o.noun AND"
            " r.slug = o.slug WHERE o.noun = ? AND NOT o.listed AND r.place <> o.place"
        )
        graph: dict[int, list[int]] = {place: [] for place in rows}
        for place, other in self._db.execute(query, (_NUMBER[model],)):
            if place in rows and other in rows:
                graph[place].append(other)
        try:
            return [rows[place] for place in TopologicalSorter(graph).static_order()]
        except CycleError as error:
            raise InRing([rows[place] for place in error.args[1]]) from None

    def _as_published(self, refers: dict[int, set[int]], level: dict[int, int]) -> None:
        """Of one commitment no judgement is published before one that stands before it."""
        kin = [
            row[0]
            for row in self._db.execute(
                "SELECT DISTINCT r.kin FROM own o JOIN record r ON r.place = o.place"
                " WHERE o.noun = ?",
                (_NUMBER[Assessment],),
            )
        ]
        query = "SELECT place FROM record WHERE noun = ? AND kin = ? ORDER BY place"
        for each in kin:
            places = [row[0] for row in self._db.execute(query, (_NUMBER[Assessment], each))]
            reached = 0
            for place in referred_to_first(places, refers):
                reached = level[place] = max(reached, level.get(place, 0))

    def lots(self, model: type[Record]) -> Iterator[list[Row]]:
        """The noun's records as they can be written: nothing in a lot refers to another of it, and
        what is referred to stands in an earlier one. What is in a ring of lists comes last, in a
        lot whose rows are all NOWHERE."""
        lot: list[Row] = []
        for row in self._rows("noun = ? AND level >= 0", _NUMBER[model]):
            if lot and (row.level != lot[0].level or len(lot) == TOGETHER):
                yield lot
                lot = []
            lot.append(row)
        if lot:
            yield lot
        if ringed := self._in_rings(model):
            yield ringed

    def _rows(self, where: str, *values: int) -> Iterator[Row]:
        columns = "place, noun, slug, line, start, stop, level"
        query = f"SELECT {columns} FROM record WHERE {where} ORDER BY level, place"  # noqa: S608 - ours
        for found in self._db.execute(query, values):
            yield _row(found)


def _row(found: Sequence[Any]) -> Row:
    place, noun, slug, line, start, end, level = found
    return Row(place, NOUNS[noun], slug, line, start, end, level)


def _words(path: Path) -> str:
    return Problem(path, "").field
