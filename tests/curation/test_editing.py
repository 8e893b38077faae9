"""Publishing, correcting, retracting: the record and its Change together, or neither."""

import json

import pytest
from django.db import IntegrityError, transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_criterion,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_pledge,
    make_source,
    make_user,
)
from tracker.changes.models import Change
from tracker.commitments.models import LifecycleEvent
from tracker.curation.editing import (
    Actor,
    Refused,
    Stale,
    begin,
    discard,
    finish,
    publish,
    retract,
)
from tracker.evidence.models import Bearing
from tracker.labs.models import Lab
from tracker.reading.published import published

pytestmark = pytest.mark.django_db

CURATOR = Actor("Cy Curator")


def newest() -> Change:
    return Change.objects.order_by("-sequence")[0]


def corrected(record, *, by=EDITOR, reason="A slip of the pen.", version=None, **values):
    with transaction.atomic():
        edit = begin(record, by=by, reason=reason, version=version)
        for name, value in values.items():
            setattr(record, name, value)
        record.save()
        return finish(edit, record)


def test_a_draft_is_invisible_and_leaves_no_trace_in_the_log():
    lab = make_lab(draft=True)
    corrected(lab, by=CURATOR, reason="", name="Sample Lab")
    assert not published(Lab).exists()
    assert not Change.objects.exists()


def test_publishing_writes_the_record_and_its_change():
    lab = make_lab(slug="example-lab", name="Example Lab")
    change = newest()
    assert (lab.state, change.kind, change.actor) == ("published", "lab_published", "Eve Editor")
    body = json.loads(change.body or "")
    assert body["before"] is None
    assert body["after"]["name"] == "Example Lab"


def test_a_curator_publishes_nothing_and_changes_nothing_published():
    draft, lab = make_lab(draft=True), make_lab()
    with pytest.raises(Refused, match="Reviewer right"):
        publish(draft, by=CURATOR)
    with pytest.raises(Refused, match="Reviewer right"):
        corrected(lab, by=CURATOR, name="Sample Lab")
    assert Change.objects.count() == 1


def test_a_correction_carries_before_after_and_its_public_reason():
    lab = make_lab(name="Example Lab")
    corrected(lab, name="Sample Lab")
    body = json.loads(newest().body or "")
    assert newest().kind == "lab_corrected"
    assert (body["before"]["name"], body["after"]["name"]) == ("Example Lab", "Sample Lab")
    assert newest().reason == "A slip of the pen."


def test_a_published_record_does_not_change_without_a_reason():
    lab = make_lab(name="Example Lab")
    with pytest.raises(Refused, match="Say in public why"):
        corrected(lab, reason="  ", name="Sample Lab")


def test_saving_nothing_new_is_no_change():
    lab = make_lab()
    assert corrected(lab) == []
    assert Lab.objects.get(pk=lab.pk).version == lab.version


def test_a_stale_save_is_refused_and_nothing_of_it_kept():
    lab = make_lab(name="Example Lab")
    corrected(Lab.objects.get(pk=lab.pk), name="Sample Lab", version=lab.version)
    with pytest.raises(Stale, match="Somebody else saved"):
        corrected(lab, name="Specimen Lab", version=lab.version)
    assert Lab.objects.get(pk=lab.pk).name == "Sample Lab"


def test_a_record_is_published_once():
    lab = make_lab()
    with pytest.raises(Refused, match="Only a draft"):
        publish(lab, by=EDITOR)


def test_a_record_is_published_after_what_it_refers_to():
    source = make_source(draft=True)
    commitment = make_commitment(draft=True, reported_by=source)
    with pytest.raises(Refused, match="is not published yet"):
        publish(commitment, by=EDITOR)


def test_retracting_asks_for_a_reason_and_is_final():
    lab = make_lab()
    with pytest.raises(Refused, match="why the record is retracted"):
        retract(lab, by=EDITOR, reason="")
    retract(lab, by=EDITOR, reason="It never existed.")
    assert newest().kind == "record_retracted"
    assert not published(Lab).exists()
    with pytest.raises(Refused, match="retracted record is not edited"):
        corrected(lab, name="Sample Lab")


def test_only_drafts_are_deleted():
    draft, lab = make_lab(draft=True), make_lab()
    discard(draft)
    with pytest.raises(Refused, match="Only a draft is deleted"):
        discard(lab)
    assert list(Lab.objects.all()) == [lab]


def test_criteria_freeze_once_an_assessment_stands_on_them():
    commitment = make_commitment(criteria=1)
    make_assessment(commitment=commitment, values=["pending"])
    criterion = commitment.criteria.get()
    with pytest.raises(Refused, match="frozen"), transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="A better question.")
        criterion.question = "Is it really done?"
        criterion.save()
        finish(edit, commitment)
    with pytest.raises(Refused, match="only for a new occasion"), transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="One more question.")
        make_criterion(commitment=commitment, position=2)
        finish(edit, commitment)


def test_a_new_edition_of_criteria_is_a_revision_and_a_new_occasion_is_not():
    commitment = make_commitment(criteria=1)
    make_assessment(commitment=commitment, values=["pending"])
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="The second year began.")
        make_criterion(commitment=commitment, position=2, occasion="2025")
        finish(edit, commitment)
    assert newest().kind == "commitment_corrected"
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="The question was too wide.")
        make_criterion(commitment=commitment, position=1, edition=2)
        finish(edit, commitment)
    assert newest().kind == "criteria_revised"


def test_withdrawing_is_named_for_what_it_is():
    commitment = make_commitment()
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="The lab dropped it.")
        LifecycleEvent.objects.create(
            commitment=commitment, lifecycle="withdrawn", on="2024-05", source=make_source()
        )
        finish(edit, commitment)
    assert newest().kind == "commitment_withdrawn"


def test_superseded_needs_a_successor_that_is_no_weaker():
    commitment, successor = make_commitment(), make_commitment()
    with pytest.raises(Refused, match="as strong or stronger"), transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="A new text.")
        commitment.successor, commitment.relation = successor, "weakened"
        commitment.save()
        LifecycleEvent.objects.create(
            commitment=commitment, lifecycle="superseded", on="2024-05", source=make_source()
        )
        finish(edit, commitment)


def test_settling_a_discrepancy_is_its_own_kind():
    discrepancy = make_discrepancy()
    corrected(
        discrepancy, status="resolved", resolution="It was the 5th.", resolved_on="2024-06-01"
    )
    assert newest().kind == "discrepancy_resolved"


def test_a_change_is_filed_under_the_labs_and_commitments_it_touches():
    commitment = make_commitment()
    make_outcome(bears_on=commitment)
    assert newest().labs == [commitment.lab.slug]
    assert newest().commitments == [commitment.slug]


def test_names_in_the_log_are_those_of_accounts():
    user = make_user("Reviewers", name="rita")
    lab = make_lab(draft=True)
    publish(lab, by=Actor.of(user))
    assert newest().actor == "rita"


@pytest.mark.parametrize(
    ("column", "value"),
    [("state", "public"), ("state", "in_review"), ("kind", "startup")],
)
def test_the_database_itself_refuses_unknown_values(column, value):
    lab = make_lab()
    with pytest.raises(IntegrityError), transaction.atomic():
        Lab.objects.filter(pk=lab.pk).update(**{column: value})


def test_an_outcome_bears_on_one_thing_once():
    commitment = make_commitment()
    outcome = make_outcome(bears_on=commitment, draft=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Bearing.objects.create(outcome=outcome, commitment=commitment, direction="context")
    with pytest.raises(IntegrityError), transaction.atomic():
        Bearing.objects.create(outcome=outcome, direction="context")


def test_a_published_judgement_keeps_the_evidence_it_cites():
    commitment = make_commitment()
    outcome = make_outcome(bears_on=commitment)
    make_assessment(commitment=commitment, values=["met"], evidence=(outcome,))
    bearing = outcome.bearings.get()
    with pytest.raises(Refused, match="cites this bearing"), transaction.atomic():
        edit = begin(outcome, by=EDITOR, reason="It says nothing of the kind.")
        bearing.delete()
        finish(edit, outcome)
    bearing = outcome.bearings.get()
    assert bearing.findings.count() == 1
    with pytest.raises(Refused, match="cites this bearing"), transaction.atomic():
        edit = begin(outcome, by=EDITOR, reason="It says the opposite.")
        bearing.direction = "undermines"
        bearing.save()
        finish(edit, outcome)
    bearing.refresh_from_db()
    with transaction.atomic():
        edit = begin(outcome, by=EDITOR, reason="A clearer note.")
        bearing.note = "See page 3."
        bearing.save()
        assert finish(edit, outcome)


def test_what_a_change_takes_away_is_filed_where_it_was():
    kept, dropped = make_commitment(), make_commitment()
    discrepancy = make_discrepancy(commitments=(kept, dropped))
    with transaction.atomic():
        edit = begin(discrepancy, by=EDITOR, reason="It stands on something else.")
        discrepancy.commitments.set([kept])
        finish(edit, discrepancy)
    assert newest().commitments == sorted([kept.slug, dropped.slug])
    assert newest().labs == sorted([kept.lab.slug, dropped.lab.slug])


def test_a_pledge_is_filed_under_its_commitments():
    pledge = make_pledge(clauses=1)
    commitment = make_commitment(pledge=pledge)
    corrected(pledge, title="Another name")
    assert newest().commitments == [commitment.slug]


def test_what_is_judged_keeps_its_lab_and_its_basis():
    commitment = make_commitment()
    make_assessment(commitment=commitment, values=["pending"])
    with pytest.raises(Refused, match="its lab stays"):
        corrected(commitment, lab=make_lab())
    commitment.refresh_from_db()
    with pytest.raises(Refused, match="its basis stays"):
        corrected(commitment, basis="measured")


def test_another_labs_commitment_takes_nobodys_place():
    commitment, successor = make_commitment(), make_commitment()
    with pytest.raises(Refused, match="Only the same lab's"):
        corrected(commitment, successor=successor, relation="replaced")


def test_nothing_follows_itself_round_a_ring():
    lab = make_lab()
    older = make_commitment(lab=lab)
    newer = make_commitment(lab=lab, successor=older, relation="restated")
    with pytest.raises(Refused, match="succeed one another in a ring"):
        corrected(older, successor=newer, relation="restated")
    source = make_source()
    through = make_source(read_via=source)
    with pytest.raises(Refused, match="read via one another in a ring"):
        corrected(source, read_via=through)


def test_an_edition_of_any_number_is_counted_not_listed():
    commitment = make_commitment(draft=True, criteria=0)
    make_criterion(commitment=commitment, position=1, edition=2_000_000_000)
    with pytest.raises(Refused, match="numbered from 1"):
        publish(commitment, by=EDITOR)


def test_no_full_name_passes_for_another_account():
    user = make_user("Reviewers", name="rita")
    user.first_name, user.last_name = "seed", "files"
    assert Actor.of(user).name == "seed files (rita)"
    user.first_name = user.last_name = "x" * 150
    assert len(Actor.of(user).name) == 200
    assert Actor.of(user).name.endswith(" (rita)")


def test_nothing_new_rests_on_what_was_retracted():
    source = make_source()
    retract(source, by=EDITOR, reason="It was a forgery.")
    commitment = make_commitment(draft=True, reported_by=source)
    with pytest.raises(Refused, match="was retracted"):
        publish(commitment, by=EDITOR)
