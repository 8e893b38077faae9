"""From which database the public is answered: the replica, where the site has one.

`PublicReads` stands outside of everything, the page cache too, and decides once a request. Within a
public GET or HEAD every read of the ORM goes to the replica, and code that needs a connection of
its own asks `connection()`: the log's head and the content under it come from one database, so a
page can be newer than its key and never older. Staff, workers, commands, and whatever a reader's
own link or form opens stay on the primary, where they see what they have just written.

Where the replica is away, readers are answered by the primary: a request that fails on the replica
is asked again there, and so are those after it, until a thread that looks every AGAIN seconds finds
the replica back. The pool of the primary bounds what that can cost it.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from tracker.reading.asides import Answering, aside
from tracker.records.trouble import Trouble

REPLICA = "replica"
METHODS = ("GET", "HEAD")
DESK = "/admin/"
#: Staff, what one reader's link or form opens, and what asks after the primary's health.
ON_THE_PRIMARY = (DESK, "/subscribe/", "/suggest/", "/healthz/", "/readyz/", "/metrics/")
AGAIN = 2.0  # seconds between two looks at a replica that was away

logger = logging.getLogger(__name__)

_chosen: ContextVar[str] = ContextVar("the database that is read", default=DEFAULT_DB_ALIAS)
_away = threading.Event()
_looking = threading.Lock()


def alias() -> str:
    """The alias of the database to read from now."""
    return _chosen.get()


def connection() -> BaseDatabaseWrapper:
    """This thread's connection to the database to read from now.

    For code below the ORM; what writes, or reads to write, uses `django.db.connection`.
    """
    return connections[_chosen.get()]


@contextmanager
def reading_from(chosen: str) -> Iterator[None]:
    """Within the block what is read comes from this database."""
    token = _chosen.set(chosen)
    try:
        yield
    finally:
        _chosen.reset(token)


class Router:
    """Reads where `alias` says; writes and migrates on the primary alone."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """Of whatever origin a row is: one that the replica gave is looked at again where the
        record is written, once somebody writes."""
        return _chosen.get()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """Also for a row that the replica gave."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """Both hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """The replica gets its tables from the primary."""
        return db != REPLICA


class PublicReads:
    """Middleware of a site with a replica, and the first: what is public is read there."""

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """From the replica; once more, whole, from the primary where the replica fails."""
        if _away.is_set() or not is_public(request):
            return self.get_response(request)
        known = set(vars(request))
        with reading_from(REPLICA):
            answer = self.get_response(request)
        if elsewhere(aside(request).outage):
            for name in set(vars(request)) - known:  # what was read of the replica
                delattr(request, name)
            return self.get_response(request)
        if isinstance(answer, StreamingHttpResponse) and not isinstance(answer, FileResponse):
            answer.streaming_content = _read_there(iter(answer))
        return answer


def is_public(request: HttpRequest) -> bool:
    """Whether it is answered from the public record alone."""
    return request.method in METHODS and not _is_below(ON_THE_PRIMARY, request)


def is_the_desks(request: HttpRequest) -> bool:
    """Whether it is for the curators' desk, its log-in or what leads nowhere beneath it."""
    return _is_below((DESK,), request)


def _is_below(starts: tuple[str, ...], request: HttpRequest) -> bool:
    return f"{request.path_info}/".startswith(starts)  # with its last slash or without


def elsewhere(kind: Trouble | None) -> bool:
    """Whether what failed so on the replica is to be asked of the primary instead.

    Tells the breaker where the replica is away.
    """
    if kind is Trouble.AWAY:
        failed()
    # a standby may cancel a statement that stands in the way of what it must replay
    return kind in (Trouble.AWAY, Trouble.COLLISION)


def failed() -> None:
    """Read from the primary until the replica answers again."""
    if not _looking.acquire(blocking=False):
        return
    _away.set()
    logger.warning("The replica does not answer: readers are answered by the primary.")
    try:
        threading.Thread(target=_look, name="replica", daemon=True).start()
    except RuntimeError:  # no more threads just now: the next who asks finds it away again
        _away.clear()
        _looking.release()


def _look() -> None:
    """Ask the replica until it answers."""
    try:
        while not _answers():
            time.sleep(AGAIN)
        logger.warning("The replica answers again.")
    finally:
        _away.clear()
        _looking.release()


def _answers() -> bool:
    there = connections[REPLICA]
    try:
        with there.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    else:
        return True
    finally:
        there.close()


def _read_there(parts: Iterator[bytes]) -> Iterator[bytes]:
    """A stream is read on while it is sent, which is after the middleware is done."""
    while True:
        with reading_from(REPLICA):
            part = next(parts, None)
        if part is None:
            return
        yield part
