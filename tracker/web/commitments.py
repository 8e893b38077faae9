"""Commitments and their assessments."""

from django.http import HttpRequest, HttpResponse

from tracker.answers.following import Following
from tracker.answers.pages import page, public, public_list
from tracker.reading import published
from tracker.reading.filtering import AS_OF, day_asked, only, strict
from tracker.reading.filters import CommitmentFilter
from tracker.reading.filters_labs import GROUPS, in_use
from tracker.reading.pages import commitments as read
from tracker.reading.pages.assessments import assessment_page
from tracker.reading.pages.labs import first_promise, labs_that_promised
from tracker.reading.standing import in_rows
from tracker.records.dates import today
from tracker.web.choosing import choosing
from tracker.web.paging import paginate
from tracker.web.sharing.citing import citation_of
from tracker.web.sharing.reviews import of_assessment, of_commitment

SHOWN = ("q", "lab", "verdict", "schedule", "category", "contested", "sort")
MORE = ("lifecycle", "force", "basis", "confidence", "counted", *GROUPS)


@public_list
def commitments(request: HttpRequest) -> HttpResponse:
    """Every commitment, filtered and sorted."""
    day = day_asked(request.GET)
    also = frozenset({"page", "after", AS_OF})
    bound = strict(CommitmentFilter, request.GET, published.listed(day), also)
    walked = bound.filter_queryset(published.listed(day, walked=True))
    found = paginate(walked, request.GET, found=bound.qs)
    asked = choosing(bound, request.GET, labs_that_promised(day), SHOWN, MORE, in_use())
    nothing_yet = day < today() and not (found.total or asked.narrowed)
    return page(
        request,
        "commitments/list.html",
        page=found,
        standings=in_rows(found.rows, day),
        choosing=asked,
        first=first_promise() if nothing_yet else None,
        as_of=day,
    )


@public_list
def commitment(request: HttpRequest, slug: str) -> HttpResponse:
    """One commitment: the words, the obligation, the judgement and everything it rests on."""
    only(request.GET, AS_OF)
    day = day_asked(request.GET)
    try:
        found = read.commitment_page(slug, day)
    except read.NotYetMade as early:
        return page(
            request, "commitments/not_yet.html", status=404, commitment=early.commitment, as_of=day
        )
    return page(
        request,
        "commitments/detail.html",
        page=found,
        attributions=found.attributions,
        follow=Following(found.standing.commitment.title, {"commitment": slug}),
        as_of=day,
        sharing=of_commitment(found.standing, found.attributions),
        citation=citation_of(found.standing),
    )


@public
def assessment(request: HttpRequest, slug: str) -> HttpResponse:
    """The permanent page of one judgement."""
    found = assessment_page(slug, today())
    return page(
        request,
        "assessments/detail.html",
        page=found,
        attributions=found.attributions,
        sharing=of_assessment(found.detail.standing, found.attributions),
        citation=citation_of(found.detail.standing),
    )
