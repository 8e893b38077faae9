"""The timeline: everything that is dated, with a chart of it."""

from collections.abc import Iterable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import page, public_list
from tracker.reading.filtering import AS_OF, day_asked, strict
from tracker.reading.pages.timeline import (
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
from tracker.web.paging import ROWS, place_of

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
    counts = line.counts()
    place = place_of(sum(each.count for each in counts), request.GET)
    moments = line.moments(line.keys(place.start, place.start + ROWS))
    return page(
        request,
        "timeline.html",
        page=replace(place, rows=moments),
        years=by_year(moments),
        chart=spans(counts, day),
        choosing=choosing(bound, request.GET, labs_on_the_line(), SHOWN, MORE),
        as_of=day,
    )


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
