"""The log's head: what every public answer's validator and place in the cache are made of.

It is read before the content and from the same database (`reading.replica`), so an answer may be
newer than its key and never older. A process reuses what it read for HEAD_SECONDS: one thread looks
again, the others go on with what is known. Where the database is away, so do all of them, and a
thread of its own looks until it is back: what is in the cache is still the newest there is.
"""

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, sleep

from django.conf import settings
from django.db import Error, connections

from tracker.changes.models import LogHead
from tracker.reading import replica

AGAIN = 1.0  # seconds between two looks at a database that is away

_SQL = f"SELECT sequence, at, hash FROM {LogHead._meta.db_table} WHERE id = 1"  # noqa: S608 - ours


@dataclass(frozen=True)
class Head:
    """The last entry of the log; `at` is None before the first."""

    sequence: int
    at: datetime | None
    hash: str


class _Known:
    """What this process knows of the head in one database."""

    def __init__(self) -> None:
        self.head: Head | None = None
        self.until = 0.0  # by the monotonic clock
        self.away = False
        self.looking = threading.Lock()


_known: dict[str, _Known] = defaultdict(_Known)


def current() -> Head:
    """The head, not older than HEAD_SECONDS, or than an outage of the database has lasted.

    Raises django.db.Error where the database is away and this process has never seen the head, and
    LogHead.DoesNotExist on a database not migrated.
    """
    alias = replica.alias()
    known = _known[alias]
    if known.head and (known.away or monotonic() < known.until):
        return known.head
    if not settings.HEAD_SECONDS:
        return _looked(known, alias)
    # whoever has nothing to go on with waits
    if known.looking.acquire(blocking=known.head is None):
        try:
            if known.head is None or monotonic() >= known.until:
                return _looked(known, alias)
        finally:
            known.looking.release()
    assert known.head
    return known.head


def is_away() -> bool:
    """Whether the database, and no replica of it, was away when it was looked at last."""
    alias = replica.alias()
    return alias != replica.REPLICA and _known[alias].away


def _looked(known: _Known, alias: str) -> Head:
    try:
        known.head = _read(alias)
        known.until = monotonic() + settings.HEAD_SECONDS
    except Error as error:
        if alias == replica.REPLICA:  # so that the next are answered by the primary
            replica.elsewhere(error)
        if known.head is None:
            raise
        if settings.HEAD_SECONDS and not known.away:
            known.away = True
            threading.Thread(target=_look, args=(known, alias), name="head", daemon=True).start()
    return known.head


def _look(known: _Known, alias: str) -> None:
    """Until the database answers: no reader waits for one that does not."""
    try:
        while True:
            sleep(AGAIN)
            try:
                known.head = _read(alias)
            except Error:
                continue
            finally:
                connections[alias].close()
            known.until = monotonic() + settings.HEAD_SECONDS
            return
    finally:
        known.away = False


def _read(alias: str) -> Head:
    """By one statement, without the ORM: that costs half of a page from the cache."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_SQL)
        row = cursor.fetchone()
    if row is None:
        raise LogHead.DoesNotExist("The database holds no log: it has not been migrated.")
    sequence, at, last = row
    return Head(sequence, at.replace(tzinfo=UTC) if at and at.tzinfo is None else at, last)
