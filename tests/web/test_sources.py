"""The sources: which count once, what stands on one of them, and what if it fell."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from tests.builders import (
    make_assessment,
    make_commitment,
    make_lab,
    make_outcome,
    make_quotation,
    make_source,
)
from tests.web.markup import read
from tracker.evidence.models import Sourcing
from tracker.reading.filtering import strict
from tracker.reading.filters import SourceFilter
from tracker.reading.pages.falling import falling
from tracker.reading.pages.sources import by_origin, sources
from tracker.records.dates import today
from tracker.scoring import Tier
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db


def groups(*rows: Source) -> list[tuple[str, list[str]]]:
    found = by_origin(list(sources().filter(pk__in=[row.pk for row in rows])))
    return [
        (each.origin.slug if each.origin else "", sorted(row.slug for row in each.sources))
        for each in found
    ]


def chosen(query: str) -> set[str]:
    return {row.slug for row in strict(SourceFilter, QueryDict(query), sources()).qs}


def the_judgement(slug: str = "post", **fields) -> tuple:
    """A promise kept by what one source states, and that source."""
    source = make_source(slug=slug, title=f"The {slug}", tier="primary_witness")
    commitment = make_commitment(title=fields.pop("title", "Publish the audit"))
    seen = make_outcome(bears_on=commitment, sources=(source,))
    make_assessment(commitment=commitment, values=["met"], evidence=(seen,), **fields)
    return commitment, source, seen


# --- The list -------------------------------------------------------------------------------


def test_sources_that_share_an_origin_are_one_group():
    post = make_source(slug="post")
    papers = [make_source(slug=f"paper-{each}") for each in "abc"]
    for paper in papers:
        paper.origins.add(post)
    digest = make_source(slug="digest", read_via=papers[0])
    alone = make_source(slug="alone")
    assert groups(post, *papers, digest, alone) == [
        ("post", ["digest", "paper-a", "paper-b", "paper-c", "post"]),
        ("", ["alone"]),
    ]
    # their origin itself need not be in the list
    assert groups(papers[0], papers[1]) == [("post", ["paper-a", "paper-b"])]


def test_who_repeats_two_voices_makes_them_no_one_voice():
    """As in the scores: any two of a group share an origin, or it is no group."""
    one, two = make_source(slug="one"), make_source(slug="two")
    digest = make_source(slug="digest")
    digest.origins.set([one, two])
    assert groups(one, two, digest) == [("one", ["digest", "one"]), ("", ["two"])]


def test_the_page_says_how_many_count_once(client):
    post = make_source(title="The Post")
    for each in range(3):
        make_source(title=f"Paper {each}").origins.add(post)
    page = read(client, "/sources/")
    assert "These 4 count once Behind each of them stands The Post" in page.text
    assert "4 sources" in page.text


def test_the_list_is_narrowed_by_what_a_source_counts_as_and_how_it_is_known():
    compiled = make_source(slug="compiled", tier="tertiary")
    make_source(slug="letter", tier="primary_witness", read_via=compiled, title="An Open Letter")
    make_source(slug="article", tier="secondary", publisher="The Example Times")
    assert chosen("tier=tertiary") == {"compiled", "letter"}
    assert chosen("tier=primary_witness") == set()
    assert chosen("known=through") == {"letter"}
    assert chosen("known=itself&tier=secondary") == {"article"}
    assert chosen("q=example+times") == {"article"}
    assert chosen("q=open+letter&known=itself") == set()


def test_what_a_source_counts_as_is_the_same_in_the_database_however_long_the_chain():
    tiers = ["primary_lab", "secondary", "primary_witness", "tertiary", "primary_lab"]
    via = None
    for place, tier in enumerate([*tiers, *tiers]):
        via = make_source(slug=f"link-{place}", tier=tier, read_via=via)
    ring = make_source(slug="ring", tier="secondary", read_via=via)
    Source.objects.filter(slug="link-0").update(read_via=ring)
    make_source(slug="read", tier="primary_lab")
    for tier in Tier:
        by_itself = {row.slug for row in Source.objects.all() if row.effective_tier == tier}
        assert chosen(f"tier={tier}") == by_itself


def test_a_list_that_is_empty_says_so(client):
    assert "No source on record is like this." in read(client, "/sources/?q=nothing").text


# --- What if it fell ------------------------------------------------------------------------


def test_a_verdict_that_rests_on_it_alone_would_change(client):
    commitment, source, _ = the_judgement()
    found = falling(source, today())
    (each,) = found.changed
    assert (each.standing.words, each.supposed.words) == ("reported kept", "unresolved")
    assert (each.standing.percent, each.supposed.percent) == ((100, 100), (0, 100))
    assert found.verdicts == found.cited == 1
    assert not found.unchanged
    page = read(client, source.get_absolute_url())
    assert "The one current judgement that cites what rests on it would read otherwise." in (
        page.text
    )
    assert "Now reported kept · low confidence" in page.text
    assert "Without it unresolved · low confidence" in page.text
    assert "from met to unverifiable" in page.text
    assert commitment.get_absolute_url() in page.links
    # and it is worked out alone: the record stands as it stood
    assert "reported kept" in read(client, commitment.get_absolute_url()).text


def test_a_verdict_that_rests_on_another_too_would_not(client):
    commitment, source, seen = the_judgement()
    for _ in range(2):
        Sourcing.objects.create(outcome=seen, source=make_source(tier="primary_witness"))
    found = falling(source, today())
    assert not found.changed
    assert [each.standing.commitment for each in found.unchanged] == [commitment]
    assert "Criterion 1: met, which other evidence carries" in (
        read(client, source.get_absolute_url()).text
    )


def test_what_is_known_only_through_it_falls_with_it():
    commitment, letter, _ = the_judgement("letter")
    compiled = make_source(slug="compiled")
    Source.objects.filter(pk=letter.pk).update(read_via=compiled)
    found = falling(compiled, today())
    assert [row.slug for row in found.sources] == ["letter"]
    assert [each.standing.commitment for each in found.changed] == [commitment]
    assert not falling(make_source(), today()).cited


def test_who_repeats_two_stands_until_both_have_fallen():
    one, two = make_source(slug="one"), make_source(slug="two")
    commitment, digest, _ = the_judgement("digest")
    digest.origins.set([one, two])
    assert not falling(one, today()).cited
    Source.objects.filter(pk=two.pk).update(read_via=one)
    assert [each.standing.commitment for each in falling(one, today()).changed] == [commitment]
    assert not falling(two, today()).cited


def test_words_fall_with_the_work_from_which_they_are_taken():
    post = make_source(slug="the-post")
    article = make_source(slug="the-article")
    words = make_quotation(source=article, said_in=post)
    commitment = make_commitment(words=words, reported_words="")
    seen = make_outcome(bears_on=commitment, sources=(article,))
    seen.sourcing.update(quotation=words)
    make_assessment(commitment=commitment, values=["met"], evidence=(seen,))
    found = falling(post, today())
    assert [each.supposed.verdict for each in found.changed] == ["unresolved"]
    assert list(found.unspoken) == [commitment]
    assert not found.sources  # the article stands, and is only no longer believed in this


def test_only_the_judgement_in_force_is_asked():
    commitment, source, _ = the_judgement()
    make_assessment(commitment=commitment, values=["unverifiable"], effective_on=today())
    assert falling(source, today()).cited == 0


def test_the_confidence_that_the_evidence_allows_falls_too(client):
    lab = make_lab()
    commitment = make_commitment(lab=lab)
    witness = make_source(tier="primary_witness")
    seen = make_outcome(bears_on=commitment, sources=(witness, make_source(tier="secondary")))
    make_assessment(
        commitment=commitment, values=["met"], evidence=(seen,), confidence="high",
    )  # fmt: skip
    (each,) = falling(witness, today()).changed
    assert (each.standing.words, each.supposed.words) == ("kept", "reported kept")
    said = read(client, witness.get_absolute_url()).text
    assert "The evidence would allow low confidence instead of high." in said


def test_promises_whose_words_would_be_lost_are_named(client):
    source = make_source()
    commitment = make_commitment(title="Publish the audit", reported_by=source)
    page = read(client, source.get_absolute_url())
    assert "Promises whose words would fall with it" in page.text
    assert commitment.get_absolute_url() in page.links
    assert "no verdict would change" in page.text


def test_a_draft_neither_falls_nor_holds_anything_up(client):
    _, source, _ = the_judgement()
    before = client.get(source.get_absolute_url()).content
    make_source(draft=True, slug="draft-source", read_via=source).origins.add(source)
    assert client.get(source.get_absolute_url()).content == before
    assert falling(source, today()).sources == []


def test_it_asks_as_much_for_one_judgement_as_for_five():
    source = make_source()

    def judged(count: int) -> int:
        for _ in range(count):
            commitment = make_commitment(criteria=2)
            seen = make_outcome(bears_on=commitment, sources=(source,))
            make_assessment(commitment=commitment, values=["met", "met"], evidence=(seen,))
        with CaptureQueriesContext(connection) as queries:
            falling(source, today())
        return len(queries)

    assert judged(1) == judged(4)


# --- What counts once with it ---------------------------------------------------------------


def test_a_source_names_those_with_which_it_counts_once(client):
    post = make_source(title="The Post")
    one, two = make_source(title="Paper one"), make_source(title="Paper two")
    for paper in (one, two):
        paper.origins.add(post)
    alone = make_source(title="Another voice")
    page = read(client, one.get_absolute_url())
    assert "2 other sources that share an origin with it" in page.text
    assert {post.get_absolute_url(), two.get_absolute_url()} <= set(page.links)
    assert "share an origin" not in read(client, alone.get_absolute_url()).text
