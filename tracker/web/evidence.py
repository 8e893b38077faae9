"""Outcomes, discrepancies and indicators."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import page, public, public_list
from tracker.reading.filtering import strict
from tracker.reading.filters import DiscrepancyFilter
from tracker.reading.pages import evidence as read
from tracker.web.choosing import choosing
from tracker.web.paging import PAGE, Page, paginate

DISPUTES = 20  # of a page


@public
def outcome(request: HttpRequest, slug: str) -> HttpResponse:
    """One observed fact: who states it, and what it bears on."""
    found = read.outcome_page(slug)
    return page(request, "outcomes/detail.html", page=found, attributions=found.attributions)


@public_list
def discrepancies(request: HttpRequest) -> HttpResponse:
    """Where the sources disagree, side by side. Each is an anchor on the first page: those that
    come on later ones are named there."""
    bound = strict(DiscrepancyFilter, request.GET, read.disputes())
    found = paginate(bound.qs, request.GET, DISPUTES)
    disputes = read.disputed(found.rows)
    first = found.number == 1 and found.several
    return page(
        request,
        "discrepancies/list.html",
        page=found,
        discrepancies=disputes.discrepancies,
        attributions=disputes.attributions,
        further=_further(found, read.named_further(bound.qs, found.size)) if first else (),
        choosing=choosing(bound, request.GET, read.labs_of_disputes(), ("lab", "kind", "status")),
    )


@public
def indicators(request: HttpRequest) -> HttpResponse:
    """The questions to watch, and their signals so far."""
    return page(request, "indicators/list.html", watched=read.indicators())


def _further(found: Page[Any], named: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """(slug, title, address) of each on the page where it is told."""
    query = found.query.copy()
    for place, (slug, title) in enumerate(named):
        query[PAGE] = str(place // found.size + 2)
        yield slug, title, f"?{query.urlencode()}#{slug}"
