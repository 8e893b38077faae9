"""Rows of a table, one record each, into the record: checked together, written whole or not at all.

A row names its record by the slug. One that nobody knows becomes a draft; what stands is edited
through `begin` and `finish`, with all their rules. Parts are no columns and stay as they are.
Queries grow with the rows that are written, and otherwise with batches of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from django.db import DataError, IntegrityError, transaction

from tracker.changes.models import Change
from tracker.commitments.models import Clause
from tracker.curation.creating import ROWS, create_all
from tracker.curation.editing import Actor, Refused, Stale, begin, finish_later
from tracker.curation.flat import Flat, Standing, Where, at, batched, differing, nested, read
from tracker.curation.indexing import append
from tracker.curation.tabling_checks import check_new, forget_what_was_checked, refusals
from tracker.curation.writing import Batch
from tracker.records.models import Record, State
from tracker.records.plain import Plain, PlainError, Problem, columns, complete, lists, path_of
from tracker.sources.models import Quotation

NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"
PUBLIC = 1_000  # published records that one table changes: each is an entry of the public log

Known = dict[tuple[Any, ...], int]  # what a reference can name: its model and key, and its id


@dataclass
class Row:
    """One row on its way into the record, and what became of it."""

    number: int  # as a spreadsheet counts: the headings are row 1
    slug: str
    version: int | None  # of the record that the row was made from; None for a new one
    given: Flat  # what the row says; other columns stay as they are
    outcome: str = ""  # new, changed, unchanged; "" where it was refused
    problems: list[Problem] = field(default_factory=list)
    fields: list[tuple[str, Any, Any]] = field(default_factory=list)  # name, old, new
    record: Record | None = None
    plain: Plain = field(default_factory=dict)
    standing: Standing | None = None


def put_table(
    model: type[Record], rows: Sequence[Row], *, by: Actor, reason: str, keep: bool
) -> list[Change]:
    """Write the rows in one transaction; only if `keep`, and none has a problem, do they stay.

    Each row learns its outcome and its fields, or its problems.
    """
    with transaction.atomic():
        batch = Batch(by, "", reason)
        _Writing(model, rows, batch).run()
        if not keep or any(row.problems for row in rows):
            transaction.set_rollback(True)
            return []
        return append(batch.entries)


class _Writing:
    """The rows of one table while they are written."""

    def __init__(self, model: type[Record], rows: Sequence[Row], batch: Batch) -> None:
        self.model, self.rows, self.batch = model, rows, batch
        self.fields: list[Any] = list(columns(model))
        self.own = [many for many in lists(model) if many.related_model is model]
        self.known: Known = {}

    def run(self) -> None:
        """Check all rows, then write those that can be written, to find what else is wrong."""
        self._compare()
        self._refuse_twice()
        self._look_up()
        self._create([row for row in self._fine() if row.standing is None])
        self._link_own_kind([row for row in self._fine() if row.standing is None])
        if self.model is Quotation:
            check_new([row.slug for row in self._fine() if row.outcome == NEW])
        self._change([row for row in self._fine() if row.outcome == CHANGED])
        self._tell([row for row in self._fine() if row.outcome in (NEW, CHANGED)])

    def _fine(self) -> Iterator[Row]:
        return (row for row in self.rows if not row.problems)

    # --- what can be said before anything is written ---------------------------------------------

    def _compare(self) -> None:
        """Find what stands, fill in what the row leaves out, and say which rows change it."""
        for rows in batched(self.rows):
            found = {
                each.flat[("slug",)]: each
                for each in read(
                    self.model, slug__in=[row.slug for row in rows if _printable(row.slug)]
                )
            }
            for row in rows:
                row.standing = found.get(row.slug)
                if row.standing is None and row.version is not None:
                    self._refuse_other_version(row)
                    continue
                before = row.standing.flat if row.standing else {}
                flat: Flat = {**before, **row.given, ("slug",): row.slug}
                if row.standing and not differing(before, flat):
                    row.outcome = UNCHANGED
                    self._refuse_other_version(row)
                    continue
                try:
                    row.plain, _ = complete(self.model, nested(flat))
                except PlainError as error:
                    row.problems += error.problems
                    continue
                after = {place: at(row.plain, place) for place in self._places()}
                row.outcome = CHANGED if row.standing else NEW
                if row.standing and not differing(before, after):
                    row.outcome = UNCHANGED
                self._refuse_other_version(row)

    def _places(self) -> Iterator[Where]:
        yield from (path_of(self.model, each.name) for each in self.fields)
        yield from ((many.name,) for many in lists(self.model))

    def _refuse_other_version(self, row: Row) -> None:
        noun = self.model._meta.verbose_name
        said = ""
        if row.standing is None and row.version is not None:
            said = (
                f"There is no {noun} {row.slug!r}, though the row names version {row.version} of "
                "it. Is the slug misspelt? A new one has no version."
            )
        elif row.standing and row.version is None and row.outcome == CHANGED and not row.problems:
            said = (
                f"The row changes a {noun} that exists, and does not say which version of it was "
                "read. Export the table again, and change that."
            )
        elif row.standing and row.version not in (None, row.standing.version):
            said = (
                f"The row was made from version {row.version}; since then somebody saved the "
                f"{noun}, which is now version {row.standing.version}. Export it again."
            )
        if said:
            row.problems.append(Problem(("version",), said))

    def _refuse_twice(self) -> None:
        first: dict[str, int] = {}
        for row in self.rows:
            number = first.setdefault(row.slug, row.number)
            if row.slug and number != row.number:
                row.problems.append(Problem(("slug",), f"Row {number} has this slug already."))

    def _look_up(self) -> None:
        """The ids of everything that rows refer to; what nobody knows is a problem of its row."""
        writing = [row for row in self._fine() if row.outcome != UNCHANGED]
        in_file = {row.slug for row in self.rows if row.standing is None}
        wanted = {key for row in writing for _, key in self._keys(row)}
        self._know(wanted)
        for row in writing:
            for place, key in self._keys(row):
                if key not in self.known and not (key[0] is self.model and key[1] in in_file):
                    noun = key[0]._meta.verbose_name
                    row.problems.append(Problem(place, f"There is no {noun} {key[-1]!r}."))

    def _know(self, wanted: Iterable[tuple[Any, ...]]) -> None:
        by_model: dict[Any, list[Any]] = {}
        for model, *key in wanted:
            by_model.setdefault(model, []).append(key)
        for model, keys in by_model.items():
            for some in batched(keys):
                if model is Clause:
                    pledges = {key[0] for key in some if key[0] and _printable(key[0])}
                    clauses = Clause.objects.filter(pledge__slug__in=pledges)
                    rows = clauses.values_list("pledge__slug", "number", "pk")
                    self.known |= {(model, *row[:2]): row[2] for row in rows}
                else:
                    slugs = [key[0] for key in some if _printable(key[0])]
                    found = model._default_manager.filter(slug__in=slugs)
                    self.known |= {
                        (model, slug): pk for slug, pk in found.values_list("slug", "pk")
                    }

    def _keys(self, row: Row) -> Iterator[tuple[Where, tuple[Any, ...]]]:
        for each in self.fields:
            place = path_of(self.model, each.name)
            if each.is_relation and at(row.plain, place) is not None:
                yield place, self._key(each, row.plain)
        for many in lists(self.model):
            for slug in row.plain[many.name]:
                yield (many.name,), (many.related_model, slug)

    def _key(self, column: Any, plain: Plain) -> tuple[Any, ...]:
        value = at(plain, path_of(self.model, column.name))
        if column.related_model is Clause:
            return (Clause, plain["pledge"], value)
        return (column.related_model, value)

    # --- new rows --------------------------------------------------------------------------------

    def _create(self, rows: list[Row]) -> None:
        """Make the drafts, those that others of the table refer to first."""
        by_slug = {row.slug: row for row in rows}
        graph = {row.slug: self._before(row, by_slug) for row in rows}
        try:
            order = TopologicalSorter(graph)
            order.prepare()
        except CycleError as error:
            ring = error.args[1]
            for slug in set(ring):
                said = f"These rows refer to one another in a ring: {' -> '.join(ring)}."
                by_slug[slug].problems.append(Problem(("slug",), said))
            return
        while ready := order.get_ready():
            able = [by_slug[slug] for slug in ready if self._stands(graph[slug])]
            for some in batched(able):
                self._create_some(some)
            done = [(self.model, row.slug) for row in able if not row.problems]
            self._know(done)
            order.done(*ready)

    def _before(self, row: Row, by_slug: dict[str, Row]) -> list[str]:
        own = [each for each in self.fields if each.related_model is self.model]
        slugs = [at(row.plain, path_of(self.model, each.name)) for each in own]
        return [slug for slug in slugs if slug in by_slug]

    def _stands(self, slugs: list[str]) -> bool:
        """False for a row that waits for one which was refused; that one has the problem."""
        return all((self.model, slug) in self.known for slug in slugs)

    def _create_some(self, rows: list[Row]) -> None:
        """All at once; where the database refuses, halves, until the row is found."""
        try:
            with transaction.atomic():
                plains = [row.plain | {many.name: [] for many in self.own} for row in rows]
                create_all(self.model, plains, self.batch, publish=False)
        except (IntegrityError, DataError):
            if len(rows) == 1:
                record = self.model()
                self._set(record, rows[0])
                rows[0].problems += refusals(record)
            else:
                half = len(rows) // 2
                self._create_some(rows[:half])
                self._create_some(rows[half:])
        except Refused as refused:
            for row in rows:
                row.problems += refused.problems

    def _link_own_kind(self, rows: list[Row]) -> None:
        """What rows of one kind list of each other, which may be a ring."""
        for many in self.own:
            through: Any = many.remote_field.through
            near, far = f"{many.m2m_field_name()}_id", f"{many.m2m_reverse_field_name()}_id"
            links = [
                through(**{near: self.known[self.model, row.slug], far: self.known[key]})
                for row in rows
                for slug in row.plain[many.name]
                if (key := (self.model, slug)) in self.known
                and (self.model, row.slug) in self.known
            ]
            through._default_manager.bulk_create(links, batch_size=ROWS)

    # --- rows that change what stands ------------------------------------------------------------

    def _change(self, rows: list[Row]) -> None:
        """Each record in the order of their ids, so that two imports cannot wait for each other."""
        rows.sort(key=lambda row: row.standing.pk if row.standing else 0)
        public = [row for row in rows if row.standing and row.standing.state == State.PUBLISHED]
        if len(public) > PUBLIC:
            said = (
                f"A table changes at most {PUBLIC:,} published records; bring the rest in another."
            )
            public[PUBLIC].problems.append(Problem((), said))
            return
        able = []
        for row in rows:
            if all(key in self.known for _, key in self._keys(row)):
                able.append(row)
            else:
                row.outcome = ""  # it names a row of this table that was refused
        for some in batched(able):
            drafts = [row for row in some if row.standing and row.standing.state == State.DRAFT]
            if self.model is Quotation or not self._update_drafts(drafts):
                drafts = []
            done = {row.number for row in drafts}
            for row in some:
                if row.number not in done:
                    self._update(row)

    def _update_drafts(self, rows: list[Row]) -> bool:
        """Many drafts under one lock; False, and nothing done, where one of them is refused.

        What `begin` and `finish` see to for a draft is its lock, its state and its version; that a
        quotation is checked anew, too, which is why those go one by one.
        """
        found = self.model._default_manager.select_for_update(no_key=True)
        found = found.defer(*self.model.private).order_by("pk")
        wanted = {row.standing.pk: row for row in rows if row.standing}
        try:
            with transaction.atomic():
                records = list(found.filter(pk__in=wanted, state=State.DRAFT))
                known = {each.pk: each.version for each in records}
                if known != {pk: row.version for pk, row in wanted.items()}:
                    return False
                for record in records:
                    record.version += 1
                    self._write(wanted[record.pk], record)
        except (IntegrityError, DataError):
            return False
        return True

    def _write(self, row: Row, record: Record) -> None:
        """The row's columns and lists."""
        assert row.standing is not None
        forget_what_was_checked(row.standing.flat, row.plain, record)
        self._set(record, row)
        record.save()
        for many in lists(self.model):
            slugs = row.plain[many.name]
            if slugs != row.standing.flat[(many.name,)]:
                ids = [self.known[many.related_model, slug] for slug in slugs]
                getattr(record, many.name).set(ids)
        row.record = record

    def _update(self, row: Row) -> None:
        """One record, as any edit of it goes."""
        assert row.standing is not None
        record = self.model._default_manager.defer(*self.model.private).get(pk=row.standing.pk)
        try:
            with transaction.atomic():
                edit = begin(
                    record, by=self.batch.actor, reason=self.batch.reason, version=row.version
                )
                self._write(row, record)
                self.batch.entries += finish_later(edit, record)
        except Stale:
            said = "Somebody saved it just now. Export it again."
            row.problems.append(Problem(("version",), said))
        except Refused as refused:
            row.problems += refused.problems
        except (IntegrityError, DataError):
            row.problems += refusals(record)

    def _set(self, record: Record, row: Row) -> None:
        for each in self.fields:
            value = at(row.plain, path_of(self.model, each.name))
            if not each.is_relation:
                setattr(record, each.name, each.to_python(value))
            elif value is None:
                setattr(record, each.name, None)
            else:
                setattr(record, each.attname, self.known[self._key(each, row.plain)])

    def _tell(self, rows: list[Row]) -> None:
        """What each row has changed, as it stands now: computed columns too."""
        for some in batched(rows):
            new = [row.slug for row in some if row.record is None]
            records = self.model._default_manager.in_bulk(new, field_name="slug")
            found = {
                each.flat[("slug",)]: each.flat
                for each in read(self.model, slug__in=[row.slug for row in some])
            }
            for row in some:
                row.record = row.record or records.get(row.slug)
                before = row.standing.flat if row.standing else {}
                fields = differing(before, found.get(row.slug, {}))
                row.fields = [each for each in fields if each[0] != "slug"]


def _printable(slug: str) -> bool:
    """PostgreSQL cannot even be asked for a NUL."""
    return "\x00" not in slug
