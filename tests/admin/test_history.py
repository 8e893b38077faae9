"""The history of a record is its changes; an old value is taken back as a new correction."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from tests.admin.forms import address, last_change, save, signed_in
from tests.builders import make_assessment, make_commitment, make_lab, make_source, make_user
from tracker.changes.models import Change

pytestmark = pytest.mark.django_db


def corrected(reviewer, record, **typed):
    response = save(reviewer, address(record), reason="A better reading.", **typed)
    assert response.status_code == 302
    record.refresh_from_db()
    return last_change()


def take_back_address(record, change, field):
    name = f"admin:tracker_{record._meta.model_name}_take_back"
    return f"{reverse(name, args=[record.pk, change.sequence])}?field={field}"


def take_back(client, record, change, field, **typed):
    url = take_back_address(record, change, field)
    form = client.get(url).context["form"]
    seen = {name: form[name].value() for name in ("seen_version", "seen_words")}
    return client.post(url, seen | {"reason": "The old one was right."} | typed)


def test_a_correction_is_shown_field_by_field_with_a_button(reviewer):
    commitment = make_commitment(title="Old title")
    change = corrected(
        reviewer, commitment, title="New title", criteria__0__evidence_needed="Two audits."
    )
    page = reviewer.get(address(commitment, "history")).content.decode()
    for words in ("Old title", "New title", "A better reading.", "rita", "Two audits."):
        assert words in page
    for field in ("title", "criteria"):
        assert take_back_address(commitment, change, field) in page


def test_an_old_value_comes_back_as_a_new_correction(reviewer):
    commitment = make_commitment(title="Old title")
    change = corrected(reviewer, commitment, title="New title", reading="Kept.")
    asked = reviewer.get(take_back_address(commitment, change, "title"))
    assert "New title" in asked.content.decode() and "Old title" in asked.content.decode()
    assert Change.objects.latest("sequence") == change  # asking does nothing
    response = take_back(reviewer, commitment, change, "title")
    assert response.status_code == 302
    commitment.refresh_from_db()
    assert (commitment.title, commitment.reading) == ("Old title", "Kept.")
    entry = last_change()
    assert (entry.kind, entry.reason, entry.actor) == (
        "commitment_corrected",
        "The old one was right.",
        "rita",
    )


def test_groups_rows_and_lists_come_back_too(reviewer):
    origin, another = make_source(), make_source()
    source = make_source()
    change = corrected(reviewer, source, origins=[origin.pk])
    change = corrected(reviewer, source, origins=[another.pk])
    assert take_back(reviewer, source, change, "origins").status_code == 302
    assert list(source.origins.all()) == [origin]
    commitment = make_commitment(criteria=1)
    change = corrected(
        reviewer, commitment, criteria__0__question="Another?", deadline_note="A note."
    )
    assert take_back(reviewer, commitment, change, "criteria").status_code == 302
    assert commitment.criteria.get().question == "Is part 1 done?"
    assert take_back(reviewer, commitment, change, "deadline.note").status_code == 302
    commitment.refresh_from_db()
    assert commitment.deadline_note == ""


def test_without_a_reason_or_another_value_nothing_happens(reviewer):
    commitment = make_commitment(title="Old title")
    change = corrected(reviewer, commitment, title="New title")
    response = take_back(reviewer, commitment, change, "title", reason=" ")
    assert response.status_code == 200 and "Nothing was changed" in response.content.decode()
    for field in ("slug", "nonsense", "title.x", "", "criteria"):
        assert take_back(reviewer, commitment, change, field).status_code == 200
    assert last_change() == change
    other = make_commitment()
    assert take_back(reviewer, other, change, "title").status_code == 200
    missing = take_back_address(commitment, change, "title").replace(
        f"/{change.sequence}/", f"/{10**30}/"
    )
    assert reviewer.get(missing).status_code == 404
    assert last_change().kind == "commitment_published"


def test_what_a_rule_forbids_is_not_taken_back(reviewer):
    commitment = make_commitment()
    change = corrected(reviewer, commitment, criteria__0__question="Another?")
    make_assessment(commitment=commitment, values=["met"])
    response = take_back(reviewer, commitment, change, "criteria")
    assert "frozen" in response.content.decode()
    assert commitment.criteria.get().question == "Another?"


def test_a_stale_taking_back_shows_what_changed_and_goes_on_when_looked_at(reviewer):
    lab = make_lab(name="Old name")
    change = corrected(reviewer, lab, name="New name")
    url = take_back_address(lab, change, "name")
    form = reviewer.get(url).context["form"]
    seen = {name: form[name].value() for name in ("seen_version", "seen_words")}
    save(signed_in(make_user("Reviewers", name="theo")), address(lab), reason="x", summary="New.")
    response = reviewer.post(url, seen | {"reason": "Mine."})
    newer = response.context["form"].newer
    assert newer.who == "theo" and ("summary", "", "New.") in newer.fields
    assert "What theo changed" in response.content.decode()
    looked = {"newer_version": newer.newer_version, "newer_words": newer.newer_words}
    assert reviewer.post(url, seen | looked | {"reason": "Mine."}).status_code == 200
    reviewer.post(url, seen | looked | {"reason": "Mine.", "looked": "on"})
    lab.refresh_from_db()
    assert (lab.name, lab.summary) == ("Old name", "New.")


def test_curators_see_the_history_and_take_nothing_back(reviewer):
    lab = make_lab(name="Old name")
    change = corrected(reviewer, lab, name="New name")
    curator = signed_in(make_user("Curators"))
    page = curator.get(address(lab, "history")).content.decode()
    assert "Old name" in page and "take-back" not in page
    url = take_back_address(lab, change, "name")
    assert curator.get(url).status_code == 403
    assert curator.post(url, {"seen_version": 3, "reason": "Mine."}).status_code == 403
    lab.refresh_from_db()
    assert lab.name == "New name"


def test_a_published_assessment_has_a_history_and_nothing_to_take_back(reviewer):
    assessment = make_assessment(commitment=make_commitment(), values=["met"])
    page = reviewer.get(address(assessment, "history")).content.decode()
    assert "is judged as of" in page and "take-back" not in page
    url = take_back_address(assessment, last_change(), "rationale")
    assert reviewer.get(url).status_code == 403


def test_both_logs_outlive_the_account():
    rita = make_user("Reviewers", name="rita")
    draft, public = make_lab(draft=True), make_lab(name="Old name")
    save(signed_in(rita), address(draft), name="New name")
    corrected(signed_in(rita), public, name="Newer name")
    rita.is_active = False
    rita.save()
    assert LogEntry.objects.filter(user=rita).count() == 2
    curator = signed_in(make_user("Curators"))
    page = curator.get(address(draft, "history")).content.decode()
    assert "rita" in page and "Changed Name" in page and "What readers" not in page
    page = curator.get(address(public, "history")).content.decode()
    assert page.count("rita") >= 2 and "Newer name" in page
