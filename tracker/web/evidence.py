"""Outcomes, discrepancies and indicators."""

from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import page, public, public_list
from tracker.reading.filtering import strict
from tracker.reading.filters import DiscrepancyFilter
from tracker.reading.pages import evidence as read
from tracker.web.choosing import choosing


@public
def outcome(request: HttpRequest, slug: str) -> HttpResponse:
    """One observed fact: who states it, and what it bears on."""
    found = read.outcome_page(slug)
    return page(request, "outcomes/detail.html", page=found, attributions=found.attributions)


@public_list
def discrepancies(request: HttpRequest) -> HttpResponse:
    """Where the sources disagree, side by side, all on one page: each is an anchor there."""
    bound = strict(DiscrepancyFilter, request.GET, read.disputes(), also=frozenset())
    found = read.disputed(bound.qs)
    return page(
        request,
        "discrepancies/list.html",
        page=found,
        attributions=found.attributions,
        choosing=choosing(bound, request.GET, read.labs_of_disputes(), ("lab", "kind", "status")),
    )


@public
def indicators(request: HttpRequest) -> HttpResponse:
    """The questions to watch, and their signals so far."""
    return page(request, "indicators/list.html", watched=read.indicators())
