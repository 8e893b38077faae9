"""The page cache: public answers are made once for each state of the record, and kept.

The first of the middleware but where there is a replica, where it is within
`reading.replica.PublicReads`. What is asked for and the state of the record (`reading.validating`)
make a key: publishing moves the head of the log and so every key, and nothing is ever purged. An
answer that is kept costs one look into a dictionary; the database is asked for the head alone, ten
times a second at most, and may be away. Whoever has the newest already is told so (304) without
anything being made: an ETag is secret until it was given with an answer, so whoever names it knows
that the address is good (RFC 9110, section 13).

A view opts in by `Cache-Control: FRESH`: what it shows follows from the log, the day and the query.

While the database is away, whoever asks for a page that was not made since the last publication is
given it as it was made before, under the ETag that it had then (stale-if-error, RFC 5861); but
nothing from before a redaction.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import DisallowedHost, MiddlewareNotUsed, SuspiciousOperation
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.http.request import split_domain_port, validate_host
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, urlencode

from tracker.answers import measuring
from tracker.answers.kept import PAGES, Kept, Made
from tracker.answers.packing import accepts_gzip
from tracker.answers.problems import API, problem
from tracker.changes.models import LogHead
from tracker.reading.asides import Answering, aside
from tracker.reading.head import Head, current, is_away
from tracker.reading.replica import is_public
from tracker.reading.validating import FRESH, last_modified, normalised, site, state

STATIC = "/static/"
FEEDS = "/feeds/"
FAILED = "It is no longer as If-Match or the like says."

#: Of the headers by which a request may be shown another answer, those that are in the key.
VARIED_BY = {"accept-encoding", "sec-fetch-dest"}
CONDITIONS = (
    "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE",
)  # fmt: skip
#: What is one request's own, and not kept with the answer.
OWN = {"x-request-id", "set-cookie", "etag", "last-modified"}
#: What a 304 does not repeat, for it is of the body or of no use to a cache (RFC 9110, 15.4.5).
OF_THE_BODY = {
    "content-type", "content-length", "content-encoding", "content-disposition", "link",
}  # fmt: skip

Headers = dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for. `tag` is the ETag that its answer has if there is one; `key` is of
    the exact query, empty parameters too: some pages refuse those. `known` is True for whoever has
    the answer already."""

    head: Head
    query: QueryDict | None  # None where there is none
    which: bytes  # of all the answers of one state of the record
    key: str
    tag: str
    known: bool


class PageCache:
    """The middleware."""

    def __init__(self, get_response: Answering) -> None:
        if settings.DEBUG:
            raise MiddlewareNotUsed("Templates and code change under it.")
        self.get_response = get_response
        site()  # reads all code: at the start, not while somebody waits

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """From the cache; else as the site answers, which may be kept."""
        asked = _asked(request)
        if asked is None:
            return self.get_response(request)
        if kept := _that_will_do(PAGES.get(asked.key), asked):
            measuring.cache_hit()
            return _answered(request, asked, kept)
        told = aside(request)
        told.head, told.has_it, told.in_vain = asked.head, asked.known, is_away()
        if asked.query is not None:
            request.GET = asked.query  # type: ignore[assignment]  # it is as immutable
        if asked.known or request.method == "HEAD" or PAGES.never(request.path):
            return self._made(request, asked)
        with PAGES.to_make(asked.key) as made:
            if kept := _that_will_do(made, asked):
                measuring.cache_hit()
                return _answered(request, asked, kept)
            return self._made(request, asked)

    def _made(self, request: HttpRequest, asked: Asked) -> HttpResponseBase:
        measuring.cache_miss()
        answer = self.get_response(request)
        if aside(request).outage:
            return _as_it_was(request, asked) or answer
        if not _may_be_kept(answer):
            if answer.status_code == 200:
                PAGES.not_kept(request.path)
            return answer
        assert isinstance(answer, HttpResponse)
        unchanged = answer.status_code == 304
        headers = {
            name.lower(): (name, value) for name, value in answer.items() if name.lower() not in OWN
        }
        kept = Kept(headers, None if unchanged else answer.content)
        if request.method != "HEAD":
            PAGES.put(asked.key, kept)
            if not unchanged:
                PAGES.note(_address(asked), Made(asked.key, asked.tag))
        return _answered(request, asked, kept)


def unless_known(request: HttpRequest, make: Callable[[], HttpResponse]) -> HttpResponse:
    """What `make` makes, or, for whoever has it already, nothing. To be kept, unless it says
    otherwise."""
    answer = HttpResponseNotModified() if aside(request).has_it else make()
    if answer.status_code in (200, 304):
        answer.headers.setdefault("Cache-Control", FRESH)
    return answer


# --- What is asked for ---------------------------------------------------------------------------


def _asked(request: HttpRequest) -> Asked | None:
    """None of what is not looked up: what is not public, what is answered otherwise than by its
    view, and what cannot be read."""
    path = request.path
    if not is_public(request) or path.startswith(STATIC):
        return None
    secure = request.is_secure()
    if (settings.SECURE_SSL_REDIRECT and not secure) or not _is_our_host(request):
        return None
    meta = request.META
    try:
        query = _in_order(request.GET) if meta.get("QUERY_STRING") else None
        head = current()
    except (SuspiciousOperation, Error, LogHead.DoesNotExist):
        return None
    shown = path.startswith(FEEDS) and meta.get("HTTP_SEC_FETCH_DEST") == "document"
    packed = accepts_gzip(meta.get("HTTP_ACCEPT_ENCODING", ""))
    which = f"{path}\n{secure:d}{shown:d}{packed:d}\n".encode()
    digest = hashlib.blake2b(which, key=state(head), digest_size=16)
    exact = digest.copy()
    if query:
        digest.update(normalised(query).encode())
        exact.update(in_full := query.urlencode().encode())
        which += in_full
    key, end = exact.hexdigest(), digest.hexdigest()
    tag = f'"{head.sequence}-{end}"'
    given = meta.get("HTTP_IF_NONE_MATCH")
    # of a list, or made weak by a cache on the way; not where another condition goes before it
    known = (
        given is not None
        and tag in given
        and key == end
        and "HTTP_IF_MATCH" not in meta
        and "HTTP_IF_UNMODIFIED_SINCE" not in meta
    )
    return Asked(head, query, which, key, tag, known)


def _address(asked: Asked) -> str:
    """Under which it is noted how the answer was made last, whatever the record held then."""
    return hashlib.blake2b(asked.which, key=site(), digest_size=16).hexdigest()


def _in_order(query: QueryDict) -> QueryDict:
    """The same parameters, by name: a page that repeats its address is the same in any order."""
    given: Iterable[tuple[str, list[str]]] = query.lists()
    names = [name for name, _ in given]
    if names == sorted(names):
        return query
    return QueryDict(urlencode(sorted(query.lists()), True), encoding=query.encoding)


def _is_our_host(request: HttpRequest) -> bool:
    host = request.META.get("HTTP_HOST")
    if host is not None:
        return _is_allowed(host, tuple(settings.ALLOWED_HOSTS))
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


@lru_cache(maxsize=64)
def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """As HttpRequest.get_host has it."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


# --- The answer ----------------------------------------------------------------------------------


def _that_will_do(kept: Kept | None, asked: Asked) -> Kept | None:
    """Headers alone will do for whoever has the rest."""
    return kept if kept and (asked.known or kept.body is not None) else None


def _may_be_kept(answer: HttpResponseBase) -> bool:
    """Whether it is the same for everybody until the key changes."""
    varied = answer.get("Vary") or "Accept-Encoding"
    return (
        answer.status_code in (200, 304)
        and answer.get("Cache-Control") == FRESH
        and not answer.streaming
        and not answer.cookies
        and "ETag" not in answer
        and VARIED_BY.issuperset(each.strip() for each in varied.lower().split(","))
    )


def _has_conditions(request: HttpRequest) -> bool:
    meta = request.META
    return any(name in meta for name in CONDITIONS)


def _answered(request: HttpRequest, asked: Asked, kept: Kept) -> HttpResponse:
    """200, 304 or 412, with all that belongs to it."""
    modified = last_modified(asked.head)
    if asked.known:
        return _with(request, kept, 304, asked.tag, modified)
    return _checked(request, kept, asked.tag, modified)


def _as_it_was(request: HttpRequest, asked: Asked) -> HttpResponse | None:
    """The answer as it was made last, if it is still there, and no redaction has come since."""
    made = PAGES.noted(_address(asked))
    if made is not None and made.sequence < asked.head.redaction:
        return None
    kept = PAGES.of_any(made.key) if made else None
    if made is None or kept is None or kept.body is None:
        return None
    return _checked(request, kept, made.tag, None)


def _checked(request: HttpRequest, kept: Kept, tag: str, modified: datetime | None) -> HttpResponse:
    refused = None
    if modified is None:  # which makes that condition void (RFC 9110, 13.1.4)
        request.META.pop("HTTP_IF_UNMODIFIED_SINCE", None)
    if _has_conditions(request):
        at = int(modified.timestamp()) if modified else None
        refused = get_conditional_response(request, tag, at)
    return _with(request, kept, refused.status_code if refused else 200, tag, modified)


def _with(
    request: HttpRequest, kept: Kept, status: int, tag: str, modified: datetime | None
) -> HttpResponse:
    headers: Headers = dict(kept.headers)
    if status != 200:
        for name in OF_THE_BODY:
            headers.pop(name, None)
    if status == 412:
        return _failed(request, headers)
    headers["etag"] = ("ETag", tag)
    if modified:
        headers["last-modified"] = ("Last-Modified", http_date(modified.timestamp()))
    body = kept.body if status == 200 and request.method != "HEAD" else b""
    answer = HttpResponse(body, status=status)
    # As Django keeps them, and good once: to set each again doubles what making the answer takes.
    answer.headers._store = headers
    return answer


def _failed(request: HttpRequest, headers: Headers) -> HttpResponse:
    """The answer to whoever wants it only as it was."""
    if request.path.startswith(API):
        answer = problem(request, 412, FAILED)
    else:
        answer = HttpResponse(
            f"{FAILED}\n",
            status=412,
            content_type="text/plain; charset=utf-8",
            headers={"Cache-Control": "no-store"},
        )
    for name, value in headers.values():
        answer.headers.setdefault(name, value)
    answer.headers["Content-Length"] = str(len(answer.content))
    if request.method == "HEAD":
        answer.content = b""
    return answer
