"""A pledge at a glance: for each lab every clause in its order, as a shape or as a bar.

The shapes of promises are those of their verdicts. What a study measured is drawn as bars from 0 to
100 per cent, and never with the shape of a promise kept or broken.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.commitments.enums import Basis, PledgeKind
from tracker.labs.models import Lab
from tracker.reading.pages.pledges import Absence, Cell, Row
from tracker.reading.represent import exact
from tracker.reading.standing import Standing
from tracker.web.charts.scale import figure
from tracker.web.tally import Shown, count, shown
from tracker.web.words import TONES

#: Pixels from one shape to the next, and how many stand side by side on a phone.
SIDE, ACROSS = 17, 16

ABSENCES = {
    Absence.NO_PROMISE: "no promise on record",
    Absence.NOT_ENTERED: "no commitment entered",
    Absence.NOT_ADDRESSED: "not addressed",
    Absence.NOT_MEASURED: "not measured",
}
SEVERAL = "several"

#: Shapes in the order in which they are told, and what they are called.
WORDS = {
    **TONES,
    "measured": "measured",
    SEVERAL: "several promises that stand differently",
    **{absence.value: words for absence, words in ABSENCES.items()},
}


@dataclass(frozen=True)
class Mark:
    """One clause: its shape, and where it stands in pixels."""

    shape: str
    x: int
    y: int


@dataclass(frozen=True)
class Panel:
    """One lab. `marks` where it promised; `lows` and `highs` (paths) where it was measured."""

    lab: Lab
    marks: Sequence[Mark]
    lows: str
    highs: str
    said: str
    width: int
    height: int


@dataclass(frozen=True)
class Overview:
    """All labs side by side, and what the shapes in them mean."""

    panels: Sequence[Panel]
    shapes: Sequence[tuple[str, str]]
    measured: bool
    clauses: int


def overview(rows: Sequence[Row], labs: Sequence[Lab]) -> Overview | None:
    """The chart; None where there is no clause or no lab."""
    if not rows or not labs:
        return None
    measured = is_measured(rows)
    columns = [[row.cells[at] for row in rows] for at in range(len(labs))]
    panels = [
        (_bars if measured else _shapes)(lab, cells)
        for lab, cells in zip(labs, columns, strict=True)
    ]
    shown = {mark.shape for panel in panels for mark in panel.marks}
    return Overview(
        panels=panels,
        shapes=[(shape, words) for shape, words in WORDS.items() if shape in shown],
        measured=measured,
        clauses=len(rows),
    )


def is_measured(rows: Iterable[Row]) -> bool:
    """Whether these are a study's items, so that no verdict is to be shown."""
    cells = [cell for row in rows for cell in row.cells]
    return any(cell.absence == Absence.NOT_MEASURED for cell in cells) or any(
        standing.commitment.basis == Basis.MEASURED
        or (standing.commitment.pledge and standing.commitment.pledge.kind == PledgeKind.SCORECARD)
        for cell in cells
        for standing in cell.standings
    )


def shape_of(cell: Cell) -> str:
    """The shape of one cell; several promises have one where they stand alike."""
    if not cell.standings:
        return cell.absence.value if cell.absence else Absence.NOT_ENTERED.value
    tones = {shown(each).tone for each in cell.standings}
    return tones.pop() if len(tones) == 1 else SEVERAL


def _shapes(lab: Lab, cells: Sequence[Cell]) -> Panel:
    shapes = [shape_of(cell) for cell in cells]
    return Panel(
        lab=lab,
        marks=[
            Mark(shape, SIDE * (place % ACROSS), SIDE * (place // ACROSS))
            for place, shape in enumerate(shapes)
        ],
        lows="",
        highs="",
        said=", ".join(_told(cells, shapes)),
        width=SIDE * min(len(cells), ACROSS),
        height=SIDE * (-(-len(cells) // ACROSS)),
    )


def _told(cells: Sequence[Cell], shapes: Sequence[str]) -> Iterable[str]:
    """“2 reported broken”, “4 no promise on record”: clauses of each shape."""
    alike = [
        Shown(shape, all(each.low for each in of), all(each.so_far for each in of))
        for cell, shape in zip(cells, shapes, strict=True)
        if shape in TONES
        for of in [[shown(standing) for standing in cell.standings]]
    ]
    for each in count((each, 1) for each in alike):
        yield each.said
    others = Counter(shape for shape in shapes if shape not in TONES)
    for shape, words in WORDS.items():
        if others[shape]:
            yield f"{others[shape]:,} {words}"


def _bars(lab: Lab, cells: Sequence[Cell]) -> Panel:
    """Bars over a width of ten units a clause and a height of 100, side by side in one path."""
    lows = highs = ""
    measured = 0
    for place, cell in enumerate(cells):
        ranges = [found for each in cell.standings if (found := _range(each))]
        if not ranges:
            continue
        measured += 1
        # where a study has several items under one clause, the bar reaches over all of them
        low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
        lows += _bar(place, Fraction(0), low)
        highs += _bar(place, low, high)
    missing = len(cells) - measured
    said = f"{measured:,} of {len(cells):,} measured"
    return Panel(
        lab=lab,
        marks=(),
        lows=lows,
        highs=highs,
        said=said if missing else f"all {measured:,} measured",
        width=10 * len(cells),
        height=100,
    )


def _range(standing: Standing) -> tuple[Fraction, Fraction] | None:
    if standing.assessment is None:
        return None
    working = standing.assessment.working
    low, high = exact(working.get("low")), exact(working.get("high"))
    return None if low is None or high is None else (low, high)


def _bar(place: int, bottom: Fraction, top: Fraction) -> str:
    """From one share to another; one of no height is still a line, once it has an outline."""
    up, down = figure(100 - 100 * top), figure(100 - 100 * bottom)
    return f"M{10 * place + 1} {down}V{up}h8V{down}Z"
