"""One sentence a kind."""

import pytest
from django.db import transaction

from tests.builders import EDITOR, make_assessment, make_commitment, make_lab
from tracker.changes.kinds import Kind
from tracker.changes.log import Entry, append
from tracker.changes.models import Change
from tracker.changes.wording import changed_fields, sentence
from tracker.curation.editing import begin, finish

pytestmark = pytest.mark.django_db


def newest() -> Change:
    return Change.objects.order_by("-sequence")[0]


def test_a_new_verdict_says_old_and_new_and_why():
    commitment = make_commitment(title="Publish the audit")
    first = make_assessment(commitment=commitment, values=["pending"])
    assert sentence(newest()) == (
        "“Publish the audit” is judged not yet due. Reason: The audit is there."
    )
    make_assessment(commitment=commitment, values=["met"], supersedes=first)
    assert sentence(newest()) == (
        "“Publish the audit” is judged again: not yet due → reported kept. "
        "Reason: The audit is there."
    )


def test_a_correction_of_one_field_says_old_and_new():
    lab = make_lab(name="Example Lab")
    with transaction.atomic():
        edit = begin(lab, by=EDITOR, reason="It has a new name.")
        lab.name = "Sample Lab"
        lab.save()
        finish(edit, lab)
    assert sentence(newest()) == (
        "Lab corrected: “Sample Lab”, name from “Example Lab” to “Sample Lab”. "
        "Reason: It has a new name."
    )


def test_a_redacted_entry_still_has_a_sentence():
    make_lab(slug="example-lab")
    change = newest()
    change.body = change.reason = None
    assert "redacted" in sentence(change)
    assert "example-lab" in sentence(change)


def test_an_unknown_kind_raises():
    with pytest.raises(ValueError, match="no_such_kind"):
        sentence(Change(kind="no_such_kind", body="{}"))


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_worded(kind):
    plain = {
        "title": "Example", "verdict": "kept", "provisional": False, "confidence": "low",
        "force": "promise", "basis": "promised", "words": "We did.", "asked_of": "the press office",
        "due_on": "2024-01-01",
    }  # fmt: skip
    with transaction.atomic():
        (change,) = append(
            [Entry(kind, "commitment", "example", "Eve", before=plain, after=plain, reason="Why.")]
        )
    said = sentence(change)
    assert said.endswith((".", "”."))
    assert "_" not in said


def test_nested_fields_are_named_by_their_path():
    before = {"deadline": {"kind": "by_date", "due_on": "2024"}, "title": "A"}
    after = {"deadline": {"kind": "by_date", "due_on": "2025"}, "title": "A"}
    assert changed_fields(before, after) == [("deadline.due_on", "2024", "2025")]
