"""Forged forms and addresses get a message, never a broken page."""

import pytest
from django.urls import reverse

from tests.admin.forms import add_address, address, as_shown, list_address, messages, signed_in
from tests.builders import make_commitment, make_lab, make_source, make_user
from tracker.assessments.models import Assessment
from tracker.labs.models import Lab

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("chosen", ["abc", "²", "٣", "\x00", "", "9" * 30, "-1", "1.5"])
@pytest.mark.parametrize("action", ["publish_together", "submit_together"])
def test_a_forged_selection_is_a_message(reviewer, chosen, action):
    model = Assessment if action == "submit_together" else Lab
    for confirmed in ({}, {"confirmed": "yes"}):
        forged = {"action": action, "_selected_action": ["1", chosen]} | confirmed
        answer = reviewer.post(list_address(model), forged, follow=True)
        assert answer.status_code == 200
        assert "names no record of this list" in " ".join(messages(answer))


@pytest.mark.parametrize(("name", "status"), [("", 200), ("nonsense", 400), ("archived_text", 400)])
def test_the_field_that_an_address_refers_by_is_empty_or_allowed(reviewer, name, status):
    source = make_source(draft=True)
    for url in (address(source), address(source, "delete")):
        assert reviewer.get(url, {"_to_field": name, "_popup": "1"}).status_code == status
        answer = reviewer.post(f"{url}?_to_field={name}", {"_to_field": name})
        assert answer.status_code in ((200, 302) if status == 200 else (400,))
    assert reviewer.get(add_address(type(source)), {"_to_field": name}).status_code == status


def test_one_pages_seal_is_nothing_to_another(reviewer):
    lab, commitment = make_lab(draft=True), make_commitment(draft=True)
    page_seal = reviewer.get(address(lab, "publish")).context["form"].initial["seen_words"]
    typed = as_shown(reviewer.get(address(commitment)))
    for seal in (page_seal, as_shown(reviewer.get(address(lab)))["seen_words"], "forged", ""):
        stale = typed | {"seen_version": "0", "seen_words": seal}
        answer = reviewer.post(address(commitment), stale)
        assert answer.status_code == 200 and "version" in answer.content.decode()
    step = {"seen_version": "0", "seen_words": typed["seen_words"]}
    answer = reviewer.post(address(commitment, "publish"), step)
    assert answer.status_code == 200 and "Somebody else saved" in answer.content.decode()


def test_a_seal_on_what_can_no_longer_be_edited_is_opened_only_by_its_own_page():
    lab, public = make_lab(draft=True), make_lab()
    reviewer = signed_in(make_user("Reviewers"))
    seal = reviewer.get(address(lab, "publish")).context["form"].initial["seen_words"]
    forged = {"seen_version": "0", "seen_words": seal, "name": "Another"}
    answer = signed_in(make_user("Curators")).post(address(public), forged)
    assert answer.status_code == 403


def test_after_the_password_comes_the_desk_wherever_else_one_was_sent(client):
    make_user("Curators", name="cora")
    words = {"username": "cora", "password": "a long made-up password"}
    answer = client.post(reverse("admin:login"), words | {"next": "//evil.example"})
    assert answer.status_code == 302 and answer.url == reverse("admin:index")


@pytest.mark.parametrize("name", ["\u200b", "\ufeff", "\u3164", "Exa\u00admple", "A\U000e0041"])
def test_an_invisible_name_is_refused_at_its_field(name):
    client = signed_in(make_user("Curators"))
    for said in (name, f"Example{name}"):
        typed = {"slug": "new-lab", "name": said, "kind": "ai_lab"}
        answer = client.post(add_address(Lab), typed)
        errors = answer.context["adminform"].form.errors
        assert list(errors) == ["name"] and "cannot be shown" in errors["name"][0]
    assert not Lab.objects.exists()
