"""Every page of the admin opens, for every role, at a cost that does not grow with the record."""

from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.forms import add_address, address, list_address, signed_in
from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_reply,
    make_source,
    make_user,
)
from tracker.changes.models import Change
from tracker.commitments.models import Clause, Criterion
from tracker.curation.roles import NOUNS

pytestmark = pytest.mark.django_db

ROLES = ("Curators", "Reviewers", "Stewards")


def one_of_each(draft):
    lab = make_lab()
    person = make_person(lab=lab, draft=draft)
    via = make_source()
    source = make_source(lab=lab, read_via=via, archived_text="We promise an audit.", draft=draft)
    quotation = make_quotation(speaker=make_person(), source=make_source(), draft=draft)
    pledge = make_pledge(clauses=2, addressed=(lab,), source=via, draft=draft)
    commitment = make_commitment(
        lab=lab,
        criteria=2,
        words=quotation if not draft else None,
        reported_words="that it would",
        reported_by=via,
        draft=draft,
    )
    judged = commitment if not draft else make_commitment(lab=lab, criteria=2)
    outcome = make_outcome(bears_on=judged, sources=(via,), draft=draft)
    return [
        make_lab(draft=draft),
        person,
        source,
        quotation,
        pledge,
        commitment,
        make_indicator(source=via, draft=draft),
        outcome,
        make_discrepancy(commitments=(judged,), draft=draft),
        make_assessment(
            commitment=judged, values=["met", "pending"], evidence=(outcome,), draft=draft
        ),
        make_reply(commitment=judged, draft=draft),
    ]


@pytest.mark.parametrize("role", ROLES)
def test_every_add_form_and_list_opens(role):
    one_of_each(draft=False)
    client = signed_in(make_user(role))
    for noun in NOUNS:
        assert client.get(add_address(noun)).status_code == 200, noun
        assert client.get(list_address(noun)).status_code == 200, noun
        assert client.get(list_address(noun), {"q": "example"}).status_code == 200, noun
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize("draft", [True, False], ids=["draft", "published"])
@pytest.mark.parametrize("role", ROLES)
def test_every_form_opens(role, draft):
    client = signed_in(make_user(role))
    records = one_of_each(draft)
    assert {type(record) for record in records} == set(NOUNS)
    for record in records:
        response = client.get(address(record))
        assert response.status_code == 200, record
        may_change = draft or (role != "Curators" and record.noun() != "assessment")
        assert response.context["has_change_permission"] == may_change, record
        by_others = "A reviewer corrects it" in response.content.decode()
        assert by_others == (not may_change and record.noun() != "assessment"), record
        links = response.content.decode().count("viewsitelink")
        assert links == (0 if draft else 1), record


def test_only_superusers_see_roles_and_nobody_edits_the_log():
    make_lab()
    client = signed_in(make_user(superuser=True))
    change = Change.objects.get()
    assert client.get(list_address(Change)).status_code == 200
    page = client.get(address(change))
    assert page.status_code == 200 and not page.context["has_change_permission"]
    assert client.post(address(change), {"reason": "Mine"}).status_code == 403
    assert client.post(address(change, "delete"), {"post": "yes"}).status_code == 403
    assert client.get(reverse("admin:auth_group_changelist")).status_code == 200
    steward = signed_in(make_user("Stewards"))
    assert steward.get(reverse("admin:auth_group_changelist")).status_code == 403


@pytest.fixture(scope="module")
def costs_of_lists(django_db_setup, django_db_blocker):
    """How many queries each noun's list takes, with few records and with many; none stays."""

    def queries(noun):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(list_address(noun)).status_code == 200
        return len(captured)

    with django_db_blocker.unblock(), transaction.atomic():
        client = signed_in(make_user("Reviewers"))
        for _ in range(2):  # a filter shows from two choices up
            one_of_each(draft=False)
        for noun in NOUNS:
            queries(noun)  # content types are looked up once
        few = {noun: queries(noun) for noun in NOUNS}
        for _ in range(3):
            one_of_each(draft=False)
        many = {noun: queries(noun) for noun in NOUNS}
        transaction.set_rollback(True)
    return {noun: (few[noun], many[noun]) for noun in NOUNS}


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.noun())
def test_a_list_costs_the_same_however_long(costs_of_lists, noun):
    few, many = costs_of_lists[noun]
    assert many <= few
    assert few <= 21  # Django asks once more for each filter that counts


def test_the_log_costs_the_same_however_long():
    client = signed_in(make_user("Reviewers"))
    make_lab()

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(list_address(Change)).status_code == 200
        return len(captured)

    few = queries()
    one_of_each(draft=False)
    assert queries() == few


@pytest.mark.parametrize(
    ("noun", "words"),
    [(Clause, "Ask"), (Criterion, "part")],
    ids=["clause", "criterion"],
)
def test_parts_are_found_by_references_but_are_not_on_the_index(noun, words):
    make_pledge(clauses=1)
    make_commitment()
    client = signed_in(make_user("Curators"))
    source = "commitment" if noun is Clause else "bearing"
    found = client.get(
        reverse("admin:autocomplete"),
        {
            "app_label": "tracker",
            "model_name": source,
            "field_name": noun._meta.model_name,
            "term": words,
        },
    )
    assert len(found.json()["results"]) == 1
    assert list_address(noun) not in client.get(reverse("admin:index")).content.decode()


def test_references_complete_for_every_field_that_says_so():
    one_of_each(draft=False)
    client = signed_in(make_user("Curators"))
    for record in one_of_each(draft=True):
        page = client.get(address(record)).content.decode()
        assert page.count("admin-autocomplete") or record.noun() == "lab"


def test_the_archived_text_is_on_no_list_and_in_no_search():
    source = make_source(archived_text="unguessable words of the archive")
    make_quotation(source=source)
    client = signed_in(make_user("Curators"))
    with CaptureQueriesContext(connection) as captured:
        found = client.get(list_address(type(source)), {"q": "unguessable"})
        client.get(reverse("admin:tracker_quotation_changelist"))
    assert found.context["cl"].result_count == 0
    assert not any("archived_text" in query["sql"] for query in captured)


def test_a_form_of_an_assessment_shows_its_arithmetic():
    commitment = make_commitment(criteria=2)
    assessment = make_assessment(commitment=commitment, values=["met", "unverifiable"])
    page = signed_in(make_user("Curators")).get(address(assessment)).content.decode()
    assert "50 % to 100 %" in page
    assert "Is part 1 done?" in page
    assert "unresolved" in page


def test_a_commitment_offers_its_next_assessment_filled_in():
    commitment = make_commitment()
    client = signed_in(make_user("Curators"))
    page = client.get(address(commitment)).content.decode()
    link = f"{reverse('admin:tracker_assessment_add')}?commitment={commitment.pk}&amp;edition=1"
    assert link in page
    form = client.get(link.replace("&amp;", "&")).context["adminform"].form
    assert form["commitment"].value() == str(commitment.pk)
    assert isinstance(form["effective_on"].value(), date)
