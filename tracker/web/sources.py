"""Sources and their quotations."""

from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import page, public, public_list
from tracker.reading.filtering import strict
from tracker.reading.filters import SourceFilter
from tracker.reading.pages import sources as read
from tracker.records.dates import today
from tracker.web.choosing import choosing
from tracker.web.paging import paginate


@public_list
def sources(request: HttpRequest) -> HttpResponse:
    """Every source, those that share an origin together."""
    bound = strict(SourceFilter, request.GET, read.sources())
    found = paginate(bound.qs, request.GET, narrow=True)
    return page(
        request,
        "sources/list.html",
        page=found,
        groups=read.by_origin(found.rows),
        choosing=choosing(bound, request.GET, (), ("q", "tier", "known")),
    )


@public
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """One source: its tier, its quotations, what rests on it, and what would change without it."""
    found = read.source_page(slug, today())
    return page(request, "sources/detail.html", page=found, attributions=found.attributions)
