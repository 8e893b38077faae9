"""Whether the topic rows are exactly those of the entries.

Entries come by sequence and topic rows by topic, millions of each. Instead of sorting one like the
other, both are added up: for every thousand entries, the count of their rows and the sum of the
rows' hashes, salted so that nobody can choose rows that add up to others. Only where the sums
differ are the rows themselves compared.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import DatabaseError, connection

from tracker.changes.log import give_back_connection
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import topics_of

SPAN = 1_000  # entries added up together
BATCH = 5_000  # topic rows
COMPARED = 20  # spans compared row by row; each takes a walk through the whole table
_MASK = 2**64 - 1

Row = tuple[Any, ...]  # topic, sequence, kind, significance, category


class Filing:
    """What should be filed, added up entry by entry; then what is."""

    def __init__(self, reread: Callable[[int, int], Iterable[Change]]) -> None:
        self._reread = reread  # the entries of a span, as they were expected
        self._salt = secrets.randbits(62)
        self._sums: dict[int, int] = {}  # by sequence // SPAN

    def expect(self, change: Change) -> None:
        """An entry of the log, under its topics."""
        for row in rows_of(change):
            self._add(row, 1)

    def _add(self, row: Row, sign: int) -> None:
        span = row[1] // SPAN
        # the count stands above the sum of the hashes, which cannot reach it
        weight = (1 << 96) + (hash((self._salt, *row)) & _MASK)
        self._sums[span] = self._sums.get(span, 0) + sign * weight

    def problems(self, last: int) -> Iterator[tuple[int, str]]:
        """(sequence, sentence) for every entry up to `last` that is filed otherwise."""
        beyond = set()
        try:
            for row in _stored():
                if isinstance(row[1], int) and 0 < row[1] <= last:
                    self._add(row, -1)
                elif isinstance(row[1], int):
                    beyond.add(row[1])
                else:  # SQLite keeps what it is given
                    yield 0, f"a topic is filed under {row[1]!r}, which is no sequence."
        except DatabaseError:
            yield 0, "the topics hold what is not text."
            return
        # what was appended since the entries were read has its entry by now
        there = set(Change.objects.filter(sequence__gt=last).values_list("sequence", flat=True))
        for sequence in sorted(beyond - there):
            yield sequence, "topics are filed under this sequence, which has no entry."
        spans = sorted(span for span, total in self._sums.items() if total)
        for place, span in enumerate(spans):
            first, end = max(1, span * SPAN), min(last, span * SPAN + SPAN - 1)
            if place < COMPARED:
                yield from self._compare(first, end)
            else:
                yield first, f"entries up to {end} are not all filed under their topics."

    def _compare(self, first: int, last: int) -> Iterator[tuple[int, str]]:
        """Row by row, for the entries in this span."""
        should = {each.sequence: set(rows_of(each)) for each in self._reread(first, last)}
        rows = ChangeTopic.objects.filter(sequence__range=(first, last))
        filed: dict[int, set[Row]] = {}
        for row in rows.values_list("topic", "sequence", "kind", "significance", "category"):
            filed.setdefault(row[1], set()).add(row)
        for sequence in sorted({*should, *filed}):
            wrong = should.get(sequence, set()) ^ filed.get(sequence, set())
            if wrong:
                topics = ", ".join(sorted({str(row[0]) for row in wrong})[:5])
                yield sequence, f"it is not filed under exactly its topics: {topics}."


def rows_of(change: Change) -> list[Row]:
    """The topic rows that an entry should have; none where its lists are not lists."""
    if not (isinstance(change.labs, list) and isinstance(change.commitments, list)):
        return []
    copied = (change.kind, change.significance, change.category)
    return [(topic, change.sequence, *copied) for topic in topics_of(change)]


def _stored() -> Iterator[Row]:
    """Every topic row, by its key."""
    where, last = "", list[Any]()
    names = "topic, sequence, kind, significance, category"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {names} FROM tracker_changetopic {where} "  # noqa: S608 - no outside text
                f"ORDER BY topic, sequence LIMIT {BATCH}",
                last,
            )
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < BATCH:
            return
        where, last = "WHERE (topic, sequence) > (%s, %s)", list(rows[-1][:2])
        give_back_connection()
