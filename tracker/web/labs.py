"""Labs and people."""

from django.http import HttpRequest, HttpResponse

from tracker.answers.following import Following
from tracker.answers.pages import page, public, public_list
from tracker.labs.models import Lab
from tracker.reading.filtering import AS_OF, day_asked, only, strict
from tracker.reading.filters_labs import GROUPS, LabFilter, in_use
from tracker.reading.pages import labs as read
from tracker.reading.pages import people as read_people
from tracker.reading.published import published
from tracker.records.dates import today
from tracker.scoring import V1
from tracker.web.choosing import choosing
from tracker.web.paging import paginate
from tracker.web.sharing.reviews import of_lab
from tracker.web.summary import in_short

SHOWN = (*GROUPS, "kind")


@public_list
def labs(request: HttpRequest) -> HttpResponse:
    """Where each AI lab stands, and the other organisations of the record; and of a group of labs,
    the mean."""
    day = day_asked(request.GET)
    bound = strict(LabFilter, request.GET, published(Lab), frozenset({AS_OF}))
    found = read.ai_labs(bound.qs, day)
    groups = in_use()
    grouped = any(request.GET.get(group) for group in GROUPS)
    return page(
        request,
        "labs/list.html",
        labs=found,
        others=list(read.other_organisations(bound.qs)),
        mean=read.mean_of(found) if grouped and found else None,
        rated_for_percent=V1.rated_for_percent,
        choosing=choosing(bound, request.GET, (), SHOWN, groups=groups),
        grouping=any(groups.values()),
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
    only(request.GET, "page", "after")
    return page(request, "people/list.html", page=paginate(read_people.people(), request.GET))


@public
def person(request: HttpRequest, slug: str) -> HttpResponse:
    """What one person said, took part in and announced."""
    found = read_people.person_page(slug, today())
    return page(request, "people/detail.html", page=found, attributions=found.attributions)
