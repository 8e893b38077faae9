"""The chart of the timeline: how much of each kind falls into each month, or longer.

What is known only by its quarter or year, or lies within an interval, is drawn as long as that is
where it is longer than one column: nothing is put where it may not have been.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tracker.reading.pages.timeline import Counted, Show
from tracker.records.dates import parse_when, words
from tracker.web.charts.scale import Tick, TimeScale, figure, scale

#: Months to a column: the shortest that makes few enough of them for a phone.
_STEPS = (1, 3, 12, 60, 120, 1200, 12000)
MOST_COLUMNS = 72

#: Pixels: a lane's name, its columns, and each row of its spans.
NAME, HIGH, ROW = 18, 40, 7
#: Rows of spans; what overlaps more than that is drawn over one another.
_ROWS = 4

NAMES = {
    Show.EVENTS: "What happened",
    Show.PROMISES: "Promises made",
    Show.DEADLINES: "Deadlines",
    Show.JUDGEMENTS: "Judgements",
}


@dataclass(frozen=True)
class Column:
    """What is dated within one column; `x` and `width` in per cent, `y` and `height` in pixels."""

    x: str
    width: str
    y: str
    height: str
    disputed: bool


@dataclass(frozen=True)
class Span:
    """Entries of which no more is known than that they lie within this time."""

    x: str
    x2: str
    y: int
    disputed: bool


@dataclass(frozen=True)
class Lane:
    """One kind, from `y` down."""

    show: Show
    name: str
    y: int
    base: int  # where its columns stand
    columns: Sequence[Column]
    spans: Sequence[Span]


@dataclass(frozen=True)
class Line:
    """One row of the table behind the chart: a time, and the count of each kind."""

    said: str
    counts: Sequence[int]
    disputed: int


@dataclass(frozen=True)
class Spans:
    """The chart; `today` is where the day stands that the page shows, None where it is outside."""

    lanes: Sequence[Lane]
    height: int
    ticks: Sequence[Tick]
    today: str | None
    most: int
    unit: str
    lines: Sequence[Line]
    total: int

    @property
    def any_spans(self) -> bool:
        """Whether anything is drawn as long as it is uncertain."""
        return any(lane.spans for lane in self.lanes)

    @property
    def any_disputed(self) -> bool:
        """Whether anything is disputed."""
        return any(line.disputed for line in self.lines)


def spans(counted: Sequence[Counted], day: date) -> Spans | None:
    """The chart of the timeline; None where nothing is on it."""
    if not counted:
        return None
    days = {each.span: _days(each.span) for each in counted}
    step = _step(min(first for first, _ in days.values()), max(last for _, last in days.values()))
    columns: dict[Show, dict[tuple[int, bool], int]] = defaultdict(lambda: defaultdict(int))
    longer: dict[Show, dict[tuple[date, date, bool], int]] = defaultdict(lambda: defaultdict(int))
    for each in counted:
        first, last = days[each.span]
        if _column(first, step) == _column(last, step):
            columns[each.show][_column(first, step), each.disputed] += each.count
        else:
            longer[each.show][first, last, each.disputed] += each.count
    numbers = [_column(end, step) for ends in days.values() for end in ends]
    time = scale([_begin(min(numbers), step), _end(max(numbers), step)])
    most = max((n for lane in columns.values() for n in _stacked(lane).values()), default=1)
    lanes = []
    y = 0
    for show in Show:
        if show in columns or show in longer:
            lanes.append(_lane(show, y, columns[show], longer[show], time, step, most))
            rows = max((span.y for span in lanes[-1].spans), default=lanes[-1].base)
            y = rows + ROW + 8
    return Spans(
        lanes=lanes,
        height=y,
        ticks=time.ticks(),
        today=time.x(day) if time.first < day < time.last else None,
        most=most,
        unit=_unit(step),
        lines=_lines(columns, longer, step, {ends: span for span, ends in days.items()}),
        total=sum(each.count for each in counted),
    )


def _days(span: str) -> tuple[date, date]:
    """First and last day of a span: a month, quarter, year or interval."""
    when = parse_when(span)
    return min(when.start.date(), when.end), when.end


def _lane(
    show: Show,
    y: int,
    columns: dict[tuple[int, bool], int],
    longer: dict[tuple[date, date, bool], int],
    time: TimeScale,
    step: int,
    most: int,
) -> Lane:
    base = y + NAME + HIGH
    drawn = []
    stacked: dict[int, float] = defaultdict(float)
    for (number, disputed), count in sorted(columns.items()):  # what is disputed on top
        height = max(HIGH * count / most, 2.0)
        stacked[number] += height
        begin, end = time.share(_begin(number, step)), time.share(_end(number, step))
        gap = (end - begin) / 8
        drawn.append(
            Column(
                figure(100 * (begin + gap)),
                figure(100 * (end - begin - gap)),
                figure(base - stacked[number]),
                figure(height),
                disputed,
            )
        )
    free = [date.min] * _ROWS
    placed = []
    for first, last, disputed in sorted(longer):
        row = next((at for at, day in enumerate(free) if day <= first), _ROWS - 1)
        free[row] = last
        x, end = time.share(first), time.share(last)
        placed.append(Span(figure(100 * x), figure(100 * end), base + ROW * (row + 1), disputed))
    return Lane(show, NAMES[show], y, base, drawn, placed)


def _stacked(columns: dict[tuple[int, bool], int]) -> dict[int, int]:
    whole: dict[int, int] = defaultdict(int)
    for (number, _), count in columns.items():
        whole[number] += count
    return whole


def _lines(
    columns: dict[Show, dict[tuple[int, bool], int]],
    longer: dict[Show, dict[tuple[date, date, bool], int]],
    step: int,
    written: dict[tuple[date, date], str],
) -> list[Line]:
    """The table, newest first: each column that holds something, and each span as it is written."""
    table: dict[tuple[date, date], dict[Show, int]] = defaultdict(lambda: defaultdict(int))
    disputes: dict[tuple[date, date], int] = defaultdict(int)
    for show, lane in columns.items():
        for (number, disputed), count in lane.items():
            ends = _begin(number, step), _end(number, step)
            table[ends][show] += count
            disputes[ends] += count * disputed
    for show, spread in longer.items():
        for (first, last, disputed), count in spread.items():
            table[first, last][show] += count
            disputes[first, last] += count * disputed
    return [
        Line(
            words(parse_when(written.get(ends) or _text(*ends))),
            [counts[show] for show in Show],
            disputes[ends],
        )
        for ends, counts in sorted(table.items(), reverse=True)
    ]


def _text(first: date, last: date) -> str:
    """A column as the record writes dates: 2024-05, 2024-Q2, 2024, or 2020/2024."""
    begins, ends = first.isoformat(), last.isoformat()
    quarter = f"{begins[:4]}-Q{(first.month + 2) // 3}"
    for text in (begins[:7], quarter, begins[:4], f"{begins[:4]}/{ends[:4]}"):
        if _days(text) == (first, last):
            return text
    return f"{begins}/{ends}"


def _step(first: date, last: date) -> int:
    for step in _STEPS:
        if _column(last, step) - _column(first, step) < MOST_COLUMNS:
            break
    return step


def _unit(step: int) -> str:
    names = {1: "month", 3: "quarter", 12: "year"}
    return names.get(step, f"{step // 12} years")


def _column(day: date, step: int) -> int:
    return (12 * day.year + day.month - 1) // step


def _begin(number: int, step: int) -> date:
    month = max(number * step, 12)  # there is no year 0
    return date(month // 12, month % 12 + 1, 1)


def _end(number: int, step: int) -> date:
    """Its last day; the calendar's last in the column that reaches beyond it."""
    month = (number + 1) * step
    if month >= 12 * (date.max.year + 1):
        return date.max
    return date.fromordinal(date(month // 12, month % 12 + 1, 1).toordinal() - 1)
