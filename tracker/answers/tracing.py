"""Which request a line of the log belongs to, and how long each request took.

Every request has an id. Each line that is logged while it is served bears that id, its method and
the name of its route: never an address, a query, a network or a name, which are somebody's own.
The id is told where something went wrong or the answer is one reader's alone; what caches keep is
the same for all and has none.
"""

import logging
import re
import secrets
import time
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tracker.answers import measuring
from tracker.reading.asides import Answering, Trace, aside

HEADER = "X-Request-Id"
SLOW = 3.0  # seconds until the first byte, after which a request has a line of its own

#: As proxies make them. Never 43 characters, which might be somebody's token (letters.masking).
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{7,39}")

logger = logging.getLogger(__name__)

_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


class RequestId:
    """Middleware: outside of all that may fail, inside of the page cache, which asks nobody."""

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, under an id; count the answer."""
        trace = Trace(_id_of(request), request, time.monotonic())
        aside(request).trace = trace
        before = _current.set(trace)
        try:
            answer = self.get_response(request)
            self._note(trace, answer)
        finally:
            _current.reset(before)
        return answer

    def _note(self, trace: Trace, answer: HttpResponseBase) -> None:
        seconds = time.monotonic() - trace.began
        trace.status = answer.status_code
        measuring.answered(trace.route, answer.status_code, seconds)
        if answer.status_code >= 400 or "no-store" in answer.get("Cache-Control", ""):
            answer[HEADER] = trace.id
        if seconds > SLOW:
            logger.warning("slow: %.1f s", seconds)


def _id_of(request: HttpRequest) -> str:
    """What the proxy in front calls it; a stranger's word for it is not taken."""
    given = request.headers.get(HEADER, "")
    if settings.PROXIES and _WELL_FORMED.fullmatch(given):
        return given
    return secrets.token_hex(16)


class Traced(logging.Filter):
    """Gives each line what is known of its request, as `told`."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line passes."""
        # Django speaks of an error after the middlewares, and then only names the request.
        request = getattr(record, "request", None)  # where Django's own server speaks, its socket
        named = aside(request).trace if isinstance(request, HttpRequest) else None
        trace = named or _current.get()
        told = trace.told if trace else {}
        status = getattr(record, "status_code", None)
        if trace and isinstance(status, int):
            told["status"] = status
        vars(record)["told"] = told
        return True


class Failures(logging.Filter):
    """Of what Django says of answers, lets failures of ours pass: a line each, with its traceback.

    A refusal is no failure: 404 and its like would be a line for each address that somebody makes
    up, and their addresses are somebody's own. Nor is a 503 that the site decides on: it is
    counted, and what is away is told of by whoever found it away.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is a failure."""
        status = getattr(record, "status_code", None)
        if not isinstance(status, int) or record.exc_info:
            return True
        return status >= 500 and status != 503


class Seldom(logging.Filter):
    """Of each logger lets a line pass at most every so many seconds: a pool without its server has
    one a try."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.until: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is time again."""
        now = time.monotonic()
        if now < self.until.get(record.name, 0.0):
            return False
        self.until[record.name] = now + self.seconds
        return True
