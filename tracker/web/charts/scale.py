"""A scale of time: which day stands where, and which days are named under it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

#: A scale that is shorter than this is drawn as long as this.
SHORTEST = timedelta(days=92)

#: Months from one tick to the next.
_STEPS = (
    1,
    3,
    6,
    12,
    *(12 * years * power for power in (1, 10, 100, 1000) for years in (2, 5, 10)),
)
#: How many fit under a chart on a phone; names of months are longer than years.
_MOST_MONTHS, _MOST_YEARS = 4, 5

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Tick:
    """A day named under the scale, at `x` per cent of its width."""

    x: str
    label: str
    anchor: str


@dataclass(frozen=True)
class TimeScale:
    """The days from `first` to `last`, over the width of the chart."""

    first: date
    last: date

    def share(self, day: date) -> Fraction:
        """Where a day stands, from 0 to 1; days outside stand at the edge."""
        days = (self.last - self.first).days
        return min(max(Fraction((day - self.first).days, days), Fraction(0)), Fraction(1))

    def x(self, day: date) -> str:
        """Where a day stands, in per cent of the width."""
        return figure(100 * self.share(day))

    def ticks(self) -> list[Tick]:
        """The beginnings of years, or of months where the scale is short, at even steps."""
        months = 12 * (self.last.year - self.first.year) + self.last.month - self.first.month
        for step in _STEPS:
            most = _MOST_MONTHS if step < 12 else _MOST_YEARS
            if months // step > most:
                continue  # not even looked at: the calendar has 120,000 months
            days = _beginnings(self.first, self.last, step)
            if len(days) <= most:
                break
        return [self._tick(day, months=step < 12) for day in days]

    def _tick(self, day: date, months: bool) -> Tick:
        share = self.share(day)
        # a label in the middle of its tick would reach over the edge of a narrow page
        anchor = "start" if share < Fraction(1, 12) else "middle"
        anchor = "end" if share > Fraction(11, 12) else anchor
        year = f"{day.year:04d}"
        return Tick(self.x(day), f"{_MONTHS[day.month - 1]} {year}" if months else year, anchor)


def scale(days: Sequence[date]) -> TimeScale:
    """The scale from the first of these days to the last, never shorter than a quarter."""
    first, last = min(days), max(days)
    if last - first < SHORTEST:
        first = max(date.min, last - min(SHORTEST, last - date.min))
        last = max(last, first + SHORTEST)
    return TimeScale(first, last)


def figure(value: Fraction | float) -> str:
    """A position as SVG has it: at most two decimals, no trailing zeros."""
    text = f"{float(value):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _beginnings(first: date, last: date, step: int) -> list[date]:
    """The firsts of each `step`th month within the scale; years counted from the year 0."""
    month = -(-(first.year * 12 + first.month - (first.day == 1)) // step) * step
    days = []
    while month < 12 * (date.max.year + 1):
        if month >= 12:  # there is no year 0
            day = date(month // 12, month % 12 + 1, 1)
            if day > last:
                break
            days.append(day)
        month += step
    return days
