"""Validators of a public answer: they move when the record or the site does, and when a day passes.

    condition(etag_func=etag, last_modified_func=last_modified)(view)

answers a reader who has the newest already with 304: one indexed read of the log's head, and
nothing is rendered. What the query asks for is looked at before it: see `feeds.serving`.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, QueryDict

from tracker.changes.models import LogHead
from tracker.records.dates import LAST_ZONE, today

FRESH = "public, max-age=30, stale-while-revalidate=60"

#: Last-Modified has whole seconds. Within this time of an entry another may yet bear its second.
SETTLED = timedelta(seconds=2)


@dataclass(frozen=True)
class Head:
    """The last entry of the log; `at` is None before the first."""

    sequence: int
    at: datetime | None
    hash: str


def head_of(request: HttpRequest) -> Head:
    """The log's head, read once a request, before any content: an answer may be newer than what
    its validators say, never older."""
    known: Head | None = getattr(request, "log_head", None)
    if known is None:
        known = Head(*LogHead.objects.values_list("sequence", "at", "hash").get(pk=1))
        request.log_head = known  # type: ignore[attr-defined]  # kept for the view
    return known


def etag(request: HttpRequest, *args: Any, **kwargs: Any) -> str:
    """Of release and settings, the log head, today at UTC-12, and the normalised query."""
    head = head_of(request)
    site = _site()
    state = [head.sequence, head.hash, today().isoformat(), normalised(request.GET)]
    digest = hashlib.sha256(json.dumps([site, state]).encode()).hexdigest()
    return f'"{head.sequence}-{digest[:32]}"'


def last_modified(request: HttpRequest, *args: Any, **kwargs: Any) -> datetime:
    """When the record last changed, the day began, or this process began to serve this release with
    these settings: whichever was latest. Processes may differ by their starts, which costs whoever
    asks by date alone one answer more, and hides none.

    A second early for the first two seconds, so that whoever asks by date alone and came between
    two entries of one second is given the other as well.
    """
    now = datetime.now(UTC)
    began = max(datetime.combine(today(now), time.min, LAST_ZONE), _since(_site()))
    at = head_of(request).at
    if at is None or at < began:
        return began
    return min(at, now) - timedelta(seconds=1) if now - at < SETTLED else at


def _site() -> tuple[str, ...]:
    """What an answer is made of and the record does not hold."""
    return settings.RELEASE, settings.SITE_URL, settings.SITE_NAME, settings.WEBSUB_HUB


@lru_cache(maxsize=1)
def _since(site: tuple[str, ...]) -> datetime:
    """When this process was first asked for an answer of this site; a second early, as above."""
    return datetime.now(UTC) - timedelta(seconds=1)


def normalised(query: QueryDict) -> str:
    """The query with its parameters in order and the empty ones left out."""
    return urlencode(sorted((name, value) for name, value in query.lists() if any(value)), True)
