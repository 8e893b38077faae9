"""What would change a verdict: told by the same arithmetic that would change it."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.scoring import (
    V1,
    FindingValue,
    Judged,
    Turn,
    Verdict,
    is_open,
    score_commitment,
    turning,
)

pytestmark = pytest.mark.once

MET, PARTLY, NOT_MET = FindingValue.MET, FindingValue.PARTLY_MET, FindingValue.NOT_MET
UNKNOWN, PENDING = FindingValue.UNVERIFIABLE, FindingValue.PENDING
NOT_APPLICABLE = FindingValue.NOT_APPLICABLE

weights = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=1000)
anything = st.lists(st.builds(Judged, st.sampled_from(FindingValue), weights), max_size=8)


def judged(*values: FindingValue) -> list[Judged]:
    return [Judged(value) for value in values]


def verdicts(turns: Iterable[Turn]) -> dict[tuple[int, str], str]:
    return {(turn.place, turn.value.value): turn.verdict for turn in turns}


def test_a_pending_finding_can_turn_what_is_broken_so_far() -> None:
    found = turning(judged(NOT_MET, PENDING))
    assert found.present.verdict == Verdict.BROKEN
    assert [each.place for each in found.open] == [1]
    assert verdicts(found.enough) == {
        (1, "met"): "partly_kept",
        (1, "partly_met"): "partly_kept",
        (1, "unverifiable"): "unresolved",
    }
    assert (found.best.verdict, found.worst.verdict) == (Verdict.PARTLY_KEPT, Verdict.BROKEN)


def test_the_only_unknown_decides() -> None:
    found = turning(judged(UNKNOWN))
    assert verdicts(found.enough) == {
        (0, "met"): "kept",
        (0, "partly_met"): "partly_kept",
        (0, "not_met"): "broken",
    }
    assert found.settled == ()


def test_settled_findings_are_told_apart_from_open_ones() -> None:
    found = turning(judged(MET, NOT_APPLICABLE))
    assert found.open == ()
    assert verdicts(found.overturning) == {
        (0, "partly_met"): "partly_kept",
        (0, "not_met"): "broken",
        (0, "unverifiable"): "unresolved",
    }
    assert found.best == found.worst == found.present


def test_where_much_is_open_no_single_finding_may_be_enough() -> None:
    found = turning(judged(*[UNKNOWN] * 20))
    assert found.present.verdict == Verdict.UNRESOLVED
    assert found.enough == ()
    assert (found.best.verdict, found.worst.verdict) == (Verdict.KEPT, Verdict.BROKEN)


def test_nothing_judged_turns_nothing() -> None:
    found = turning([])
    assert (found.open, found.settled, found.enough) == ((), (), ())


def test_it_goes_by_the_methodology_given() -> None:
    lenient = replace(V1, version="made-up", kept_at=Fraction(1, 2))
    one_of_two = judged(MET, UNKNOWN)
    assert turning(one_of_two).present.verdict == Verdict.UNRESOLVED
    found = turning(one_of_two, lenient)
    assert found.present.verdict == Verdict.KEPT
    assert found.enough == ()
    assert all(turn.score.methodology is lenient for each in found.open for turn in each.turns)
    unknown_is_out = replace(
        V1,
        version="made-up too",
        worths=tuple((value, None if value == UNKNOWN else worth) for value, worth in V1.worths),
    )
    assert [turn.value for turn in turning(judged(MET), unknown_is_out).settled[0].turns] == [
        MET,
        PARTLY,
        NOT_MET,
    ]


def test_the_worked_example_of_the_method_is_as_told() -> None:
    found = turning(
        [Judged(MET, Fraction(2)), Judged(PARTLY), Judged(UNKNOWN), Judged(PENDING)],
    )
    assert verdicts(found.enough) == {(3, "met"): "unresolved", (3, "unverifiable"): "unresolved"}
    assert (found.best.verdict, found.worst.verdict) == (Verdict.KEPT, Verdict.PARTLY_KEPT)


def test_only_what_is_unknown_or_pending_is_open() -> None:
    assert [value for value in FindingValue if is_open(value)] == [UNKNOWN, PENDING]


@given(anything)
def test_every_turn_is_the_score_of_the_findings_with_that_one_changed(found: list[Judged]) -> None:
    told = turning(found)
    present = score_commitment(found)
    assert told.present == present
    for prospect in (*told.open, *told.settled):
        for turn in prospect.turns:
            otherwise = [*found]
            otherwise[turn.place] = Judged(turn.value, found[turn.place].weight)
            assert turn.score == score_commitment(otherwise)
            assert turn.turns == (turn.score.verdict != present.verdict)
            if turn.value == prospect.value:
                assert not turn.turns


@given(anything)
def test_each_criterion_that_applies_is_told_once(found: list[Judged]) -> None:
    told = turning(found)
    places = [each.place for each in (*told.open, *told.settled)]
    assert sorted(places) == [
        place for place, each in enumerate(found) if each.value != NOT_APPLICABLE
    ]


@given(anything)
def test_a_better_finding_never_makes_a_worse_score(found: list[Judged]) -> None:
    told = turning(found)
    for prospect in (*told.open, *told.settled):
        score = {turn.value: turn.score for turn in prospect.turns}
        for end in ("low", "high"):
            worst, middle, best = (getattr(score[value], end) for value in (NOT_MET, PARTLY, MET))
            assert worst <= middle <= best
        assert score[UNKNOWN].low == score[NOT_MET].low
        assert score[UNKNOWN].high == score[MET].high


@given(anything)
def test_learning_what_is_unknown_turns_only_what_is_unresolved(found: list[Judged]) -> None:
    told = turning(found)
    for prospect in told.open:
        if prospect.value == UNKNOWN and prospect.enough:
            assert told.present.verdict == Verdict.UNRESOLVED


@given(anything)
def test_best_and_worst_leave_nothing_open_and_hold_every_way_between(found: list[Judged]) -> None:
    told = turning(found)
    for end in (told.best, told.worst):
        assert not any(is_open(line.value) for line in end.lines)
        assert not end.provisional
    if told.best.low is not None and told.worst.low is not None:
        assert told.worst.low <= told.best.low


@given(anything, st.data())
def test_where_best_and_worst_agree_so_does_every_way_of_settling_what_is_open(
    found: list[Judged], data: st.DataObject
) -> None:
    told = turning(found)
    settled = st.sampled_from([MET, PARTLY, NOT_MET])
    otherwise = [
        replace(each, value=data.draw(settled)) if is_open(each.value) else each for each in found
    ]
    if told.best.verdict == told.worst.verdict:
        assert score_commitment(otherwise).verdict == told.best.verdict
