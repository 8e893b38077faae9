"""The timeline: everything that is dated, with a chart of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import page, public_list
from tracker.reading.filtering import AS_OF, day_asked, strict
from tracker.reading.pages.timeline import (
    Listed,
    Moment,
    Show,
    Timeline,
    TimelineFilter,
    labs_on_the_line,
)
from tracker.reading.published import outcomes
from tracker.records.dates import parse_when, words
from tracker.web.charts.spans import spans
from tracker.web.choosing import choosing
from tracker.web.paging import PAGE, Page, place_of

SHOWN = ("q", "lab", "show")
MORE = ("kind", "since", "until")

#: What is known of a date, and the entries of which that much is known.
Spans = list[tuple[str, list[Moment]]]


@public_list
def timeline(request: HttpRequest) -> HttpResponse:
    """What happened, was promised, fell due and was judged, newest first, by year and month."""
    day = day_asked(request.GET)
    also = frozenset({"page", AS_OF})
    bound = strict(TimelineFilter, request.GET, outcomes(day), also)
    line = Timeline(bound, day)
    listed = line.listed()
    place = place_of(len(listed.keys), request.GET, more=listed.more)
    moments = line.moments(listed.page(place.start, place.start + place.size))
    return page(
        request,
        "timeline.html",
        page=replace(place, rows=moments),
        earlier=_earlier(place, listed),
        years=by_year(moments),
        chart=spans(listed.counts(), day),
        choosing=choosing(bound, request.GET, labs_on_the_line(), SHOWN, MORE),
        as_of=day,
    )


def _earlier(place: Page[Any], listed: Listed) -> str:
    """The query of the line up to where the last page of this one ends; "" on the others."""
    if not listed.more or place.number != place.pages:
        return ""
    query = place.query.copy()
    query.pop(PAGE, None)
    query["until"] = listed.keys[-1].at.date().isoformat()
    return f"?{query.urlencode()}" if query["until"] != place.query.get("until") else ""


def by_year(moments: Iterable[Moment]) -> list[tuple[str, Spans]]:
    """Entries under their years and, as far as their dates tell, months or quarters.

    Each heading once: what is known by its quarter alone begins on the same day as its first month.
    """
    years: dict[str, dict[str, list[Moment]]] = {}
    for moment in moments:
        months = years.setdefault(f"{moment.at.year:04d}", {})
        months.setdefault(_span(moment), []).append(moment)
    return [(year, list(months.items())) for year, months in years.items()]


def _span(moment: Moment) -> str:
    """“May 2024” or “second quarter of 2024”; "" where only the year is known."""
    begins = moment.said.split("/")[0]
    if moment.show in (Show.DEADLINES, Show.JUDGEMENTS) or len(begins) > len("2024-05"):
        # of a time near the end of a month it is the month in which the line has it, in UTC
        begins = f"{moment.at:%Y-%m}".rjust(len("2024-05"), "0")
    return "" if len(begins) == len("2024") else words(parse_when(begins))
