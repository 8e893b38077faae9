"""What readers may see, as of a day."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_quotation,
    make_reply,
    make_source,
)
from tests.reading.one_by_one import lab_standings
from tracker.commitments.models import LifecycleEvent
from tracker.curation.editing import begin, finish, retract
from tracker.curation.standing import mend
from tracker.reading.attribution import attributions
from tracker.reading.pages.assessments import assessment_page
from tracker.reading.pages.commitments import commitment_page
from tracker.reading.published import commitments, listed, outcomes
from tracker.reading.standing import in_rows, standings
from tracker.records.dates import today

pytestmark = pytest.mark.django_db


def only(day: date):
    (standing,) = standings(commitments(day))
    return standing


def test_drafts_and_retracted_records_are_not_there():
    make_commitment(draft=True)
    retract(make_commitment(), by=EDITOR, reason="A test.")
    assert not commitments(date(2030, 1, 1)).exists()


def test_a_commitment_is_there_from_the_day_by_which_it_was_surely_made():
    make_commitment(made_on="2024-02")
    assert not commitments(date(2024, 2, 28)).exists()
    assert commitments(date(2024, 2, 29)).exists()


def test_the_judgement_of_a_day_is_the_latest_in_effect_on_it():
    commitment = make_commitment(made_on="2023-01-01")
    first = make_assessment(
        commitment=commitment, values=["pending"], effective_on=date(2023, 6, 1)
    )
    make_assessment(
        commitment=commitment, values=["met"], effective_on=date(2024, 6, 1), supersedes=first
    )
    assert only(date(2023, 5, 31)).words == "not assessed"
    assert only(date(2023, 6, 1)).words == "not yet due"
    assert only(date(2024, 6, 1)).words == "reported kept"


def test_of_two_judgements_of_one_day_the_later_published_counts():
    commitment = make_commitment(made_on="2023-01-01")
    for value in ("met", "pending"):
        make_assessment(commitment=commitment, values=[value], effective_on=date(2024, 1, 1))
    assert only(date(2024, 1, 1)).verdict == "not_yet_due"


def test_a_draft_judgement_changes_nothing():
    commitment = make_commitment()
    make_assessment(commitment=commitment, values=["met"], draft=True)
    assert only(date(2030, 1, 1)).verdict == "not_assessed"


def test_the_lifecycle_of_a_day():
    commitment = make_commitment(made_on="2023-01-01")
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="It was dropped.")
        LifecycleEvent.objects.create(
            commitment=commitment, lifecycle="withdrawn", on="2024-05", source=make_source()
        )
        finish(edit, commitment)
    assert only(date(2024, 5, 30)).lifecycle == "in_force"
    assert only(date(2024, 5, 31)).lifecycle == "withdrawn"
    assert only(date(2024, 5, 31)).schedule == "closed"


def test_a_lifecycle_event_of_this_year_counts_today():
    commitment = make_commitment(made_on="2023-01-01")
    LifecycleEvent.objects.create(
        commitment=commitment, lifecycle="withdrawn", on=str(today().year), source=make_source()
    )
    mend()
    assert only(today()).lifecycle == "withdrawn"
    assert only(today()).schedule == "closed"


def test_a_denial_contests_the_verdict_from_the_day_it_came():
    commitment = make_commitment(made_on="2023-01-01")
    for month, value in ((1, "pending"), (4, "met")):
        make_assessment(commitment=commitment, values=[value], effective_on=date(2024, month, 1))
    denial: dict[str, Any] = {"status": "replied", "words": "No.", "denies": True}
    make_reply(commitment=commitment, received_on=date(2024, 5, 6), **denial)
    make_reply(commitment=commitment, received_on=date(2024, 3, 4), draft=True, **denial)
    assert [only(date(2024, 5, each)).contested for each in (5, 6)] == [False, True]
    # the judgement of January was over before the lab spoke
    history = commitment_page(commitment.slug, date(2024, 5, 6)).history
    assert [row.contested for row in history] == [True, False]
    slugs = [row.assessment.slug for row in history if row.assessment]
    pages = [assessment_page(slug, date(2024, 5, 6)) for slug in slugs]
    assert [page.detail.standing.contested for page in pages] == [True, False]


def test_an_aim_is_never_broken_and_what_was_measured_is_neither():
    for force, basis, words in (
        ("aim", "promised", "reported not reached"),
        ("promise", "measured", "reported criteria not met"),
        ("promise", "promised", "reported broken"),
    ):
        commitment = make_commitment(force=force, basis=basis)
        outcome = make_outcome(bears_on=commitment, direction="undermines")
        make_assessment(commitment=commitment, values=["not_met"], evidence=(outcome,))
        (standing,) = standings(commitments(date(2030, 1, 1)).filter(pk=commitment.pk))
        assert standing.words == words


def test_a_labs_score_leaves_out_what_was_measured_or_superseded():
    lab = make_lab()
    make_assessment(commitment=make_commitment(lab=lab), values=["met"])
    make_assessment(commitment=make_commitment(lab=lab, basis="measured"), values=["met"])
    make_commitment(lab=lab)
    (standing,) = lab_standings([lab], date(2030, 1, 1))
    assert (standing.score.rated, standing.score.total) == (1, 2)
    assert standing.score.percent is None
    assert len(standing.standings) == 3


@pytest.mark.parametrize("day", [date(2024, 6, 1), today()])
def test_rows_of_a_list_stand_as_their_commitments_do(day, django_assert_num_queries):
    lab = make_lab()
    judged = make_commitment(
        lab=lab, criteria=2, deadline_kind="by_date", deadline_due_on="2024-05-01"
    )
    make_assessment(commitment=judged, values=["met", "unverifiable"], effective_on="2024-05-02")
    make_commitment(lab=lab, force="aim", deadline_kind="by_date", deadline_due_on="2024-06-20")
    make_commitment(lab=lab, basis="measured", deadline_kind="trigger", deadline_trigger="a launch")
    spans = list(listed(day))
    whole = {each.commitment.pk: each for each in standings(commitments(day))}
    with django_assert_num_queries(2):
        rows = in_rows(spans, day)
        told = [(each.words, each.percent, each.contested, each.commitment.title) for each in rows]
    assert rows == [whole[each.commitment.pk] for each in rows] and len(rows) == 3
    assert told == [
        (each.words, each.percent, each.contested, each.commitment.title)
        for each in (whole[row.commitment.pk] for row in rows)
    ]


def test_an_outcome_is_there_once_its_interval_is_over():
    make_outcome(occurred_on="2024-05-15/2024-05-17")
    assert not outcomes(date(2024, 5, 16)).exists()
    assert outcomes(date(2024, 5, 17)).exists()


def test_words_are_confirmed_reported_or_disputed():
    primary = make_source(tier="primary_witness", archived_text="We promise an audit.")
    unread = make_source(tier="primary_witness")
    compiled = make_source(tier="tertiary")
    relayed = make_source(tier="primary_lab", read_via=compiled)
    confirmed = make_quotation(source=primary, check_status="verified")
    unchecked = make_quotation(source=primary, check_status="unchecked")
    reported = make_quotation(source=relayed, check_status="verified")
    claimed = make_quotation(source=unread, check_status="verified")
    disputed = make_quotation(source=primary, check_status="verified")
    make_discrepancy(quotations=(disputed, make_quotation(source=compiled)))
    found = attributions([confirmed, unchecked, reported, claimed, disputed])
    assert [found[each.pk] for each in (confirmed, unchecked, reported, claimed, disputed)] == [
        "confirmed", "reported", "reported", "reported", "disputed",
    ]  # fmt: skip
