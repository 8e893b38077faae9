"""What an item of each noun says, in records that the seeds have none of."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import override_settings

from tests.api.asking import get, problems, walk
from tests.builders import (
    make_assessment,
    make_commitment,
    make_criterion,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_reply,
    make_source,
    published,
)
from tests.curation.redactions import STEWARD, correct
from tests.reading.one_by_one import lab_standings
from tests.web.judged import judge
from tracker.api.nouns import NOUNS
from tracker.changes.models import Change
from tracker.commitments.models import LifecycleEvent
from tracker.curation.redacting import redact
from tracker.labs.models import Lab
from tracker.reading.shapes import lab_score
from tracker.records.dates import today
from tracker.records.models import State

pytestmark = pytest.mark.django_db


def odd_records() -> None:
    """What the seeds have none of."""
    lab = make_lab(website="https://lab.example/", summary="“Exämple” — 例")
    lab.tags.create(kind="region", name="Nowhere")
    pledge = make_pledge(clauses=2, addressed=(lab,))
    source = make_source(tier="primary_lab", lab=lab)
    promise = make_commitment(
        draft=True, lab=lab, pledge=pledge, clause=pledge.clauses.first(), criteria=0,
        deadline_kind="trigger", deadline_trigger="a merger", deadline_triggered_on="2024-05",
        deadline_due_on="2024-08", deadline_basis="derived", announced_by=make_person(lab=lab),
    )  # fmt: skip
    make_criterion(commitment=promise, position=1, weight=Decimal("0.125"), weight_reason="Small.")
    make_criterion(commitment=promise, position=2, kind="on_time", publication_required=True)
    LifecycleEvent.objects.create(
        commitment=promise, lifecycle="withdrawn", on="2024-09", source=source
    )
    promise = published(promise)
    make_assessment(
        commitment=promise, values=["met", "pending"], evidence=(make_outcome(bears_on=promise),),
        contest_verdict="broken", contest_held_by="A reader", contest_source=source,
        contest_reading="It may.",
    )  # fmt: skip
    make_reply(
        commitment=promise, status="replied", words="No.", denies=True, received_on=date(2024, 4, 1)
    )
    make_commitment(lab=lab, successor=promise, relation="strengthened")
    make_assessment(
        commitment=make_commitment(lab=lab, basis="measured"), values=["not_applicable"]
    )
    quotations = (make_quotation(source=source, start=None), make_quotation(speaker_lab=lab))
    make_discrepancy(
        quotations=quotations, commitments=(promise,), status="resolved", resolution="Both.",
        resolved_on=date(2024, 5, 6),
    )  # fmt: skip
    make_outcome(kind="search", search_where="the press", search_query="audit")


def test_odd_records_are_as_their_schema_says():
    odd_records()
    for noun in NOUNS:
        items = walk(f"{noun}/?limit=100")
        assert [problem for item in items for problem in problems(noun, item)] == [], noun


def test_a_commitment_tells_every_axis_apart():
    lab = make_lab(slug="example-lab")
    pledge = make_pledge(slug="example-pledge", clauses=1)
    commitment = make_commitment(
        slug="audit", lab=lab, pledge=pledge, clause=pledge.clauses.first(), criteria=3
    )
    make_assessment(
        slug="audit-judged", commitment=commitment, values=["met", "unverifiable", "pending"]
    )
    with override_settings(SITE_URL="https://record.example"):
        item = get("commitments/audit/")
    assert item["clause"] == {"number": "1", "title": "Ask 1"}
    assert (item["lab"], item["pledge"]) == ("example-lab", "example-pledge")
    assert item["words"] is None and item["quotation"] is None
    assert item["url"] == "https://record.example/commitments/audit/"
    assert item["score"] == {"low": 0.5, "high": 1, "coverage": 0.333333, "percent": [50, 100]}
    assert [(each["position"], each["weight"], each["finding"]) for each in item["criteria"]] == [
        (1, 1, "met"),
        (2, 1, "unverifiable"),
        (3, 1, "pending"),
    ]
    assert item["assessment"] == "audit-judged"
    assert (item["verdict"], item["said"]) == ("unresolved", "unresolved so far")
    assert item["provisional"] is True and item["contested"] is False
    assert (item["lifecycle"], item["schedule"]) == ("in_force", "no_deadline")
    assert (item["timeliness"], item["days_late"]) == ("not_applicable", None)
    assert item["confidence"] == "low"


def test_criteria_are_those_that_the_judgement_stands_on():
    commitment = make_commitment(criteria=2)
    judge(commitment, "met", "not_met")
    make_criterion(commitment=commitment, position=1, edition=2)
    item = get(f"commitments/{commitment.slug}/")
    assert item["edition"] == 1
    assert [each["finding"] for each in item["criteria"]] == ["met", "not_met"]


def test_what_is_not_judged_has_its_newest_criteria_and_no_figures():
    commitment = make_commitment(draft=True, criteria=2)
    make_criterion(commitment=commitment, position=1, edition=2)
    published(commitment)
    item = get(f"commitments/{commitment.slug}/")
    assert [(each["edition"], each["finding"]) for each in item["criteria"]] == [(2, None)]
    assert item["score"] == {"low": None, "high": None, "coverage": 0, "percent": None}
    assert (item["verdict"], item["confidence"], item["assessment"]) == ("not_assessed", None, None)


def test_words_are_those_of_a_published_quotation():
    quotation = make_quotation(slug="the-words", exact="We promise.")
    commitment = make_commitment(words=quotation, reported_words="")
    item = get(f"commitments/{commitment.slug}/")
    assert (item["words"], item["quotation"]) == ("We promise.", "the-words")
    type(quotation).objects.update(state=State.RETRACTED)
    assert get(f"commitments/{commitment.slug}/")["words"] is None


def test_what_a_study_measured_was_neither_kept_nor_broken():
    commitment = make_commitment(basis="measured")
    make_assessment(commitment=commitment, values=["met"])
    item = get(f"commitments/{commitment.slug}/")
    assert item["verdict"] is None and item["said"] == "reported criteria met"
    assert item["score"]["percent"] == [100, 100]
    assert get(f"assessments/{item['assessment']}/")["verdict"] is None
    for noun in ("commitments", "assessments"):
        assert get(f"{noun}/?verdict=kept")["results"] == []
    assert get(f"labs/{commitment.lab.slug}/")["score"]["total"] == 0


def test_a_denial_contests_the_verdict():
    commitment = make_commitment()
    make_assessment(commitment=commitment, values=["met"])
    make_reply(
        commitment=commitment, status="replied", words="No.", denies=True,
        received_on=date(2024, 4, 1),
    )  # fmt: skip
    item = get(f"commitments/{commitment.slug}/")
    assert (item["contested"], item["contest"], item["denied_on"]) == (True, None, "2024-04-01")


def test_a_lab_is_scored_over_its_promises():
    lab = make_lab()
    for value, force in ("met", "promise"), ("not_met", "aim"), ("unverifiable", "plan"):
        judge(make_commitment(lab=lab, force=force), value)
    make_commitment(lab=lab)
    item = get(f"labs/{lab.slug}/")
    assert item["verdicts"] == {
        "kept": 1, "partly_kept": 0, "broken": 1, "unresolved": 1, "not_yet_due": 0,
        "not_assessed": 1,
    }  # fmt: skip
    assert item["unreached"] == 1
    assert item["score"] == {
        "low": 0.333333, "high": 0.666667, "rated": 3, "total": 4, "coverage": 0.75,
        "percent": [33, 67],
    }  # fmt: skip


def test_the_score_of_a_lab_is_that_of_its_page():
    odd_records()
    for day in (today(), date(2024, 3, 4), date(2024, 2, 1)):
        items = {item["slug"]: item for item in walk(f"labs/?as_of={day}")}
        for standing in lab_standings(Lab.objects.all(), day):
            item = items[standing.lab.slug]
            assert item["score"] == lab_score(standing.score)
            assert item["verdicts"] == standing.score.verdicts


def test_a_scorecard_totals_the_pooled_share_of_each_lab():
    one, other, silent = (make_lab(slug=f"example-{name}") for name in ("one", "other", "silent"))
    study = make_pledge(kind="scorecard", clauses=2, addressed=(one, other, silent))
    first, second = study.clauses.all()
    for lab, clause, values in (
        (one, first, ["met"]),
        (one, second, ["met", "not_met", "partly_met", "not_met", "met", "met", "partly_met"]),
        (other, first, ["unverifiable"]),
        (other, second, ["met", "met"]),
    ):
        commitment = make_commitment(
            lab=lab, pledge=study, clause=clause, basis="measured", criteria=len(values)
        )
        judge(commitment, *values)
    totals = get(f"pledges/{study.slug}/")["totals"]
    assert totals == [  # 5 of 8 is 62.5 per cent, which rounds up
        {"lab": "example-one", "low": 0.625, "high": 0.625, "coverage": 1, "percent": [63, 63]},
        {
            "lab": "example-other", "low": 0.666667, "high": 1, "coverage": 0.666667,
            "percent": [67, 100],
        },
        {"lab": "example-silent", "low": None, "high": None, "coverage": 0, "percent": None},
    ]  # fmt: skip
    assert get(f"pledges/{make_pledge(clauses=1).slug}/")["totals"] == []


def test_a_source_counts_no_higher_than_that_through_which_it_is_known():
    through = make_source(tier="tertiary", archived_text="Kept to ourselves.")
    source = make_source(tier="primary_lab", read_via=through, url="https://lab.example/post")
    item = get(f"sources/{source.slug}/")
    assert (item["tier"], item["effective_tier"]) == ("primary_lab", "tertiary")
    assert item["url"] == "https://lab.example/post"
    assert item["page"].endswith(f"/sources/{source.slug}/")
    assert "Kept" not in str(get("sources/"))


def test_a_quotation_says_how_sure_the_words_are():
    printed = make_source(tier="primary_lab", archived_text="We promise an audit.")
    sure = make_quotation(source=printed, check_status="verified")
    item = get(f"quotations/{sure.slug}/")
    assert (item["id"], item["check"], item["attribution"]) == (sure.slug, "verified", "confirmed")
    disputed = make_quotation()
    make_discrepancy(quotations=(disputed, make_quotation()))
    assert get(f"quotations/{disputed.slug}/")["attribution"] == "disputed"


def test_a_judgement_names_who_made_it_and_shows_its_working():
    assessment = make_assessment(commitment=make_commitment(), values=["met"])
    item = get(f"assessments/{assessment.slug}/")
    assert (item["origin"], item["batch"], item["approved_by"]) == ("imported", "tests", "")
    assert item["findings"][0]["value"] == "met" and item["score"]["percent"] == [100, 100]
    assert item["working"]["lines"][0]["weight"] == "1"
    assert item["published_at"].endswith("Z")


def test_a_change_gives_the_texts_that_were_hashed():
    lab = make_lab()
    entry = Change.objects.get(subject_slug=lab.slug)
    item = get(f"changes/{entry.sequence}/")
    assert (item["header"], item["body"]) == (entry.header, entry.body)
    assert item["subject"] == {"type": "lab", "slug": lab.slug}


def test_what_was_redacted_is_null_and_as_its_schema_says():
    lab = make_lab(summary="A secret.")
    entry = Change.objects.get(subject_slug=lab.slug)
    correct(lab, summary="")
    redact([entry.sequence], by=STEWARD, reason="It named a private person.")
    item = get(f"changes/{entry.sequence}/")
    assert item["body"] is None and item["reason"] is None
    assert problems("changes", item) == []
