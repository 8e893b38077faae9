from fractions import Fraction

import pytest

from tracker.scoring import Promised, Verdict, score_lab

pytestmark = pytest.mark.once

KEPT = Promised(Verdict.KEPT, Fraction(1), Fraction(1))
BROKEN = Promised(Verdict.BROKEN, Fraction(0), Fraction(0))
UNRESOLVED = Promised(Verdict.UNRESOLVED, Fraction(0), Fraction(1))
NOT_YET_DUE = Promised(Verdict.NOT_YET_DUE, None, None)
NOT_ASSESSED = Promised(Verdict.NOT_ASSESSED, None, None)


def test_a_lab_without_commitments_has_no_range() -> None:
    lab = score_lab([])
    assert (lab.low, lab.high, lab.percent) == (None, None, None)
    assert (lab.rated, lab.total) == (0, 0)
    assert lab.coverage == 0
    assert lab.verdicts == dict.fromkeys(Verdict, 0)


def test_a_lab_with_nothing_rated_has_a_total_and_no_range() -> None:
    lab = score_lab([NOT_YET_DUE, NOT_ASSESSED])
    assert (lab.low, lab.high, lab.percent) == (None, None, None)
    assert (lab.rated, lab.total) == (0, 2)
    assert lab.coverage == 0


def test_two_rated_give_a_range_but_no_percentage() -> None:
    lab = score_lab([KEPT, UNRESOLVED, NOT_ASSESSED])
    assert (lab.low, lab.high) == (Fraction(1, 2), Fraction(1))
    assert lab.percent is None
    assert lab.coverage == Fraction(2, 3)


def test_three_rated_give_a_percentage() -> None:
    lab = score_lab([KEPT, BROKEN, UNRESOLVED])
    assert (lab.low, lab.high) == (Fraction(1, 3), Fraction(2, 3))
    assert lab.percent == (33, 67)
    assert lab.coverage == 1


def test_every_verdict_is_counted_and_the_counts_add_up_to_the_total() -> None:
    lab = score_lab([KEPT, KEPT, BROKEN, NOT_YET_DUE])
    assert lab.verdicts == {
        Verdict.KEPT: 2,
        Verdict.PARTLY_KEPT: 0,
        Verdict.BROKEN: 1,
        Verdict.UNRESOLVED: 0,
        Verdict.NOT_YET_DUE: 1,
        Verdict.NOT_ASSESSED: 0,
    }
    assert sum(lab.verdicts.values()) == lab.total == 4


def test_a_superseded_commitment_counts_nowhere() -> None:
    superseded = Promised(Verdict.BROKEN, Fraction(0), Fraction(0), superseded=True)
    assert score_lab([KEPT, KEPT, superseded]) == score_lab([KEPT, KEPT])


def test_every_commitment_weighs_the_same() -> None:
    half = Promised(Verdict.PARTLY_KEPT, Fraction(1, 2), Fraction(3, 4))
    assert score_lab([KEPT, half]).low == Fraction(3, 4)
    assert score_lab([half, KEPT]).high == Fraction(7, 8)


def test_a_rated_verdict_needs_its_range() -> None:
    with pytest.raises(ValueError, match="is kept needs its low and high"):
        Promised(Verdict.KEPT, None, Fraction(1))


def test_an_unrated_verdict_has_no_range() -> None:
    with pytest.raises(ValueError, match="is not_yet_due has no low and high"):
        Promised(Verdict.NOT_YET_DUE, Fraction(0), Fraction(0))


@pytest.mark.parametrize(("low", "high"), [(1, 0), (-1, 0), (0, 2)])
def test_a_range_lies_within_zero_to_one(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="within 0 to 1"):
        Promised(Verdict.UNRESOLVED, Fraction(low), Fraction(high))
