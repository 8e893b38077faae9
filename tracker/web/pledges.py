"""Pledges: statements, policies, open calls, laws and scorecards."""

from django.http import HttpRequest, HttpResponse

from tracker.reading.filters import only
from tracker.reading.pages import pledges as read
from tracker.records.dates import today
from tracker.web.answers import page, public, public_list
from tracker.web.paging import paginate


@public_list
def pledges(request: HttpRequest) -> HttpResponse:
    """Every pledge."""
    only(request.GET, "page")
    return page(request, "pledges/list.html", page=paginate(read.pledges(), request.GET))


@public
def pledge(request: HttpRequest, slug: str) -> HttpResponse:
    """One pledge: its clauses against the labs that made it or were asked."""
    return page(request, "pledges/detail.html", page=read.pledge_page(slug, today()))
