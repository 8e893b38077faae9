"""What DESIGN section 5 promises of every score, whatever the findings."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.scoring import (
    FindingValue,
    Judged,
    Score,
    Verdict,
    percent,
    pooled_share,
    score_commitment,
)

pytestmark = pytest.mark.once

KNOWN_WORST_FIRST = [FindingValue.NOT_MET, FindingValue.PARTLY_MET, FindingValue.MET]
COUNTED = [*KNOWN_WORST_FIRST, FindingValue.UNVERIFIABLE]

weights = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=1000)
anything = st.lists(st.builds(Judged, st.sampled_from(FindingValue), weights), max_size=12)
known = st.sampled_from(KNOWN_WORST_FIRST)


def ends(score: Score) -> tuple[Fraction, Fraction]:
    assert score.low is not None
    assert score.high is not None
    return score.low, score.high


def outcome(score: Score) -> tuple[object, ...]:
    return score.low, score.high, score.coverage, score.verdict, score.provisional


@given(anything)
def test_every_score_is_within_zero_and_one_and_has_a_range_only_when_counted(
    judged: list[Judged],
) -> None:
    score = score_commitment(judged)
    assert 0 <= score.coverage <= 1
    if any(one.value in COUNTED for one in judged):
        low, high = ends(score)
        assert 0 <= low <= high <= 1
        assert score.verdict not in {Verdict.NOT_YET_DUE, Verdict.NOT_ASSESSED}
    else:
        assert (score.low, score.high) == (None, None)
        assert score.coverage == 0


@given(anything, st.randoms(use_true_random=False))
def test_order_does_not_matter(judged: list[Judged], random: object) -> None:
    shuffled = list(judged)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert outcome(score_commitment(shuffled)) == outcome(score_commitment(judged))


@given(anything, known, known, weights)
def test_bettering_a_finding_never_lowers_low_or_high(
    others: list[Judged], one: FindingValue, two: FindingValue, weight: Fraction
) -> None:
    worse, better = sorted([one, two], key=KNOWN_WORST_FIRST.index)
    low_before, high_before = ends(score_commitment([*others, Judged(worse, weight)]))
    low_after, high_after = ends(score_commitment([*others, Judged(better, weight)]))
    assert low_after >= low_before
    assert high_after >= high_before


@given(anything, known, weights)
def test_resolving_an_unknown_stays_within_the_range(
    others: list[Judged], found: FindingValue, weight: Fraction
) -> None:
    low, high = ends(score_commitment([*others, Judged(FindingValue.UNVERIFIABLE, weight)]))
    low_after, high_after = ends(score_commitment([*others, Judged(found, weight)]))
    assert low <= low_after <= high_after <= high


@given(anything, st.sampled_from(COUNTED), weights, weights)
def test_adding_an_unknown_never_narrows_the_range(
    others: list[Judged], value: FindingValue, weight: Fraction, unknown_weight: Fraction
) -> None:
    judged = [*others, Judged(value, weight)]
    low, high = ends(score_commitment(judged))
    unknown = Judged(FindingValue.UNVERIFIABLE, unknown_weight)
    low_after, high_after = ends(score_commitment([*judged, unknown]))
    assert low_after <= low
    assert high_after >= high


@given(anything, weights)
def test_scaling_all_weights_changes_nothing(judged: list[Judged], factor: Fraction) -> None:
    scaled = [Judged(one.value, one.weight * factor) for one in judged]
    assert outcome(score_commitment(scaled)) == outcome(score_commitment(judged))


@given(anything, weights)
def test_a_settled_verdict_survives_whatever_an_unknown_turns_out_to_be(
    others: list[Judged], weight: Fraction
) -> None:
    before = score_commitment([*others, Judged(FindingValue.UNVERIFIABLE, weight)]).verdict
    if before == Verdict.UNRESOLVED:
        return
    for found in KNOWN_WORST_FIRST:
        assert score_commitment([*others, Judged(found, weight)]).verdict == before


@given(anything)
def test_the_lines_add_up_to_the_score(judged: list[Judged]) -> None:
    score = score_commitment(judged)
    assert [(line.value, line.weight) for line in score.lines] == [
        (one.value, one.weight) for one in judged
    ]
    if score.low is not None and score.high is not None:
        assert score.low * score.counted_weight == score.low_sum
        assert score.high * score.counted_weight == score.high_sum
        assert score.coverage * score.applicable_weight == score.known_weight


@given(st.lists(anything, max_size=4))
def test_pooling_does_not_care_how_criteria_are_cut_into_clauses(
    clauses: list[list[Judged]],
) -> None:
    together = [judged for clause in clauses for judged in clause]
    assert pooled_share(clauses) == pooled_share([together])


@given(st.fractions(min_value=0, max_value=1), st.fractions(min_value=0, max_value=1))
def test_percent_keeps_the_order_and_stays_within_half_a_point(
    one: Fraction, two: Fraction
) -> None:
    low, high = sorted([one, two])
    assert percent(low) <= percent(high)
    assert -Fraction(1, 2) < percent(one) - one * 100 <= Fraction(1, 2)
