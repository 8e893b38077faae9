"""Every page, with what the seeds hold: it answers, it is well formed, it sets no cookie."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.web.markup import Markup
from tests.web.world import LISTS
from tracker.assessments.models import Assessment
from tracker.changes.models import LogHead
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import Discrepancy, Indicator, Outcome
from tracker.labs.models import Lab, Person
from tracker.reading import validating
from tracker.sources.models import Quotation, Source

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]

NOUNS = (Lab, Person, Source, Pledge, Commitment, Outcome, Assessment)


@dataclass
class Page:
    """A page as a stranger reads it."""

    answer: Any
    markup: Markup


@pytest.fixture(scope="module", autouse=True)
def the_seeds_are_long_written() -> Iterator[None]:
    """Until their last entry has settled, Last-Modified comes with the clock."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validating, "SETTLED", timedelta(0))
        yield


@pytest.fixture(scope="module")
def pages(seeded) -> dict[str, Page]:
    """Every page, and some with a query, by address."""
    last = LogHead.objects.get().sequence
    urls = [
        *LISTS.values(),
        *(record.get_absolute_url() for noun in NOUNS for record in noun.objects.all()),
        *(f"/changes/{sequence}/" for sequence in (1, 2, last // 2, last)),
        "/changes/?page=2",
        "/commitments/?verdict=unresolved&contested=true&sort=due&q=safety",
        "/timeline/?kind=statement",
        "/changes/?lab=openai&significance=major",
    ]
    answers = {url: Client().get(url) for url in urls}
    return {url: Page(answer, Markup(answer.content.decode())) for url, answer in answers.items()}


def test_every_page_answers_with_well_formed_markup_and_no_cookie(pages):
    for url, page in pages.items():
        assert page.answer.status_code == 200, url
        assert not page.answer.cookies, url
        assert "Cookie" not in page.answer.headers.get("Vary", ""), url
    problems = {url: page.markup.problems for url, page in pages.items() if page.markup.problems}
    assert problems == {}


def test_every_link_within_the_site_leads_somewhere(client, pages):
    ids = {url: {"", *page.markup.ids} for url, page in pages.items()}
    broken = set()
    for page, read in pages.items():
        for link in set(read.markup.links):
            if not link.startswith(("/", "?", "#")):
                assert link.startswith(("http://", "https://")), (page, link)
                continue
            url, _, anchor = link.partition("#")
            url = page.partition("?")[0] + url if url.startswith("?") else url or page
            if url not in ids:
                answer = client.get(url)
                if answer.streaming:  # a file, or the whole log
                    ids[url] = {""} if b"".join(answer.streaming_content) else set()
                    continue
                found = Markup(answer.content.decode()) if answer.status_code == 200 else None
                ids[url] = {"", *found.ids} if found else set()
            if anchor not in ids[url]:
                broken.add((page, link))
    assert broken == set()


def test_a_curator_and_a_stranger_read_the_same_bytes(client, pages):
    client.force_login(User.objects.create_superuser("eve", password="made up"))
    of_each_noun = (noun.objects.all()[0].get_absolute_url() for noun in NOUNS)
    for url in (*LISTS.values(), *of_each_noun, "/changes/1/"):
        answer, page = client.get(url), pages[url]
        assert answer.content == page.answer.content, url
        assert answer.headers == page.answer.headers, url


def test_anchors_of_nouns_without_a_page_are_on_the_page_they_name(pages):
    for record in (*Discrepancy.objects.all(), *Indicator.objects.all(), *Quotation.objects.all()):
        url, _, anchor = record.get_absolute_url().partition("#")
        assert anchor in pages[url].markup.ids


def test_the_front_page_answers_its_questions(pages):
    said = pages["/"].markup.text
    for each in ("How the labs stand", "Latest changes", "What falls due next", "What is disputed"):
        assert each in said
    assert "reported broken" in said
    assert "rated" in said
    assert "no percentage below 3 rated" in said  # Google DeepMind has one


def test_the_twenty_per_cent_pledge(pages):
    url = "/commitments/openai-20-percent-compute/"
    page = pages[url].markup
    said = page.text
    assert "reported broken so far · low confidence · contested" in said
    assert "range 0–0 % coverage 33 %" in said
    assert "Contested: it could also be read as unresolved" in said
    assert "Held by: A fair reader" in said
    # both wordings of the disputed words, whole
    assert "“My team was sailing against the wind. We were struggling to get compute" in said
    assert "“Over the past few months my team has been sailing against the wind." in said
    assert "Attribution disputed" in said
    # reported, never as the lab's own words
    assert "Reported, not quoted: no source prints the lab’s own sentence" in said
    assert "“OpenAI committed 20 per cent" not in said
    assert "Imported, not reviewed by two people, reply not yet sought." in said
    # the arithmetic, line by line
    assert "1 not met 1 1 × 0 = 0 1 × 0 = 0" in said
    assert "low = 0 ÷ 1 = 0, shown as 0 %" in said
    assert "coverage = 1 ÷ 3 = 1/3, shown as 33 %" in said
    assert "High is 0, which is 1/10 or less: broken. Something is pending" in said
    # the axes, each by itself
    for axis in ("Force promise", "Lifecycle in force", "Schedule upcoming"):
        assert axis in said
    # its history
    assert "/assessments/openai-20-percent-compute-2023-07/" in page.links


def test_a_superseded_judgement_names_its_successor(pages):
    page = pages["/assessments/openai-20-percent-compute-2023-07/"].markup
    assert "Superseded by the judgement in effect from 31 May 2024" in page.text
    assert "/assessments/openai-20-percent-compute-2024-05/" in page.links


def test_the_open_call_says_that_no_promise_is_on_record(pages):
    for url in ("/pledges/right-to-warn/", "/labs/openai/"):
        said = pages[url].markup.text
        assert said.count("no promise on record (checked 21 November 2026)") == 4, url


def test_a_source_known_only_through_another_says_why_it_counts_for_less(pages):
    said = pages["/sources/leike-departure-thread/"].markup.text
    assert "tertiary, compiled from others. By itself it would be primary" in said
    assert "it is known only through Jan Leike's Departure" in said


def test_without_jan_leikes_thread_the_twenty_per_cent_verdict_would_not_stand(pages):
    said = pages["/sources/leike-departure-thread/"].markup.text
    assert "Of 3 current judgements that cite what rests on it, 1 would read otherwise." in said
    assert "Now reported broken so far" in said
    assert "Without it unresolved so far" in said
    assert "from not met to unverifiable" in said
