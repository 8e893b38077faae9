"""What would be left of a judgement if a source fell."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.scoring import (
    Behind,
    Cited,
    Confidence,
    Evidence,
    FindingValue,
    Held,
    Statement,
    Tier,
    Verdict,
    fallen_with,
    without,
)

pytestmark = pytest.mark.once

POST, PAPER, OTHER = "post", "paper", "other-paper"


def said(source: str, tier: Tier = Tier.SECONDARY, **fields: object) -> Statement:
    taken_from = fields.pop("taken_from", None)
    fields.setdefault("origins", frozenset())
    # the fields come by name, which mypy cannot follow
    return Statement(Cited(source=source, tier=tier, **fields), taken_from)  # type: ignore[arg-type]


def supporting(*statements: Statement) -> Evidence:
    return Evidence(statements, supports=True)


def undermining(*statements: Statement) -> Evidence:
    return Evidence(statements, undermines=True)


def held(value: str, *evidence: Evidence, weight: int = 1, oblige: bool = False) -> Held:
    return Held(FindingValue(value), evidence, Fraction(weight), oblige)


def values_without(*fallen: str, of: Held) -> str:
    ((_, after),) = without([of], frozenset(fallen), Confidence.LOW).values
    return after


# --- What falls with a source ---------------------------------------------------------------


def test_what_is_known_only_through_it_falls_with_it_at_any_remove():
    behind = {
        "letter": Behind(read_via=PAPER),
        "draft-of-the-letter": Behind(read_via="letter"),
        OTHER: Behind(),
    }
    assert fallen_with(PAPER, behind) == {PAPER, "letter", "draft-of-the-letter"}
    assert fallen_with(OTHER, behind) == {OTHER}


def test_what_repeats_several_falls_with_the_last_of_them():
    behind = {"digest": Behind(origins=frozenset({PAPER, POST})), PAPER: Behind(read_via=POST)}
    assert fallen_with(PAPER, behind) == {PAPER}
    assert fallen_with(POST, behind) == {POST, PAPER, "digest"}


def test_a_ring_ends():
    behind = {"a": Behind(read_via="b"), "b": Behind(origins=frozenset({"a"}))}
    assert fallen_with("a", behind) == fallen_with("b", behind) == {"a", "b"}


# --- What becomes of a finding --------------------------------------------------------------


def test_a_finding_stands_as_long_as_one_source_states_what_carries_it():
    both = held("met", supporting(said(POST), said(PAPER)))
    assert values_without(POST, of=both) == "met"
    assert values_without(POST, PAPER, of=both) == "unverifiable"
    two = held("met", supporting(said(POST)), supporting(said(PAPER)))
    assert values_without(POST, of=two) == "met"


@pytest.mark.parametrize(
    ("value", "after_support_falls", "after_doubt_falls"),
    [
        ("met", "unverifiable", "met"),
        ("not_met", "not_met", "unverifiable"),
        ("partly_met", "partly_met", "partly_met"),
    ],
)
def test_it_is_carried_by_what_points_its_way(value, after_support_falls, after_doubt_falls):
    finding = held(value, supporting(said(POST)), undermining(said(PAPER)))
    assert values_without(POST, of=finding) == after_support_falls
    assert values_without(PAPER, of=finding) == after_doubt_falls
    assert values_without(POST, PAPER, of=finding) == "unverifiable"


def test_where_nothing_points_its_way_all_that_it_cites_carries_it():
    finding = held("met", Evidence((said(POST),)), undermining(said(PAPER)))
    assert values_without(POST, of=finding) == "met"
    assert values_without(POST, PAPER, of=finding) == "unverifiable"


@pytest.mark.parametrize("value", ["unverifiable", "pending", "not_applicable"])
def test_what_was_not_settled_stays_as_it_is(value):
    assert values_without(POST, of=held(value, supporting(said(POST)))) == value


def test_a_finding_without_evidence_rests_on_no_source():
    assert values_without(POST, of=held("met")) == "met"


def test_words_fall_with_the_work_from_which_they_are_taken():
    relayed = held("not_met", undermining(said(PAPER, taken_from=POST)))
    assert values_without(POST, of=relayed) == "unverifiable"
    assert values_without(OTHER, of=relayed) == "not_met"


def test_one_unnamed_voice_left_alone_cannot_carry_not_met():
    rumour = undermining(said(PAPER, unnamed=True))
    assert values_without(POST, of=held("not_met", undermining(said(POST)), rumour)) == (
        "unverifiable"
    )
    # but where it carried it alone all along, the loss of what carries nothing changes nothing
    alone = held("not_met", rumour, Evidence((said(POST),)))
    assert values_without(POST, of=alone) == "not_met"


def test_a_search_stands_unless_all_that_was_searched_falls():
    nothing = Cited("the-search", frozenset(), Tier.TERTIARY, is_search=True)
    bare = held("not_met", Evidence((), undermines=True, search=nothing), oblige=True)
    assert values_without(POST, of=bare) == "not_met"
    searched = Evidence((said(POST), said(PAPER)), undermines=True, search=nothing)
    assert values_without(POST, of=held("not_met", searched, oblige=True)) == "not_met"
    assert values_without(POST, PAPER, of=held("not_met", searched, oblige=True)) == (
        "unverifiable"
    )


# --- What becomes of the judgement ----------------------------------------------------------


def test_a_judgement_is_worked_out_anew_by_hand():
    """Weights 2 and 1 and 1: met, not met, pending. The paper carries the one that weighs 2."""
    findings = [
        held("met", supporting(said(PAPER, Tier.PRIMARY_WITNESS), said("copy")), weight=2),
        held("not_met", undermining(said(POST, Tier.PRIMARY_WITNESS))),
        held("pending"),
    ]
    found = without(findings, frozenset({PAPER, "copy"}), Confidence.MEDIUM)
    assert (found.before.low, found.before.high) == (Fraction(2, 3), Fraction(2, 3))
    assert (found.after.low, found.after.high) == (Fraction(0), Fraction(2, 3))
    assert (found.before.coverage, found.after.coverage) == (Fraction(3, 4), Fraction(1, 4))
    assert (found.before.verdict, found.after.verdict) == (
        Verdict.PARTLY_KEPT,
        Verdict.UNRESOLVED,
    )
    assert found.after.provisional
    assert (found.cap_before, found.cap_after) == (Confidence.MEDIUM, Confidence.LOW)
    assert (found.confidence_before, found.confidence_after) == (
        Confidence.MEDIUM,
        Confidence.LOW,
    )
    assert found.changes
    assert found.verdict_changes


def test_the_example_of_the_document():
    """SCORING.md, "If a source falls"."""
    findings = [held("met", supporting(said(POST))), held("not_met", undermining(said(PAPER)))]
    found = without(findings, frozenset({POST}), Confidence.LOW)
    assert (found.before.low, found.before.high) == (Fraction(1, 2), Fraction(1, 2))
    assert (found.after.low, found.after.high) == (Fraction(0), Fraction(1, 2))
    assert (found.before.verdict, found.after.verdict) == (
        Verdict.PARTLY_KEPT,
        Verdict.UNRESOLVED,
    )


def test_the_cap_may_fall_where_the_verdict_stands():
    finding = held("met", supporting(said(POST, Tier.PRIMARY_WITNESS), said(PAPER)))
    found = without([finding], frozenset({POST}), Confidence.MEDIUM)
    assert found.before.verdict == found.after.verdict == Verdict.KEPT
    assert (found.cap_before, found.cap_after) == (Confidence.HIGH, Confidence.LOW)
    assert found.verdict_changes  # kept becomes “reported kept”
    chosen_low = without([finding], frozenset({POST}), Confidence.LOW)
    assert chosen_low.changes
    assert not chosen_low.verdict_changes


def test_a_confidence_above_the_cap_of_today_is_not_laid_to_the_source_that_falls():
    """A tier was corrected since: that needs a new judgement, whichever source falls."""
    finding = held("met", supporting(said(POST, Tier.TERTIARY), said(PAPER, Tier.TERTIARY)))
    found = without([finding], frozenset({POST}), Confidence.HIGH)
    assert found.confidence_after == Confidence.HIGH
    assert not found.changes


def test_the_cap_never_rises_when_a_lab_that_praised_itself_falls_silent():
    """What else the article repeats does not make it independent of the lab all at once."""
    own = said("own", Tier.PRIMARY_LAB, self_reported=True)
    article = said("article", origins=frozenset({"own", "elsewhere"}))
    finding = held("met", supporting(own, article, said("witness", Tier.PRIMARY_WITNESS)))
    found = without([finding], frozenset({"own"}), Confidence.MEDIUM)
    assert (found.cap_before, found.cap_after) == (Confidence.MEDIUM, Confidence.MEDIUM)


# --- Whatever the findings ------------------------------------------------------------------

NAMES = ["a", "b", "c", "d"]
LOWEST_FIRST = [Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH]
#: As the record has it: a source has its origins, the same ones wherever it is cited.
ORIGINS = {"a": {"x"}, "b": {"x", "y"}, "c": {"y"}, "d": set[str]()}
names = st.sampled_from(NAMES)
some = st.frozensets(names)


def findings_citing(cited: st.SearchStrategy[Cited]) -> st.SearchStrategy[list[Held]]:
    evidence = st.builds(
        Evidence,
        st.lists(st.builds(Statement, cited, st.none() | names), max_size=3).map(tuple),
        supports=st.booleans(),
        undermines=st.booleans(),
    )
    finding = st.builds(
        Held,
        st.sampled_from(FindingValue),
        st.lists(evidence, max_size=3).map(tuple),
        st.fractions(min_value=Fraction(1, 9), max_value=9, max_denominator=9),
        st.booleans(),
    )
    return st.lists(finding, max_size=5)


flags = {
    name: st.booleans() for name in ("against_interest", "self_reported", "unnamed", "is_search")
}
tiers = st.sampled_from(Tier)
anything = findings_citing(st.builds(Cited, names, some, tiers, **flags))
in_order = findings_citing(
    names.flatmap(
        lambda name: st.builds(
            Cited, st.just(name), st.just(frozenset(ORIGINS[name])), tiers, **flags
        )
    )
)
confidences = st.sampled_from(Confidence)


@given(anything, some, confidences)
def test_a_range_never_narrows_and_no_cap_ever_rises(findings, fallen, confidence):
    found = without(findings, fallen, confidence)
    before, after = found.before, found.after
    if before.low is None or before.high is None:
        assert (after.low, after.high) == (None, None)
    else:
        assert after.low is not None
        assert after.high is not None
        assert after.low <= before.low <= before.high <= after.high
    assert after.coverage <= before.coverage
    rank = LOWEST_FIRST.index
    assert rank(found.cap_after) <= rank(found.cap_before)
    assert rank(found.confidence_after) <= rank(confidence)
    assert before.provisional == after.provisional


@given(anything, confidences)
def test_where_nothing_falls_nothing_changes(findings, confidence):
    found = without(findings, frozenset(), confidence)
    assert found.before == found.after
    assert not found.changes


@given(in_order, some, some, confidences)
def test_the_more_falls_the_less_is_settled(findings, some_fall, more_fall, confidence):
    few = without(findings, some_fall, confidence).values
    many = without(findings, some_fall | more_fall, confidence).values
    for (_, after_few), (_, after_many) in zip(few, many, strict=True):
        assert after_many in (after_few, FindingValue.UNVERIFIABLE)


@given(
    st.dictionaries(names, st.builds(Behind, st.none() | names, some)),
    names,
)
def test_what_falls_falls_for_a_reason_and_nothing_else_does(behind, first):
    fallen = fallen_with(first, behind)
    assert first in fallen
    for name in fallen - {first}:
        assert behind[name].falls(fallen)
    assert not any(each.falls(fallen) for name, each in behind.items() if name not in fallen)
