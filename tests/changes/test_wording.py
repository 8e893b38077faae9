"""One sentence a kind."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_lab,
    make_reply,
    make_source,
)
from tracker.changes.kinds import Kind
from tracker.changes.log import Entry, append
from tracker.changes.models import Change
from tracker.changes.wording import changed_fields, reason, sentence, statement
from tracker.curation.editing import begin, finish, publish
from tracker.records.models import Record

pytestmark = pytest.mark.django_db


def newest() -> Change:
    return Change.objects.order_by("-sequence")[0]


def test_a_new_verdict_says_old_and_new_and_why():
    commitment = make_commitment(title="Publish the audit")
    first = make_assessment(commitment=commitment, values=["pending"])
    assert sentence(newest()) == (
        "“Publish the audit” is judged as of 4 March 2024: not yet due (low confidence). "
        "Reason: The audit is there."
    )
    make_assessment(
        commitment=commitment, values=["met"], supersedes=first, effective_on=date(2024, 5, 31),
        contest_verdict="unresolved", contest_held_by="A fair reader",
        contest_reading="It may be another audit.", contest_source=make_source(),
    )  # fmt: skip
    assert statement(newest()) == (
        "“Publish the audit” is judged again as of 31 May 2024: not yet due (low confidence) → "
        "reported kept (low confidence, contested)."
    )
    assert reason(newest()) == "The audit is there."


def test_a_verdict_that_stays_says_so():
    commitment = make_commitment(title="Publish the audit")
    for _ in range(2):
        make_assessment(commitment=commitment, values=["pending"])
    assert statement(newest()) == (
        "“Publish the audit” is judged again as of 4 March 2024, and remains not yet due "
        "(low confidence)."
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


def corrected(record: Record, **fields: Any) -> str:
    """What the log says of a correction."""
    with transaction.atomic():
        edit = begin(record, by=EDITOR, reason="It was wrong.")
        for name, value in fields.items():
            setattr(record, name, value)
        record.save()
        finish(edit, record)
    return statement(newest())


def test_a_correction_of_many_fields_tells_three_and_names_the_rest():
    commitment = make_commitment(
        title="Publish", force="promise", category="compute", made_on="2024"
    )
    said = corrected(
        commitment, title="Publish it", force="plan", category="security", made_on="2024-05"
    )
    assert said == (
        "Commitment corrected: “Publish it”, category from “compute” to “security”, "
        "force from “promise” to “plan”, made on from “2024” to “2024-05”, and in title."
    )


def test_what_was_empty_is_nothing_and_what_is_nested_is_named():
    lab = make_lab(name="Example Lab")
    assert corrected(lab, website="https://lab.example/") == (
        "Lab corrected: “Example Lab”, website from nothing to “https://lab.example/”."
    )
    commitment = make_commitment(title="Publish the audit")
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="It was left out.")
        commitment.undefined.create(aspect="metric", note="Which one?")
        finish(edit, commitment)
    assert statement(newest()) == "Commitment corrected: “Publish the audit”, in undefined."


def test_long_values_are_shown_around_their_first_difference():
    alike = "The lab publishes all it has and then some. " * 5
    lab = make_lab(name="Example Lab", summary=f"{alike}It ends in 2025.")
    said = corrected(lab, summary=f"{alike}It ends in 2026.")
    assert said == (
        "Lab corrected: “Example Lab”, summary from "
        "“…has and then some. It ends in 2025.” to “…has and then some. It ends in 2026.”."
    ).replace("…has", f"…{(alike + 'It ends in 202')[-40:].partition('has')[0]}has")


def test_a_successor_is_named_with_its_relation():
    old = make_commitment(title="Publish an audit")
    new = make_commitment(title="Publish two", lab=old.lab)
    with transaction.atomic():
        edit = begin(old, by=EDITOR, reason="The lab said more.")
        old.successor, old.relation = new, "strengthened"
        old.save()
        old.lifecycle_events.create(lifecycle="superseded", on="2024-05", source=make_source())
        finish(edit, old)
    assert statement(newest()) == (
        "Commitment superseded: “Publish an audit”, strengthened by “Publish two”."
    )


def test_a_publication_keeps_its_reason():
    with transaction.atomic():
        publish(make_lab(draft=True, name="Example Lab"), by=EDITOR, reason="It promised.")
    assert sentence(newest()) == "Lab published: “Example Lab”. Reason: It promised."


def test_a_denial_is_told():
    make_reply(
        commitment=make_commitment(), status="replied", words="We did.", denies=True,
        received_on=date(2024, 3, 2),
    )  # fmt: skip
    change = newest()
    change.kind = "reply_received"  # published with its answer, it is told as requested
    assert statement(change) == "Reply received: the lab denies it and answered “We did.”."


def test_a_redacted_entry_still_has_a_sentence():
    make_lab(slug="example-lab")
    change = newest()
    change.body = change.reason = None
    assert reason(change) == ""
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
        "due_on": "2024-01-01", "effective_on": "2024-01-01", "redacted": [1], "days_left": 7,
        "deadline": {"kind": "by_date", "due_on": "2024-01-01", "basis": "stated"},
        "checkpoint": {"file": "a.note", "sequence": 9, "hash": "0" * 64}, "older": [],
        "head": {"sequence": 1, "hash": "1" * 64},
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
