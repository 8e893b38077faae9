"""The page of a judgement says where its commitment was corrected since."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model

from tests.builders import EDITOR, make_assessment, make_commitment
from tests.web.markup import Markup
from tracker.assessments.judging import content_hash
from tracker.assessments.models import Assessment
from tracker.changes.models import Change
from tracker.curation.editing import begin, finish

pytestmark = pytest.mark.django_db

SAID = "after this judgement was published"


def correct(record: Any, part: Model | None = None, **fields: Any) -> Change:
    """Correct a published record, or a part of it, with its Change."""
    with transaction.atomic():
        edit = begin(record, by=EDITOR, reason="It was misread.")
        changed: Any = part or type(record).objects.get(pk=record.pk)
        for name, value in fields.items():
            setattr(changed, name, value)
        changed.save()
        (change,) = finish(edit, record)
    return change


@pytest.fixture
def assessment() -> Assessment:
    return make_assessment(commitment=make_commitment(criteria=2), values=["met", "met"])


def matches(assessment: Assessment) -> bool:
    """Whether what was approved is what stands, by its hash."""
    fresh = Assessment.objects.get(pk=assessment.pk)
    return content_hash(fresh) == fresh.content_hash


def told(client: Any, assessment: Assessment) -> Markup:
    page = Markup(client.get(assessment.get_absolute_url()).content.decode())
    assert page.problems == []
    assert (SAID in page.text) != matches(assessment)
    return page


@pytest.mark.parametrize(
    "fields",
    [
        {"obligation": "Publish two audits."},
        {"force": "plan"},
        {"deadline_kind": "by_date", "deadline_due_on": "2027", "deadline_basis": "stated"},
    ],
)
def test_a_commitment_corrected_since_is_named_with_the_entry(client, assessment, fields):
    assert SAID not in told(client, assessment).text
    change = correct(assessment.commitment, **fields)
    page = told(client, assessment)
    assert SAID in page.text
    assert f"/changes/{change.sequence}/" in page.links
    later = make_assessment(commitment=assessment.commitment, values=["met", "met"])
    assert SAID not in told(client, later).text


def test_other_corrections_are_no_matter(client, assessment):
    correct(assessment.commitment, title="Publish an audit soon", reading="As we read it.")
    assert SAID not in told(client, assessment).text


def test_what_was_put_back_is_as_it_was_judged(client, assessment):
    correct(assessment.commitment, obligation="Publish two audits.")
    correct(assessment.commitment, obligation="Publish an audit.")
    assert SAID not in told(client, assessment).text


def test_of_several_corrections_the_last_that_mattered_is_named(client, assessment):
    correct(assessment.commitment, obligation="Publish two audits.")
    second = correct(assessment.commitment, obligation="Publish three audits.")
    correct(assessment.commitment, title="Publish three audits")
    assert f"/changes/{second.sequence}/" in told(client, assessment).links


def test_a_redacted_correction_is_named_although_it_tells_nothing_more(client, assessment):
    change = correct(assessment.commitment, obligation="Publish two audits.")
    Change.objects.filter(pk=change.pk).update(body=None, reason=None)
    assert f"/changes/{change.sequence}/" in told(client, assessment).links


def test_a_new_edition_of_the_criteria_is_not_what_was_judged(client, assessment):
    commitment = assessment.commitment
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="Asked anew.")
        commitment.criteria.create(
            edition=2, position=1, question="Was it?", evidence_needed="It.", weight=Decimal(1)
        )
        finish(edit, commitment)
    assert SAID not in told(client, assessment).text
