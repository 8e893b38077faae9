"""Commitments and their assessments."""

from django.http import HttpRequest, HttpResponse

from tracker.answers.following import Following
from tracker.answers.pages import page, public, public_list
from tracker.reading import published
from tracker.reading.filters import CommitmentFilter, strict
from tracker.reading.pages import commitments as read
from tracker.reading.pages.assessments import assessment_page
from tracker.reading.pages.labs import labs_that_promised
from tracker.reading.standing import standings
from tracker.records.dates import today
from tracker.web.choosing import choosing
from tracker.web.paging import paginate

SHOWN = ("q", "lab", "verdict", "schedule", "category", "contested", "sort")
MORE = ("lifecycle", "force", "basis", "confidence")


@public_list
def commitments(request: HttpRequest) -> HttpResponse:
    """Every commitment, filtered and sorted."""
    bound = strict(CommitmentFilter, request.GET, published.commitments(today()))
    found = paginate(bound.qs, request.GET)
    return page(
        request,
        "commitments/list.html",
        page=found,
        standings=standings(found.rows),
        choosing=choosing(bound, request.GET, labs_that_promised(), SHOWN, MORE),
    )


@public
def commitment(request: HttpRequest, slug: str) -> HttpResponse:
    """One commitment: the words, the obligation, the judgement and everything it rests on."""
    found = read.commitment_page(slug, today())
    return page(
        request,
        "commitments/detail.html",
        page=found,
        attributions=found.attributions,
        follow=Following(found.standing.commitment.title, {"commitment": slug}),
    )


@public
def assessment(request: HttpRequest, slug: str) -> HttpResponse:
    """The permanent page of one judgement."""
    found = assessment_page(slug, today())
    return page(request, "assessments/detail.html", page=found, attributions=found.attributions)
