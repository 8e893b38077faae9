"""Bad input gets a clear message, changes nothing and is never a 500, on either database."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.admin.forms import (
    add_address,
    address,
    errors,
    list_address,
    save,
)
from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_quotation,
    make_source,
)
from tracker.changes.models import Change
from tracker.commitments.models import Commitment
from tracker.curation.roles import NOUNS
from tracker.evidence.models import Outcome
from tracker.labs.models import Lab
from tracker.records.plain import to_plain
from tracker.sources.models import Quotation, Source

pytestmark = pytest.mark.django_db

HUGE = "9" * 40
MEGABYTE = "x" * 1_000_000


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"made_on": "2024-02-30"}, "February 2024 has the days 01 to 29"),
        ({"made_on": "yesterday"}, "is not a date for the record"),
        ({"made_on": "0000"}, "years run from 0001 to 9999"),
        ({"made_on": "2024-03/2024-02"}, "ends before it begins"),
        ({"title": "An au\x00dit"}, "Null characters are not allowed"),
        ({"title": "An au\x0cdit"}, "U+000C, which cannot be shown"),
        ({"title": "An au\ndit"}, "U+000A, which cannot be shown"),
        ({"obligation": "An au\x0bdit"}, "U+000B, which cannot be shown"),
        ({"obligation": "An au\uffffdit"}, "U+FFFF, which cannot be shown"),
        ({"obligation": MEGABYTE}, "at most 20000 characters (it has 1000000)"),
        ({"title": "x" * 301}, "at most 300 characters (it has 301)"),
        ({"title": ""}, "This field is required"),
        ({"reason": MEGABYTE}, "at most 20000 characters"),
        ({"reason": "Be\x1bcause"}, "U+001B, which cannot be shown"),
        ({"lab": "abc"}, "not one of the available choices"),
        ({"lab": HUGE}, "not one of the available choices"),
        ({"lab": "-1"}, "not one of the available choices"),
        ({"lab": "\x00"}, "Null characters are not allowed"),
        ({"force": "oath"}, "not one of the available choices"),
        ({"deadline_kind": "by_date"}, "needs the day it is due on"),
        (
            {"deadline_kind": "recurring", "deadline_due_on": "2027", "deadline_period": "yearly"},
            "is not a period",
        ),
        ({"successor": "0"}, "not one of the available choices"),
        ({"relation": "weakened"}, "Give a successor"),
        ({"next_review_on": "2024-02-30"}, "Enter a valid date"),
        ({"criteria__0__weight": "nan"}, "Enter a number"),
        ({"criteria__0__weight": "1e400"}, "no more than 7 digits"),
        ({"criteria__0__weight": "-1"}, "greater than or equal to 0.001"),
        ({"criteria__0__weight": "2"}, "A weight other than 1 needs a public reason"),
        ({"criteria__0__position": HUGE}, "less than or equal to"),
        ({"criteria__0__question": "Is it\x00?"}, "Null characters are not allowed"),
        ({"criteria__0__id": HUGE}, "not one of the available choices"),
        ({"criteria__0__id": "abc"}, "not one of the available choices"),
        ({"criteria__TOTAL_FORMS": "abc"}, "ManagementForm data is missing"),
        ({"criteria__TOTAL_FORMS": HUGE}, "at most"),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, dict) else "",
)
def test_a_bad_value_is_named_and_nothing_is_saved(reviewer, typed, said):
    commitment = make_commitment()
    before = to_plain(commitment)
    response = save(reviewer, address(commitment), **({"reason": "Because."} | typed))
    assert response.status_code == 200
    assert said in errors(response).replace("&#x27;", "'")
    assert to_plain(Commitment.objects.get()) == before
    assert Change.objects.filter(kind="commitment_corrected").count() == 0


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/", "no address", "//"]
)
def test_an_address_is_a_web_address(reviewer, url):
    response = save(
        reviewer, add_address(Lab), name="Example", slug="example", kind="other", website=url
    )
    assert response.status_code == 200
    assert "website" in response.context["adminform"].form.errors
    assert 'href="javascript:' not in response.content.decode()
    assert not Lab.objects.exists()


@pytest.mark.parametrize("slug", ["../etc", "Upper", "a--b", "a\n", "-", "x" * 121, "ä"])
def test_a_slug_is_lowercase_letters_digits_and_hyphens(reviewer, slug):
    response = save(reviewer, add_address(Lab), name="Example", slug=slug, kind="other")
    if slug == "a\n":  # a browser's line feed is trimmed
        assert Lab.objects.get().slug == "a"
        return
    assert response.status_code == 200 and "slug" in response.context["adminform"].form.errors
    assert not Lab.objects.exists()


def test_a_slug_that_is_taken_is_named(reviewer):
    lab = make_lab()
    response = save(reviewer, add_address(Lab), name="Another", slug=lab.slug, kind="other")
    assert "already exists" in errors(response)


@pytest.mark.parametrize("start", [HUGE, "-1", "1.5", "x"])
def test_a_position_is_a_number(reviewer, start):
    quotation = make_quotation(draft=True)
    response = save(reviewer, address(quotation), start=start)
    assert response.status_code == 200 and "start" in response.context["adminform"].form.errors


@pytest.mark.parametrize("value", [HUGE, "abc", "\x00", "-5"])
def test_forged_references_to_many_are_refused(reviewer, value):
    """Where the database itself cannot hold the number the answer is a 400, never a 500."""
    outcome = make_outcome(draft=True)
    response = save(reviewer, address(outcome), labs=[value])
    assert response.status_code in (200, 400)
    discrepancy = make_discrepancy(draft=True)
    assert save(reviewer, address(discrepancy), commitments=[value]).status_code in (200, 400)
    assert not Outcome.objects.get(pk=outcome.pk).labs.exists()


def test_forged_evidence_is_refused(reviewer):
    commitment = make_commitment()
    assessment = make_assessment(commitment=commitment, values=["met"], draft=True)
    other = make_outcome(bears_on=make_commitment())
    for value in (other.bearings.get().pk, HUGE, "abc"):
        response = save(reviewer, address(assessment), findings__0__evidence=[value])
        assert response.status_code in (200, 400)
    assert not assessment.findings.get().evidence.exists()


def test_a_finding_is_of_the_commitments_own_criteria(reviewer):
    assessment = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    other = make_commitment().criteria.get()
    response = save(reviewer, address(assessment), findings__0__criterion=other.pk)
    assert "not one of the available choices" in errors(response)


ADDRESSES: list[dict[str, str]] = [
    {"q": "\x00"},
    {"q": "x" * 5000},
    {"q": "a " * 3000},
    {"q": '"'},
    {"q": "(((a+)+)+)+$"},
    {"p": HUGE},
    {"p": "abc"},
    {"o": "99.-99.x"},
    {"state__exact": "\x00"},
    {"state__exact": "nonsense"},
    {"state__isnull": "nonsense"},
    {"_facets": "\x00"},
    {"e": "1"},
    {"_to_field": "id"},
]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.noun())
def test_every_address_of_a_list_is_answered(reviewer, noun):
    for query in ADDRESSES:
        answer = reviewer.get(list_address(noun), query, follow=True)
        assert answer.status_code in (200, 400), query


@pytest.mark.parametrize(
    ("noun", "lookup"),
    [
        (Source, "archived_text__regex"),
        (Source, "archived_text__contains"),
        (Source, "archived_text"),
        (Source, "title__regex"),
        (Source, "state__regex"),
        (Source, "state__startswith"),
        (Source, "lab__name__regex"),
        (Source, "read_via__archived_text__startswith"),
        (Quotation, "source__archived_text__contains"),
        (Commitment, "lab__id__gte"),
        (Commitment, "id__in"),
        (Change, "body__regex"),
        (Change, "reason__contains"),
    ],
)
def test_a_list_is_asked_only_what_its_filters_offer(reviewer, noun, lookup):
    make_source(archived_text="secret")
    assert reviewer.get(list_address(noun), {lookup: "s.*"}).status_code == 400


def test_the_filters_that_are_offered_work(reviewer):
    lab = make_lab()
    make_commitment(lab=lab)
    make_commitment()
    for query in ({"lab__id__exact": lab.pk}, {"verdict": "not_assessed", "q": lab.name}):
        found = reviewer.get(list_address(Commitment), query)
        assert found.context["cl"].result_count == 1
    broken = reviewer.get(list_address(Commitment), {"verdict": "broken"})
    assert broken.context["cl"].result_count == 0


@pytest.mark.parametrize("value", ["\x00", "abc", HUGE, "1" * 19, "-1", "1,2"])
def test_an_add_form_filled_in_by_its_address_opens(reviewer, value):
    for noun in NOUNS:
        fields = [each.name for each in noun._meta.get_fields() if each.concrete]
        response = reviewer.get(add_address(noun), dict.fromkeys(fields, value))
        assert response.status_code == 200, noun


@pytest.mark.parametrize("key", ["abc", HUGE, "-1", "%00", "0"])
@pytest.mark.parametrize("page", ["change", "delete", "history", "publish", "retract"])
def test_a_record_that_is_not_there_is_said_to_be_not_there(reviewer, key, page):
    response = reviewer.get(f"/admin/tracker/lab/{key}/{page}/", follow=True)
    assert response.status_code == 200
    assert "doesn’t exist" in response.content.decode()
    assert reviewer.post(f"/admin/tracker/lab/{key}/{page}/").status_code == 302


@pytest.mark.parametrize("term", ["\x00", "x" * 3000, "a " * 1500, "%_\\"])
def test_completion_survives_every_term(reviewer, term):
    asked = {"app_label": "tracker", "model_name": "commitment", "field_name": "lab", "term": term}
    assert reviewer.get(reverse("admin:autocomplete"), asked).status_code == 200
    assert reviewer.get(reverse("admin:autocomplete"), asked | {"page": HUGE}).status_code == 404


@pytest.mark.parametrize("version", ["", "x", HUGE, "0"])
def test_a_step_without_the_version_that_was_seen_is_not_taken(reviewer, version):
    lab = make_lab(draft=True)
    response = reviewer.post(address(lab, "publish"), {"seen_version": version, "reason": "x"})
    assert response.status_code == 200 and response.context["form"].errors
    assert Lab.objects.get().state == "draft"


@pytest.mark.parametrize("reason", ["a\x00b", "a\x0cb", MEGABYTE])
def test_a_step_refuses_a_bad_reason_and_keeps_it(reviewer, reason):
    lab = make_lab()
    answer = reviewer.post(address(lab, "retract"), {"seen_version": lab.version, "reason": reason})
    assert answer.status_code == 200 and "reason" in answer.context["form"].errors
    assert Lab.objects.get().state == "published"


@pytest.mark.parametrize("strict", [False, True])
def test_what_is_too_large_for_a_form_is_said_to_be_and_to_be_lost(strict, reviewer):
    """Also where the check for forgery is the first to read the form."""
    source = make_source(draft=True)
    client = Client(enforce_csrf_checks=strict)
    client.cookies = reviewer.cookies
    client.cookies["csrftoken"] = "a" * 32
    response = client.post(address(source), {"archived_text": MEGABYTE * 7})
    assert response.status_code == 413
    assert response["Cache-Control"] == "no-store, private"
    page = response.content.decode()
    assert "This is too large" in page and "nothing was saved" in page
    assert "save it as .txt and upload it" in page
    source.refresh_from_db()
    assert (source.version, source.archived_text) == (1, "")


def test_a_text_of_some_megabytes_can_be_pasted(reviewer):
    source = make_source(draft=True)
    response = save(reviewer, address(source), archived_text=MEGABYTE * 3)
    assert response.status_code == 302, errors(response)
    source.refresh_from_db()
    assert len(source.archived_text) == 3_000_000
