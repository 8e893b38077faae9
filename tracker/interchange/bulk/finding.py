"""The package to serve now: that of the log's head, made where there is none; else the one before.

current  ->  made already: served
         ->  being made in a thread of this process, or by another: waited for, a little
         ->  not ready: the newest earlier one, whose validators are its own; none from before a
             redaction
"""

import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import connection

from tracker.changes.log import give_back_connection
from tracker.changes.models import Change
from tracker.interchange.bulk.making import (
    Made,
    make,
    newest_redaction,
    package_of,
    packages,
    site_key,
)
from tracker.reading import replica
from tracker.reading.head import Head
from tracker.records.dates import today

logger = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds that a reader waits
WAITING = 2  # readers of one process that wait at once: the rest of its threads answer others
#: What takes longer than a reader waits is made for at most a tenth of the time.
REST = 9
AFTER_FAILURE = 60.0  # seconds

_LOOK = 0.05  # seconds between two looks

_places = threading.BoundedSemaphore(WAITING)
_maker = threading.Lock()
_failed_at = -AFTER_FAILURE


def to_serve(head: Head) -> Made | None:
    """The package of this head and of today; else the newest there is of this log; else None."""
    day = today()
    if made := package_of(head.sequence, head.hash, day):
        return made
    if replica.connection().in_atomic_block:  # what it holds no other connection sees
        return make()
    earlier = newest()
    if not _resting(earlier):
        _start()
    if _places.acquire(blocking=False):
        try:
            give_back_connection()
            if _wait_for(head):
                earlier = newest()
        finally:
            _places.release()
    return earlier


def newest() -> Made | None:
    """The newest package of this site, of the log as it is: a restored log may have lost some, and
    a redaction has taken away what those before it may still hold."""
    ours = sorted(_ours(), key=lambda made: (made.sequence, made.day), reverse=True)
    redaction = newest_redaction() if ours else 0
    for each in ours:
        if each.sequence < redaction:
            break
        entry = Change.objects.filter(sequence=each.sequence, hash=each.hash)
        if each.sequence == 0 or entry.exists():
            return each
    return None


def _ours() -> Iterator[Made]:
    site = site_key()
    return (each for each in packages() if each.site == site)


def _wait_for(head: Head) -> bool:
    """Whether there is one of this entry and today, or of a later one, before patience ends."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if any(each.sequence >= head.sequence and each.day >= today() for each in _ours()):
            return True
        if _failed_recently():
            return False
        time.sleep(_LOOK)
    return False


def _resting(earlier: Made | None) -> bool:
    if _failed_recently():
        return True
    if earlier is None or earlier.seconds <= PATIENCE:
        return False
    return datetime.now(UTC) < earlier.at + timedelta(seconds=REST * earlier.seconds)


def _failed_recently() -> bool:
    return time.monotonic() - _failed_at < AFTER_FAILURE


def _start() -> None:
    """Begin making in a thread, unless one of this process is at it."""
    if _maker.acquire(blocking=False):
        threading.Thread(target=_make, name="data package", daemon=True).start()


def _make() -> None:
    global _failed_at
    try:
        make(wait=False)
    except Exception:
        _failed_at = time.monotonic()
        logger.exception("The data package could not be made.")
    finally:
        connection.close()  # this thread's own
        _maker.release()
