"""Dates of reduced precision, kept as given and compared cautiously.

The forms are those of ISO 8601-1 (year, month, day, time with offset) and of the Extended
Date/Time Format (EDTF, ISO 8601-2) for intervals. `2027-Q3` is the record's own addition: EDTF
writes a quarter as `2027-35`, which no reader would understand.

A date sorts by its earliest instant and is compared by its latest: whoever promised something
"by 5 July" has until 5 July ends in the last time zone on Earth (UTC−12). Nothing here raises
for the years 1 to 9999 or for 29 February; instants outside the calendar are clamped to it.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache

LAST_ZONE = timezone(timedelta(hours=-12))
"""The zone in which each date ends last ("anywhere on Earth")."""

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)

EXAMPLES = "2027, 2027-Q3, 2027-07, 2027-07-05, 2024-05-14T10:00-07:00 or 2024-05-15/2024-05-17"

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_QUARTERS = ("first", "second", "third", "fourth")
_SHOWN_LENGTH = 40
# Longer than any accepted text: two times with seconds and offsets, and a slash.
_LONGEST = 64

# [0-9] rather than \d, which would let other scripts' digits through.
_POINT = re.compile(
    r"(?P<year>[0-9]{4})"
    r"(?:-Q(?P<quarter>[0-9])"
    r"|-(?P<month>[0-9]{2})"
    r"(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2}))?)?)?"
)
_PERIOD = re.compile(r"P(?:([0-9]{1,4})Y)?(?:([0-9]{1,4})M)?(?:([0-9]{1,4})W)?(?:([0-9]{1,4})D)?")


@dataclass(frozen=True, slots=True)
class When:
    """A date, time or interval as given.

    `text` is what was written; `start` is the earliest instant, in UTC, for sorting (a plain date
    at 00:00 UTC); `end` is the date at UTC−12 of the latest instant, for comparing with `today()`.
    """

    text: str
    start: datetime
    end: date

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Period:
    """An ISO 8601 duration of whole years, months, weeks and days, as given in `text`."""

    text: str
    years: int
    months: int
    weeks: int
    days: int

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class _Point:
    """One end of an interval, or the whole of a date that is none."""

    first: date
    last: date
    instant: datetime | None
    words: str


@lru_cache(maxsize=4096)
def parse_when(text: str) -> When:
    """Read a date of reduced precision, a time with offset, or an interval of two with `/`.

    Raises ValueError, with one sentence that names the value and shows an example, for anything
    else: no spaces, no open ends, no approximations.
    """
    if len(text) > _LONGEST:
        raise _bad_date(text, "it is too long")
    points = [_parse_point(piece, text) for piece in _pieces(text)]
    first, last = points[0], points[-1]
    if _reversed(first, last):
        raise _bad_date(text, "the interval ends before it begins")
    return When(text=text, start=_earliest(first), end=_latest(last))


def parse_period(text: str) -> Period:
    """Read an ISO 8601 duration of years, months, weeks and days (`P1Y`, `P3M`, `P1Y6M`).

    Weeks may stand beside the others (ISO 8601-2). Raises ValueError with one sentence for
    anything else, for a period of no length and for numbers of more than four digits.
    """
    found = _PERIOD.fullmatch(text) if len(text) <= _LONGEST else None
    years, months, weeks, days = (int(n or 0) for n in found.groups()) if found else (0, 0, 0, 0)
    if not (years or months or weeks or days):
        raise ValueError(
            f"{_shown(text)} is not a period of whole years, months, weeks or days: "
            "write for example P1Y, P3M, P2W, P10D or P1Y6M."
        )
    return Period(text, years, months, weeks, days)


def today(now: datetime | None = None) -> date:
    """The date at UTC−12, so that nothing is overdue while it is still the day somewhere.

    `now` is an aware datetime (default: the clock's); a naive one raises ValueError.
    """
    if now is None:
        now = datetime.now(UTC)
    if now.tzinfo is None:
        raise ValueError(f"The time {now.isoformat()} has no offset: give one such as +00:00.")
    return _date_in_last_zone(_to_utc(now))


def words(when: When) -> str:
    """English for readers that cannot be misread: "14 May 2024", "third quarter of 2027".

    Intervals read "15 May 2024 to 17 May 2024", times "14 May 2024, 10:00 (UTC−07:00)". Does not
    depend on the locale. Years keep their four digits.
    """
    return " to ".join(_parse_point(piece, when.text).words for piece in _pieces(when.text))


def _pieces(text: str) -> list[str]:
    pieces = text.split("/")
    if len(pieces) > 2:
        raise _bad_date(text, "an interval has two ends and one /")
    return pieces


def _parse_point(piece: str, text: str) -> _Point:
    found = _POINT.fullmatch(piece)
    if found is None:
        raise _bad_date(text, "it has none of the known forms")
    year = int(found["year"])
    if year == 0:
        raise _bad_date(text, "years run from 0001 to 9999")
    if found["quarter"]:
        return _quarter(year, int(found["quarter"]), text)
    if not found["month"]:
        return _Point(date(year, 1, 1), date(year, 12, 31), None, f"{year:04d}")
    return _month_or_day(found, year, int(found["month"]), text)


def _quarter(year: int, quarter: int, text: str) -> _Point:
    if not 1 <= quarter <= 4:
        raise _bad_date(text, "quarters run from Q1 to Q4")
    month = 3 * quarter
    said = f"{_QUARTERS[quarter - 1]} quarter of {year:04d}"
    last = date(year, month, _days_in(year, month))
    return _Point(date(year, month - 2, 1), last, None, said)


def _month_or_day(found: re.Match[str], year: int, month: int, text: str) -> _Point:
    if not 1 <= month <= 12:
        raise _bad_date(text, "months run from 01 to 12")
    length = _days_in(year, month)
    named = f"{_MONTHS[month - 1]} {year:04d}"
    if not found["day"]:
        return _Point(date(year, month, 1), date(year, month, length), None, named)
    number = int(found["day"])
    if not 1 <= number <= length:
        raise _bad_date(text, f"{named} has the days 01 to {length}")
    day = date(year, month, number)
    if not found["hour"]:
        return _Point(day, day, None, f"{number} {named}")
    clock, zone = _clock(found, text), _zone(found["zone"], text)
    shown_clock = clock.isoformat("seconds" if found["second"] else "minutes")
    said = f"{number} {named}, {shown_clock} ({_zone_words(found['zone'])})"
    return _Point(day, day, _to_utc(datetime.combine(day, clock, zone)), said)


def _clock(found: re.Match[str], text: str) -> time:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise _bad_date(text, "times run from 00:00:00 to 23:59:59")
    return time(hour, minute, second)


def _zone(written: str, text: str) -> timezone:
    if written == "Z":
        return UTC
    hours, minutes = int(written[1:3]), int(written[4:6])
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if written[0] == "-" else 1)
    # The offsets in civil use; with them "anywhere on Earth" is really the last to end.
    if minutes > 59 or not timedelta(hours=-12) <= offset <= timedelta(hours=14):
        raise _bad_date(text, "offsets run from -12:00 to +14:00")
    return timezone(offset)


def _zone_words(written: str) -> str:
    if written in {"Z", "+00:00", "-00:00"}:
        return "UTC"
    return "UTC" + written.replace("-", "\N{MINUS SIGN}")


def _reversed(first: _Point, last: _Point) -> bool:
    """Two times are compared as instants; anything else by the local dates that were written."""
    if first.instant is not None and last.instant is not None:
        return first.instant > last.instant
    return first.first > last.last


def _earliest(point: _Point) -> datetime:
    return point.instant or datetime.combine(point.first, time.min, UTC)


def _latest(point: _Point) -> date:
    return point.last if point.instant is None else _date_in_last_zone(point.instant)


def _to_utc(moment: datetime) -> datetime:
    """Convert to UTC, clamped: 0001-01-01T00:00+14:00 lies before the calendar begins."""
    offset = moment.utcoffset() or timedelta()
    try:
        return (moment.replace(tzinfo=None) - offset).replace(tzinfo=UTC)
    except OverflowError:
        return EARLIEST if offset > timedelta() else LATEST


def _date_in_last_zone(instant: datetime) -> date:
    try:
        return instant.astimezone(LAST_ZONE).date()
    except OverflowError:
        return date.min


def _days_in(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _bad_date(text: str, why: str) -> ValueError:
    return ValueError(
        f"{_shown(text)} is not a date for the record, because {why}: write for example {EXAMPLES}."
    )


def _shown(text: str) -> str:
    """The value for a message: cut, with control characters escaped so that it is one line."""
    return repr(text) if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]!r}…"
