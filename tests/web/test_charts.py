"""Charts over time: geometry from figures, well-formed SVG, and the table behind each."""

import re
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.drawn import LONG, RTL, html, render
from tracker.labs.models import Lab
from tracker.reading.pages.scores import ScorePoint
from tracker.reading.pages.timeline import Counted, Show
from tracker.scoring import Promised, Verdict, score_lab
from tracker.web.charts.scale import scale
from tracker.web.charts.spans import MOST_COLUMNS, spans
from tracker.web.charts.steps import WIDTH, steps

pytestmark = pytest.mark.once


DAYS = st.dates(min_value=date.min, max_value=date.max)

# A scale of time


@given(DAYS, DAYS, DAYS)
def test_a_scale_holds_any_days_of_the_calendar_in_their_order(one, other, between):
    time = scale([one, other])
    assert time.first <= min(one, other) and max(one, other) <= time.last
    assert 0 <= time.share(between) <= 1
    assert time.share(one) <= time.share(other) or other < one
    ticks = time.ticks()
    assert len(ticks) <= 5
    assert [float(tick.x) for tick in ticks] == sorted(float(tick.x) for tick in ticks)
    assert len({tick.label for tick in ticks}) == len(ticks)


def test_a_scale_names_years_and_where_it_is_short_months():
    def labels(first: date, last: date) -> list[str]:
        return [tick.label for tick in scale([first, last]).ticks()]

    assert labels(date(2023, 5, 6), date(2026, 2, 3)) == ["2024", "2025", "2026"]
    assert labels(date(2024, 5, 6), date(2024, 5, 6)) == ["Mar 2024", "Apr 2024", "May 2024"]
    assert labels(date(1, 1, 1), date(9999, 12, 31)) == ["2000", "4000", "6000", "8000"]


# The step chart


def point(day: date, ranges: list[tuple[int, int]], unrated: int = 0, name: str = "Example Lab"):
    """A point at which as many commitments are rated as ranges (in per cent) are given."""
    rated = [
        Promised(Verdict.UNRESOLVED, Fraction(low, 100), Fraction(high, 100))
        for low, high in ranges
    ]
    rest = [Promised(Verdict.NOT_ASSESSED, None, None)] * unrated
    return ScorePoint(Lab(slug="example-lab", name=name), day, score_lab(rated + rest), [])


def corners(path: str) -> list[tuple[str, list[float]]]:
    return [
        (command, [float(number) for number in numbers.split()])
        for command, numbers in re.findall(r"([MHVZ])([\d. -]*)", path)
    ]


def test_without_a_promise_there_is_no_step_chart():
    assert steps([], date(2024, 1, 1)) is None
    assert html("{% step_chart points %}", points=[]).strip() == ""


def test_the_band_steps_from_one_range_to_the_next_and_runs_to_the_day():
    chart = steps(
        [
            point(date(2024, 1, 1), [(0, 50)] * 3),
            point(date(2024, 7, 1), [(20, 40)] * 4),
        ],
        date(2025, 1, 1),
    )
    assert chart is not None
    assert list(chart.gaps) == []
    halfway = pytest.approx(WIDTH * 182 / 366, abs=0.01)
    assert corners(chart.highs) == [
        ("M", [0, 50]),
        ("H", [halfway]),
        ("V", [60]),
        ("H", [WIDTH]),
    ]
    assert corners(chart.lows)[0] == ("M", [0, 100])
    assert ("V", [80]) in corners(chart.lows)
    assert chart.bands.endswith("Z")
    assert chart.end == ("60", "20")


def test_below_three_rated_no_range_is_drawn_and_the_table_says_why():
    points = [point(date(2024, 1, 1), [(0, 50)] * 2), point(date(2025, 1, 1), [(0, 50)] * 3)]
    chart = steps(points, date(2026, 1, 1))
    assert chart is not None
    assert [(gap.x, gap.said) for gap in chart.gaps] == [("0", True)]
    assert corners(chart.bands)[0][1][0] > 0
    said = render("{% step_chart points %}", points=points, as_of=date(2026, 1, 1)).text
    assert "1 January 2024 none: fewer than 3 rated 2 of 2" in said
    assert "1 January 2025 0–50 % 3 of 3" in said
    alone = steps(points[:1], date(2026, 1, 1))
    assert alone is not None and (alone.bands, alone.end) == ("", None)


@given(st.lists(DAYS, min_size=1, max_size=6, unique=True), DAYS, st.data())
def test_any_history_stays_within_the_chart(days, until, data):
    points = []
    for day in sorted(days):
        low = data.draw(st.integers(0, 100))
        ranges = [(low, data.draw(st.integers(low, 100)))] * data.draw(st.integers(0, 4))
        points.append(point(day, ranges, unrated=data.draw(st.integers(0, 2))))
    chart = steps(points, until)
    assert chart is not None
    for path, deepest in ((chart.bands, 100), (chart.lows, 100), (chart.rated, chart.most)):
        for command, numbers in corners(path):
            across = numbers[:1] if command in "MH" else []
            down = numbers[-1:] if command in "MV" else []
            assert all(0 <= number <= WIDTH for number in across)
            assert all(0 <= number <= deepest for number in down)


def test_two_step_charts_on_one_page_and_names_of_any_kind():
    points = [point(date(2024, 1, 1), [(0, 50)] * 3, name=LONG)]
    others = [point(date(2024, 1, 1), [], unrated=1, name=RTL + ' <&>"')]
    others[0].lab.slug = "another-lab"
    page = render("{% step_chart one %}{% step_chart other %}", one=points, other=others)
    assert "&" in page.text and RTL in page.text


def test_the_chart_ends_on_the_day_that_the_page_shows():
    points = [point(date(2024, 1, 1), [(0, 50)] * 3)]
    assert "to 5 June 2024" in html(
        "{% step_chart points %}", points=points, as_of=date(2024, 6, 5)
    )


# The timeline's chart


def counted(span: str, count: int = 1, show: Show = Show.EVENTS, disputed: bool = False) -> Counted:
    return Counted(show, span, disputed, count)


def test_without_an_entry_there_is_no_chart_of_the_timeline():
    assert spans([], date(2024, 1, 1)) is None


def test_months_are_columns_and_what_is_known_less_exactly_is_a_span():
    chart = spans(
        [
            counted("2024-01", 4),
            counted("2024-05", 2, disputed=True),
            counted("2024-Q2"),
            counted("2024-02-10/2024-02-12"),
            counted("2024-01-30/2024-02-02"),
            counted("2024-06", show=Show.DEADLINES),
        ],
        date(2024, 3, 1),
    )
    assert chart is not None
    assert (chart.unit, chart.most, chart.total) == ("month", 4, 10)
    events, deadlines = chart.lanes
    assert [column.disputed for column in events.columns] == [False, False, True]
    assert [column.height for column in events.columns] == ["40", "10", "20"]
    assert len(events.spans) == 2 and not deadlines.spans
    assert [(line.said, list(line.counts), line.disputed) for line in chart.lines] == [
        ("June 2024", [0, 0, 1, 0], 0),
        ("May 2024", [2, 0, 0, 0], 2),
        ("second quarter of 2024", [1, 0, 0, 0], 0),
        ("February 2024", [1, 0, 0, 0], 0),
        ("30 January 2024 to 2 February 2024", [1, 0, 0, 0], 0),
        ("January 2024", [4, 0, 0, 0], 0),
    ]
    assert chart.today is not None


def test_spans_that_overlap_lie_one_below_the_other():
    chart = spans(
        [counted("2024-01"), counted("2024-Q1"), counted("2024"), counted("2024-Q4")],
        date(2024, 1, 1),
    )
    assert chart is not None
    depth = {span.x: span.y for span in chart.lanes[0].spans}
    assert len(chart.lanes[0].spans) == 3
    assert len(set(depth.values())) == 2  # the last quarter stands beside the first


@pytest.mark.parametrize(
    ("first", "last", "unit"),
    [
        ("2024-05", "2024-05", "month"),
        ("2020-01", "2025-12", "month"),
        ("2012-05", "2027-07", "quarter"),
        ("1990", "2026", "year"),
        ("0001", "9999", "1000 years"),
    ],
)
def test_columns_are_as_long_as_it_takes_to_have_few(first, last, unit):
    chart = spans([counted(first), counted(last)], date(2024, 1, 1))
    assert chart is not None
    assert chart.unit == unit
    render("{% timeline_chart chart %}", chart=chart)


@given(
    st.lists(
        st.tuples(DAYS, st.sampled_from((4, 7, 10)), st.sampled_from(Show), st.integers(1, 200)),
        min_size=1,
        max_size=30,
    ),
    DAYS,
)
def test_any_entries_stay_within_the_chart_and_none_is_lost(rows, day):
    found = [counted(on.isoformat()[:length], n, show) for on, length, show, n in rows]
    chart = spans(found, day)
    assert chart is not None
    assert sum(sum(line.counts) for line in chart.lines) == chart.total == sum(n for *_, n in rows)
    assert len({line.said for line in chart.lines}) == len(chart.lines)
    for lane in chart.lanes:
        assert len(lane.columns) <= 2 * MOST_COLUMNS
        for column in lane.columns:
            assert 0 <= float(column.x) <= float(column.x) + float(column.width) <= 100.02
            assert lane.y <= float(column.y) + 0.01
        for span in lane.spans:
            assert 0 <= float(span.x) <= float(span.x2) <= 100
            assert span.y < chart.height


def test_a_day_of_yesterday_is_no_reason_for_a_chart_of_no_width():
    day = date(2024, 1, 1)
    for until in (day, day + timedelta(days=1)):
        chart = steps([point(day, [(0, 50)] * 3)], until)
        assert chart is not None and chart.end is not None and chart.ticks
