"""The record scored again under every variation of the method: against plain, slow reckoning."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.scoring import (
    V1,
    FindingValue,
    Judged,
    LabScore,
    Promised,
    Verdict,
    score_commitment,
    score_lab,
)
from tracker.scoring.sensitivity import (
    PAIRED_LIMIT,
    STEPS,
    as_recorded,
    every_setting,
    order_of,
    rescore,
    sensitivity,
    varied,
    within,
)
from tracker.scoring.variations import Item, Order, Setting, Without

pytestmark = pytest.mark.once

RECORD = Setting(Fraction(1, 2))
MET, PARTLY, NOT_MET, UNVERIFIABLE, PENDING, _ = FindingValue

weights = st.fractions(min_value=Fraction(1, 4), max_value=8, max_denominator=4)
judgements = st.none() | st.lists(
    st.builds(Judged, st.sampled_from(FindingValue), weights), max_size=4
).map(tuple)
shares = st.fractions(min_value=0, max_value=1, max_denominator=12)
some_settings = st.builds(Setting, shares, st.booleans())


@st.composite
def some_labs(draw: st.DrawFn) -> dict[str, tuple[Item, ...]]:
    """Up to three labs of up to six commitments, each of them named once."""
    return {
        lab: tuple(
            Item(f"{lab}-{place}", judged, category, superseded)
            for place, (judged, category, superseded) in enumerate(
                draw(
                    st.lists(
                        st.tuples(judgements, st.sampled_from("xyz"), st.booleans()), max_size=6
                    )
                )
            )
        )
        for lab in "abc"[: draw(st.integers(0, 3))]
    }


def item(name: str, *values: FindingValue, category: str = "x", weight: int = 1) -> Item:
    """The first finding weighs `weight`, the others 1."""
    judged = [Judged(value, Fraction(1 if place else weight)) for place, value in enumerate(values)]
    return Item(name, tuple(judged), category)


def reckoned(items: Sequence[Item], setting: Setting, without: Without | None = None) -> LabScore:
    """A lab's score by score_lab, one commitment after the other."""
    kept = [one for one in items if without is None or not left_out(one, without)]
    scores = [(one, rescore(one, setting)) for one in kept]
    return score_lab(Promised(it.verdict, it.low, it.high, one.superseded) for one, it in scores)


def left_out(one: Item, without: Without) -> bool:
    return without.name == (one.category if without.category else one.name)


def span(score: LabScore) -> tuple[Fraction, Fraction] | None:
    if score.percent is None:
        return None
    assert score.low is not None
    assert score.high is not None
    return score.low, score.high


@given(judgements)
def test_the_setting_of_the_record_is_the_record_itself(judged: tuple[Judged, ...] | None) -> None:
    assert as_recorded() == RECORD
    assert varied(RECORD) is V1
    assert rescore(Item("one", judged), RECORD) == score_commitment(judged)


@given(some_labs(), some_settings)
def test_labs_score_on_record_as_they_do_without_the_panel(
    labs: dict[str, tuple[Item, ...]], chosen: Setting
) -> None:
    found = sensitivity(labs, chosen)
    assert [lab.name for lab in found.labs] == list(labs)
    for lab in found.labs:
        recorded = [(one, score_commitment(one.judged)) for one in labs[lab.name]]
        assert lab.recorded == score_lab(
            Promised(score.verdict, score.low, score.high, one.superseded)
            for one, score in recorded
        )
        chosen_score = reckoned(labs[lab.name], chosen)
        assert (lab.chosen.low, lab.chosen.high) == (chosen_score.low, chosen_score.high)
        assert lab.chosen.verdicts == chosen_score.verdicts


@given(some_labs(), some_settings)
def test_each_rated_commitment_is_left_out_once(
    labs: dict[str, tuple[Item, ...]], chosen: Setting
) -> None:
    for lab in sensitivity(labs, chosen).labs:
        assert len(lab.left_out) == lab.recorded.rated
        for one in lab.left_out:
            rest = reckoned(labs[lab.name], chosen, Without(one.name))
            assert one.rated == rest.rated == lab.recorded.rated - 1
            assert one.span == (None if rest.low is None else (rest.low, rest.high))


@given(some_labs(), some_settings)
def test_pairs_are_compared_under_every_variation(
    labs: dict[str, tuple[Item, ...]], chosen: Setting
) -> None:
    found = sensitivity(labs, chosen)
    assert found.pairs is not None
    for pair in found.pairs:
        both = [labs[pair.first], labs[pair.second]]
        rated = [
            one
            for items in both
            for one in items
            if not one.superseded and rescore(one, RECORD).low is not None
        ]
        withouts = {
            None,
            *(Without(one.name) for one in rated),
            *(Without(one.category, category=True) for one in rated),
        }
        orders = {
            (without, setting): order_of(*(span(reckoned(it, setting, without)) for it in both))
            for without in withouts
            for setting in every_setting(chosen)
        }
        assert pair.tried == len(orders)
        assert pair.recorded == orders[None, RECORD] != Order.TOO_FEW
        assert pair.chosen == orders[None, chosen]
        assert pair.too_few == list(orders.values()).count(Order.TOO_FEW)
        departed = {
            (one.without, setting): one.order for one in pair.departures for setting in one.settings
        }
        assert departed == {
            variation: order
            for variation, order in orders.items()
            if order not in (pair.recorded, Order.TOO_FEW)
        }
        assert pair.holds == (not departed)
        told = {
            (one.without, setting): one.order for one in pair.telling for setting in one.settings
        }
        assert told == {
            (without, setting): order
            for (without, setting), order in departed.items()
            if without is None or departed.get((None, setting)) != order
        }


@given(some_labs(), some_settings)
def test_the_spans_hold_every_variation(labs: dict[str, tuple[Item, ...]], chosen: Setting) -> None:
    for lab in sensitivity(labs, chosen).labs:
        if lab.recorded.percent is None:
            assert lab.lows is None
            assert lab.highs is None
            continue
        assert lab.lows is not None
        assert lab.highs is not None
        for setting in every_setting(chosen):
            score = reckoned(labs[lab.name], setting)
            assert score.low is not None
            assert score.high is not None
            assert lab.lows[0] <= score.low <= lab.lows[1]
            assert lab.highs[0] <= score.high <= lab.highs[1]


@given(some_labs(), some_settings, weights)
def test_scaling_the_weights_changes_nothing(
    labs: dict[str, tuple[Item, ...]], chosen: Setting, factor: Fraction
) -> None:
    def scaled(one: Item) -> Item:
        if one.judged is None:
            return one
        heavier = (Judged(it.value, it.weight * factor) for it in one.judged)
        return replace(one, judged=tuple(heavier))

    heavier = {name: tuple(map(scaled, items)) for name, items in labs.items()}
    assert sensitivity(heavier, chosen) == sensitivity(labs, chosen)


@given(some_labs(), shares)
def test_more_for_partly_never_lowers_a_lab(
    labs: dict[str, tuple[Item, ...]], partly: Fraction
) -> None:
    more = (1 + partly) / 2
    pairs = zip(
        sensitivity(labs, Setting(partly)).labs, sensitivity(labs, Setting(more)).labs, strict=True
    )
    for less_for, more_for in pairs:
        if less_for.chosen.low is None or less_for.chosen.high is None:
            assert more_for.chosen.low is None
            continue
        assert more_for.chosen.low is not None
        assert more_for.chosen.high is not None
        assert more_for.chosen.low >= less_for.chosen.low
        assert more_for.chosen.high >= less_for.chosen.high


def test_partly_from_nothing_to_everything_decides_a_verdict() -> None:
    (flip,) = sensitivity({"a": [item("one", PARTLY), item("two", MET)]}, RECORD).flips
    assert (flip.name, flip.recorded) == ("one", Verdict.PARTLY_KEPT)
    given_weights = {
        setting.partly: verdict for setting, verdict in flip.verdicts if not setting.equal_weights
    }
    assert given_weights == {
        step: Verdict.BROKEN if step == 0 else Verdict.KEPT if step == 1 else Verdict.PARTLY_KEPT
        for step in STEPS
    }


def test_equal_weights_can_decide_a_verdict_too() -> None:
    (flip,) = sensitivity({"a": [item("one", MET, NOT_MET, weight=10)]}, RECORD).flips
    assert flip.recorded == Verdict.KEPT  # 10/11
    assert {verdict for setting, verdict in flip.verdicts if setting.equal_weights} == {
        Verdict.PARTLY_KEPT
    }


def test_what_carries_an_order_is_named() -> None:
    labs = {
        "a": [item(f"a{place}", MET) for place in range(3)] + [item("a-open", UNVERIFIABLE)],
        "b": [item("b1", MET), item("b2", MET), item("b3", NOT_MET), item("b-open", UNVERIFIABLE)],
    }
    (pair,) = sensitivity(labs, RECORD).pairs or ()
    assert pair.recorded == Order.UNDECIDED  # 75 to 100 and 50 to 75: they touch
    assert not pair.holds
    assert {(one.without, one.order) for one in pair.departures} == {
        (Without(name), Order.ABOVE) for name in ("a-open", "b1", "b2", "b-open")
    }
    assert all(len(one.settings) == 14 for one in pair.departures)
    lab = sensitivity(labs, RECORD).labs[1]
    assert lab.weightiest is not None
    assert lab.weightiest.name == "b3"  # 67 to 100 without it


def test_a_lab_of_three_has_too_few_when_one_is_left_out() -> None:
    labs = {
        "a": [item(f"a{place}", MET, category=str(place)) for place in range(3)],
        "b": [item(f"b{place}", NOT_MET, category=str(place)) for place in range(5)],
    }
    (pair,) = sensitivity(labs, RECORD).pairs or ()
    assert pair.recorded == Order.ABOVE
    assert pair.holds
    # nothing, three and five commitments, and five categories of which three touch the first lab
    assert pair.tried == 14 * (1 + 3 + 5 + 5)
    assert pair.too_few == 14 * (3 + 3)


def test_a_lab_with_two_rated_is_compared_with_nobody() -> None:
    labs = {
        "a": [item("a1", MET), item("a2", MET), item("a3", PENDING)],
        "b": [item(f"b{place}", NOT_MET) for place in range(3)],
    }
    found = sensitivity(labs, RECORD)
    assert found.pairs == ()
    assert [lab.recorded.rated for lab in found.labs] == [2, 3]
    assert sensitivity(labs, RECORD, against="a").pairs == ()


def test_many_labs_are_compared_with_one_that_is_named() -> None:
    labs = {
        str(lab): [item(f"{lab}-{place}", MET) for place in range(3)]
        for lab in range(PAIRED_LIMIT + 1)
    }
    assert sensitivity(labs, RECORD).pairs is None
    named = sensitivity(labs, RECORD, against="0").pairs
    assert named is not None
    assert [pair.second for pair in named] == list(labs)[1:]


def test_labs_are_taken_whole_until_the_limit() -> None:
    one = item("one", MET)
    labs = {"a": [one] * 3, "b": [one] * 9, "c": [one] * 2}
    assert list(within(labs, 5)) == ["a", "c"]
    assert within(labs) == labs


@pytest.mark.parametrize("partly", [Fraction(-1, 2), Fraction(3, 2)])
def test_partly_outside_zero_to_one_is_refused(partly: Fraction) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        varied(Setting(partly))


def test_a_variation_does_not_pass_for_the_method() -> None:
    third = varied(Setting(Fraction(1, 3)))
    assert third.version != V1.version
    assert third.worth(PARTLY) is not None
    assert {value: third.worth(value) for value in FindingValue if value != PARTLY} == {
        value: V1.worth(value) for value in FindingValue if value != PARTLY
    }
