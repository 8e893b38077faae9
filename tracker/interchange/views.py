"""The files of the whole record, for anybody and for pages of any site."""

from django.http import HttpRequest, HttpResponse

from tracker.answers.crossing import read_by_other_sites
from tracker.answers.pages import public
from tracker.interchange.bulk.finding import to_serve
from tracker.interchange.bulk.making import names
from tracker.interchange.bulk.serving import answer
from tracker.reading.pages.lookup import Missing
from tracker.reading.validating import head_of

AGAIN = 10  # seconds


@read_by_other_sites(
    asks="If-Modified-Since, If-None-Match, If-Range, Range",
    told="Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Repr-Digest, "
    "Retry-After",
)
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
