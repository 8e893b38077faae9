"""Where the sources disagree: side by side, word by word, and chosen by what they are about."""

from datetime import date

import pytest

from tests.builders import (
    make_commitment,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_quotation,
    make_source,
)
from tests.web.markup import read
from tracker.evidence.models import Account, Discrepancy
from tracker.sources.models import Quotation
from tracker.templatetags.evidence import side_by_side

pytestmark = pytest.mark.django_db


def worded(*exact: str, **fields) -> Discrepancy:
    return make_discrepancy(
        quotations=tuple(make_quotation(exact=each) for each in exact), **fields
    )


def sides(discrepancy: Discrepancy) -> list[tuple[str, str]]:
    """How each account is set against the first, and the pieces as “-went +came stayed”."""
    marks = {"removed": "-", "added": "+", "same": ""}
    return [
        (
            side.how,
            " ".join(f"{marks[piece.change]}{piece.text}" for piece in side.pieces),
        )
        for side in side_by_side(discrepancy)
    ]


def test_each_wording_is_set_against_the_first_word_by_word(client):
    discrepancy = worded(
        "We promise a yearly audit.", "We plan a yearly audit.", "We promise a monthly audit."
    )
    assert sides(discrepancy) == [
        ("", ""),
        ("whole", "We -promise +plan a yearly audit."),
        ("whole", "We promise a -yearly +monthly audit."),
    ]
    page = read(client, "/discrepancies/")
    assert page.text.count("Against the words of account 1:") == 2
    assert "We [removed: promise] [added: plan] a yearly audit." in page.text


def test_an_excerpt_is_set_against_the_part_nearest_to_it(client):
    passage = (
        "Over the past few months my team has been sailing against the wind, and at times "
        "we were struggling for compute, so that it got harder to get this research done."
    )
    discrepancy = worded(
        passage,
        "sailing against the wind",
        "we were fighting for compute",
        "An apple a day.",
        passage,
    )
    assert sides(discrepancy) == [
        ("", ""),
        ("excerpt", ""),
        ("nearest", "we were -struggling +fighting for compute"),
        ("apart", ""),
        ("same", ""),
    ]
    said = read(client, "/discrepancies/").text
    assert "A part of the words of account 1, unchanged." in said
    assert "Against the nearest words of account 1:" in said
    assert "Hardly a word in common with account 1." in said
    assert "The same words as in account 1." in said


def test_an_account_that_prints_no_words_is_compared_with_nothing():
    discrepancy = worded("We promise an audit.", "We plan an audit.")
    Account.objects.create(
        discrepancy=discrepancy, position=3, source=make_source(), says="It reports a promise."
    )
    Account.objects.filter(discrepancy=discrepancy, position=1).update(quotation=None)
    assert sides(discrepancy) == [("", ""), ("", ""), ("", "")]


def test_words_that_were_retracted_are_not_found_out_by_comparing_them(client):
    discrepancy = worded("We promise an audit.", "We plan an audit.", "We owe an audit.")
    Quotation.objects.filter(exact="We promise an audit.").update(state="retracted")
    assert [how for how, _ in sides(discrepancy)] == ["", "", "whole"]
    said = read(client, "/discrepancies/").text
    assert "promise" not in said.partition("Start again")[0].partition("What was said")[2]
    assert "Against the words of account 2:" in said


def test_texts_beyond_all_measure_do_no_harm():
    long = "word " * 20_000
    discrepancy = worded("We promise an audit.", "We plan an audit.")
    Quotation.objects.filter(exact="We plan an audit.").update(exact=long)
    assert [how for how, _ in sides(discrepancy)] == ["", "long"]


def test_facts_are_not_compared_word_by_word(client):
    discrepancy = make_discrepancy()
    assert sides(discrepancy) == [("", ""), ("", "")]
    assert "of account" not in read(client, "/discrepancies/").text


def test_a_resolved_one_says_when_and_how(client):
    make_discrepancy(
        status="resolved", resolution="The second was a misprint.", resolved_on=date(2024, 5, 6)
    )
    said = read(client, "/discrepancies/").text
    assert "fact, resolved" in said
    assert "Resolved 6 May 2024: The second was a misprint." in said


def test_they_are_chosen_by_organisation_kind_and_status(client):
    lab, other = make_lab(slug="example-lab"), make_lab(slug="other-lab")
    promised = make_discrepancy(title="On the promise", commitments=(make_commitment(lab=lab),))
    seen = make_discrepancy(title="On the event")
    outcome = make_outcome()
    outcome.labs.add(lab)
    seen.outcomes.add(outcome)
    worded("We did.", "We do.", title="On the words")
    make_discrepancy(
        title="On the past", status="resolved", resolution="So.", resolved_on=date(2024, 5, 6)
    )
    make_commitment(lab=other)

    def shown(query: str) -> set[str]:
        said = read(client, f"/discrepancies/?{query}").text
        return {name for name in ("promise", "event", "words", "past") if f"On the {name}" in said}

    assert shown("") == {"promise", "event", "words", "past"}
    assert shown("lab=example-lab") == {"promise", "event"}
    assert shown("lab=other-lab") == set()
    assert shown("kind=wording") == {"words"}
    assert shown("status=resolved&kind=fact") == {"past"}
    # only those with something in dispute are offered
    page = client.get("/discrepancies/").content.decode()
    assert '<option value="example-lab">' in page
    assert "other-lab" not in page
    assert f'id="{promised.slug}"' in page
    assert "No contradiction on record is like this." in (
        read(client, "/discrepancies/?lab=other-lab").text
    )
