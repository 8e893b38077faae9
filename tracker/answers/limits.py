"""How much one request may bring along, before any of it is read.

What is read is bounded again: fields and their sizes by Django (DATA_UPLOAD_*), files by kind,
where each is taken in. Without this one a stranger could have gigabytes parsed onto our disk as a
file that no form asked for.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from tracker.answers.pages import page
from tracker.answers.problems import API, problem

Answering = Callable[[HttpRequest], HttpResponseBase]

OF_THE_PUBLIC = 1_000_000  # bytes: the longest letter that a form takes is a tenth of it
OF_THE_DESK = 25_000_000  # bytes: a file of the largest kind that is taken, and a pasted text

TOO_LARGE = (
    "What was sent is larger than a form can carry, so it was not read and nothing was saved. "
    "Going back in your browser should still show what you typed. A long text goes into a source "
    "as a file: save it as .txt and upload it there."
)


def bodies_are_bounded(get_response: Answering) -> Answering:
    """Middleware: refuse a body that is larger than any form here can carry."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        at_the_desk = request.path.startswith(reverse("admin:index"))
        most = OF_THE_DESK if at_the_desk else OF_THE_PUBLIC
        number = length if length.isascii() and length.isdecimal() and len(length) < 20 else ""
        if number and int(number) <= most:
            return get_response(request)
        return too_large(request)

    return middleware


def too_large(request: HttpRequest) -> HttpResponse:
    """413 (RFC 9110), in words."""
    if request.path_info.startswith(API):
        return problem(request, 413, "The request is larger than anything that is read here.")
    return page(request, "400.html", status=413, name="", message=TOO_LARGE, path="/")
