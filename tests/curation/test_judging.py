"""Two people, one judgement: submitting, approving, importing, and what the rules refuse."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_outcome,
    make_reply,
    make_source,
    make_user,
)
from tracker.assessments.models import Assessment
from tracker.changes.models import Change
from tracker.curation.editing import Actor, Refused, begin, finish, publish
from tracker.curation.judging import approve, publish_imported, send_back, submit
from tracker.evidence.models import Bearing, Sourcing

pytestmark = pytest.mark.django_db


def newest() -> Change:
    return Change.objects.order_by("-sequence")[0]


def actors() -> tuple[Actor, Actor]:
    return Actor.of(make_user("Curators")), Actor.of(make_user("Reviewers"))


def test_one_writes_and_another_approves():
    author, reviewer = actors()
    commitment = make_commitment()
    draft = make_assessment(commitment=commitment, values=["met"], draft=True)
    submit(draft, by=author)
    approve(draft, by=reviewer)
    assessment = Assessment.objects.get()
    assert (assessment.state, assessment.origin) == ("published", "curated")
    assert (assessment.author, assessment.reviewer) == (author.user, reviewer.user)
    assert newest().kind == "assessment_published"
    assert newest().commitments == [commitment.slug]


def test_nobody_approves_their_own():
    _, reviewer = actors()
    draft = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    submit(draft, by=reviewer)
    with pytest.raises(Refused, match="Nobody approves their own"):
        approve(draft, by=reviewer)


def test_the_database_refuses_a_judgement_of_one_person():
    _, reviewer = actors()
    draft = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    mine = Assessment.objects.filter(pk=draft.pk)
    for people in (
        {"author": reviewer.user, "reviewer": reviewer.user},
        {"author": reviewer.user},
        {"author": None, "reviewer": None},
        {"origin": "imported", "batch": ""},
        {"origin": "imported", "batch": "x", "reviewer": reviewer.user},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            mine.update(state="published", published_at="2024-01-01T00:00Z", **people)


def test_a_curator_does_not_approve():
    author, _ = actors()
    other, _ = actors()
    draft = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    submit(draft, by=author)
    with pytest.raises(Refused, match="Reviewer right"):
        approve(draft, by=other)


def test_an_approval_is_bound_to_what_was_submitted():
    author, reviewer = actors()
    commitment = make_commitment()
    draft = make_assessment(commitment=commitment, values=["met"], draft=True)
    submit(draft, by=author)
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="A clearer reading.")
        commitment.obligation = "Publish two audits."
        commitment.save()
        finish(edit, commitment)
    with pytest.raises(Refused, match="changed since it was submitted"):
        approve(draft, by=reviewer)
    send_back(draft, by=author)
    submit(draft, by=author)
    approve(draft, by=reviewer)


def test_what_is_in_review_is_not_edited():
    author, _ = actors()
    draft = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    submit(draft, by=author)
    with pytest.raises(Refused, match="send it back"):
        begin(draft, by=EDITOR, reason="A typo.")


def test_an_assessment_is_not_published_like_other_records():
    draft = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    with pytest.raises(Refused, match="approved by another"):
        publish(draft, by=EDITOR)


def test_a_published_judgement_is_never_edited():
    assessment = make_assessment(commitment=make_commitment(), values=["met"])
    with pytest.raises(Refused, match="never edited"):
        begin(assessment, by=EDITOR, reason="A typo.")


def imported(draft):
    with transaction.atomic():
        publish_imported(draft, by=EDITOR, batch="tests")


def test_broken_needs_a_reply_or_a_public_reason_for_none():
    commitment = make_commitment()
    outcome = make_outcome(bears_on=commitment, direction="undermines")
    draft = make_assessment(
        commitment=commitment, values=["not_met"], evidence=(outcome,), draft=True, reply_waiver=""
    )
    with pytest.raises(Refused, match="reply asked of the lab"):
        imported(draft)


def test_not_met_does_not_rest_on_unnamed_sources_of_one_origin():
    commitment = make_commitment()
    outcome = make_outcome(bears_on=commitment, direction="undermines")
    Sourcing.objects.filter(outcome=outcome).update(unnamed=True)
    draft = make_assessment(
        commitment=commitment, values=["not_met"], evidence=(outcome,), draft=True
    )
    with pytest.raises(Refused, match="the finding is unverifiable"):
        imported(draft)


def test_not_met_does_not_rest_on_a_search_unless_publication_was_promised():
    commitment = make_commitment(criteria=1)
    outcome = make_outcome(
        bears_on=commitment,
        direction="undermines",
        kind="search",
        search_where="the lab's site",
        search_query="audit",
    )
    draft = make_assessment(
        commitment=commitment, values=["not_met"], evidence=(outcome,), draft=True
    )
    Sourcing.objects.filter(outcome=outcome).delete()
    with pytest.raises(Refused, match="cannot rest on a search alone"):
        imported(draft)
    commitment.criteria.update(publication_required=True)
    imported(draft)


def test_confidence_is_capped_by_the_evidence():
    commitment = make_commitment()
    one = make_outcome(bears_on=commitment)
    draft = make_assessment(
        commitment=commitment, values=["met"], evidence=(one,), confidence="medium", draft=True
    )
    with pytest.raises(Refused, match="at most low confidence"):
        imported(draft)
    two = make_outcome(bears_on=commitment)
    finding = draft.findings.get()
    finding.evidence.set(Bearing.objects.filter(outcome__in=(one, two)))
    imported(draft)
    assert Assessment.objects.get().ceiling == "medium"


def test_a_source_read_through_another_has_no_better_tier():
    commitment = make_commitment()
    compilation = make_source(tier="tertiary")
    witness = make_source(tier="primary_witness", read_via=compilation)
    outcome = make_outcome(bears_on=commitment, sources=(witness,))
    assessment = make_assessment(commitment=commitment, values=["met"], evidence=(outcome,))
    assert assessment.ceiling == "low"


def test_every_criterion_needs_a_finding():
    commitment = make_commitment(criteria=2)
    draft = make_assessment(commitment=commitment, values=["met", "met"], draft=True)
    draft.findings.order_by("id")[0].delete()
    with pytest.raises(Refused, match="Criterion 1 has no finding"):
        imported(draft)


def test_the_score_is_stored_with_its_working():
    commitment = make_commitment(criteria=3)
    assessment = make_assessment(commitment=commitment, values=["met", "unverifiable", "pending"])
    assert (assessment.low, assessment.high) == (Decimal("0.5"), Decimal(1))
    assert (assessment.verdict, assessment.provisional) == ("unresolved", True)
    assert float(assessment.coverage) == pytest.approx(1 / 3, abs=1e-6)
    assert assessment.working["low"] == "1/2"
    assert assessment.working["methodology"]["version"] == "v1"
    assert [line["value"] for line in assessment.working["lines"]] == [
        "met", "unverifiable", "pending",
    ]  # fmt: skip


def test_timeliness_compares_the_last_day_met_with_the_deadline():
    commitment = make_commitment(deadline_kind="by_date", deadline_due_on="2024-02")
    draft = make_assessment(commitment=commitment, values=["met"], draft=True)
    for met_on, expected in (
        ("2024-02-29", ("on_time", None)),
        ("2024-03-02", ("late", 2)),
        ("2024", ("not_applicable", None)),  # too vague to say
        ("", ("not_applicable", None)),
    ):
        finding = draft.findings.get()
        finding.met_on = met_on
        finding.save()
        with transaction.atomic():
            edit = begin(Assessment.objects.get(), by=EDITOR)
            finish(edit, draft)
        stored = Assessment.objects.get()
        assert (stored.timeliness, stored.days_late) == expected, met_on


def test_rescore_finds_a_score_that_was_tampered_with(capsys):
    assessment = make_assessment(
        commitment=make_commitment(), values=["met"], effective_on=date(2024, 1, 1)
    )
    call_command("rescore", "--check")
    assert "no difference" in capsys.readouterr().out
    Assessment.objects.filter(pk=assessment.pk).update(low="0.5")
    with pytest.raises(CommandError, match="low"):
        call_command("rescore", "--check")


def test_an_approval_binds_the_tiers_that_the_confidence_rests_on():
    author, reviewer = actors()
    commitment = make_commitment()
    source = make_source(tier="primary_witness")
    outcome = make_outcome(bears_on=commitment, sources=(source,))
    draft = make_assessment(
        commitment=commitment,
        values=["met"],
        evidence=(outcome,),
        confidence="medium",
        draft=True,
    )
    submit(draft, by=author)
    with transaction.atomic():
        edit = begin(source, by=EDITOR, reason="It only compiles others.")
        source.tier = "tertiary"
        source.save()
        finish(edit, source)
    with pytest.raises(Refused, match="changed since it was submitted"):
        approve(draft, by=reviewer)


def test_a_corrected_tier_leaves_the_stored_scores_true():
    commitment = make_commitment()
    source = make_source(tier="primary_witness")
    outcome = make_outcome(bears_on=commitment, sources=(source,))
    make_assessment(commitment=commitment, values=["met"], evidence=(outcome,), confidence="medium")
    with transaction.atomic():
        edit = begin(source, by=EDITOR, reason="It only compiles others.")
        source.tier = "tertiary"
        source.save()
        finish(edit, source)
    call_command("rescore", "--check")


def test_voices_are_followed_back_to_where_they_come_from():
    """Two papers, two middlemen, one leak: one voice."""
    commitment = make_commitment()
    leak = make_source()
    middlemen = [make_source(), make_source()]
    papers = [make_source(), make_source()]
    for middleman, paper in zip(middlemen, papers, strict=True):
        middleman.origins.add(leak)
        paper.origins.add(middleman)
    outcome = make_outcome(bears_on=commitment, sources=(papers[0], papers[1]))
    assessment = make_assessment(commitment=commitment, values=["met"], evidence=(outcome,))
    assert assessment.ceiling == "low"


def test_a_reply_that_is_only_a_draft_was_not_asked_for():
    commitment = make_commitment()
    outcome = make_outcome(bears_on=commitment, direction="undermines")
    make_reply(commitment=commitment, draft=True)
    draft = make_assessment(
        commitment=commitment, values=["not_met"], evidence=(outcome,), draft=True, reply_waiver=""
    )
    with pytest.raises(Refused, match="reply asked of the lab"):
        imported(draft)
    make_reply(commitment=commitment)
    imported(draft)


def test_a_denial_makes_the_verdict_contested():
    commitment = make_commitment()
    make_reply(
        commitment=commitment,
        status="replied",
        words="We did what we promised.",
        received_on=date(2024, 3, 1),
        denies=True,
    )
    draft = make_assessment(commitment=commitment, values=["pending"], draft=True)
    with pytest.raises(Refused, match="denies it"):
        imported(draft)


def test_a_judgement_does_not_take_effect_in_the_future():
    commitment = make_commitment()
    draft = make_assessment(
        commitment=commitment, values=["met"], draft=True, effective_on=date(2999, 1, 1)
    )
    with pytest.raises(Refused, match="takes effect today or earlier"):
        imported(draft)


def test_the_log_compares_a_judgement_with_the_one_that_held_on_its_day():
    commitment = make_commitment(made_on="2023-01-01")
    make_assessment(commitment=commitment, values=["pending"], effective_on=date(2023, 1, 1))
    make_assessment(commitment=commitment, values=["met"], effective_on=date(2024, 1, 1))
    make_assessment(commitment=commitment, values=["met"], effective_on=date(2023, 6, 1))
    before = json.loads(newest().body or "")["before"]
    assert before["verdict"] == "not_yet_due"


def test_a_finding_cites_evidence_that_bears_on_it_and_each_outcome_once():
    commitment = make_commitment(criteria=2)
    first, second = commitment.criteria.all()
    outcome = make_outcome(bears_on=commitment)
    on_second = Bearing.objects.create(
        outcome=outcome, commitment=commitment, criterion=second, direction="supports"
    )
    draft = make_assessment(commitment=commitment, values=["met", "met"], draft=True)
    finding = draft.findings.get(criterion=first)
    finding.evidence.set([on_second])
    with pytest.raises(Refused, match="bears on something else"):
        imported(draft)
    finding.evidence.clear()
    draft.findings.get(criterion=second).evidence.set(outcome.bearings.all())
    with pytest.raises(Refused, match="cited once"):
        imported(draft)


def test_evidence_is_public():
    commitment = make_commitment()
    outcome = make_outcome(bears_on=commitment, draft=True)
    draft = make_assessment(commitment=commitment, values=["met"], evidence=(outcome,), draft=True)
    with pytest.raises(Refused, match="evidence has to be"):
        imported(draft)


def test_nothing_is_met_after_the_day_of_the_judgement():
    draft = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    finding = draft.findings.get()
    finding.met_on = "9999"
    finding.save()
    with pytest.raises(Refused, match="cannot be met after"):
        imported(draft)


@pytest.mark.parametrize(
    ("column", "value"), [("deadline_note", None), ("force", "aim"), ("deadline_due_on", "2024-12")]
)
def test_an_approval_binds_what_the_commitment_is(column, value):
    author, reviewer = actors()
    commitment = make_commitment(deadline_kind="by_date", deadline_due_on="2024-02")
    draft = make_assessment(commitment=commitment, values=["met"], draft=True)
    submit(draft, by=author)
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="A correction.")
        setattr(commitment, column, value or "A clearer note.")
        commitment.save()
        finish(edit, commitment)
    if value is None:  # a note decides nothing
        approve(draft, by=reviewer)
    else:
        with pytest.raises(Refused, match="changed since it was submitted"):
            approve(draft, by=reviewer)
