"""The log's head: what every public answer's validator and place in the cache are made of.

It is read before the content and from the same database (`reading.replica`), so an answer may be
newer than its key and never older. A process reuses what it read for HEAD_SECONDS: one thread looks
again, and the others go on with what is known, unless that was read longer ago than twice as much:
then they wait for what the one sees, for a process that nobody asked for an hour knows the head of
an hour ago. Where the database is away, all of them go on with what is known, and a thread of its
own looks until it is back: what is in the cache is still the newest there is.
"""

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from time import monotonic, sleep

from django.conf import settings
from django.db import Error, connections

from tracker.changes.kinds import Kind
from tracker.changes.models import ChangeTopic, LogHead
from tracker.changes.topics import ALL
from tracker.reading import replica
from tracker.records.trouble import Trouble, trouble

AGAIN = 1.0  # seconds between two looks at a database that is away
PATIENCE = 1.0  # seconds, from when one began to look, that others wait for what it sees

# ruff: noqa: S608 - our own names
#: In the words of the index of broad topics (`changes.models.Broad`): of one kind, the last.
_REDACTION = (
    f"SELECT MAX(sequence) FROM {ChangeTopic._meta.db_table} WHERE topic = '{ALL}' AND "
    f"kind = '{Kind.REDACTION}' AND (topic < 'b' OR (topic > 'l' AND topic < 'm'))"
)
_SQL = f"SELECT sequence, at, hash, ({_REDACTION}) FROM {LogHead._meta.db_table} WHERE id = 1"


@dataclass(frozen=True)
class Head:
    """The last entry of the log; `at` is None before the first. `redaction` is the number of the
    newest redaction, 0 before the first: what was made before it may show what it took away."""

    sequence: int
    at: datetime | None
    hash: str
    redaction: int = 0


class _Known:
    """What this process knows of the head in one database."""

    def __init__(self) -> None:
        self.head: Head | None = None
        self.until = 0.0  # by the monotonic clock
        self.began = inf  # likewise, of the look that is going on
        self.away = False
        self.looking = threading.Lock()


_known: dict[str, _Known] = defaultdict(_Known)


def current() -> Head:
    """The head, not older than twice HEAD_SECONDS, or than an outage of the database has lasted.

    Raises django.db.Error where the database is away and this process has never seen the head, and
    LogHead.DoesNotExist on a database not migrated.
    """
    alias = replica.alias()
    known = _known[alias]
    if known.head and (known.away or monotonic() < known.until):
        return known.head
    if not settings.HEAD_SECONDS:
        return _looked(known, alias)
    if known.looking.acquire(timeout=_patience(known)):
        try:
            # unless it was seen meanwhile, by whom was waited for, or found to be away
            if known.head is None or not (known.away or monotonic() < known.until):
                known.began = monotonic()
                return _looked(known, alias)
        finally:
            known.began = inf
            known.looking.release()
    assert known.head
    return known.head


def _patience(known: _Known) -> float:
    """For how many seconds to wait for another's look; -1, for ever, with nothing to go on with.

    It is counted from when the look began, so that a database that hangs holds nobody up twice.
    """
    if known.head is None:
        return -1
    now = monotonic()
    if now < known.until + settings.HEAD_SECONDS:
        return 0
    return min(PATIENCE, max(0.0, known.began + PATIENCE - now))


def is_away() -> bool:
    """Whether the database, and no replica of it, was away when it was looked at last."""
    alias = replica.alias()
    return alias != replica.REPLICA and _known[alias].away


def _looked(known: _Known, alias: str) -> Head:
    try:
        return _see(known, alias)
    except Error as error:
        if alias == replica.REPLICA and trouble(error) is Trouble.AWAY:
            replica.failed()
        if known.head is None:
            raise
        if settings.HEAD_SECONDS and not known.away:
            known.away = True
            looking = threading.Thread(target=_look, args=(known, alias), name="head", daemon=True)
            try:
                looking.start()
            except RuntimeError:  # no more threads just now: the next who asks looks again
                known.away = False
        return known.head


def _look(known: _Known, alias: str) -> None:
    """Until the database answers: no reader waits for one that does not."""
    try:
        while True:
            sleep(AGAIN)
            try:
                _see(known, alias)
            except Error:
                continue
            finally:
                connections[alias].close()
            return
    finally:
        known.away = False


def _see(known: _Known, alias: str) -> Head:
    asked = monotonic()  # what is seen may be as old as the question
    known.head = head = _read(alias)
    known.until = asked + settings.HEAD_SECONDS
    return head


def _read(alias: str) -> Head:
    """By one statement, without the ORM: that costs half of a page from the cache."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_SQL)
        row = cursor.fetchone()
    if row is None:
        raise LogHead.DoesNotExist("The database holds no log: it has not been migrated.")
    sequence, at, last, redaction = row
    at = at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
    return Head(sequence, at, last, redaction or 0)
