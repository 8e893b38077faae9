"""The tags of a lab at the desk: a part as any other, in its form, its history and its previews."""

import pytest

from tests.admin.forms import address, as_shown, errors, last_change, save, signed_in
from tests.builders import make_lab, make_user
from tracker.labs.models import Lab
from tracker.records.plain import to_plain

pytestmark = pytest.mark.django_db

NEW = {"tags__TOTAL_FORMS": "1", "tags__0__kind": "cohort", "tags__0__name": "Example cohort"}
PLAIN = {"kind": "cohort", "name": "Example cohort"}


@pytest.fixture
def reviewer():
    return signed_in(make_user("Reviewers", name="rita"))


def test_a_tag_is_added_in_public_and_with_a_reason(reviewer, client):
    lab = make_lab()
    page = save(reviewer, address(lab), **NEW)
    assert "Say in public why" in errors(page) and not lab.tags.exists()
    assert 'value="Example cohort"' in page.content.decode()
    assert save(reviewer, address(lab), **NEW, reason="It signed too.").status_code == 302
    assert to_plain(Lab.objects.get())["tags"] == [PLAIN]
    assert (last_change().subject_type, last_change().reason) == ("lab", "It signed too.")
    assert "Example cohort" in reviewer.get(address(lab, "history")).content.decode()
    assert "Example cohort" in client.get(lab.get_absolute_url()).content.decode()


def test_a_tag_that_is_there_already_or_none_is_refused(reviewer):
    lab = make_lab(draft=True)
    lab.tags.create(**PLAIN)
    more = {"tags__TOTAL_FORMS": "2", "tags__1__kind": "cohort"}
    assert save(reviewer, address(lab), **more, tags__1__name="Example cohort").status_code == 200
    assert save(reviewer, address(lab), **more, tags__1__name="").status_code == 200
    assert lab.tags.count() == 1
    shown = as_shown(reviewer.get(address(lab)))
    assert reviewer.post(address(lab), shown | {"tags-0-DELETE": "on", "_save": "1"}).url
    assert not lab.tags.exists()


def test_what_another_tagged_meanwhile_is_kept_and_shown(reviewer):
    lab = make_lab(draft=True)
    opened = as_shown(reviewer.get(address(lab)))
    save(signed_in(make_user("Reviewers", name="theo")), address(lab), **NEW)
    typed = {"summary": "A made-up lab.", "_save": "1"}
    page = reviewer.post(address(lab), opened | typed)
    assert "Somebody else saved this lab" in errors(page)
    merging = page.context["merging"]
    assert "Example cohort" in str([(each.new, each.label) for each in merging.differences])
    again = as_shown(page) | {
        "newer_version": merging.newer_version,
        "newer_words": merging.newer_words,
        "looked": "on",
        "_save": "1",
    }
    assert reviewer.post(address(lab), again).status_code == 302
    plain = to_plain(Lab.objects.get())
    assert (plain["summary"], plain["tags"]) == ("A made-up lab.", [PLAIN])


def test_a_preview_of_a_draft_shows_its_tags(reviewer):
    lab = make_lab(draft=True)
    lab.tags.create(**PLAIN)
    page = reviewer.get(address(lab))
    preview = page.context["preview_url"]
    assert "Example cohort" in reviewer.get(preview).content.decode()
