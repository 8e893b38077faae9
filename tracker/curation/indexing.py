"""Search and lists kept in step with the record: what the log is told, they know, in one
transaction.

A record that is published or corrected gets its document, one that is retracted loses it, and of a
draft there never is any.

Two curators may meet in one document, a commitment's, which holds the words of a quotation. Whoever
writes it therefore locks the quotation's document first, and reads the record after.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from django.db import connection, transaction

from tracker.assessments.models import Assessment
from tracker.changes import log
from tracker.changes.log import Entry
from tracker.changes.models import Change
from tracker.commitments.models import Commitment
from tracker.curation import standing
from tracker.curation.waiting import Waiting, subjects_of
from tracker.reading import fulltext
from tracker.reading.documents import COLUMNS, MODELS, documents, drawing_on, judging
from tracker.reading.fulltext import TABLE
from tracker.reading.models import SearchDocument
from tracker.records.models import Record, State
from tracker.records.prepared import Prepared, insert
from tracker.sources.models import Quotation

TOGETHER = 500  # documents at once

QUOTATION, COMMITMENT, ASSESSMENT = Quotation.noun(), Commitment.noun(), Assessment.noun()


def append(entries: Iterable[Entry]) -> list[Change]:
    """As `changes.log.append`, once search holds what the entries' subjects now say.

    Before it, so that the log's head stays the last lock and is not held any longer.
    """
    entries = list(entries)
    subjects = _by_noun(each for entry in entries for each in subjects_of(entry))
    _refresh(subjects)
    standing.refresh(subjects)
    return log.append(entries)


def append_waiting(entries: Waiting) -> None:
    """The same for as many entries as an import brings; they are not held at once."""
    _refresh(entries.subjects)
    standing.refresh(entries.subjects)
    log.append_many(entries)


def refresh(subjects: Iterable[tuple[str, str]]) -> None:
    """Bring the documents of these records, by noun and slug, in line with what is published."""
    _refresh(_by_noun(subjects))


def _by_noun(subjects: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    wanted: dict[str, set[str]] = {}
    for noun, slug in subjects:
        wanted.setdefault(noun, set()).add(slug)
    return wanted


def _refresh(subjects: Mapping[str, Collection[str]]) -> None:
    """The same of slugs by noun; in lots, so that it matters little how many there are."""
    wanted = {noun: set(slugs) for noun, slugs in subjects.items() if noun in MODELS}
    if not wanted:
        return
    quotations, commitments = wanted.get(QUOTATION, set()), wanted.get(COMMITMENT, set())
    _hold(quotations, commitments)
    if quotations:
        wanted[COMMITMENT] = commitments.union(drawing_on(quotations))
    if commitments:
        wanted[ASSESSMENT] = wanted.get(ASSESSMENT, set()).union(judging(commitments))
    # the quotations first, which others wait for; and all in one order
    for noun in sorted(wanted, key=lambda each: (each != QUOTATION, each)):
        for slugs in _some(wanted[noun]):
            _put(_compared(noun, slugs))


def forget(records: Iterable[Record]) -> None:
    """After a redaction: what these records no longer say is in no index either."""
    subjects = _by_noun((record.noun(), record.slug) for record in records)
    _refresh(subjects)
    standing.refresh(subjects)
    with connection.cursor() as cursor:
        fulltext.forget(cursor)


def fill() -> None:
    """Make the documents of a record that has none yet: one older than search."""
    there = TABLE in connection.introspection.table_names()
    # nothing is public that the log does not tell
    if there and log.head_sequence() and not SearchDocument.objects.exists():
        _reindex()
    standing.fill()


def reindex() -> int:
    """Throw away and make again whatever differs; how many documents, and commitments in lists,
    that were."""
    return _reindex() + standing.mend()


def _reindex() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        fulltext.rebuild_index(cursor)
    differing = 0
    for noun, slugs in _everything():
        with transaction.atomic():  # one for each lot, so that curators need not wait for all
            difference = _compared(noun, slugs)
            _put(difference)
            differing += len(difference)
    return differing


def differences() -> Iterator[str]:
    """A line for each document that is missing, wrong or left over, and for a broken index."""
    for noun, slugs in _everything():
        with standing.one_moment():
            # not locked: who has changed one since could then not be waited for
            difference = _compared(noun, slugs, lock=False)
        for document in difference.wrong:
            yield f"{noun} {document.slug!r}: what search holds is not what is published."
        for document in difference.left_over:
            yield f"{noun} {document.slug!r}: search holds it, and it is not published."
    with connection.cursor() as cursor:
        if not fulltext.sound(cursor):
            yield "The index does not agree with the documents."
    yield from standing.differences()


@dataclass(frozen=True)
class _Difference:
    """Documents as they should be and are not, and those that should not be."""

    wrong: list[SearchDocument]
    left_over: list[SearchDocument]

    def __len__(self) -> int:
        return len(self.wrong) + len(self.left_over)


def _hold(quotations: Collection[str], commitments: Collection[str]) -> None:
    """Lock the documents of these quotations, and of those whose words the commitments are."""
    if connection.features.has_select_for_update:
        slugs = {*quotations, *_WORDS.rows(commitments)}
        _kept(QUOTATION, lock=True).rows(sorted(slugs))  # in one order, whoever does it


_WORDS = Prepared(
    lambda: (
        Commitment.objects.filter(words__isnull=False)
        .order_by()
        .values_list("words__slug", flat=True)
    ),
    "slug",
)


@cache
def _kept(noun: str, *, lock: bool) -> Prepared:
    """The documents of a noun, to be locked in the order of their slugs."""
    rows = SearchDocument.objects.filter(noun=noun).order_by("slug")
    return Prepared(lambda: rows.select_for_update(no_key=True) if lock else rows, "slug")


def _compared(noun: str, slugs: Collection[str], *, lock: bool = True) -> _Difference:
    kept = {row.slug: row for row in _kept(noun, lock=lock).rows(sorted(slugs))}
    wrong = []
    for document in documents(noun, slugs):
        old = kept.pop(document.slug, None)
        if old is None or any(getattr(old, each) != getattr(document, each) for each in COLUMNS):
            wrong.append(document)
    return _Difference(wrong, list(kept.values()))


def _put(difference: _Difference) -> None:
    if difference.left_over:
        gone = [document.pk for document in difference.left_over]
        SearchDocument.objects.filter(pk__in=gone).delete()
    if difference.wrong:
        insert(difference.wrong, unique=("noun", "slug"), written=COLUMNS)


def _everything() -> Iterator[tuple[str, list[str]]]:
    """Every record that is published or that search holds, in lots."""
    for noun, model in MODELS.items():
        rows = model._default_manager.filter(state=State.PUBLISHED)
        slugs = set(rows.values_list("slug", flat=True))
        slugs |= set(SearchDocument.objects.filter(noun=noun).values_list("slug", flat=True))
        for lot in _some(slugs):
            yield noun, lot


def _some(slugs: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(slugs)
    for start in range(0, len(ordered), TOGETHER):
        yield ordered[start : start + TOGETHER]
