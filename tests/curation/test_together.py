"""Two people at once: nobody waits for ever, and the log tells what was true."""

import json

import pytest
from django.db import transaction

from tests.builders import EDITOR, make_assessment, make_commitment, make_outcome, make_user
from tests.threads import at_once
from tracker.changes.models import Change
from tracker.curation.editing import Actor, begin, finish
from tracker.curation.judging import approve, submit
from tracker.evidence.models import Bearing

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10


def test_saving_an_outcome_and_the_commitment_it_bears_on_never_deadlocks():
    for number in range(ROUNDS):
        commitment, outcome = make_commitment(), make_outcome()

        def add_bearing(outcome=outcome, commitment=commitment) -> None:
            with transaction.atomic():
                edit = begin(outcome, by=EDITOR, reason="It bears on this.")
                Bearing.objects.create(outcome=outcome, commitment=commitment, direction="supports")
                finish(edit, outcome)

        def rename(commitment=commitment, number=number) -> None:
            with transaction.atomic():
                edit = begin(commitment, by=EDITOR, reason="A clearer title.")
                commitment.title = f"Publish the audit, {number}"
                commitment.save()
                finish(edit, commitment)

        assert at_once(add_bearing, rename) == []


def test_two_approvals_of_one_commitment_follow_one_another():
    author, reviewer = (Actor.of(make_user(role)) for role in ("Curators", "Reviewers"))
    for _ in range(ROUNDS):
        commitment = make_commitment()
        drafts = [
            make_assessment(commitment=commitment, values=["met"], draft=True) for _ in range(2)
        ]
        for draft in drafts:
            submit(draft, by=author)

        def approve_one(draft) -> None:
            with transaction.atomic():
                approve(draft, by=reviewer)

        assert at_once(*(lambda draft=draft: approve_one(draft) for draft in drafts)) == []
        entries = Change.objects.filter(kind="assessment_published").order_by("-sequence")[:2]
        later, earlier = (json.loads(entry.body or "") for entry in entries)
        assert earlier["before"] is None
        assert later["before"]["slug"] == earlier["after"]["slug"]
