"""Every public page, for crawlers (sitemaps.org): one file, or several that an index names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sitemaps.views import SitemapIndexItem
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from tracker.answers.pages import public_list
from tracker.changes.log import head_sequence
from tracker.changes.models import LogHead
from tracker.reading.filtering import BadParameter, only
from tracker.reading.pages.addresses import PAGED, addresses, entries, piece, pieces
from tracker.web.paging import number_of

#: Addresses of one file. The rules allow 50,000; fewer take less memory at a time.
LIMIT = 10_000

CHUNK = 2_000  # rows read at a time

_OF_LISTS = "list"

#: Pages that are no record's, and whether every entry of the log changes them.
_LISTS = {
    "home": True,
    "labs": False,
    "commitments": False,
    "pledges": False,
    "timeline": False,
    "people": False,
    "sources": False,
    "discrepancies": False,
    "indicators": False,
    "compare": False,
    "changes": True,
    "checkpoints": False,
    "methodology": False,
    "sensitivity": True,
    "data": True,
}


@dataclass(frozen=True)
class _Section:
    """The pages of one noun: `rows` hold {slug, changed_at}, in order of their ids, of which there
    are none beyond `pieces` spans of LIMIT."""

    name: str
    rows: QuerySet[Any, Any]
    pieces: Callable[[], int]

    def urls(self, number: int | None = None) -> list[dict[str, Any]]:
        """All of them, or those of one span."""
        rows = self.rows if number is None else piece(self.rows, number, LIMIT)
        return [
            _url(reverse(self.name, args=[row["slug"]]), row["changed_at"])
            for row in rows.iterator(CHUNK)
        ]

    def held(self, count: int) -> list[int]:
        """Of so many spans those that hold any: a file without addresses is none."""
        return [
            number for number in range(1, count + 1) if piece(self.rows, number, LIMIT).exists()
        ]


def _url(path: str, changed_at: datetime | None) -> dict[str, Any]:
    """As Django's template has it; absolute by SITE_URL: whoever asks under another name is told
    ours."""
    return {"location": settings.SITE_URL + path, "lastmod": changed_at}


def _lists() -> list[dict[str, Any]]:
    """Home, the lists and the method; when the log last grew, where that changes the page."""
    head = LogHead.objects.values_list("at", flat=True).get(pk=1)
    return [_url(reverse(name), head if moves else None) for name, moves in _LISTS.items()]


def _sections() -> Mapping[str, _Section]:
    """By what `?of=` calls them."""
    nouns = {
        model.noun(): _Section(model.noun(), addresses(model), partial(pieces, model, LIMIT))
        for model in PAGED
    }
    return {**nouns, "change": _Section("change", entries(), lambda: -(-head_sequence() // LIMIT))}


@public_list
def sitemap(request: HttpRequest) -> HttpResponse:
    """All addresses in one file; where they are more than a file may hold, an index of files, each
    with the addresses `?of=` one noun, in pieces by `?page=`."""
    only(request.GET, "of", "page")
    sections = _sections()
    if "of" in request.GET:
        return _piece(sections, request.GET["of"], number_of(request.GET))
    if "page" in request.GET:
        raise BadParameter("page", "goes with of=, such as of=commitment&page=2.")
    spans = {name: section.pieces() for name, section in sections.items()}
    if max(spans.values()) > 1 or _are_many(sections):
        return _index({name: sections[name].held(count) for name, count in spans.items()})
    return _xml(
        "sitemap.xml",
        urlset=[*_lists(), *(url for each in sections.values() for url in each.urls())],
    )


def _are_many(sections: Mapping[str, _Section]) -> bool:
    """Whether they are more than one file may hold; none has more than a span."""
    held = sum(each.rows.order_by().values("pk").count() for each in sections.values())
    return len(_LISTS) + held > LIMIT


def _piece(sections: Mapping[str, _Section], of: str, number: int) -> HttpResponse:
    if of != _OF_LISTS and of not in sections:
        raise BadParameter("of", f"Choose one of: {', '.join([_OF_LISTS, *sections])}.")
    spans = -(-len(_LISTS) // LIMIT) if of == _OF_LISTS else sections[of].pieces()
    if number > max(1, spans):
        raise BadParameter("page", f"is {number}, but there are fewer.")
    if of == _OF_LISTS:
        return _xml("sitemap.xml", urlset=_lists()[(number - 1) * LIMIT : number * LIMIT])
    return _xml("sitemap.xml", urlset=sections[of].urls(number))


def _index(held: Mapping[str, Sequence[int]]) -> HttpResponse:
    named = settings.SITE_URL + reverse("sitemap")
    lists = range(1, -(-len(_LISTS) // LIMIT) + 1)
    files = [
        SitemapIndexItem(f"{named}?{urlencode({'of': name, 'page': number})}")
        for name, numbers in {_OF_LISTS: lists, **held}.items()
        for number in numbers
    ]
    return _xml("sitemap_index.xml", sitemaps=files)


def _xml(template: str, **context: Any) -> HttpResponse:
    return HttpResponse(
        render_to_string(template, context), content_type="application/xml; charset=utf-8"
    )
