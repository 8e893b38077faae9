"""The tables that lists read, kept in step with the record: how each commitment stands from day to
day, and how many of each lab stand alike. Called by `curation.indexing`, in the transaction that
publishes, before the log is told.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import QuerySet

from tracker.assessments.models import Assessment, Reply
from tracker.commitments.enums import Force
from tracker.commitments.models import Commitment
from tracker.reading.models import FIRST, LAST, StandsCount, StandsNow, StoodThen
from tracker.reading.spans import SAID, by_commitment, from_today, said, work_out
from tracker.reading.standing import is_counted
from tracker.records import prepared
from tracker.records.models import Record, State
from tracker.records.prepared import Prepared

TOGETHER = 500  # commitments at once
TABLE = StandsNow._meta.db_table

COMMITMENT, ASSESSMENT, REPLY = Commitment.noun(), Assessment.noun(), Reply.noun()

S = TypeVar("S", StandsNow, StoodThen)

#: What a count is of, in the order of its columns; and how much: rows, low parts, high parts.
Key = tuple[Any, ...]
Counts = dict[Key, list[int]]
KEY = (
    *("lab_id", "from_day", "until_day", "verdict", "aim", "provisional", "confidence"),
    *("contested", "whole"),
)
SUMS = ("count", "low", "high")


def refresh(subjects: Mapping[str, Collection[str]]) -> None:
    """Bring the rows of the commitments that these records concern in line with the record."""
    ids = set[int]()
    for noun, concerned in _CONCERNED.items():
        ids.update(concerned.rows(subjects.get(noun, ())))
    if not ids:
        return
    counts = _no_counts()
    for some in _some(ids):
        _put(some, counts)
    _count(counts)


#: By noun: the ids of the commitments that its records concern.
_CONCERNED = {
    COMMITMENT: Prepared(lambda: _column(Commitment, "pk"), "slug"),
    ASSESSMENT: Prepared(lambda: _column(Assessment, "commitment_id"), "slug"),
    REPLY: Prepared(lambda: _column(Reply, "commitment_id"), "slug"),
}


def _column(model: type[Record], name: str) -> QuerySet[Any, Any]:
    return model._default_manager.order_by().values_list(name, flat=True)


def fill() -> None:
    """Make the rows of a record that has none yet: one older than these tables."""
    there = TABLE in connection.introspection.table_names()
    published = Commitment.objects.filter(state=State.PUBLISHED)
    if there and not StandsNow.objects.exists() and published.exists():
        mend()


def mend() -> int:
    """Make again whatever differs; of how many commitments and labs that was."""
    differing = 0
    for some in _everything():
        with transaction.atomic():  # one for each lot, so that curators need not wait for all
            counts = _no_counts()
            differing += _put(some, counts)
            _count(counts)
    with transaction.atomic():
        _nobody_counts()
        wrong = _miscounted()
        if wrong:
            StandsCount.objects.all().delete()
            _count(_counted(StandsNow.objects.all().iterator(TOGETHER)))
    return differing + len(wrong)


def differences() -> Iterator[str]:
    """A line for each commitment whose rows are not what the record says, and each wrong count."""
    for some in _everything():
        with one_moment():
            now, then = work_out(some)
            stored = from_today(StandsNow.objects.filter(commitment__in=some))
            wrong = {
                *(row.slug for row in _unlike(stored, now)),
                *(row.slug for row in _unlike(StoodThen.objects.filter(commitment__in=some), then)),
            }
        for slug in sorted(wrong):
            yield f"commitment {slug!r}: the lists do not hold how it stands."
    with one_moment():
        wrong_labs = sorted(_miscounted())
    for lab in wrong_labs:
        yield f"lab {lab}: its commitments are not counted as they stand."


@contextmanager
def one_moment() -> Iterator[None]:
    """What is read here is of one moment: nobody's publication is half of it. (SQLite lets nobody
    write meanwhile.)"""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _put(ids: Collection[int], counts: Counts) -> int:
    """Write the rows of these commitments; into `counts` goes by how much the counts are off. Of
    how many commitments a row differed."""
    # locked before the record is read: who judges it meanwhile waits, and then sees this
    before: list[StandsNow] = _LOCKED.rows(ids)
    now, then = work_out(ids)
    if connection.features.has_select_for_update and any(
        (row.from_day, row.until_day) != (FIRST, LAST) for row in (*before, *now)
    ):
        # what somebody who was waited for has added is not among the rows that were waited for
        before = _KEPT.rows(ids)
    changed = {row.commitment_id for row in _unlike(before, now)}
    if changed:
        _add(counts, (row for row in before if row.commitment_id in changed), -1)
        _add(counts, (row for row in now if row.commitment_id in changed), 1)
    _write(StandsNow, before, now)
    then_before: list[StoodThen] = _THEN.rows(ids)
    changed |= {row.commitment_id for row in _unlike(then_before, then)}
    _write(StoodThen, then_before, then)
    return len(changed)


def _ordered() -> QuerySet[StandsNow]:
    return StandsNow.objects.order_by("commitment_id", "from_day")


_LOCKED = Prepared(lambda: _ordered().select_for_update(no_key=True), "commitment")
_KEPT = Prepared(_ordered, "commitment")
_THEN = Prepared(StoodThen.objects.all, "commitment")


def _unlike(old: Iterable[S], new: Iterable[S]) -> list[S]:
    """Rows of either that the other has not."""
    mine, others = ({_whole(row): row for row in rows} for rows in (old, new))
    return [row for key, row in mine.items() if key not in others] + [
        row for key, row in others.items() if key not in mine
    ]


def _whole(row: StandsNow | StoodThen) -> tuple[Any, ...]:
    return row.from_day, row.until_day, *said(row)


def _write(model: type[S], old: Sequence[S], new: Sequence[S]) -> None:
    stood, stands = by_commitment(old), by_commitment(new)
    gone = [row.pk for row in old if row.from_day not in stands.get(row.commitment_id, {})]
    if gone:
        model._default_manager.filter(pk__in=gone).delete()
    known = {_whole(row) for row in old}
    wrong = [row for row in new if _whole(row) not in known]
    fresh = [row for row in wrong if row.commitment_id not in stood]
    if fresh:
        prepared.insert(fresh)
    if other := [row for row in wrong if row.commitment_id in stood]:
        prepared.insert(other, unique=("commitment", "from_day"), written=("until_day", *_WRITTEN))


_WRITTEN = tuple(
    each.name
    for each in StandsNow._meta.concrete_fields
    if each.attname in SAID and each.name != "commitment"
)


# --- Counts --------------------------------------------------------------------------------------


def _no_counts() -> Counts:
    return defaultdict(lambda: [0, 0, 0])


def _add(counts: Counts, rows: Iterable[StandsNow], sign: int) -> None:
    """Count these rows in, or out, as far as a lab's score counts them."""
    for row in rows:
        if is_counted(row.basis, row.lifecycle):
            key = (
                *(row.lab_id, row.from_day, row.until_day, row.verdict, row.force == Force.AIM),
                *(row.provisional, row.confidence, row.contested, row.whole or 0),
            )
            sums = counts[key]
            sums[0] += sign
            sums[1] += sign * (row.low_part or 0)
            sums[2] += sign * (row.high_part or 0)


def _counted(rows: Iterable[StandsNow]) -> Counts:
    counts = _no_counts()
    _add(counts, rows, 1)
    return counts


def _count(counts: Counts) -> None:
    """Add what is not nothing to the counts that are kept; in one order, whoever does it."""
    off = [(key, sums) for key, sums in counts.items() if any(sums)]
    off.sort(key=lambda each: tuple(map(str, each[0])))
    rows = [
        StandsCount(**dict(zip((*KEY, *SUMS), (*key, *sums), strict=True))) for key, sums in off
    ]
    # only now, and shortly: whoever publishes of the same lab waits for these rows
    prepared.insert(rows, unique=KEY, added=SUMS)


def _nobody_counts() -> None:
    """Until the transaction ends: whoever has counted already is waited for, so that the rows and
    the counts that are read next are of one moment. SQLite has one writer at a time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(StandsCount._meta.db_table)
            cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")


def _miscounted() -> set[int]:
    """The ids of labs whose counts are not those of the rows."""
    kept: Counts = {
        tuple(row[: len(KEY)]): list(row[len(KEY) :])
        for row in StandsCount.objects.values_list(*KEY, *SUMS)
    }
    counted = _counted(StandsNow.objects.all().iterator(TOGETHER))
    keys = {*kept, *counted}
    nothing = [0, 0, 0]
    return {key[0] for key in keys if kept.get(key, nothing) != counted.get(key, nothing)}


def _everything() -> Iterator[list[int]]:
    """The ids of every commitment that is published or that has rows, in lots."""
    ids = set(Commitment.objects.filter(state=State.PUBLISHED).values_list("pk", flat=True))
    for model in (StandsNow, StoodThen):
        ids |= set(model._default_manager.order_by().values_list("commitment_id", flat=True))
    yield from _some(ids)


def _some(values: Iterable[Any]) -> Iterator[list[Any]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), TOGETHER):
        yield ordered[start : start + TOGETHER]
