"""How far the scores depend on choices of the method that could have been made otherwise.

Three choices are varied: what `partly_met` is worth, whether a commitment's criteria keep their
weights or all weigh the same, and what is on record at all (each rated commitment left out in
turn, then each category). Every variation scores the record again with `score_commitment` and
`score_lab`, under a Methodology that is made for the purpose and never stored.

Labs are not ranked. Of two labs this asks only whether their ranges lie apart, and whether that
stays so. Source: DESIGN section 5; all shares are exact fractions from 0 to 1.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import TypeVar

from tracker.scoring.commitment import Judged, Score, score_commitment
from tracker.scoring.lab import RATED_VERDICTS, LabScore, Promised, score_lab
from tracker.scoring.methodology import V1, FindingValue, Methodology, Verdict, Worth
from tracker.scoring.variations import (
    Departure,
    Flip,
    Item,
    LabVariation,
    LeftOut,
    Order,
    Pair,
    Range,
    Sensitivity,
    Setting,
    VerdictRow,
    Without,
)

S = TypeVar("S", bound=Sized)

STEPS = tuple(map(Fraction, ("0", "1/4", "1/3", "1/2", "2/3", "3/4", "1")))
"""The values of `partly_met` that are tried."""

COMMITMENTS_LIMIT = 1_000
"""So many commitments are varied at once; `within` chooses whose."""

PAIRED_LIMIT = 12
"""So many labs are set against each other, each against each (66 pairs)."""


def as_recorded(methodology: Methodology = V1) -> Setting:
    """The setting of the record itself. ValueError where "partly" is worth no one value."""
    worth = methodology.worth(FindingValue.PARTLY_MET)
    if worth is None or not worth.known:
        raise ValueError(f"In methodology {methodology.version} “partly met” has no one value.")
    return Setting(worth.low)


def varied(setting: Setting, methodology: Methodology = V1) -> Methodology:
    """The methodology with "partly" worth what the setting says. ValueError outside 0 to 1."""
    if not 0 <= setting.partly <= 1:
        raise ValueError(f"“Partly” is worth something from 0 to 1, not {setting.partly}.")
    if setting.partly == as_recorded(methodology).partly:
        return methodology
    worth = Worth(setting.partly, setting.partly)
    return replace(
        methodology,
        version=f"{methodology.version}, partly {setting.partly}",  # it must not pass for v1
        worths=tuple(
            (value, worth if value == FindingValue.PARTLY_MET else own)
            for value, own in methodology.worths
        ),
    )


def rescore(item: Item, setting: Setting, methodology: Methodology = V1) -> Score:
    """One commitment scored in a setting."""
    judged = item.judged
    if judged is not None and setting.equal_weights:
        judged = tuple(Judged(one.value) for one in judged)
    return score_commitment(judged, varied(setting, methodology))


def every_setting(chosen: Setting, methodology: Methodology = V1) -> tuple[Setting, ...]:
    """What is tried: every step, and the chosen value, with the given weights and with equal."""
    partlies = sorted({*STEPS, chosen.partly, as_recorded(methodology).partly})
    return tuple(Setting(partly, equal) for equal in (False, True) for partly in partlies)


def within(labs: Mapping[str, S], limit: int = COMMITMENTS_LIMIT) -> dict[str, S]:
    """The labs, each whole and in the order given, that together have at most `limit` commitments.

    The cost grows with the commitments; a lab that no longer fits is left out, not cut short,
    since half of a lab's promises would give a score that is nobody's.
    """
    taken: dict[str, S] = {}
    for name, items in labs.items():
        if len(items) <= limit:
            taken[name] = items
            limit -= len(items)
    return taken


def sensitivity(
    labs: Mapping[str, Sequence[Item]],
    chosen: Setting,
    *,
    against: str = "",
    methodology: Methodology = V1,
) -> Sensitivity:
    """Score the labs' promised commitments again in every setting, and compare the labs.

    `against` names the lab whose pairs are wanted; without it each is set against each. The cost
    is linear in the commitments for the scores, and in commitments times labs for the pairs.
    """
    recorded = as_recorded(methodology)
    settings = every_setting(chosen, methodology)
    current = {
        name: tuple(item for item in items if not item.superseded) for name, items in labs.items()
    }
    everything = [item for items in current.values() for item in items]
    scores = {each: _scores(everything, each, methodology) for each in settings}
    shares = {
        name: {each: _shares(items, scores[each], methodology) for each in settings}
        for name, items in current.items()
    }
    enough = [name for name, by in shares.items() if by[recorded][None] is not None]
    return Sensitivity(
        recorded=recorded,
        chosen=chosen,
        settings=settings,
        verdicts=tuple(_verdict_row(each, scores[each]) for each in settings),
        flips=tuple(_flips(everything, recorded, scores)),
        labs=tuple(
            _lab(name, items, scores, shares[name], recorded, chosen, methodology)
            for name, items in current.items()
        ),
        pairs=_pairs(shares, enough, against, recorded, chosen),
    )


def order_of(first: Range | None, second: Range | None) -> Order:
    """How the first range lies to the second; None has too few rated to be a range."""
    if first is None or second is None:
        return Order.TOO_FEW
    if first[0] > second[1]:
        return Order.ABOVE
    return Order.BELOW if first[1] < second[0] else Order.UNDECIDED


def leave_one_out(items: Iterable[Item], scores: Mapping[str, Score]) -> tuple[LeftOut, ...]:
    """A lab's score without each of its rated commitments in turn: one result for each."""
    ranges = _rated(items, scores)
    low, high = _sums(ranges.values())
    rest = len(ranges) - 1
    return tuple(
        LeftOut(item.name, rest, ((low - own[0]) / rest, (high - own[1]) / rest) if rest else None)
        for item, own in ranges.items()
    )


#: One lab's range without each thing that may be left out (None: nothing), in one setting.
_Shares = dict[Without | None, Range | None]


def _scores(items: Iterable[Item], setting: Setting, methodology: Methodology) -> dict[str, Score]:
    # A thousand commitments have few different sets of findings: each set is scored once.
    known: dict[tuple[Judged, ...] | None, Score] = {}
    scores = {}
    for item in items:
        if item.judged not in known:
            known[item.judged] = rescore(item, setting, methodology)
        scores[item.name] = known[item.judged]
    return scores


def _rated(items: Iterable[Item], scores: Mapping[str, Score]) -> dict[Item, Range]:
    found = {}
    for item in items:
        score = scores[item.name]
        if not item.superseded and score.low is not None and score.high is not None:
            assert score.verdict in RATED_VERDICTS
            found[item] = score.low, score.high
    return found


def _sums(ranges: Iterable[Range]) -> Range:
    lows, highs = Fraction(0), Fraction(0)
    for low, high in ranges:
        lows, highs = lows + low, highs + high
    return lows, highs


def _shares(
    items: Iterable[Item], scores: Mapping[str, Score], methodology: Methodology
) -> _Shares:
    ranges = _rated(items, scores)
    low, high = _sums(ranges.values())

    def mean(lows: Fraction, highs: Fraction, rated: int) -> Range | None:
        if rated < methodology.rated_for_percent:
            return None
        return lows / rated, highs / rated

    shares: _Shares = {None: mean(low, high, len(ranges))}
    for item, own in ranges.items():
        shares[Without(item.name)] = mean(low - own[0], high - own[1], len(ranges) - 1)
    for category in dict.fromkeys(item.category for item in ranges):
        gone = [own for item, own in ranges.items() if item.category == category]
        gone_low, gone_high = _sums(gone)
        shares[Without(category, category=True)] = mean(
            low - gone_low, high - gone_high, len(ranges) - len(gone)
        )
    return shares


def _verdict_row(setting: Setting, scores: Mapping[str, Score]) -> VerdictRow:
    counts = Counter(score.verdict for score in scores.values())
    return VerdictRow(setting, {verdict: counts[verdict] for verdict in Verdict})


def _flips(
    items: Iterable[Item], recorded: Setting, scores: Mapping[Setting, Mapping[str, Score]]
) -> Iterable[Flip]:
    for item in items:
        verdicts = tuple((setting, found[item.name].verdict) for setting, found in scores.items())
        if len({verdict for _, verdict in verdicts}) > 1:
            yield Flip(item.name, scores[recorded][item.name].verdict, verdicts)


def _lab(
    name: str,
    items: Sequence[Item],
    scores: Mapping[Setting, Mapping[str, Score]],
    shares: Mapping[Setting, _Shares],
    recorded: Setting,
    chosen: Setting,
    methodology: Methodology,
) -> LabVariation:
    spans = [span for by in shares.values() for span in by.values() if span is not None]
    return LabVariation(
        name=name,
        recorded=_score(items, scores[recorded], methodology),
        chosen=_score(items, scores[chosen], methodology),
        lows=(min(low for low, _ in spans), max(low for low, _ in spans)) if spans else None,
        highs=(min(high for _, high in spans), max(high for _, high in spans)) if spans else None,
        left_out=leave_one_out(items, scores[chosen]),
    )


def _score(
    items: Iterable[Item], scores: Mapping[str, Score], methodology: Methodology
) -> LabScore:
    found = ((item, scores[item.name]) for item in items)
    return score_lab(
        (Promised(score.verdict, score.low, score.high, item.superseded) for item, score in found),
        methodology,
    )


def _pairs(
    shares: Mapping[str, Mapping[Setting, _Shares]],
    enough: Sequence[str],
    against: str,
    recorded: Setting,
    chosen: Setting,
) -> tuple[Pair, ...] | None:
    if against:
        others = [name for name in enough if name != against]
        named = [(against, other) for other in others] if against in enough else []
    elif len(enough) > PAIRED_LIMIT:
        return None
    else:
        named = list(combinations(enough, 2))
    return tuple(
        _pair(first, second, shares[first], shares[second], recorded, chosen)
        for first, second in named
    )


def _pair(
    first: str,
    second: str,
    ours: Mapping[Setting, _Shares],
    theirs: Mapping[Setting, _Shares],
    recorded: Setting,
    chosen: Setting,
) -> Pair:
    usual = order_of(ours[recorded][None], theirs[recorded][None])
    departures: dict[tuple[Without | None, Order], list[Setting]] = {}
    tried = too_few = 0
    for setting, our in ours.items():
        their = theirs[setting]
        whole, other = our[None], their[None]
        for without in our | their:
            # a commitment of one lab leaves the other as it is; a category is left out of both
            order = order_of(our.get(without, whole), their.get(without, other))
            tried += 1
            if order == Order.TOO_FEW:
                too_few += 1
            elif order != usual:
                departures.setdefault((without, order), []).append(setting)
    return Pair(
        first=first,
        second=second,
        recorded=usual,
        chosen=order_of(ours[chosen][None], theirs[chosen][None]),
        tried=tried,
        too_few=too_few,
        departures=tuple(
            Departure(without, order, tuple(settings))
            for (without, order), settings in departures.items()
        ),
    )
