"""The Steward's page: find the words, see all that goes, say why; nothing by accident."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.admin.forms import address, list_address, signed_in
from tests.builders import EDITOR, make_lab, make_source, make_user
from tracker.changes.kinds import Kind
from tracker.changes.models import Change
from tracker.curation.editing import begin, finish, retract
from tracker.curation.redacting import MOST
from tracker.records.models import Record

pytestmark = pytest.mark.django_db

URL = "/admin/tracker/change/redact/"
SECRET = "Call Ada Example on 555 0100"
WHY = "It printed a private telephone number."


@pytest.fixture
def steward() -> Client:
    return signed_in(make_user("Stewards"))


def corrected(record: Record, **fields: Any) -> None:
    with transaction.atomic():
        edit = begin(record, by=EDITOR, reason="It was wrong.")
        for name, value in fields.items():
            setattr(record, name, value)
        record.save()
        finish(edit, record)


def gone(**fields: Any) -> tuple[Any, int]:
    """A retracted lab, and the number of the entry that published it."""
    lab = make_lab(**({"summary": SECRET} | fields))
    number = Change.objects.latest("sequence").pk
    retract(lab, by=EDITOR, reason="It was another.")
    return lab, number


def page_of(response: Any) -> BeautifulSoup:
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def as_posted(page: BeautifulSoup, press: str, **typed: Any) -> dict[str, Any]:
    """What a browser would post."""
    form: Any = page.select_one("#content-main form")
    data: dict[str, Any] = {}
    for each in form.select("input[name], textarea[name]"):
        kind = each.get("type")
        if kind == "submit" or (kind == "checkbox" and not each.has_attr("checked")):
            continue
        data.setdefault(each["name"], []).append(each.get("value") or each.text.strip())
    assert form.select_one(f"input[name={press}]"), press
    return data | {press: "1"} | typed


def is_redacted(number: int) -> bool:
    return Change.objects.get(pk=number).body is None


def test_from_an_entrys_page_to_its_redaction(steward):
    lab, number = gone()
    entry = page_of(steward.get(address(Change.objects.get(pk=number))))
    link: Any = entry.find("a", string="Redact…")
    choose = page_of(steward.get(link["href"]))
    confirm = page_of(steward.post(URL, as_posted(choose, "_look")))
    said = confirm.get_text()
    assert "This cannot be undone" in said
    assert SECRET in said  # in the entry, and in the retracted record's own row
    assert f"The retracted lab {lab.slug} itself" in said
    assert not is_redacted(number)
    answer = steward.post(URL, as_posted(confirm, "_redact", reason=WHY), follow=True)
    assert "1 entry is redacted." in page_of(answer).get_text()
    assert is_redacted(number)
    redaction = Change.objects.latest("sequence")
    assert (redaction.kind, redaction.reason) == (Kind.REDACTION, WHY)
    assert "Redact…" not in steward.get(address(Change.objects.get(pk=number))).content.decode()


def test_from_a_search_to_the_redaction_of_all_that_quotes_the_words(steward):
    lab = make_lab(summary=f"{SECRET}.")
    corrected(lab, summary="")
    make_lab(summary="Nothing of it.")
    choose = page_of(steward.get(URL))
    found = page_of(steward.post(URL, as_posted(choose, "_search", text="555 0100")))
    assert [each["value"] for each in found.select("input[type=checkbox]")] == ["2", "1"]
    ticked = page_of(steward.post(URL, as_posted(found, "_all")))
    confirm = page_of(steward.post(URL, as_posted(ticked, "_look")))
    steward.post(URL, as_posted(confirm, "_redact", reason=WHY))
    assert [is_redacted(number) for number in (1, 2, 3)] == [True, True, False]
    assert "555 0100" not in Change.objects.latest("sequence").header


def test_what_stays_readable_elsewhere_is_pointed_out(steward):
    lab = make_lab(summary=SECRET)
    corrected(lab, summary="")
    typed = {"text": "555 0100", "numbers": "1", "_look": "1"}
    said = page_of(steward.post(URL, typed)).get_text()
    assert "hold the same words and would stay as they are: 2." in said


def test_what_readers_still_see_cannot_be_ticked_or_forced(steward):
    lab = make_lab(summary=SECRET)
    found = page_of(steward.post(URL, {"text": "555 0100", "_search": "1"}))
    assert not found.select("input[type=checkbox]")
    assert "Correct or retract it first" in found.get_text()
    confirm = page_of(steward.post(URL, {"numbers": "1", "_look": "1"}))
    assert "Correct or retract it first" in confirm.get_text()
    assert not confirm.select("input[name=_redact]")
    forced = steward.post(URL, {"ticked": "1", "reason": WHY, "_redact": "1"})
    assert "Correct or retract it first" in page_of(forced).get_text()
    assert not is_redacted(1)
    assert lab.slug in page_of(forced).get_text()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Tick an entry, or give its number."),
        ({"numbers": "1x"}, "“1x” is no number of an entry"),
        ({"numbers": "0"}, "is no number of an entry"),
        ({"numbers": "9" * 30}, "is no number of an entry"),
        ({"ticked": "<b>"}, "is no number of an entry"),
        ({"numbers": "9223372036854775807"}, "Entry 9223372036854775807 is not in the log."),
        ({"numbers": " ".join(map(str, range(1, MOST + 2)))}, f"At most {MOST} entries"),
        ({"text": "a\x00b", "numbers": "1"}, "which cannot be shown"),
        ({"text": "a" * 501, "numbers": "1"}, "at most 500 characters"),
        ({"before": "9" * 30, "numbers": "1"}, "less than or equal to"),
    ],
)
def test_bad_input_gets_a_sentence_and_loses_nothing(steward, typed, said):
    gone()
    for press in ("_look", "_redact", "_search", "_further"):
        answer = steward.post(URL, {"reason": WHY, press: "1"} | typed)
        assert press != "_look" or said in page_of(answer).get_text()
        assert answer.status_code == 200
        assert not is_redacted(1)


def test_a_reason_is_asked_for_and_may_not_repeat_the_words(steward):
    _, number = gone()
    confirm = page_of(steward.post(URL, {"numbers": number, "text": "555 0100", "_look": "1"}))
    for reason, said in (("", "This field is required."), ("It said 555 0100.", "stays for ever")):
        answer = page_of(steward.post(URL, as_posted(confirm, "_redact", reason=reason)))
        assert said in answer.get_text()
        assert not is_redacted(number)
    typed: Any = answer.select_one("textarea[name=reason]")
    assert "It said 555 0100." in typed.text
    steward.post(URL, as_posted(answer, "_redact", reason=WHY))
    assert is_redacted(number)


def test_a_record_retracted_in_between_is_shown_before_it_is_emptied(steward):
    lab = make_lab(summary=SECRET)
    corrected(lab, summary="An example.")
    confirm = page_of(steward.post(URL, {"numbers": "1", "_look": "1"}))
    assert "itself, with what is private" not in confirm.get_text()
    lab.refresh_from_db()
    retract(lab, by=EDITOR, reason="It was another.")
    again = page_of(steward.post(URL, as_posted(confirm, "_redact", reason=WHY)))
    assert "look again" in again.get_text()
    assert "itself, with what is private" in again.get_text()
    lab.refresh_from_db()
    assert lab.summary == "An example."
    steward.post(URL, as_posted(again, "_redact", reason=WHY))
    lab.refresh_from_db()
    assert lab.summary == ""
    assert is_redacted(1)


def test_a_get_never_redacts(steward):
    _, number = gone()
    steward.get(URL, {"ticked": number, "reason": WHY, "_redact": "1"})
    assert not is_redacted(number)


def test_words_looked_for_stand_in_no_address_and_in_no_log(steward):
    _, number = gone()
    choose = page_of(steward.get(URL))
    form: Any = choose.select_one("#content-main form")
    assert form["method"] == "post"
    confirm = page_of(steward.post(URL, {"text": "555 0100", "numbers": number, "_look": "1"}))
    answer = steward.post(URL, as_posted(confirm, "_redact", reason=WHY))
    assert answer["Location"] == list_address(Change)
    last = Change.objects.latest("sequence")
    assert "555 0100" not in f"{last.body}{last.header}"


def test_a_long_private_text_is_shown_by_its_beginning_and_its_length(steward):
    source = make_source(archived_text="Private words. " * 1000)
    retract(source, by=EDITOR, reason="It was another.")
    text = page_of(steward.post(URL, {"numbers": "1", "_look": "1"})).get_text()
    assert "(15000 characters)" in text
    assert len(text) < 10_000


def test_the_log_and_the_history_of_a_redacted_record_are_still_shown(steward):
    lab, number = gone()
    steward.post(URL, as_posted(
        page_of(steward.post(URL, {"numbers": number, "_look": "1"})), "_redact", reason=WHY
    ))  # fmt: skip
    entry = address(Change.objects.get(pk=number))
    for url in (entry, list_address(Change), address(lab), address(lab, "history"), "/admin/"):
        page = page_of(steward.get(url)).get_text()
        assert SECRET not in page
    assert "redacted" in page_of(steward.get(entry)).get_text()


@pytest.mark.parametrize("role", ["", "Curators", "Reviewers"])
def test_nobody_else_sees_the_page_or_the_way_to_it(role):
    _, number = gone()
    client = signed_in(make_user(role))
    assert client.get(URL).status_code == 403
    for press in ("_search", "_look", "_redact"):
        typed = {"numbers": number, "text": "555", "reason": WHY, press: "1"}
        assert client.post(URL, typed).status_code == 403
    assert not is_redacted(number)
    for url in (address(Change.objects.get(pk=number)), list_address(Change)):
        assert "Redact…" not in client.get(url).content.decode()


def test_strangers_are_asked_to_sign_in(client):
    assert client.get(URL).status_code == 302
    assert client.post(URL, {"numbers": "1", "_redact": "1"}).status_code == 302
    assert reverse("admin:tracker_change_redact") == URL
