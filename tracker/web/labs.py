"""Labs and people."""

from django.http import HttpRequest, HttpResponse

from tracker.answers.following import Following
from tracker.answers.pages import page, public, public_list
from tracker.reading.filters import only
from tracker.reading.pages import labs as read
from tracker.records.dates import today
from tracker.web.paging import paginate


@public
def labs(request: HttpRequest) -> HttpResponse:
    """Where each AI lab stands, and the other organisations of the record."""
    return page(
        request,
        "labs/list.html",
        labs=read.ai_labs(today()),
        others=list(read.other_organisations()),
    )


@public
def lab(request: HttpRequest, slug: str) -> HttpResponse:
    """One lab: score, promises, events, open calls, people."""
    found = read.lab_page(slug, today())
    follow = Following(found.standing.lab.name, {"lab": slug})
    return page(request, "labs/detail.html", page=found, follow=follow)


@public_list
def people(request: HttpRequest) -> HttpResponse:
    """Everyone quoted or named."""
    only(request.GET, "page")
    return page(request, "people/list.html", page=paginate(read.people(), request.GET))


@public
def person(request: HttpRequest, slug: str) -> HttpResponse:
    """What one person said, took part in and announced."""
    return page(request, "people/detail.html", page=read.person_page(slug, today()))
