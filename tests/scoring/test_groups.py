"""The mean of several labs is a range again, and each lab counts once."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.scoring import (
    FindingValue,
    GroupMean,
    Judged,
    Promised,
    Verdict,
    mean_of_labs,
    mean_of_ranges,
    mean_of_totals,
    pooled_share,
    score_lab,
)
from tracker.scoring.groups import Range

pytestmark = pytest.mark.once

shares = st.integers(0, 840).map(lambda parts: Fraction(parts, 840))  # quick to draw
ranges = st.tuples(shares, shares).map(lambda pair: (min(pair), max(pair)))
labs = st.lists(st.none() | ranges, max_size=8)

KEPT = Promised(Verdict.KEPT, Fraction(1), Fraction(1))
UNRESOLVED = Promised(Verdict.UNRESOLVED, Fraction(0), Fraction(1))


def ends(mean: GroupMean) -> Range:
    assert mean.low is not None and mean.high is not None
    return mean.low, mean.high


def test_both_ends_are_means_and_round_half_up() -> None:
    mean = mean_of_ranges([(Fraction(1, 4), Fraction(1, 2)), (Fraction(1), Fraction(1)), None])
    assert ends(mean) == (Fraction(5, 8), Fraction(3, 4))
    assert (mean.percent, mean.counted, mean.left_out) == ((63, 75), 2, 1)


def test_it_is_rounded_once_from_the_exact_mean_not_from_rounded_ends() -> None:
    # 1/3 and 5/12: 33 and 42 would make 37.5, and that 38
    mean = mean_of_ranges([(Fraction(1, 3), Fraction(1, 3)), (Fraction(5, 12), Fraction(5, 12))])
    assert mean.percent == (38, 38) and mean.low == Fraction(3, 8)
    mean = mean_of_ranges([(Fraction(1, 3), Fraction(1, 3)), (Fraction(41, 100), Fraction(1))])
    assert mean.percent == (37, 67)


def test_of_no_lab_there_is_no_mean() -> None:
    assert mean_of_ranges([]) == GroupMean(None, None, 0, 0)
    assert mean_of_ranges([None, None]) == GroupMean(None, None, 0, 2)
    assert mean_of_ranges([None]).percent is None


def test_a_range_the_wrong_way_round_is_refused() -> None:
    with pytest.raises(ValueError, match="low first"):
        mean_of_ranges([(Fraction(1), Fraction(0))])


def test_a_lab_with_fewer_than_three_rated_is_left_out() -> None:
    few = score_lab([KEPT, KEPT])
    enough = score_lab([KEPT, UNRESOLVED, UNRESOLVED])
    mean = mean_of_labs([few, enough, score_lab([])])
    assert (ends(mean), mean.counted, mean.left_out) == ((Fraction(1, 3), Fraction(1)), 1, 2)


def test_a_large_lab_counts_as_much_as_a_small_one() -> None:
    small, large = score_lab([KEPT] * 3), score_lab([UNRESOLVED] * 30)
    assert ends(mean_of_labs([small, large])) == (Fraction(1, 2), Fraction(1))


def test_a_lab_of_which_a_study_counts_nothing_is_left_out() -> None:
    half = pooled_share([[Judged(FindingValue.MET), Judged(FindingValue.NOT_MET)]])
    nothing = pooled_share([[Judged(FindingValue.NOT_APPLICABLE)], None])
    mean = mean_of_totals([half, nothing])
    assert (mean.percent, mean.counted, mean.left_out) == ((50, 50), 1, 1)


@given(labs, st.randoms(use_true_random=False))
def test_order_does_not_matter(given_: list[Range | None], random: object) -> None:
    shuffled = list(given_)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives no type for it
    assert mean_of_ranges(shuffled) == mean_of_ranges(given_)


@given(st.lists(ranges, min_size=1, max_size=8))
def test_it_lies_between_the_least_and_the_greatest_and_is_a_range(of: list[Range]) -> None:
    low, high = ends(mean_of_ranges(of))
    assert min(each for each, _ in of) <= low <= max(each for each, _ in of)
    assert min(each for _, each in of) <= high <= max(each for _, each in of)
    assert low <= high


@given(ranges, st.integers(1, 5))
def test_labs_that_are_alike_have_their_own_range_as_mean(one: Range, number: int) -> None:
    assert ends(mean_of_ranges([one] * number)) == one


@given(labs)
def test_a_lab_without_a_range_moves_nothing(of: list[Range | None]) -> None:
    before, after = mean_of_ranges(of), mean_of_ranges([*of, None])
    assert (before.low, before.high, before.counted) == (after.low, after.high, after.counted)
    assert after.left_out == before.left_out + 1


@given(st.lists(ranges, min_size=1, max_size=6), st.data())
def test_bettering_a_lab_never_lowers_the_mean(of: list[Range], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(of) - 1))
    low, high = of[place]
    better = (low + (1 - low) * data.draw(shares), Fraction(1))
    better = (better[0], max(better[0], high))
    before = mean_of_ranges(of)
    after = mean_of_ranges([*of[:place], better, *of[place + 1 :]])
    assert ends(after)[0] >= ends(before)[0] and ends(after)[1] >= ends(before)[1]


@given(st.lists(ranges, min_size=1, max_size=6), st.lists(ranges, min_size=1, max_size=6))
def test_the_mean_of_all_is_that_of_the_parts_by_their_number(
    some: list[Range], others: list[Range]
) -> None:
    parts = [mean_of_ranges(some), mean_of_ranges(others)]
    low, high = ends(mean_of_ranges([*some, *others]))
    number = sum(part.counted for part in parts)
    assert low == sum(ends(part)[0] * part.counted for part in parts) / number
    assert high == sum(ends(part)[1] * part.counted for part in parts) / number
