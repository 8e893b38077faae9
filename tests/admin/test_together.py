"""Several drafts at once: asked first, then all of them or none."""

import pytest

from tests.admin.forms import address, list_address, messages, save, signed_in
from tests.builders import (
    make_assessment,
    make_commitment,
    make_lab,
    make_source,
    make_user,
)
from tracker.assessments.models import Assessment
from tracker.changes.models import Change
from tracker.labs.models import Lab
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db


def ask(client, records, action="publish_together", **typed):
    data = {"action": action, "_selected_action": [each.pk for each in records]}
    return client.post(list_address(type(records[0])), data | typed)


def confirm(client, records, action="publish_together", **typed):
    page = ask(client, records, action)
    versions = {f"version-{each['record'].pk}": each["record"].version for each in _rows(page)}
    return ask(client, records, action, **(versions | {"confirmed": "yes"} | typed))


def _rows(page):
    return page.context["rows"]


def test_it_lists_what_will_happen_and_does_nothing(reviewer):
    labs = [make_lab(draft=True), make_lab(draft=True)]
    page = ask(reviewer, labs)
    assert page.status_code == 200
    for lab in labs:
        assert lab.name in page.content.decode()
    assert "Readers will see it at once" in page.content.decode()
    assert not Change.objects.exists()


def test_drafts_that_refer_to_one_another_are_published_together_with_one_message(reviewer):
    one, two = make_source(draft=True), make_source(draft=True)
    one.origins.set([two])
    two.origins.set([one])
    response = confirm(reviewer, [one, two], reason="Both are needed.")
    assert response.status_code == 302
    assert {each.state for each in Source.objects.all()} == {"published"}
    assert [each.reason for each in Change.objects.all()] == ["Both are needed."] * 2
    (message,) = messages(reviewer.get(response.url))
    assert "2 sources" in message


def test_all_or_nothing_with_the_reason_beside_each(reviewer):
    good, bad = make_commitment(draft=True), make_commitment(draft=True, criteria=0)
    before = Change.objects.count()
    response = confirm(reviewer, [good, bad])
    assert response.status_code == 200
    problems = {each["record"].pk: each["problems"] for each in _rows(response)}
    assert not problems[good.pk] and "needs a criterion" in str(problems[bad.pk][0])
    assert "all of them or none" in response.content.decode()
    good.refresh_from_db()
    assert good.state == "draft" and Change.objects.count() == before


def test_what_is_no_draft_or_has_changed_since_is_refused(reviewer):
    draft, public = make_lab(draft=True), make_lab()
    assert "Only a draft" in str(_rows(confirm(reviewer, [draft, public]))[1]["problems"])
    save(signed_in(make_user("Curators")), address(draft), name="Another name")
    stale = ask(reviewer, [draft], confirmed="yes", **{f"version-{draft.pk}": 1})
    assert "Somebody else saved" in str(_rows(stale)[0]["problems"])
    forged = ask(reviewer, [draft], confirmed="yes")
    assert _rows(forged)[0]["problems"]
    assert Lab.objects.get(pk=draft.pk).state == "draft"


def test_curators_submit_together_and_do_not_publish():
    curator = signed_in(make_user("Curators"))
    lab = make_lab(draft=True)
    ask(curator, [lab], confirmed="yes", **{f"version-{lab.pk}": 1})
    assert Lab.objects.get().state == "draft"
    commitments = [make_commitment(), make_commitment()]
    drafts = [make_assessment(commitment=each, values=["met"], draft=True) for each in commitments]
    response = confirm(curator, drafts, "submit_together")
    assert response.status_code == 302
    assert {each.state for each in Assessment.objects.all()} == {"in_review"}
    again = confirm(curator, drafts, "submit_together")
    assert all(each["problems"] for each in _rows(again))
    assert "publish_together" not in curator.get(list_address(Assessment)).content.decode()
