"""Dates of reduced precision: what is accepted, how it sorts, when it ends, how it reads."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.records.dates import parse_period, parse_when, today, words

pytestmark = pytest.mark.once

ACCEPTED = [
    ("2027", "2027-01-01T00:00:00", "2027-12-31", "2027"),
    ("2027-Q3", "2027-07-01T00:00:00", "2027-09-30", "third quarter of 2027"),
    ("2024-Q1", "2024-01-01T00:00:00", "2024-03-31", "first quarter of 2024"),
    ("2027-07", "2027-07-01T00:00:00", "2027-07-31", "July 2027"),
    ("2024-02", "2024-02-01T00:00:00", "2024-02-29", "February 2024"),
    ("2027-07-05", "2027-07-05T00:00:00", "2027-07-05", "5 July 2027"),
    ("2024-02-29", "2024-02-29T00:00:00", "2024-02-29", "29 February 2024"),
    (
        "2024-05-14T10:00-07:00",
        "2024-05-14T17:00:00",
        "2024-05-14",
        "14 May 2024, 10:00 (UTC−07:00)",
    ),
    ("2024-05-15T00:30Z", "2024-05-15T00:30:00", "2024-05-14", "15 May 2024, 00:30 (UTC)"),
    (
        "2024-05-14T23:59:58+05:30",
        "2024-05-14T18:29:58",
        "2024-05-14",
        "14 May 2024, 23:59:58 (UTC+05:30)",
    ),
    (
        "2024-05-15/2024-05-17",
        "2024-05-15T00:00:00",
        "2024-05-17",
        "15 May 2024 to 17 May 2024",
    ),
    ("2023-07/2027", "2023-07-01T00:00:00", "2027-12-31", "July 2023 to 2027"),
    ("2024/2024", "2024-01-01T00:00:00", "2024-12-31", "2024 to 2024"),
    ("2024-05/2024-05-17", "2024-05-01T00:00:00", "2024-05-17", "May 2024 to 17 May 2024"),
    ("0001", "0001-01-01T00:00:00", "0001-12-31", "0001"),
    ("9999-12-31", "9999-12-31T00:00:00", "9999-12-31", "31 December 9999"),
    (
        "0001-01-01T00:00+14:00",
        "0001-01-01T00:00:00",
        "0001-01-01",
        "1 January 0001, 00:00 (UTC+14:00)",
    ),
    (
        "9999-12-31T23:59-12:00",
        "9999-12-31T23:59:59.999999",
        "9999-12-31",
        "31 December 9999, 23:59 (UTC−12:00)",
    ),
]

REFUSED = [
    "",
    " ",
    "2024-02-30",
    "2023-02-29",
    "2024-13",
    "2024-00",
    "2024-01-00",
    "2024-Q5",
    "2024-Q0",
    "2024-q3",
    "0000",
    "10000",
    "-2024",
    "+2024",
    "24",
    "202",
    "2024-5",
    "2024-05-14T10:00",
    "2024-05-14T24:00Z",
    "2024-05-14T10:60Z",
    "2024-05-14T10:00:60Z",
    "2024-05-14T10Z",
    "2024-05-14t10:00z",
    "2024-05-14 10:00Z",
    "2024-05-14T10:00+15:00",
    "2024-05-14T10:00-12:30",
    "2024-05-14T10:00+05:99",
    "2024-05-14T10:00+0530",
    "2024-05T10:00Z",
    "20240514",
    "2024-W20",
    "2024-05-17/2024-05-15",
    "2024/2023-12-31",
    "2024-05-14T10:00Z/2024-05-14T09:59Z",
    "2024/2025/2026",
    "2024/",
    "/2024",
    "/",
    "2024/..",
    "2024~",
    "2024-05-14\n",
    " 2024",
    "2024\x00",
    "2024-05-14\x1b",
    "２０２４",
    "٢٠٢٤-٠٥",
    "2024−05",
    "May 2024",
]


@pytest.mark.parametrize(("text", "start", "end", "said"), ACCEPTED)
def test_reads_sorts_ends_and_words(text: str, start: str, end: str, said: str) -> None:
    when = parse_when(text)
    assert (when.text, str(when)) == (text, text)
    assert when.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert when.start.utcoffset() == timedelta(0)
    assert when.end == date.fromisoformat(end)
    assert words(when) == said


@pytest.mark.parametrize("text", REFUSED)
def test_refuses_with_one_sentence_that_names_the_value(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_when(text)
    message = str(caught.value)
    assert repr(text) in message
    assert "2027-Q3" in message and message.endswith(".")
    assert message.isprintable()


@pytest.mark.parametrize("text", ["2" * 1_000_000, "/" * 1_000_000, "\x00" * 1_000_000])
def test_a_megabyte_is_cut_in_the_message(text: str) -> None:
    for parse in (parse_when, parse_period):
        with pytest.raises(ValueError) as caught:
            parse(text)
        assert len(str(caught.value)) < 500


def test_says_how_many_days_the_month_has() -> None:
    with pytest.raises(ValueError, match="February 2024 has the days 01 to 29"):
        parse_when("2024-02-30")


def test_mixed_ends_are_compared_by_the_dates_written() -> None:
    # 23:00 in California is already the 16th in UTC; the interval is still in order.
    assert parse_when("2024-05-15T23:00-07:00/2024-05-15").end == date(2024, 5, 15)


@given(st.dates())
def test_every_date_of_the_calendar_is_read(day: date) -> None:
    when = parse_when(f"{day.year:04d}-{day.month:02d}-{day.day:02d}")
    assert (when.start.date(), when.end) == (day, day)
    assert words(when).endswith(f"{day.year:04d}")


@given(st.datetimes(), st.integers(-12 * 60, 14 * 60))
def test_every_time_with_offset_is_read(moment: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    written = f"{moment.year:04d}" + moment.strftime("-%m-%dT%H:%M:%S")
    when = parse_when(f"{written}{sign}{size // 60:02d}:{size % 60:02d}")
    if 2 <= moment.year <= 9998:
        assert when.start == moment.replace(microsecond=0, tzinfo=zone)
    # At UTC−12 it is at most a day and two hours earlier than anywhere else, never later.
    assert when.end <= moment.date()


@given(st.text(max_size=80))
def test_any_other_text_is_a_value_error_and_nothing_else(text: str) -> None:
    for parse in (parse_when, parse_period):
        try:
            assert parse(text).text == text
        except ValueError as error:
            assert str(error)


def test_today_is_the_date_where_it_ends_last() -> None:
    assert today(datetime(2024, 5, 15, 11, 59, tzinfo=UTC)) == date(2024, 5, 14)
    assert today(datetime(2024, 5, 15, 12, 0, tzinfo=UTC)) == date(2024, 5, 15)
    assert today(datetime(2024, 5, 15, 2, 0, tzinfo=timezone(timedelta(hours=14)))) == date(
        2024, 5, 14
    )
    assert today(datetime.min.replace(tzinfo=UTC)) == date.min
    assert today(datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))) == date.max
    assert abs(today() - datetime.now(UTC).date()) <= timedelta(days=1)


def test_today_refuses_a_time_without_offset() -> None:
    with pytest.raises(ValueError, match="no offset"):
        today(datetime(2024, 5, 15))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("P1Y", (1, 0, 0, 0)),
        ("P3M", (0, 3, 0, 0)),
        ("P2W", (0, 0, 2, 0)),
        ("P10D", (0, 0, 0, 10)),
        ("P1Y6M", (1, 6, 0, 0)),
        ("P1Y2M3W4D", (1, 2, 3, 4)),
        ("P0Y1M", (0, 1, 0, 0)),
    ],
)
def test_reads_periods(text: str, parts: tuple[int, int, int, int]) -> None:
    period = parse_period(text)
    assert (period.years, period.months, period.weeks, period.days) == parts
    assert str(period) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "P", "P0D", "P0Y0M", "1Y", "p1y", "P1D1Y", "P-1Y", "PT1H", "P1.5Y", "P１Y", "P1Y\n"),
        *("P12345Y", "P" + "9" * 1000 + "Y", "yearly"),
    ],
)
def test_refuses_periods_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="P1Y6M") as caught:
        parse_period(text)
    assert str(caught.value).isprintable()
