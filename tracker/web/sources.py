"""Sources and their quotations."""

from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import page, public, public_list
from tracker.reading.filters import only
from tracker.reading.pages import sources as read
from tracker.records.dates import today
from tracker.web.paging import paginate


@public_list
def sources(request: HttpRequest) -> HttpResponse:
    """Every source, those that were read first."""
    only(request.GET, "page")
    return page(request, "sources/list.html", page=paginate(read.sources(), request.GET))


@public
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """One source: its tier, its quotations and what rests on it."""
    found = read.source_page(slug, today())
    return page(request, "sources/detail.html", page=found, attributions=found.attributions)
