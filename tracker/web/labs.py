"""Labs and people."""

from django.http import HttpRequest, HttpResponse

from tracker.answers.following import Following
from tracker.answers.pages import page, public, public_list
from tracker.reading.filtering import AS_OF, day_asked, only
from tracker.reading.pages import labs as read
from tracker.reading.pages import people as read_people
from tracker.records.dates import today
from tracker.web.paging import paginate
from tracker.web.sharing.reviews import of_lab
from tracker.web.summary import in_short


@public_list
def labs(request: HttpRequest) -> HttpResponse:
    """Where each AI lab stands, and the other organisations of the record."""
    only(request.GET, AS_OF)
    day = day_asked(request.GET)
    return page(
        request,
        "labs/list.html",
        labs=read.ai_labs(day),
        others=list(read.other_organisations()),
        as_of=day,
    )


@public_list
def lab(request: HttpRequest, slug: str) -> HttpResponse:
    """One lab: does it keep its word, and how sure is that?"""
    only(request.GET, AS_OF)
    day = day_asked(request.GET)
    found = read.lab_page(slug, day)
    follow = Following(found.standing.lab.name, {"lab": slug})
    short = in_short(found.standing)
    return page(
        request,
        "labs/detail.html",
        page=found,
        short=short,
        follow=follow,
        as_of=day,
        sharing=of_lab(found.standing),
    )


@public_list
def people(request: HttpRequest) -> HttpResponse:
    """Everyone quoted or named."""
    only(request.GET, "page")
    return page(request, "people/list.html", page=paginate(read_people.people(), request.GET))


@public
def person(request: HttpRequest, slug: str) -> HttpResponse:
    """What one person said, took part in and announced."""
    found = read_people.person_page(slug, today())
    return page(request, "people/detail.html", page=found, attributions=found.attributions)
