"""Pledges: statements, policies, open calls, laws and scorecards."""

from django.http import HttpRequest, HttpResponse

from tracker.answers.following import Following
from tracker.answers.pages import page, public, public_list
from tracker.reading.filters import only
from tracker.reading.pages import pledges as read
from tracker.records.dates import today
from tracker.web.paging import paginate


@public_list
def pledges(request: HttpRequest) -> HttpResponse:
    """Every pledge."""
    only(request.GET, "page")
    return page(request, "pledges/list.html", page=paginate(read.pledges(), request.GET))


@public
def pledge(request: HttpRequest, slug: str) -> HttpResponse:
    """One pledge: its clauses against the labs that made it or were asked."""
    found = read.pledge_page(slug, today())
    follow = Following(found.pledge.title, {"pledge": slug})
    return page(request, "pledges/detail.html", page=found, follow=follow)
