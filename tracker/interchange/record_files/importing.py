"""Bringing a record file in: checked whole, then written whole or not at all."""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from tracker.changes.models import LogHead
from tracker.curation.creating import create_all
from tracker.curation.editing import Actor
from tracker.curation.history import History
from tracker.curation.retracting import retract_all
from tracker.curation.roles import NOUNS, PUBLISH
from tracker.curation.writing import Batch, Item, put_all, refuse_others_work
from tracker.interchange.record_files.checking import Progress, check
from tracker.interchange.record_files.comparing import (
    Standing,
    changes_of,
    line_of,
    standing_of,
)
from tracker.interchange.record_files.index import NOWHERE, TOGETHER, Index, Row
from tracker.interchange.record_files.problems import Problems, visible
from tracker.interchange.record_files.rows import loaded
from tracker.records.fields import LineField
from tracker.records.models import Record
from tracker.records.plain import Plain, Problem, Refused

ACTOR = "record file"  # no account can have this name: it holds a space
TOLD = 200  # changed records that a report names

Slugs = list[tuple[type[Record], list[str]]]


@dataclass
class Report:
    """What an import did, or would do: how many of each noun, by what became of them."""

    new: Counter[type[Record]] = field(default_factory=Counter)
    corrected: Counter[type[Record]] = field(default_factory=Counter)
    unchanged: Counter[type[Record]] = field(default_factory=Counter)
    retracted: Counter[type[Record]] = field(default_factory=Counter)
    changed: list[str] = field(default_factory=list)  # a line each, at most TOLD
    changes: int = 0  # how many lines there would be
    history: History = field(default_factory=History)

    def tell(self, line: str) -> None:
        """One more record that the file changes."""
        self.changes += 1
        if len(self.changed) < TOLD:
            self.changed.append(visible(line))


def bring_in(path: Path, *, dry_run: bool = False, progress: Progress | None = None) -> Report:
    """Write the record file's records, published, in one transaction, and log them. Idempotent.

    With `dry_run` all of it is really written and then taken back, except for the log, whose head
    others would wait for. Raises RecordFileError, and then nothing has been written: for a file
    that is damaged, for a rule of the record, and for a record that somebody else has changed.
    """
    problems = Problems(path.name)
    if LogHead._meta.db_table not in connection.introspection.table_names():
        problems.stop("the database has no tables yet; run `manage.py migrate` first.")
    if path.is_fifo():  # its writer would be waited for
        problems.stop("is a pipe, no file.")
    try:
        with closing(Index()) as index:
            with path.open("rb") as file:
                check(file, path.stat().st_size, index, problems, progress)
            return _Import(index, problems, progress).run(dry_run=dry_run)
    except OSError as error:
        problems.stop(f"cannot be read: {error.strerror or error}.")
    except DatabaseError as error:
        said = str(error).strip().splitlines() or ["no reason given"]
        problems.stop(f"the database refused it: {said[0]}.")


class _Import:
    """Pass 2: the records of a file that was checked, noun by noun, a lot at a time."""

    def __init__(self, index: Index, problems: Problems, progress: Progress | None) -> None:
        self.index, self.problems, self.progress = index, problems, progress
        self.report = Report()
        name = f"record file {_line(problems.file)}".strip()
        self.batch = Batch(
            Actor(ACTOR, rights=frozenset({PUBLISH})),
            name,
            f"Imported from the {name}.",
            history=self.report.history,
        )
        self.to_retract: Slugs = []
        self.done, self.total = 0, len(index)

    def run(self, *, dry_run: bool) -> Report:
        with transaction.atomic():
            for model in NOUNS:
                retracted: list[str] = []
                for lot in self.index.lots(model):
                    self._lot(model, lot, retracted)
                self.problems.refuse_if_any()
                self.to_retract.append((model, retracted))
            self._retract()
            if dry_run:
                transaction.set_rollback(True)
                return self.report
            if self.progress and self.batch.entries:
                self.progress("entries of the log to write", len(self.batch.entries), 0)
            try:
                self.batch.close()
            except Refused as refused:  # by the log
                self.problems.stop(str(refused))
        return self.report

    def _lot(self, model: type[Record], lot: Sequence[Row], retracted: list[str]) -> None:
        """Write what is new or differs; note what is to be retracted afterwards."""
        read = [(row, *self.index.read(row)) for row in lot]
        slugs = [row.slug for row in lot]
        stored = {
            record.slug: record
            for start in range(0, len(slugs), TOGETHER)
            for record in loaded(model, slug__in=slugs[start : start + TOGETHER])
        }
        new: list[tuple[Row, Plain]] = []
        changed: list[tuple[Row, Plain]] = []
        for row, plain, gone in read:
            record = stored.get(row.slug)
            standing = standing_of(record, plain, retracted=gone)
            if isinstance(standing, Problem):
                self._refuse(row, [standing])
            elif standing == Standing.NEW:
                new.append((row, plain))
            elif standing == Standing.DIFFERENT:
                assert record is not None
                self.report.tell(line_of(record, changes_of(record, plain)))
                changed.append((row, plain))
            elif standing == Standing.RETRACT:
                assert record is not None
                self.report.tell(f"{model._meta.verbose_name_plural} {row.slug!r}: retracted")
                self._refuse_others_work(row, record)
            else:
                self.report.unchanged[model] += 1
            if gone and standing != Standing.SAME:
                retracted.append(row.slug)
        if new and lot[0].level == NOWHERE:  # they name one another
            self._put(model, new + changed)
        else:
            self._create(model, new)
            self._put(model, changed)
        self.done += len(lot)
        if self.progress:
            self.progress("records", self.done, self.total)

    def _create(self, model: type[Record], rows: Sequence[tuple[Row, Plain]]) -> None:
        if not rows or self.problems.count:
            return
        try:
            with transaction.atomic():
                create_all(model, [plain for _, plain in rows], self.batch, publish=True)
        except (Refused, IntegrityError) as refused:
            self._tell_apart(model, rows, refused)
        else:
            self.report.new[model] += len(rows)

    def _tell_apart(
        self, model: type[Record], rows: Sequence[tuple[Row, Plain]], refused: Exception
    ) -> None:
        """Which of them were refused and why: one after the other, each checked as a form would."""
        before = self.problems.count
        with transaction.atomic():
            for row in rows:
                with transaction.atomic():
                    self._put(model, [row])
            transaction.set_rollback(True)
        if self.problems.count == before:
            self.problems.add(f"{model._meta.verbose_name_plural}: {refused}")

    def _put(self, model: type[Record], rows: Sequence[tuple[Row, Plain]]) -> None:
        items = [Item(plain) for _, plain in rows]
        put_all(model, items, self.batch)
        for (row, _), item in zip(rows, items, strict=True):
            self._refuse(row, item.problems)
            if item.outcome:
                getattr(self.report, item.outcome)[model] += 1

    def _refuse_others_work(self, row: Row, record: Record) -> None:
        try:
            refuse_others_work(record, self.batch)
        except Refused as refused:
            self._refuse(row, refused.problems)

    def _refuse(self, row: Row, problems: Sequence[Problem]) -> None:
        self.problems.of_record(row.model, row.slug, row.line, problems)

    def _retract(self) -> None:
        """What the file holds as retracted was published like the rest, and is taken back now."""
        why = f"The {self.batch.name} holds it as retracted; others still refer to it."
        for model, slugs in reversed(self.to_retract):
            records = [model._default_manager.get(slug=slug) for slug in slugs]
            try:
                retract_all(records, self.batch, why, self._known)
            except Refused as refused:
                self.problems.stop(str(refused))
            if records:
                self.report.retracted[model] += len(records)

    def _known(self, record: Record) -> bool:
        return self.index.holds(type(record), record.slug)


def _line(name: str) -> str:
    """A file's name as it can be said in public, or nothing."""
    try:
        return str(LineField(max_length=200).clean(name, None))
    except ValidationError:
        return ""
