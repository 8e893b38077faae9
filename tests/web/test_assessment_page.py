"""The permanent page of one judgement: everything it rests on, laid open."""

import re
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_criterion,
    make_outcome,
    make_source,
    published,
)
from tests.web import markup
from tests.web.markup import Markup
from tracker.assessments.models import Assessment
from tracker.changes.models import Change
from tracker.curation.editing import begin, finish
from tracker.scoring import V1

pytestmark = pytest.mark.django_db


def read(client: Any, assessment: Assessment) -> Markup:
    page = markup.read(client, assessment.get_absolute_url())
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    return page


def entry_of(assessment: Assessment) -> Change:
    return Change.objects.get(kind="assessment_published", subject_slug=assessment.slug)


def test_the_page_tells_how_the_judgement_was_made_and_where_the_log_says_so(client):
    assessment = make_assessment(commitment=make_commitment(), values=["met"])
    page = read(client, assessment)
    entry = entry_of(assessment)
    assert f"by entry no. {entry.sequence} of the log" in page.text
    assert entry.get_absolute_url() in page.links
    assert assessment.content_hash
    assert assessment.content_hash in page.text
    for each in (
        "An import (tests); no second person has reviewed it",
        "Imported, not reviewed by two people, reply not yet sought.",
        f"Methodology {V1.version}",
        "Edition of the criteria 1",
        "Supersedes No earlier judgement",
        "Superseded by None",
        "Corrected since Nothing that it rests on in the commitment",
        "This is the judgement in force.",
    ):
        assert each in page.text


def test_judgements_name_those_before_and_after_them(client):
    commitment = make_commitment()
    first = make_assessment(
        commitment=commitment, values=["met"], effective_on=date(2024, 3, 4), slug="first"
    )
    second = make_assessment(
        commitment=commitment, values=["met"], effective_on=date(2024, 5, 6), slug="second",
        supersedes=first,
    )  # fmt: skip
    old, new = read(client, first), read(client, second)
    assert "Superseded by the judgement in effect from 6 May 2024." in old.text
    assert second.get_absolute_url() in old.links
    assert "Supersedes The judgement in effect from 4 March 2024" in new.text
    assert first.get_absolute_url() in new.links


def test_a_correction_since_is_told_with_its_entry(client):
    commitment = make_commitment()
    assessment = make_assessment(commitment=commitment, values=["met"])
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="It was misread.")
        commitment.obligation = "Publish two audits."
        commitment.save()
        (change,) = finish(edit, commitment)
    page = read(client, assessment)
    assert f"what it judges was, by entry no. {change.sequence} of the log" in page.text
    assert "Publish two audits. As it reads today." in page.text


def test_the_arithmetic_can_be_followed(client):
    commitment = make_commitment(draft=True, criteria=0)
    make_criterion(
        commitment=commitment, position=1, weight=2, weight_reason="It is the heart of it."
    )
    for position in (2, 3, 4):
        make_criterion(commitment=commitment, position=position)
    commitment = published(commitment)
    seen = make_outcome(bears_on=commitment)
    assessment = make_assessment(
        commitment=commitment, values=["met", "partly_met", "unverifiable", "pending"],
        evidence=(seen,),
    )  # fmt: skip
    said = read(client, assessment).text
    for each in (
        "met 1, partly met 1/2, not met 0",
        "from 0 to 1: that is why the result is a range",
        "1 met 2 2 × 1 = 2 2 × 1 = 2",
        "2 partly met 1 1 × 1/2 = 1/2 1 × 1/2 = 1/2",
        "3 unverifiable 1 1 × 0 = 0 1 × 1 = 1",
        "4 pending 1 left out left out",
        "Sum of what is counted 4 5/2 7/2",
        "low = 5/2 ÷ 4 = 5/8, shown as 63 %",
        "high = 7/2 ÷ 4 = 7/8, shown as 88 %",
        "coverage = 3 ÷ 5 = 3/5, shown as 60 %",
        "Weight 2: It is the heart of it.",
        "Something is pending, so it is a verdict “so far”.",
    ):
        assert each in said


def test_where_nothing_is_counted_no_sum_is_made_up(client):
    assessment = make_assessment(commitment=make_commitment(), values=["pending"])
    said = read(client, assessment).text
    assert "low, high: none, because nothing is counted yet; coverage 0 %" in said
    assert "Range none: nothing is counted yet" in said
    assert "so it is a verdict “so far”" not in said
    assert "Its findings cite no evidence." in said


def test_the_evidence_that_it_cites_stands_on_the_page_and_no_other(client):
    commitment = make_commitment()
    cited = make_outcome(
        bears_on=commitment, title="The audit appears", sources=(make_source(title="The Times"),)
    )
    make_outcome(bears_on=commitment, title="An auditor is hired")
    assessment = make_assessment(commitment=commitment, values=["met"], evidence=(cited,))
    page = read(client, assessment)
    assert f"#evidence-{cited.slug}" in page.links
    assert "For The audit appears" in page.text
    assert "The Times (secondary, reporting)" in page.text
    assert "An auditor is hired" not in page.text


def test_the_page_can_be_cited_and_takes_no_day(client):
    assessment = make_assessment(commitment=make_commitment(), values=["met"])
    html = client.get(assessment.get_absolute_url()).content.decode()
    cite = re.search(r'<section aria-labelledby="cite">.*?</section>', html, re.DOTALL)
    assert cite is not None
    assert assessment.get_absolute_url() in cite[0]
    assert client.get(assessment.get_absolute_url() + "?as_of=2024-05-06").status_code == 400
