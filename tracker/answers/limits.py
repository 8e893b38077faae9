"""How much one request may bring along, before any of it is read.

What is read is bounded again: fields and their sizes by Django (DATA_UPLOAD_*), files by kind,
where each is taken in. Without this one a stranger could have gigabytes parsed onto our disk as a
file that no form asked for.
"""

from contextlib import suppress
from math import inf

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tracker.answers.pages import page
from tracker.answers.problems import API, problem
from tracker.reading.asides import Answering
from tracker.reading.replica import is_the_desks

OF_THE_PUBLIC = 1_000_000  # bytes: the longest letter that a form takes is a tenth of it
OF_THE_DESK = 25_000_000  # bytes: a file of the largest kind that is taken, and a pasted text
OF_STRANGERS_AT_THE_DESK = 100_000  # bytes: a name and a password
LOT = 65_536  # bytes read at once

TOO_LARGE = (
    "What was sent is larger than a form can carry, so it was not read and nothing was saved. "
    "Going back in your browser should still show what you typed. A long text goes into a source "
    "as a file: save it as .txt and upload it there."
)
NOT_LOGGED_IN = (
    "You are not logged in (a log-in lasts 12 hours), so this was not read and nothing was saved. "
    "Going back in your browser should still show what you typed."
)


def bodies_are_bounded(get_response: Answering) -> Answering:
    """Middleware: refuse a body that is larger than any form here can carry."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        most = OF_THE_DESK if is_the_desks(request) else OF_THE_PUBLIC
        return get_response(request) if _brings(request) <= most else too_large(request)

    return middleware


def strangers_bring_little(get_response: Answering) -> Answering:
    """Middleware, where it is known who asks and nothing has been read: only who is logged in at
    the desk may bring what the desk takes."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if (
            is_the_desks(request)
            and _brings(request) > OF_STRANGERS_AT_THE_DESK
            and not request.user.is_authenticated
        ):
            _let_go(request)
            return too_large(request, NOT_LOGGED_IN)
        return get_response(request)

    return middleware


def _let_go(request: HttpRequest) -> None:
    """Take in what was brought, at most what the desk takes, and keep none of it: a proxy that
    cannot hand over everything would say that the site is away."""
    with suppress(OSError):
        while request.read(LOT):
            pass


def too_large(request: HttpRequest, message: str = TOO_LARGE) -> HttpResponse:
    """413 (RFC 9110), in words."""
    if request.path_info.startswith(API):
        return problem(request, 413, "The request is larger than anything that is read here.")
    return page(request, "400.html", status=413, name="", message=message, path="/")


def _brings(request: HttpRequest) -> float:
    """How many bytes the request says that it brings; without end where it says nothing clear."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 20 else inf
