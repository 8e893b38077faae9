"""The panel of variations in words: tables of verdicts, of labs, and of pairs of labs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from tracker.assessments.wording import verdict_on
from tracker.commitments.enums import Category
from tracker.commitments.models import Commitment
from tracker.labs.models import Lab
from tracker.reading.pages.sensitivity import Panel
from tracker.reading.standing import Standing
from tracker.scoring import Verdict, percent_range
from tracker.scoring.variations import (
    Flip,
    LabVariation,
    Order,
    Pair,
    Setting,
    Without,
)
from tracker.web.words import tone

#: Column heads: an aim is never said to be broken.
HEADS = {
    Verdict.KEPT: "kept or reached",
    Verdict.PARTLY_KEPT: "partly",
    Verdict.BROKEN: "broken or not reached",
    Verdict.UNRESOLVED: "unresolved",
    Verdict.NOT_YET_DUE: "not yet due",
    Verdict.NOT_ASSESSED: "not assessed",
}

FLIPS_SHOWN = 50
FLIPS_OPEN = 10
WAYS_SHOWN = 6
NAMED = 3


@dataclass(frozen=True)
class Cell:
    """A verdict with its shape, and at which worths of “partly” it holds: “0”, “1/4 to 3/4”."""

    tone: str
    words: str
    at: str
    recorded: bool  # whether the record's own setting is among them


@dataclass(frozen=True)
class CountRow:
    """How many commitments stand under each verdict, at one worth of “partly” or at any."""

    partly: str
    counts: Sequence[tuple[str, int]]
    recorded: bool
    chosen: bool


@dataclass(frozen=True)
class FlipRow:
    """One commitment's verdicts as “partly” is worth more; `weights` says with which weights."""

    commitment: Commitment
    weights: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class LabRow:
    """One lab's score on record, as chosen, and over all variations."""

    lab: Lab
    variation: LabVariation
    weightiest: Commitment | None

    @property
    def lows(self) -> tuple[int, int] | None:
        """The least and the greatest low end, in whole per cent."""
        return percent_range(*self.variation.lows) if self.variation.lows else None

    @property
    def highs(self) -> tuple[int, int] | None:
        """The least and the greatest high end, in whole per cent."""
        return percent_range(*self.variation.highs) if self.variation.highs else None

    @property
    def without(self) -> tuple[int, int] | None:
        """The range without the weightiest commitment, None with nothing left."""
        most = self.variation.weightiest
        return percent_range(*most.span) if most and most.span else None


@dataclass(frozen=True)
class Way:
    """Another order than on record, in which settings, and without any one of what.

    Nothing is left out where there is neither a commitment nor a category; `more` are not named.
    """

    above: Lab | None
    where: str
    commitments: Sequence[Commitment]
    categories: Sequence[str]
    more: int

    @property
    def left_out(self) -> bool:
        """Whether anything is left out."""
        return bool(self.commitments or self.categories)


@dataclass(frozen=True)
class PairRow:
    """Two labs, and which of them lies above on record and as chosen; None: the ranges overlap."""

    first: Lab
    second: Lab
    pair: Pair
    recorded: Lab | None
    chosen: Lab | None
    departed: int
    ways: Sequence[Way]
    more: int

    @property
    def compared(self) -> int:
        """Variations in which both have enough rated."""
        return self.pair.tried - self.pair.too_few


def count_rows(panel: Panel) -> list[CountRow]:
    """With the weights that were chosen; one row where it is the same at any worth of “partly”."""
    found = panel.found
    rows = [
        CountRow(
            str(row.setting.partly),
            [(head, row.verdicts[verdict]) for verdict, head in HEADS.items()],
            recorded=row.setting == found.recorded,
            chosen=row.setting == found.chosen,
        )
        for row in found.verdicts
        if row.setting.equal_weights == found.chosen.equal_weights
    ]
    if any(row.counts != rows[0].counts for row in rows):
        return rows
    recorded = any(row.recorded for row in rows)
    return [CountRow("any of these values", rows[0].counts, recorded=recorded, chosen=True)]


def flip_rows(panel: Panel) -> list[FlipRow]:
    """The commitments whose verdict depends on the setting: one row, or one for each weighting."""
    return [row for flip in panel.found.flips[:FLIPS_SHOWN] for row in _flip_rows(panel, flip)]


def lab_rows(panel: Panel) -> list[LabRow]:
    """The labs with enough rated commitments for a range."""
    return [
        LabRow(
            panel.labs[each.name],
            each,
            panel.standings[each.weightiest.name].commitment if each.weightiest else None,
        )
        for each in panel.found.labs
        if each.lows is not None
    ]


def pair_rows(panel: Panel) -> list[PairRow]:
    """Each pair that is compared."""
    return [_pair_row(panel, pair) for pair in panel.found.pairs or ()]


def _flip_rows(panel: Panel, flip: Flip) -> list[FlipRow]:
    standing = panel.standings[flip.name]
    given, equal = (_cells(panel, standing, flip, equally) for equally in (False, True))
    if [(cell.words, cell.at) for cell in given] == [(cell.words, cell.at) for cell in equal]:
        return [FlipRow(standing.commitment, "", given)]
    return [
        FlipRow(standing.commitment, "weights as given", given),
        FlipRow(standing.commitment, "all weights equal", equal),
    ]


def _cells(panel: Panel, standing: Standing, flip: Flip, equally: bool) -> list[Cell]:
    commitment = standing.commitment
    rising = [one for one in flip.verdicts if one[0].equal_weights == equally]
    cells = []
    for verdict, run in groupby(rising, key=lambda one: one[1]):
        settings = [setting for setting, _ in run]
        first, last = settings[0].partly, settings[-1].partly
        words = verdict_on(
            commitment,
            verdict,
            provisional=standing.provisional,
            confidence=standing.confidence,
        )
        at = str(first) if first == last else f"{first} to {last}"
        cells.append(
            Cell(tone(verdict, commitment), words, at, recorded=panel.found.recorded in settings)
        )
    return cells


def _pair_row(panel: Panel, pair: Pair) -> PairRow:
    first, second = panel.labs[pair.first], panel.labs[pair.second]
    alike: dict[tuple[Order, tuple[Setting, ...]], list[Without]] = {}
    for one in pair.telling:
        alike.setdefault((one.order, one.settings), []).extend([one.without] if one.without else [])
    ways = [
        _way(panel, _above(order, first, second), settings, withouts)
        for (order, settings), withouts in alike.items()
    ]
    return PairRow(
        first,
        second,
        pair,
        recorded=_above(pair.recorded, first, second),
        chosen=_above(pair.chosen, first, second),
        departed=sum(len(one.settings) for one in pair.departures),
        ways=ways[:WAYS_SHOWN],
        more=max(0, len(ways) - WAYS_SHOWN),
    )


def _way(
    panel: Panel, above: Lab | None, settings: Sequence[Setting], withouts: Sequence[Without]
) -> Way:
    shown = withouts[:NAMED]
    return Way(
        above,
        where(settings, panel.found.settings),
        [panel.standings[one.name].commitment for one in shown if not one.category],
        [str(Category(one.name).label) for one in shown if one.category],
        more=len(withouts) - len(shown),
    )


def _above(order: Order, first: Lab, second: Lab) -> Lab | None:
    return {Order.ABOVE: first, Order.BELOW: second}.get(order)


def where(settings: Iterable[Setting], every: Sequence[Setting]) -> str:
    """Some of the settings in words: “partly” worth 0, 1/4 with weights as given."""
    settings = set(settings)
    worths = []
    for equally in (False, True):
        values = [each.partly for each in every if each.equal_weights == equally]
        here = [value for value in values if Setting(value, equally) in settings]
        worths.append("anything" if here == values else ", ".join(map(str, here)))
    given, equal = worths
    if given == equal:
        return f"“partly” worth {given}, however criteria weigh"
    return "; ".join(
        f"“partly” worth {worth} with {weights}"
        for worth, weights in ((given, "weights as given"), (equal, "all weights equal"))
        if worth
    )
