"""The files of the whole record, for anybody and for pages of any site."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from tracker.answers.pages import METHODS, public
from tracker.interchange.bulk.finding import to_serve
from tracker.interchange.bulk.making import names
from tracker.interchange.bulk.serving import answer
from tracker.reading.pages.lookup import Missing
from tracker.reading.validating import head_of

AGAIN = 10  # seconds

SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Disposition, Content-Length, "
    "Content-Range, ETag, Repr-Digest, Retry-After",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": "If-Modified-Since, If-None-Match, If-Range, Range",
    "Access-Control-Max-Age": "86400",
    "Allow": ", ".join((*METHODS, "OPTIONS")),
}

View = Callable[..., HttpResponse]


def _shared(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, name: str) -> HttpResponse:
        if request.method == "OPTIONS":
            given = HttpResponse(status=204, headers=PREFLIGHT)
        else:
            given = view(request, name)
        for header, value in SHARED.items():
            given[header] = value
        return given

    return csrf_exempt(guarded)


@_shared
@public
def file(request: HttpRequest, name: str) -> HttpResponse:
    """A file of the newest package, or the part of it that is asked for."""
    if name not in names():
        raise Missing("file")
    for _ in range(2):
        if (made := to_serve(head_of(request))) is None:
            break
        try:
            return answer(request, made, name)
        except FileNotFoundError:  # thrown away between finding and opening it
            continue
    return HttpResponse(
        "The files are being made from the record. Ask again in a few seconds.\n",
        status=503,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store", "Retry-After": str(AGAIN)},
    )
