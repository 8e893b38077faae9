"""One file of a package as an answer: whole or in part (RFC 9110, sections 13 and 14)."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from tracker.interchange.bulk.describing import DATABASE, TYPES, ZIP
from tracker.interchange.bulk.files import File
from tracker.interchange.bulk.making import Made
from tracker.reading.validating import FRESH
from tracker.records.cells import CSV_TYPE

BLOCK = 64 * 1024  # bytes sent at once
KEPT_AS_FILES = (ZIP, DATABASE)  # which no browser can show

_RANGE = re.compile(r"bytes=(\d*)-(\d*)\s*", re.ASCII | re.IGNORECASE)
_DIGITS = 18  # of a place in a file; a longer number is no place in any


@dataclass(frozen=True)
class Span:
    """From the byte `first` on, `length` bytes."""

    first: int
    length: int


class Unsatisfiable(Exception):
    """The part that is asked for lies beyond the file's end."""


def answer(request: HttpRequest, made: Made, name: str) -> HttpResponse:
    """200, 206, 304, 412 or 416. Raises FileNotFoundError where the package was thrown away."""
    about = made.files[name]
    etag, modified = f'"{about.sha256}"', int(made.at.timestamp())
    given = get_conditional_response(request, etag, modified)
    if given is None:
        given = _content(request, made, name, about, etag)
    if given.status_code >= 400:
        given["Cache-Control"] = "no-store"
        return given
    given["ETag"] = etag
    given["Last-Modified"] = http_date(modified)
    given["Cache-Control"] = FRESH
    given["Accept-Ranges"] = "bytes"
    return given


def _content(request: HttpRequest, made: Made, name: str, about: File, etag: str) -> HttpResponse:
    whole = Span(0, about.size)
    try:
        span = span_of(request, about.size, etag) or whole
    except Unsatisfiable:
        return HttpResponse(
            f"The file has {about.size} bytes.\n",
            status=416,
            content_type="text/plain; charset=utf-8",
            headers={"Content-Range": f"bytes */{about.size}"},
        )
    path = made.folder / name
    path.stat()  # it is opened when it is sent, and must be there now
    given = StreamingHttpResponse(_sent(path, span), content_type=TYPES.get(name, CSV_TYPE))
    given["Content-Length"] = str(span.length)
    given["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(about.sha256)).decode()}:"
    if name in KEPT_AS_FILES:
        given["Content-Disposition"] = f'attachment; filename="{name}"'
    if span is not whole:
        given.status_code = 206
        last = span.first + span.length - 1
        given["Content-Range"] = f"bytes {span.first}-{last}/{about.size}"
    return cast(HttpResponse, given)


def _sent(path: Path, span: Span) -> Iterator[bytes]:
    """The part of the file, a block at a time."""
    with path.open("rb") as file:
        file.seek(span.first)
        left = span.length
        while left and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def span_of(request: HttpRequest, size: int, etag: str) -> Span | None:
    """The part that is asked for; None for the whole file.

    Several parts at once, or what is no range, may be answered by the whole file, and are. So is
    an If-Range that names another file, or a date, which does not tell two files of one second
    apart. Raises Unsatisfiable.
    """
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if request.method != "GET" or not asked or asked.groups() == ("", ""):
        return None
    if request.headers.get("If-Range", etag) != etag:
        return None
    first, last = asked.groups()
    if not first:
        length = min(_place(last), size)
        if length == 0:
            raise Unsatisfiable
        return Span(size - length, length)
    if last and _place(last) < _place(first):
        return None
    begin = _place(first)
    if begin >= size:
        raise Unsatisfiable
    end = min(_place(last), size - 1) if last else size - 1
    return Span(begin, end - begin + 1)


def _place(digits: str) -> int:
    digits = digits.lstrip("0") or "0"  # Python refuses to read thousands of them
    return int(digits) if len(digits) <= _DIGITS else 10**_DIGITS
