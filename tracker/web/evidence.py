"""Outcomes, the timeline, discrepancies and indicators."""

from collections.abc import Iterable
from itertools import groupby

from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import page, public, public_list
from tracker.evidence.models import Outcome
from tracker.reading.filters import OutcomeFilter, strict
from tracker.reading.pages import evidence as read
from tracker.reading.pages.labs import labs_of_outcomes
from tracker.records.dates import parse_when, today, words
from tracker.web.choosing import choosing
from tracker.web.paging import paginate

Months = list[tuple[str, list[Outcome]]]


@public
def outcome(request: HttpRequest, slug: str) -> HttpResponse:
    """One observed fact: who states it, and what it bears on."""
    found = read.outcome_page(slug)
    return page(request, "outcomes/detail.html", page=found, attributions=found.attributions)


@public_list
def timeline(request: HttpRequest) -> HttpResponse:
    """What happened, newest first, by year and month."""
    bound = strict(OutcomeFilter, request.GET, read.timeline(today()))
    found = paginate(bound.qs, request.GET)
    return page(
        request,
        "timeline.html",
        page=found,
        years=by_year(found.rows),
        choosing=choosing(bound, request.GET, labs_of_outcomes(), ("q", "lab", "kind")),
    )


def by_year(outcomes: Iterable[Outcome]) -> list[tuple[str, Months]]:
    """Outcomes under their years and, as far as their dates tell, months or quarters."""
    return [
        (year, [(span, list(rows)) for span, rows in groupby(of_year, key=_span)])
        for year, of_year in groupby(outcomes, key=lambda outcome: outcome.occurred_on[:4])
    ]


def _span(outcome: Outcome) -> str:
    """“May 2024” or “second quarter of 2024”; "" where only the year is known."""
    begins = outcome.occurred_on.split("/")[0][:7]
    return "" if len(begins) == len("2024") else words(parse_when(begins))


@public
def discrepancies(request: HttpRequest) -> HttpResponse:
    """Where the sources disagree, side by side."""
    found = read.disputes()
    return page(request, "discrepancies/list.html", page=found, attributions=found.attributions)


@public
def indicators(request: HttpRequest) -> HttpResponse:
    """The questions to watch, and their signals so far."""
    return page(request, "indicators/list.html", indicators=read.indicators())
