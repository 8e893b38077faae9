"""Questions to watch and their signals; outcomes, who states them and what they bear on."""

import pytest

from tests.builders import (
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_outcome,
    make_source,
)
from tests.web.markup import read
from tracker.evidence.models import Outcome
from tracker.reading.pages.evidence import indicators, outcome_page
from tracker.records.models import State
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db


# --- Indicators -----------------------------------------------------------------------------


def test_signals_stand_in_the_order_of_their_dates_and_are_counted_each_way(client):
    indicator = make_indicator(title="Where auditors go")
    for day, direction, title in (
        ("2024-03-01", "undermines", "One stays"),
        ("2024-01-01", "supports", "Two leave"),
        ("2024-02-01", "context", "The office moves"),
        ("2024-04-01", "supports", "A third leaves"),
    ):
        make_outcome(bears_on=indicator, direction=direction, occurred_on=day, title=title)
    (watched,) = indicators()
    assert (watched.confirming, watched.refuting, watched.context) == (2, 1, 1)
    page = read(client, "/indicators/")
    said = page.text
    titles = ("Two leave", "The office moves", "One stays", "A third leaves")
    assert [said.index(title) for title in titles] == sorted(said.index(each) for each in titles)
    assert "2 towards confirming, 1 towards refuting, 1 for context" in said
    assert said.count("towards refuting") == 2  # the count, and the signal
    assert indicator.slug in page.ids


def test_a_draft_is_no_signal(client):
    indicator = make_indicator()
    make_outcome(draft=True, bears_on=indicator, title="Hidden")
    assert "None on record." in read(client, "/indicators/").text


def test_the_questions_are_listed_above_where_there_are_several(client):
    make_indicator()
    assert "#" + make_indicator().slug in read(client, "/indicators/").links


# --- Outcomes -------------------------------------------------------------------------------


def voices(outcome: Outcome) -> tuple[int, int]:
    page = outcome_page(outcome.slug)
    return page.sources, page.independent


def test_an_outcome_says_how_many_of_its_sources_count(client):
    post = make_source()
    papers = [make_source() for _ in range(3)]
    for paper in papers[:2]:
        paper.origins.add(post)
    repeated = make_outcome(sources=(papers[0], papers[1]))
    assert voices(repeated) == (2, 1)
    assert "2 sources that share an origin: they count once." in (
        read(client, repeated.get_absolute_url()).text
    )
    apart = make_outcome(sources=(papers[0], papers[2]))
    assert voices(apart) == (2, 2)
    assert "2 sources, of which no two share an origin." in (
        read(client, apart.get_absolute_url()).text
    )
    mixed = make_outcome(sources=(post, *papers))
    assert voices(mixed) == (4, 2)
    assert "they count as 2" in read(client, mixed.get_absolute_url()).text


def test_a_digest_of_two_voices_does_not_make_them_one():
    one, two, digest = make_source(), make_source(), make_source()
    digest.origins.set([one, two])
    assert voices(make_outcome(sources=(digest, one, two))) == (3, 2)


def test_a_retracted_source_counts_for_nothing_there_as_in_the_balance(client):
    post, paper = make_source(), make_source()
    outcome = make_outcome(sources=(post, paper))
    Source.objects.filter(pk=paper.pk).update(state=State.RETRACTED)
    assert voices(outcome) == (1, 1)
    said = read(client, outcome.get_absolute_url()).text
    assert "One source." in said and "(retracted)" in said


def test_a_search_says_where_and_for_what_and_is_no_source(client):
    search = make_outcome(
        kind="search", search_where="The register of audits", search_query="An audit of 2027"
    )
    assert voices(search) == (0, 0)
    said = read(client, search.get_absolute_url()).text
    assert "Where was looked The register of audits" in said
    assert "What for An audit of 2027" in said
    assert "A search that found nothing is not a source" in said
    assert "One source." not in said


@pytest.mark.parametrize(
    ("occurred_on", "said"),
    [
        ("2024-05-15/2024-05-17", "No single day:"),
        ("2024-05", "The day is not known"),
        ("2024", "The day is not known"),
    ],
)
def test_a_date_in_doubt_says_what_is_open(client, occurred_on, said):
    outcome = make_outcome(occurred_on=occurred_on)
    assert said in read(client, outcome.get_absolute_url()).text


def test_a_day_is_in_no_doubt_unless_it_is_disputed(client):
    outcome = make_outcome(occurred_on="2024-05-17")
    said = read(client, outcome.get_absolute_url()).text
    assert "single day" not in said
    assert "not known" not in said
    make_discrepancy(title="On which day it was").outcomes.add(outcome)
    page = read(client, outcome.get_absolute_url())
    assert "17 May 2024 disputed" in page.text
    assert "#disputed" in page.links


def test_what_it_bears_on_is_said_with_its_direction(client):
    commitment = make_commitment(title="Publish the audit")
    outcome = make_outcome(bears_on=commitment, direction="undermines")
    said = read(client, outcome.get_absolute_url()).text
    assert "Publish the audit undermines" in said
    signal = make_outcome(bears_on=make_indicator(title="Where auditors go"))
    assert "Where auditors go towards confirming" in read(client, signal.get_absolute_url()).text
