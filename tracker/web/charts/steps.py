"""The step chart of a lab's score: its range as a band, and under it how much of it was rated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby

from tracker.reading.pages.scores import ScorePoint
from tracker.scoring import LabScore
from tracker.web.charts.scale import Tick, figure, scale

#: Units along the width of the paths, which are stretched to the width of the page.
WIDTH = 10_000
#: A stretch without a range says why in words where it is wider than this part of the chart.
_ROOM = Fraction(2, 5)


@dataclass(frozen=True)
class Gap:
    """A stretch of time with too few rated to show a percentage, in per cent of the width."""

    x: str
    width: str
    middle: str
    said: bool


@dataclass(frozen=True)
class Steps:
    """The chart. Paths run over WIDTH by 100 (the range) and WIDTH by `most` (the counts)."""

    bands: str
    lows: str
    highs: str
    gaps: Sequence[Gap]
    rated: str
    total: str
    most: int
    end: tuple[str, str] | None  # the last range as y and height, in per cent
    ticks: Sequence[Tick]
    points: Sequence[ScorePoint]  # newest first
    until: date

    @property
    def now(self) -> ScorePoint:
        """The last point."""
        return self.points[0]

    @property
    def since(self) -> ScorePoint:
        """The first point."""
        return self.points[-1]

    @property
    def width(self) -> int:
        """Units along the width of the paths."""
        return WIDTH


def steps(points: Sequence[ScorePoint], until: date) -> Steps | None:
    """The chart of a lab's score up to a day; None where it had promised nothing."""
    if not points:
        return None
    until = max(until, points[-1].day)
    time = scale([points[0].day, until])
    edges = [time.share(point.day) for point in points] + [time.share(until)]
    bands, lows, highs, gaps = [], [], [], []
    for shown, run in groupby(range(len(points)), lambda at: points[at].score.percent is not None):
        places = list(run)
        along = edges[places[0] : places[-1] + 2]
        if not shown:
            gaps.append(_gap(along[0], along[-1]))
            continue
        low = [_depth(points[at].score.low) for at in places]
        high = [_depth(points[at].score.high) for at in places]
        lows.append(_along(along, low))
        highs.append(_along(along, high))
        bands.append(_along(along, high) + _back(along, low))
    most = max(1, *(point.score.total for point in points))
    rated = [Fraction(most - point.score.rated) for point in points]
    total = [Fraction(most - point.score.total) for point in points]
    return Steps(
        bands="".join(bands),
        lows="".join(lows),
        highs="".join(highs),
        gaps=gaps,
        rated=_along(edges, rated) + _back(edges, [Fraction(most)] * len(points)),
        total=_along(edges, total),
        most=most,
        end=_end(points[-1].score),
        ticks=time.ticks(),
        points=points[::-1],
        until=until,
    )


def _along(edges: Sequence[Fraction], depths: Sequence[Fraction]) -> str:
    """Level from each edge to the next, and straight down or up at the next."""
    path = f"M{figure(WIDTH * edges[0])} {figure(depths[0])}"
    for edge, depth in zip(edges[1:], [*depths[1:], None], strict=True):
        path += f"H{figure(WIDTH * edge)}" + ("" if depth is None else f"V{figure(depth)}")
    return path


def _back(edges: Sequence[Fraction], depths: Sequence[Fraction]) -> str:
    """The same from the last edge to the first, closing the band."""
    path = ""
    for edge, depth in zip(edges[-2::-1], depths[::-1], strict=True):
        path += f"V{figure(depth)}H{figure(WIDTH * edge)}"
    return path + "Z"


def _depth(share: Fraction | None) -> Fraction:
    assert share is not None
    return 100 - 100 * share


def _gap(begin: Fraction, end: Fraction) -> Gap:
    width = end - begin
    middle = figure(50 * (begin + end))
    return Gap(figure(100 * begin), figure(100 * width), middle, said=width > _ROOM)


def _end(score: LabScore) -> tuple[str, str] | None:
    if score.percent is None:
        return None
    assert score.low is not None and score.high is not None
    return figure(_depth(score.high)), figure(100 * (score.high - score.low))
