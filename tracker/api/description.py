"""The API described: for machines, and as a page."""

from datetime import date
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import page
from tracker.api.about import about
from tracker.api.docs import sections
from tracker.api.openapi import Document, document
from tracker.api.serving import json_answer, served
from tracker.reading.filtering import only
from tracker.reading.validating import head_of, state
from tracker.records.dates import today


def _nothing_asked(request: HttpRequest) -> None:
    only(request.GET)


@served(_nothing_asked)
def openapi(request: HttpRequest, wanted: None) -> HttpResponse:
    """The OpenAPI document."""
    return json_answer(_described(request))


@served(_nothing_asked)
def docs(request: HttpRequest, wanted: None) -> HttpResponse:
    """The same for people."""
    described = _described(request)
    return page(
        request,
        "api/docs.html",
        about=about(),
        parts=sections(described),
        site=settings.SITE_URL,
    )


def _described(request: HttpRequest) -> Document:
    return _made(state(head_of(request)), today())


@lru_cache(maxsize=1)
def _made(of: bytes, day: date) -> Document:
    """Made once for each state of the record: it asks for an example of every noun."""
    return document(day)
