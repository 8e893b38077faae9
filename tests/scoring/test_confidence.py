import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.scoring import (
    Cited,
    Confidence,
    Tier,
    at_most,
    ceiling,
    effective_tier,
    may_be_not_met,
    two_independent,
)

pytestmark = pytest.mark.once

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW


def cited(source: str, tier: Tier = Tier.SECONDARY, *origins: str) -> Cited:
    return Cited(source, frozenset(origins), tier)


def unnamed(source: str, *origins: str) -> Cited:
    return Cited(source, frozenset(origins), Tier.SECONDARY, unnamed=True)


WITNESS = cited("witness", Tier.PRIMARY_WITNESS)
LAB = cited("lab-post", Tier.PRIMARY_LAB)
PAPER = cited("paper")
OTHER_PAPER = cited("other-paper")
SELF_REPORT = Cited("lab-report", frozenset(), Tier.PRIMARY_LAB, self_reported=True)
SEARCH = Cited("search", frozenset(), Tier.PRIMARY_LAB, is_search=True)


@pytest.mark.parametrize(
    ("evidence", "highest"),
    [
        ([], LOW),
        ([cited("wiki", Tier.TERTIARY)], LOW),
        ([cited("wiki", Tier.TERTIARY), cited("blog", Tier.TERTIARY)], LOW),
        ([PAPER], LOW),
        ([PAPER, PAPER], LOW),
        ([PAPER, cited("wiki", Tier.TERTIARY)], LOW),
        ([PAPER, OTHER_PAPER], MEDIUM),
        ([WITNESS], MEDIUM),
        ([LAB], MEDIUM),
        ([WITNESS, PAPER], HIGH),
        ([LAB, PAPER], HIGH),
        ([LAB, WITNESS], HIGH),
    ],
)
def test_tier_and_number_set_the_ceiling(evidence: list[Cited], highest: Confidence) -> None:
    assert ceiling([evidence]) == highest


def test_sources_that_share_an_origin_count_once() -> None:
    shared = [cited("paper", Tier.SECONDARY, "leak"), cited("other", Tier.SECONDARY, "leak")]
    assert ceiling([shared]) == LOW
    assert ceiling([[WITNESS, cited("paper", Tier.SECONDARY, "witness")]]) == MEDIUM


def test_a_repeat_of_a_repeat_is_not_independent() -> None:
    repeat = cited("paper", Tier.SECONDARY, "witness")
    again = cited("blog", Tier.SECONDARY, "paper")
    assert not two_independent([WITNESS, repeat, again])
    assert ceiling([[again, repeat, WITNESS]]) == MEDIUM


def test_sources_that_repeat_each_other_are_one() -> None:
    circle = [cited("a", Tier.SECONDARY, "b"), cited("b", Tier.SECONDARY, "a")]
    assert ceiling([circle]) == LOW


def test_one_that_repeats_both_does_not_make_two_witnesses_one() -> None:
    both = cited("wiki", Tier.TERTIARY, "paper", "other-paper")
    assert ceiling([[PAPER, OTHER_PAPER, both]]) == MEDIUM


def test_a_labs_own_statement_against_its_interest_is_enough_for_high() -> None:
    admission = Cited("post", frozenset(), Tier.PRIMARY_LAB, against_interest=True)
    assert ceiling([[admission]]) == HIGH


@pytest.mark.parametrize("tier", sorted(set(Tier) - {Tier.PRIMARY_LAB}))
def test_an_admission_that_only_others_report_is_a_report(tier: Tier) -> None:
    assert ceiling([[Cited("x", frozenset(), tier, against_interest=True)]]) != HIGH


def test_self_reported_fulfilment_gives_at_most_medium() -> None:
    assert ceiling([[SELF_REPORT]]) == MEDIUM
    assert ceiling([[SELF_REPORT, PAPER]]) == MEDIUM
    assert ceiling([[SELF_REPORT, cited("paper", Tier.SECONDARY, "lab-report")]]) == MEDIUM
    boast = Cited("x", frozenset(), Tier.PRIMARY_LAB, against_interest=True, self_reported=True)
    assert ceiling([[boast]]) == MEDIUM


def test_repeats_of_a_self_report_do_not_raise_it() -> None:
    repeats = [
        cited("interview", Tier.PRIMARY_WITNESS, "lab-report"),
        cited("paper", Tier.SECONDARY, "lab-report"),
    ]
    assert ceiling([[SELF_REPORT, *repeats]]) == MEDIUM


def test_a_self_report_takes_nothing_from_what_others_established() -> None:
    assert ceiling([[SELF_REPORT, WITNESS, PAPER]]) == HIGH


def test_a_search_is_not_a_source() -> None:
    assert ceiling([[SEARCH]]) == LOW
    assert ceiling([[SEARCH, WITNESS]]) == MEDIUM


def test_the_weakest_finding_sets_the_ceiling() -> None:
    assert ceiling([]) == LOW
    assert ceiling([[WITNESS, PAPER], [WITNESS]]) == MEDIUM
    assert ceiling([[WITNESS, PAPER], [WITNESS], []]) == LOW


def test_a_curator_may_go_lower_never_higher() -> None:
    assert at_most(LOW, MEDIUM)
    assert at_most(MEDIUM, MEDIUM)
    assert not at_most(HIGH, MEDIUM)


@pytest.mark.parametrize("words_oblige", [True, False])
def test_not_met_needs_evidence(words_oblige: bool) -> None:
    assert not may_be_not_met([], words_oblige)


def test_not_met_rests_on_a_search_only_where_the_words_oblige_publication() -> None:
    assert not may_be_not_met([SEARCH], words_oblige_publication=False)
    assert may_be_not_met([SEARCH], words_oblige_publication=True)
    assert may_be_not_met([SEARCH, unnamed("paper")], words_oblige_publication=True)
    assert not may_be_not_met([SEARCH, unnamed("paper")], words_oblige_publication=False)


def test_not_met_may_rest_on_one_named_source() -> None:
    assert may_be_not_met([PAPER], words_oblige_publication=False)


def test_not_met_needs_unnamed_sources_of_two_origins() -> None:
    assert not may_be_not_met([unnamed("paper")], words_oblige_publication=True)
    one_origin = [unnamed("paper", "leak"), unnamed("other", "leak")]
    assert not may_be_not_met(one_origin, words_oblige_publication=False)
    two_origins = [unnamed("paper", "leak"), unnamed("other", "memo")]
    assert may_be_not_met(two_origins, words_oblige_publication=False)


@pytest.mark.parametrize(
    ("tier", "through", "effective"),
    [
        (Tier.PRIMARY_LAB, [], Tier.PRIMARY_LAB),
        (Tier.PRIMARY_LAB, [Tier.SECONDARY], Tier.SECONDARY),
        (Tier.PRIMARY_LAB, [Tier.SECONDARY, Tier.TERTIARY], Tier.TERTIARY),
        (Tier.PRIMARY_LAB, [Tier.TERTIARY, Tier.SECONDARY], Tier.TERTIARY),
        (Tier.TERTIARY, [Tier.PRIMARY_LAB], Tier.TERTIARY),
        (Tier.PRIMARY_LAB, [Tier.PRIMARY_WITNESS], Tier.PRIMARY_WITNESS),
        (Tier.PRIMARY_WITNESS, [Tier.PRIMARY_LAB], Tier.PRIMARY_WITNESS),
    ],
)
def test_a_source_read_through_another_has_at_most_its_tier(
    tier: Tier, through: list[Tier], effective: Tier
) -> None:
    assert effective_tier(tier, through) == effective


names = st.sampled_from("abcde")
evidence = st.lists(
    st.builds(
        Cited,
        names,
        st.frozensets(names, max_size=2),
        st.sampled_from(Tier),
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
)


@given(evidence, st.randoms(use_true_random=False))
def test_the_order_of_evidence_does_not_matter(pieces: list[Cited], random: object) -> None:
    shuffled = list(pieces)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert ceiling([shuffled]) == ceiling([pieces])
    assert may_be_not_met(shuffled, False) == may_be_not_met(pieces, False)


@given(evidence, evidence)
def test_another_finding_never_raises_the_ceiling(one: list[Cited], two: list[Cited]) -> None:
    assert at_most(ceiling([one, two]), ceiling([one]))
