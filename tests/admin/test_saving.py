"""A save goes through curation: whole, logged in the same transaction, or not at all."""

import pytest
from django.contrib.admin.models import DELETION, LogEntry

from tests.admin.forms import (
    add_address,
    address,
    as_shown,
    errors,
    last_change,
    messages,
    save,
    signed_in,
)
from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_pledge,
    make_source,
    make_user,
)
from tracker.changes.models import Change
from tracker.commitments.models import Commitment, Pledge
from tracker.curation import editing
from tracker.labs.models import Lab
from tracker.records.plain import Problem
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db


def typed_commitment(**typed):
    return {
        "title": "Publish an audit by July 2027",
        "slug": "example-lab-audit",
        "category": "transparency",
        "reported_words": "that it would publish an audit",
        "made_on": "2024-01",
        "obligation": "Publish an audit.",
        "force": "promise",
        "deadline_kind": "by_date",
        "deadline_due_on": "2027-07",
        "criteria__0__position": "1",
        "criteria__0__question": "Did it publish the audit?",
        "criteria__0__evidence_needed": "The audit.",
    } | typed


def test_a_curator_writes_a_draft_with_its_parts_and_nothing_is_logged(curator):
    lab, source = make_lab(), make_source()
    before = Change.objects.count()
    response = save(
        curator,
        add_address(Commitment),
        **typed_commitment(lab=lab.pk, reported_by=source.pk),
    )
    assert response.status_code == 302, errors(response)
    commitment = Commitment.objects.get(slug="example-lab-audit")
    assert (commitment.state, commitment.version) == ("draft", 1)
    assert commitment.criteria.get().question == "Did it publish the audit?"
    assert Change.objects.count() == before
    assert LogEntry.objects.get().object_id == str(commitment.pk)


def test_a_draft_is_edited_without_a_reason(curator):
    commitment = make_commitment(draft=True)
    response = save(
        curator, address(commitment), title="Publish two audits", criteria__0__question="Did it?"
    )
    assert response.status_code == 302
    commitment.refresh_from_db()
    assert (commitment.title, commitment.version) == ("Publish two audits", 2)
    assert commitment.criteria.get().question == "Did it?"


def test_the_slug_is_fixed_once_saved(curator):
    lab = make_lab(draft=True)
    save(curator, address(lab), slug="another-slug", state="published", version="99", kind="other")
    after = Lab.objects.get()
    assert (after.slug, after.kind, after.state, after.version) == (lab.slug, "other", "draft", 2)


def test_a_correction_is_logged_with_its_reason_before_and_after(reviewer):
    commitment = make_commitment()
    response = save(
        reviewer,
        address(commitment),
        reason="The second audit was overlooked.",
        title="Publish two audits",
        criteria__0__evidence_needed="Both audits.",
    )
    assert response.status_code == 302, errors(response)
    change = last_change()
    assert (change.kind, change.actor) == ("commitment_corrected", "rita")
    assert change.reason == "The second audit was overlooked."
    assert "Publish two audits" in str(change.body) and "Both audits." in str(change.body)
    followed = reviewer.get(response.url)
    assert any(f"entry {change.sequence} of the log" in each for each in messages(followed))


def test_a_correction_without_a_reason_is_refused_and_keeps_every_word(reviewer):
    commitment = make_commitment()
    response = save(reviewer, address(commitment), title="Publish two audits", reason="  ")
    assert response.status_code == 200
    assert "Say in public why" in errors(response)
    assert "Publish two audits" in response.content.decode()
    assert last_change().kind == "commitment_published"


def test_saving_what_did_not_change_says_that_the_log_has_no_entry(reviewer):
    lab = make_lab()
    response = save(reviewer, address(lab), reason="Looked again.")
    assert Change.objects.count() == 1
    assert "no new entry" in " ".join(messages(reviewer.get(response.url)))


def test_what_curation_refuses_is_rolled_back_and_shown_at_its_field(reviewer):
    pledge = make_pledge(kind="open_call", checked_on="2027-01-02", clauses=1)
    response = save(
        reviewer,
        address(pledge),
        reason="Not checked after all.",
        checked_on="",
        title="A new title",
        clauses__0__title="A new ask",
    )
    assert response.status_code == 200
    form = response.context["adminform"].form
    assert form.errors["checked_on"] == ["An open call says when answers were last looked for."]
    page = response.content.decode()
    assert "A new title" in page and "A new ask" in page
    pledge = Pledge.objects.get()
    assert pledge.title != "A new title" and pledge.clauses.get().title == "Ask 1"
    assert pledge.version == 2 and Change.objects.count() == 1
    assert not LogEntry.objects.exists()


def test_what_curation_refuses_among_the_parts_is_shown_above_them(reviewer):
    discrepancy = make_discrepancy()
    response = save(
        reviewer,
        address(discrepancy),
        reason="One account was a copy.",
        accounts__1__DELETE="on",
    )
    (accounts,) = response.context["inline_admin_formsets"]
    assert accounts.non_form_errors() == ["A discrepancy needs at least two accounts."]
    assert discrepancy.accounts.count() == 2


def test_a_refusal_on_a_new_record_leaves_nothing_behind(curator, monkeypatch):
    def refuse(edit, record):
        assert Lab.objects.count() == 1
        raise editing.Refused(Problem(("kind",), "No."), Problem((), "Not at all."))

    monkeypatch.setattr("tracker.admin.base.finish", refuse)
    response = save(
        curator, add_address(Lab), name="Example Lab", slug="example-lab", kind="company"
    )
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["kind"] == ["No."]
    assert "Not at all." in response.content.decode()
    assert "Example Lab" in response.content.decode()
    assert not Lab.objects.exists() and not LogEntry.objects.exists()


def test_a_stale_save_is_refused_and_keeps_every_word(curator):
    commitment = make_commitment(draft=True)
    stale = as_shown(curator.get(address(commitment)))
    save(signed_in(make_user("Curators")), address(commitment), title="The other's title")
    response = curator.post(
        address(commitment),
        stale | {"title": "My title", "criteria-0-question": "My question?", "_save": "1"},
    )
    assert response.status_code == 200
    assert "Somebody else saved this commitment" in errors(response)
    page = response.content.decode()
    assert "My title" in page and "My question?" in page
    commitment.refresh_from_db()
    assert (commitment.title, commitment.version) == ("The other's title", 2)


def test_a_stale_save_keeps_the_words_of_a_row_that_somebody_deleted(curator):
    commitment = make_commitment(draft=True, criteria=2)
    stale = as_shown(curator.get(address(commitment)))
    save(signed_in(make_user("Curators")), address(commitment), criteria__0__DELETE="on")
    assert commitment.criteria.count() == 1
    response = curator.post(
        address(commitment),
        stale
        | {"criteria-0-question": "Mine, first?", "criteria-1-question": "Mine, second?"}
        | {"_save": "1"},
    )
    page = response.content.decode()
    assert "Somebody else saved this commitment" in page
    assert "Mine, first?" in page and "Mine, second?" in page


@pytest.mark.parametrize("version", ["", "nonsense", "-1", "9" * 40])
def test_no_version_no_save(curator, version):
    lab = make_lab(draft=True)
    response = save(curator, address(lab), seen_version=version, name="A new name")
    assert response.status_code == 200
    assert "version" in errors(response)
    assert Lab.objects.get().name != "A new name"


def test_a_lost_race_for_the_lock_is_a_stale_save(curator, monkeypatch):
    """Both forms passed validation; the second to lock the row is refused."""
    lab = make_lab(draft=True)

    def begin_late(record, **kwargs):
        Lab.objects.filter(pk=record.pk).update(version=7)
        return editing.begin(record, **kwargs)

    monkeypatch.setattr("tracker.admin.base.begin", begin_late)
    response = save(curator, address(lab), name="A new name")
    assert "Somebody else saved this lab" in errors(response)
    assert "A new name" in response.content.decode()
    assert Lab.objects.get().name != "A new name"


def test_a_collision_in_the_database_is_a_sentence(curator, monkeypatch):
    def collide(edit, record):
        Lab.objects.create(slug="example-lab", name="Another", kind="other")

    monkeypatch.setattr("tracker.admin.base.finish", collide)
    response = save(
        curator, add_address(Lab), name="Example Lab", slug="example-lab", kind="company"
    )
    assert "The database refused this" in errors(response)
    assert not Lab.objects.exists()


def test_new_clauses_come_after_the_old(curator):
    pledge = make_pledge(draft=True, clauses=2)
    save(
        curator,
        address(pledge),
        clauses__TOTAL_FORMS="4",
        clauses__2__number="3",
        clauses__2__title="Ask 3",
        clauses__3__number="4",
        clauses__3__title="Ask 4",
    )
    assert [clause.number for clause in pledge.clauses.all()] == ["1", "2", "3", "4"]


def test_a_frozen_criterion_is_refused(reviewer):
    commitment = make_commitment()
    make_assessment(commitment=commitment, values=["met"])
    response = save(
        reviewer,
        address(commitment),
        reason="A better question.",
        criteria__0__question="Something easier?",
    )
    assert "frozen" in errors(response)
    assert commitment.criteria.get().question == "Is part 1 done?"


def test_a_row_that_something_rests_on_is_not_taken_away(curator):
    commitment = make_commitment()
    make_assessment(commitment=commitment, values=["met"])
    reviewer = signed_in(make_user("Reviewers"))
    response = save(reviewer, address(commitment), reason="Gone.", criteria__0__DELETE="on")
    assert response.status_code == 200
    assert commitment.criteria.count() == 1


def test_a_row_needs_no_more_rights_than_its_record(curator):
    outcome = make_outcome(draft=True)
    commitment = make_commitment()
    response = save(
        curator,
        address(outcome),
        bearings__TOTAL_FORMS="1",
        bearings__0__direction="supports",
        bearings__0__commitment=commitment.pk,
    )
    assert response.status_code == 302, errors(response)
    assert outcome.bearings.get().commitment == commitment


def test_only_a_draft_is_deleted(curator):
    draft, public = make_commitment(draft=True), make_commitment()
    page = curator.get(address(draft, "delete")).content.decode()
    assert f'name="seen_version" value="{draft.version}"' in page
    typed = {"post": "yes", "seen_version": draft.version}
    assert curator.post(address(draft, "delete"), typed).status_code == 302
    assert not Commitment.objects.filter(pk=draft.pk).exists()
    for role in ("Curators", "Reviewers", "Stewards"):
        client = signed_in(make_user(role))
        assert client.post(address(public, "delete"), {"post": "yes"}).status_code == 403
    root = signed_in(make_user(superuser=True))
    assert root.post(address(public, "delete"), {"post": "yes"}).status_code == 403
    assert Commitment.objects.filter(pk=public.pk).exists()


@pytest.mark.parametrize("seen", [{"seen_version": 1}, {"seen_version": "x"}, {}])
def test_a_draft_that_somebody_changed_since_the_question_is_not_deleted(curator, seen):
    lab = make_lab(draft=True, summary="Old.")
    save(signed_in(make_user("Curators")), address(lab), summary="Theirs.")
    response = curator.post(address(lab, "delete"), {"post": "yes"} | seen, follow=True)
    assert response.redirect_chain[-1][0].endswith("/change/")
    assert "was not deleted" in " ".join(messages(response))
    assert Lab.objects.get(pk=lab.pk).summary == "Theirs."
    assert not LogEntry.objects.filter(object_id=lab.pk, action_flag=DELETION).exists()


def test_there_is_no_bulk_delete(curator):
    lab = make_lab(draft=True)
    url = address(lab, "change").replace(f"{lab.pk}/change/", "")
    curator.post(url, {"action": "delete_selected", "_selected_action": [lab.pk], "post": "yes"})
    assert Lab.objects.exists()


def test_the_archived_text_is_kept_and_measured(curator):
    response = save(
        curator,
        add_address(Source),
        title="An Open Letter",
        slug="an-open-letter",
        tier="secondary",
        archived_text="We promise\nan audit.",
        press="_continue",
    )
    source = Source.objects.get()
    assert source.archived_text == "We promise\nan audit."
    page = curator.get(response.url).content.decode()
    assert "20 characters, SHA-256 " in page


def test_a_stale_save_of_a_private_column_alone_is_refused(reviewer):
    source = make_source(archived_text="")
    stale = as_shown(reviewer.get(address(source)))
    save(reviewer, address(source), reason="Text found.", archived_text="The whole text.")
    response = reviewer.post(
        address(source), stale | {"reason": "Mine.", "archived_text": "Another.", "_save": "1"}
    )
    assert "Somebody else saved this source" in errors(response)
    assert Source.objects.get().archived_text == "The whole text."
