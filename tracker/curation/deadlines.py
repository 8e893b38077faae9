"""Deadlines that come near or have passed, told once each in the log.

A due date is told when 30, 7 or 1 days are left and once it has passed: four entries at most. A
run that comes late tells the nearest of them alone. A deadline that is moved starts anew.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from tracker.changes.kinds import Kind
from tracker.changes.log import Entry, append
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import record_topic
from tracker.changes.wording import body_of
from tracker.commitments.enums import Schedule
from tracker.commitments.models import Commitment
from tracker.commitments.schedule import DUE_SOON_DAYS
from tracker.curation.entries import entry_for
from tracker.reading.published import published, with_axes
from tracker.reading.standing import Standing, standings
from tracker.records.dates import parse_when, today
from tracker.records.plain import Plain
from tracker.scoring import Verdict

ACTOR = "deadline reminders"  # no account can have this name: it holds a space
DAYS = (1, 7, DUE_SOON_DAYS)  # left, the nearest first
BATCH = 100  # commitments a transaction

#: How near a due date is: a number of DAYS, or PASSED, the nearest of all.
PASSED = 0

KINDS = (Kind.DEADLINE_APPROACHING, Kind.DEADLINE_PASSED)
_OPEN = (Schedule.DUE_SOON, Schedule.OVERDUE)
_SETTLED = frozenset({Verdict.KEPT, Verdict.BROKEN})


def tell_deadlines(
    day: date | None = None, progress: Callable[[int, int], None] | None = None
) -> Counter[str]:
    """Write what is to be told on `day` (default: the date at UTC-12), a batch a transaction.

    Returns how many entries of each kind were written. `progress` is told (done, total).

    Any number may run at once, and one may stop anywhere: nothing is told twice or forgotten.
    """
    day = day or today()
    written, done = Counter[str](), 0
    total = _near(day).count() if progress else 0
    for batch in _batches(day):
        # Most of what is near has been told already: no lock for that.
        if pending := _untold(batch, day):
            with transaction.atomic():
                keys = sorted(commitment.pk for commitment, _ in pending)
                locked = Commitment.objects.select_for_update(no_key=True).filter(pk__in=keys)
                list(locked.order_by("pk").values_list("pk", flat=True))
                # Read after locking: another run, or a curator, may have been here meanwhile.
                rows = _near(day).filter(pk__in=keys).order_by("pk")
                told = append(entry for _, entry in _untold(standings(rows), day))
            written.update(change.kind for change in told)
        done += len(batch)
        if progress:
            progress(done, max(done, total))
    return written


def _near(day: date) -> QuerySet[Commitment]:
    """Published commitments due within 30 days, or past due and not closed."""
    rows: QuerySet[Any] = with_axes(published(Commitment), day)
    return rows.filter(schedule__in=_OPEN).select_related("lab", "pledge")


def _batches(day: date) -> Iterator[list[Standing]]:
    rows, last = _near(day).order_by("pk"), 0
    while batch := standings(rows.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].commitment.pk


def _untold(rows: Iterable[Standing], day: date) -> list[tuple[Commitment, Entry]]:
    """What is to be said now of these commitments, of each one thing at most."""
    due = {
        row.commitment.slug: (row, end)
        for row in rows
        if (end := row.commitment.deadline_due_on_end) is not None and not _is_settled(row)
    }
    earlier = _earlier(due)
    return [
        (row.commitment, _entry(row, end, day))
        for slug, (row, end) in due.items()
        if not any(_covers(change, end, _nearness(end, day)) for change in earlier[slug])
    ]


def _is_settled(row: Standing) -> bool:
    """Decided for good before its day: nobody waits for it any more."""
    return row.verdict in _SETTLED and not row.provisional


def _nearness(end: date, day: date) -> int:
    if day > end:
        return PASSED
    return next(days for days in DAYS if (end - day).days <= days)


def _earlier(slugs: Iterable[str]) -> dict[str, list[Change]]:
    """What has been told of each commitment so far: two queries."""
    found: dict[str, list[Change]] = {slug: [] for slug in slugs}
    topics = [record_topic(Commitment.noun(), slug) for slug in found]
    rows = ChangeTopic.objects.filter(topic__in=topics, kind__in=KINDS)
    for change in Change.objects.filter(sequence__in=rows.values("sequence")):
        found[change.subject_slug].append(change)
    return found


def _covers(change: Change, end: date, nearness: int) -> bool:
    """Whether an earlier entry has told of this due date at this nearness, or at a nearer one.

    A redacted entry no longer says which date it told of: it counts where that can have been this
    one, by the day on which it was written.
    """
    plain: Plain = body_of(change).get("after") or {}
    passed = change.kind == Kind.DEADLINE_PASSED
    if plain:
        if parse_when(plain["deadline"]["due_on"]).end != end:
            return False
        left = plain.get("days_left", -1)
    else:
        left = (end - today(change.at)).days
        if passed != (left < 0) or left > DUE_SOON_DAYS:
            return False
    return passed or next(days for days in DAYS if left <= days) <= nearness


def _entry(row: Standing, end: date, day: date) -> Entry:
    commitment = row.commitment
    left = (end - day).days
    after: dict[str, Any] = {
        "title": commitment.title,
        "deadline": {
            "kind": commitment.deadline_kind,
            "due_on": commitment.deadline_due_on,
            "basis": commitment.deadline_basis,
        },
        "force": commitment.force,
        "basis": commitment.basis,
        "verdict": row.verdict,
        "provisional": row.provisional,
        "confidence": row.confidence,
        "contested": row.contested,
    }
    after |= {"days_left": left} if left >= 0 else {"days_over": -left}
    kind = Kind.DEADLINE_APPROACHING if left >= 0 else Kind.DEADLINE_PASSED
    return entry_for(commitment, kind, ACTOR, None, after, "")
