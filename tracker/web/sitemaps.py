"""Every public page, for crawlers (sitemaps.org): one file, or several that an index names."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import SitemapIndexItem
from django.core.paginator import EmptyPage
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from tracker.answers.pages import public_list
from tracker.changes.models import LogHead
from tracker.reading.filtering import BadParameter, only
from tracker.reading.pages.addresses import PAGED, addresses, entries
from tracker.web.paging import number_of

#: Addresses of one file. The rules allow 50,000; fewer take less memory at a time.
LIMIT = 10_000

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


class _Ours(Sitemap):
    """Absolute by SITE_URL: whoever asks under another name is told ours."""

    limit = LIMIT

    def get_protocol(self, protocol: str | None = None) -> str:
        """http or https."""
        return settings.SITE_URL.partition("://")[0]

    def get_domain(self, site: object = None) -> str:
        """All that stands before a path."""
        return settings.SITE_URL.partition("://")[2]


class _Lists(_Ours):
    """Home, the lists and the method."""

    def items(self) -> list[str]:
        """Their names."""
        self.head = LogHead.objects.values_list("at", flat=True).get(pk=1)
        return [*_LISTS]

    def location(self, item: str) -> str:
        """Its path."""
        return reverse(item)

    def lastmod(self, item: str) -> datetime | None:
        """When the log last grew, where that changes the page."""
        return self.head if _LISTS[item] else None


class _Records(_Ours):
    """The pages of one noun."""

    def __init__(self, name: str, rows: Callable[[], QuerySet[Any, Any]]) -> None:
        super().__init__()
        self.name, self.rows = name, rows

    def items(self) -> QuerySet[Any, Any]:
        """Their slugs and times."""
        return self.rows()

    def location(self, item: dict[str, Any]) -> str:
        """Its path."""
        return reverse(self.name, args=[item["slug"]])

    def lastmod(self, item: dict[str, Any]) -> datetime | None:
        """When the log last told of it."""
        changed: datetime | None = item["changed_at"]
        return changed


def _sections() -> Mapping[str, _Ours]:
    """By what `?of=` calls them."""
    nouns = {model.noun(): _Records(model.noun(), partial(addresses, model)) for model in PAGED}
    return {"list": _Lists(), **nouns, "change": _Records("change", entries)}


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
    if sum(section.paginator.count for section in sections.values()) > LIMIT:
        return _index(sections)
    return _xml(
        "sitemap.xml", urlset=[url for each in sections.values() for url in each.get_urls()]
    )


def _piece(sections: Mapping[str, _Ours], of: str, number: int) -> HttpResponse:
    if of not in sections:
        raise BadParameter("of", f"Choose one of: {', '.join(sections)}.")
    try:
        return _xml("sitemap.xml", urlset=sections[of].get_urls(number))
    except EmptyPage:
        raise BadParameter("page", f"is {number}, but there are fewer.") from None


def _index(sections: Mapping[str, _Ours]) -> HttpResponse:
    named = settings.SITE_URL + reverse("sitemap")
    files = [
        SitemapIndexItem(f"{named}?{urlencode({'of': name, 'page': number})}")
        for name, section in sections.items()
        for number in section.paginator.page_range
        if section.paginator.count
    ]
    return _xml("sitemap_index.xml", sitemaps=files)


def _xml(template: str, **context: Any) -> HttpResponse:
    return HttpResponse(
        render_to_string(template, context), content_type="application/xml; charset=utf-8"
    )
