"""Validators of a public answer: they move when the record or the site does, and when a day passes.

`tracker.answers.cache` makes an answer's ETag and its place in the cache of `state` and of what is
asked, and answers whoever has the newest already without rendering anything.
"""

import hashlib
import json
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, QueryDict

from tracker.reading.asides import aside
from tracker.reading.head import Head, current
from tracker.records.dates import LAST_ZONE, today

FRESH = "public, max-age=30, stale-while-revalidate=60"

#: Last-Modified has whole seconds. For so long after an entry another of its second may yet come
#: to be seen: one that was committed slowly, or that a replica received late.
SETTLED = timedelta(minutes=1)

#: What answers are made by: two copies of the site that differ here share no page and no ETag.
_MADE_BY = ("tracker/**/*.py", "tracker/web/static/**/*", "templates/**/*")


def head_of(request: HttpRequest) -> Head:
    """The log's head, read once a request, before any content: an answer may be newer than what
    its validators say, never older."""
    known = aside(request)
    if known.head is None:
        known.head = current()
    return known.head


def state(head: Head) -> bytes:
    """A digest of release and settings, the log's head, and today at UTC-12. It is secret, so that
    nobody can make the ETag of an answer that was never given."""
    return _state(_site(), settings.SECRET_KEY, head.sequence, head.hash, today().isoformat())


def site() -> bytes:
    """As `state`, of release and settings alone."""
    return _state(_site(), settings.SECRET_KEY)


@lru_cache(maxsize=16)
def _state(site: tuple[str, ...], secret: str, *moving: int | str) -> bytes:
    text = json.dumps([site, _code(), moving])
    return hashlib.blake2b(text.encode(), key=hashlib.sha512(secret.encode()).digest()).digest()


def last_modified(head: Head) -> datetime | None:
    """When the record last changed, the day began, or this process began to serve this release with
    these settings: whichever was latest. Processes may differ by their starts, which costs whoever
    asks by date alone one answer more, and hides none.

    None until that has settled: an answer without a date is given whole to whoever asks by date
    alone, who would otherwise miss what came within the same second (RFC 9110, 8.8.2.1 and 13.1.3).
    """
    since, now = _since(_site()), datetime.now(UTC)
    began = max(datetime.combine(today(now), time.min, LAST_ZONE), since)
    modified = max(head.at or began, began)
    return modified if now - modified >= SETTLED else None


def _site() -> tuple[str, ...]:
    """What an answer is made of and the record does not hold."""
    return (
        *(settings.RELEASE, settings.SITE_URL, settings.SITE_NAME),
        *(settings.WEBSUB_HUB, settings.SECURITY_CONTACT),
        settings.STORAGES["staticfiles"]["BACKEND"],  # which names style sheets
    )


@lru_cache(maxsize=1)
def _since(site: tuple[str, ...]) -> datetime:
    """When this process was first asked for an answer of this site."""
    return datetime.now(UTC)


@lru_cache(maxsize=1)
def _code() -> str:
    """A digest of all code and templates: a page changes with them, whatever RELEASE says."""
    digest = hashlib.sha256()
    for pattern in _MADE_BY:
        for path in sorted(settings.BASE_DIR.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(settings.BASE_DIR)} {content}\n".encode())
    return digest.hexdigest()


def normalised(query: QueryDict) -> str:
    """The query with its parameters in order and the empty ones left out."""
    return urlencode(sorted((name, value) for name, value in query.lists() if any(value)), True)
