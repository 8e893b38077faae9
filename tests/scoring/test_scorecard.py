from fractions import Fraction

import pytest

from tracker.scoring import FindingValue, Judged, pooled_share

pytestmark = pytest.mark.once

MET, NOT_MET, UNKNOWN = FindingValue.MET, FindingValue.NOT_MET, FindingValue.UNVERIFIABLE


def test_a_lab_total_is_pooled_over_criteria_not_averaged_over_clauses() -> None:
    share = pooled_share([[Judged(MET)], [Judged(NOT_MET), Judged(NOT_MET), Judged(MET)]])
    assert (share.low, share.high) == (Fraction(1, 2), Fraction(1, 2))
    assert share.percent == (50, 50)


def test_weights_are_respected_across_clauses() -> None:
    share = pooled_share([[Judged(MET, Fraction(3))], [Judged(UNKNOWN)]])
    assert share.percent == (75, 100)
    assert share.coverage == Fraction(3, 4)


def test_a_single_clause_is_enough_for_a_percentage() -> None:
    assert pooled_share([[Judged(FindingValue.PARTLY_MET)]]).percent == (50, 50)


def test_an_unassessed_clause_adds_nothing() -> None:
    assert pooled_share([None, [Judged(MET)]]) == pooled_share([[Judged(MET)]])


def test_an_empty_scorecard_has_no_share() -> None:
    share = pooled_share([])
    assert (share.low, share.high, share.percent) == (None, None, None)
    assert share.coverage == 0
