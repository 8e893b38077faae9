"""Retracting: what still refers to a record keeps it, and what rests on it is told to somebody."""

import pytest
from django.urls import reverse

from tests.admin.forms import address
from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_reply,
    make_source,
)
from tracker.changes.models import Change
from tracker.commitments.models import Commitment
from tracker.curation.editing import Refused, retract
from tracker.evidence.models import Outcome, Sourcing
from tracker.labs.models import Lab

pytestmark = pytest.mark.django_db


def gone(record):
    record = type(record)._default_manager.get(pk=record.pk)
    retract(record, by=EDITOR, reason="It was another.")


def cited(**fields):
    """(commitment, source, outcome, assessment): a verdict that rests on one outcome."""
    commitment = make_commitment()
    source = make_source()
    outcome = make_outcome(bears_on=commitment, sources=(source,), **fields)
    assessment = make_assessment(commitment=commitment, values=["met"], evidence=(outcome,))
    return commitment, source, outcome, assessment


def waiting(client):
    page = client.get(reverse("admin:index"))
    (line,) = [each for each in page.context["desk"] if each["url"].endswith("waits=groundless")]
    rows = list(client.get(line["url"]).context["cl"].result_list)
    assert line["count"] == len(rows)
    assert line["label"] == "assessments that rest on retracted evidence"
    return rows


def test_the_page_that_asks_lists_the_assessments_that_rest_on_an_outcome(reviewer):
    _, source, outcome, assessment = cited()
    page = reviewer.get(address(outcome, "retract")).content.decode()
    assert "Published assessments rest on it" in page and address(assessment) in page
    page = reviewer.get(address(source, "retract")).content.decode()
    assert address(assessment) in page and address(outcome) in page
    other = make_outcome(bears_on=make_commitment())
    assert "rest on it" not in reviewer.get(address(other, "retract")).content.decode()


@pytest.mark.parametrize("what", ["outcome", "source", "quotation"])
def test_the_desk_counts_verdicts_whose_evidence_was_retracted(reviewer, what):
    _, source, outcome, assessment = cited()
    quotation = make_quotation(source=source)
    Sourcing.objects.create(outcome=outcome, source=source, quotation=quotation)
    cited()
    assert waiting(reviewer) == []
    if what == "source":  # its quotation goes first
        gone(quotation)
    gone({"outcome": outcome, "source": source, "quotation": quotation}[what])
    assert waiting(reviewer) == [assessment]


def test_the_next_assessment_takes_the_verdict_off_the_desk(reviewer):
    commitment, _, outcome, assessment = cited()
    gone(outcome)
    assert waiting(reviewer) == [assessment]
    make_assessment(commitment=commitment, values=["unverifiable"], supersedes=assessment)
    assert waiting(reviewer) == []


def of_a_lab():
    lab = make_lab()
    return lab, [make_commitment(lab=lab), make_person(lab=lab), make_pledge(addressed=(lab,))]


def of_a_source():
    source = make_source()
    return source, [
        make_quotation(source=source),
        make_commitment(reported_by=source),
        make_source(read_via=source),
        make_pledge(source=source),
        make_indicator(source=source),
    ]


def of_a_quotation():
    quotation, other = make_quotation(), make_quotation()
    return quotation, [
        make_commitment(words=quotation),
        make_discrepancy(quotations=(quotation, other)),
    ]


def of_a_commitment():
    commitment = make_commitment()
    return commitment, [
        make_reply(commitment=commitment),
        make_discrepancy(commitments=(commitment,)),
    ]


def of_a_pledge():
    pledge = make_pledge()
    return pledge, [make_commitment(pledge=pledge)]


def of_a_person():
    person = make_person()
    return person, [make_quotation(speaker=person), make_commitment(announced_by=person)]


@pytest.mark.parametrize(
    "referred_to",
    [of_a_lab, of_a_source, of_a_quotation, of_a_commitment, of_a_pledge, of_a_person],
)
def test_what_published_records_refer_to_is_not_retracted_before_them(reviewer, referred_to):
    record, dependants = referred_to()
    before = Change.objects.count()
    page = reviewer.get(address(record, "retract"))
    for each in dependants:
        assert address(each) in page.content.decode()
    answer = reviewer.post(
        address(record, "retract"), {"seen_version": record.version, "reason": "It was another."}
    )
    assert answer.status_code == 200
    (said,) = answer.context["form"].non_field_errors()
    assert "Retract or correct them first" in said
    for each in dependants:
        assert repr(each.slug) in said
    record.refresh_from_db()
    assert record.state == "published" and Change.objects.count() == before
    for each in dependants:
        gone(each)
    gone(record)
    record.refresh_from_db()
    assert record.state == "retracted"


def test_a_draft_that_refers_to_it_does_not_hold_it():
    lab = make_lab()
    make_commitment(lab=lab, draft=True)
    gone(lab)
    assert Lab.objects.get(pk=lab.pk).state == "retracted"


def test_evidence_ties_and_assessments_do_not_hold_it():
    commitment, source, outcome, assessment = cited()
    for record in (source, outcome, commitment):
        gone(record)
    assert Commitment.objects.get(pk=commitment.pk).state == "retracted"
    assert Outcome.objects.get(pk=outcome.pk).state == "retracted"
    assessment.refresh_from_db()
    assert assessment.state == "published"


def test_a_refusal_names_few_and_costs_the_same_however_many(django_assert_max_num_queries):
    lab = make_lab()
    for _ in range(7):
        make_person(lab=lab)
    with django_assert_max_num_queries(20), pytest.raises(Refused) as refused:
        gone(lab)
    assert str(refused.value).count("the person") == 5
    assert "and others" in str(refused.value)


def test_a_record_may_refer_to_itself_through_a_ring():
    one, two = make_source(), make_source()
    one.origins.set([two])
    with pytest.raises(Refused, match=one.slug):
        gone(two)
    gone(one)
    gone(two)
