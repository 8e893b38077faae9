"""Worked examples of one commitment's score, at every threshold."""

import json
from fractions import Fraction

import pytest

from tracker.scoring import (
    V1,
    FindingValue,
    Judged,
    Score,
    Verdict,
    score_commitment,
    verdict_of,
)

pytestmark = pytest.mark.once

MET, PARTLY, NOT_MET = FindingValue.MET, FindingValue.PARTLY_MET, FindingValue.NOT_MET
UNKNOWN, PENDING = FindingValue.UNVERIFIABLE, FindingValue.PENDING
NOT_APPLICABLE = FindingValue.NOT_APPLICABLE


def score(*values: FindingValue) -> Score:
    return score_commitment([Judged(value) for value in values])


def test_a_mixed_commitment_is_the_weighted_mean_of_its_findings() -> None:
    result = score_commitment(
        [Judged(MET, Fraction(2)), Judged(PARTLY), Judged(UNKNOWN), Judged(PENDING)]
    )
    assert (result.low, result.high) == (Fraction(5, 8), Fraction(7, 8))
    assert result.percent == (63, 88)
    assert result.coverage == Fraction(3, 5)
    assert result.verdict == Verdict.PARTLY_KEPT
    assert result.provisional
    assert result.counted_weight == 4
    assert (result.low_sum, result.high_sum) == (Fraction(5, 2), Fraction(7, 2))


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([MET] * 9 + [NOT_MET], Verdict.KEPT),
        ([MET] * 9 + [UNKNOWN], Verdict.KEPT),
        ([MET] * 8 + [PARTLY, NOT_MET], Verdict.PARTLY_KEPT),
        ([NOT_MET] * 9 + [MET], Verdict.BROKEN),
        ([NOT_MET] * 9 + [UNKNOWN], Verdict.BROKEN),
        ([NOT_MET] * 8 + [PARTLY, MET], Verdict.PARTLY_KEPT),
        ([MET] * 8 + [NOT_MET, UNKNOWN], Verdict.UNRESOLVED),
        ([NOT_MET] * 8 + [MET, UNKNOWN], Verdict.UNRESOLVED),
        ([PARTLY], Verdict.PARTLY_KEPT),
        ([UNKNOWN], Verdict.UNRESOLVED),
        ([MET, NOT_APPLICABLE], Verdict.KEPT),
    ],
)
def test_the_findings_decide_the_verdict(values: list[FindingValue], verdict: Verdict) -> None:
    assert score(*values).verdict == verdict


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        ("9/10", "9/10", Verdict.KEPT),
        ("9/10", "1", Verdict.KEPT),
        ("899999/1000000", "1", Verdict.UNRESOLVED),
        ("0", "1/10", Verdict.BROKEN),
        ("1/10", "1/10", Verdict.BROKEN),
        ("0", "100001/1000000", Verdict.UNRESOLVED),
        ("1/10", "1/2", Verdict.UNRESOLVED),
        ("1/2", "9/10", Verdict.UNRESOLVED),
        ("100001/1000000", "899999/1000000", Verdict.PARTLY_KEPT),
    ],
)
def test_a_threshold_belongs_to_kept_and_to_broken(low: str, high: str, verdict: Verdict) -> None:
    assert verdict_of(Fraction(low), Fraction(high)) == verdict


def test_no_assessment_is_not_assessed() -> None:
    result = score_commitment(None)
    assert result.verdict == Verdict.NOT_ASSESSED
    assert (result.low, result.high, result.percent) == (None, None, None)
    assert result.coverage == 0
    assert not result.provisional


@pytest.mark.parametrize("values", [[], [NOT_APPLICABLE]])
def test_nothing_to_judge_is_not_assessed(values: list[FindingValue]) -> None:
    result = score(*values)
    assert (result.verdict, result.provisional) == (Verdict.NOT_ASSESSED, False)
    assert result.coverage == 0


def test_only_pending_is_not_yet_due_and_provisional() -> None:
    result = score(PENDING, NOT_APPLICABLE)
    assert (result.verdict, result.provisional) == (Verdict.NOT_YET_DUE, True)
    assert (result.low, result.high) == (None, None)
    assert result.coverage == 0


def test_pending_lowers_coverage_and_not_applicable_does_not() -> None:
    assert score(MET, PENDING).coverage == Fraction(1, 2)
    assert score(MET, UNKNOWN).coverage == Fraction(1, 2)
    assert score(MET, NOT_APPLICABLE).coverage == 1


@pytest.mark.parametrize("weight", [Fraction(0), Fraction(-1, 2)])
def test_a_weight_must_be_above_zero(weight: Fraction) -> None:
    with pytest.raises(ValueError, match=f"A weight must be above 0, not {weight}"):
        score_commitment([Judged(MET, weight)])


def test_an_inexact_weight_is_refused() -> None:
    with pytest.raises(TypeError, match="must be a Fraction, not float"):
        Judged(MET, 0.1)  # type: ignore[arg-type]


def test_an_unknown_finding_value_is_refused() -> None:
    with pytest.raises(ValueError, match="has no finding value “fulfilled”"):
        score_commitment([Judged("fulfilled")])  # type: ignore[arg-type]


def test_the_working_is_json_with_exact_fractions_and_a_line_per_criterion() -> None:
    working = score_commitment(
        [Judged(MET, Fraction(1, 3)), Judged(UNKNOWN), Judged(NOT_APPLICABLE)]
    ).as_dict()
    assert json.loads(json.dumps(working)) == working
    assert working == {
        "methodology": V1.as_dict(),
        "lines": [
            {"value": "met", "weight": "1/3", "low": "1/3", "high": "1/3"},
            {"value": "unverifiable", "weight": "1", "low": "0", "high": "1"},
            {"value": "not_applicable", "weight": "1", "low": None, "high": None},
        ],
        "low_sum": "1/3",
        "high_sum": "4/3",
        "counted_weight": "4/3",
        "known_weight": "1/3",
        "applicable_weight": "4/3",
        "low": "1/4",
        "high": "1",
        "coverage": "1/4",
        "percent": [25, 100],
        "verdict": "unresolved",
        "provisional": False,
    }


def test_the_working_of_nothing_is_json_too() -> None:
    working = score_commitment(None).as_dict()
    assert json.loads(json.dumps(working)) == working
    assert (working["low"], working["high"], working["percent"]) == (None, None, None)
    assert working["lines"] == []
