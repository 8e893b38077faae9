"""What lists are narrowed and sorted by."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.http import QueryDict

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_source,
)
from tests.reading.one_by_one import lab_standings
from tracker.commitments.models import LifecycleEvent
from tracker.curation.editing import retract
from tracker.curation.standing import mend
from tracker.reading.filtering import BadParameter, only, strict
from tracker.reading.filters import CommitmentFilter
from tracker.reading.pages.people import person_page
from tracker.reading.pages.pledges import pledges
from tracker.reading.published import listed
from tracker.reading.standing import CountedAs
from tracker.records.dates import today
from tracker.sources.models import Quotation
from tracker.web.tally import tally


def sorted_by(query: str) -> list[str]:
    rows = strict(CommitmentFilter, QueryDict(query), listed(date(2030, 1, 1))).qs
    return [row.title for row in rows]


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["sort=lab,newest", "sort=-lab", "sort=", "sort=random"])
def test_a_list_is_sorted_in_one_way_or_refused(query):
    make_commitment(title="One")
    if query == "sort=":
        assert sorted_by(query) == ["One"]
        return
    with pytest.raises(BadParameter, match="sort: Choose one of: lab, newest"):
        sorted_by(query)


@pytest.mark.django_db
def test_what_has_no_day_comes_last():
    make_commitment(title="Undated")
    make_commitment(title="Dated", deadline_kind="by_date", deadline_due_on="2027")
    assert sorted_by("sort=due") == ["Dated", "Undated"]


@pytest.mark.django_db
def test_pledges_and_quotations_without_a_date_come_last_too():
    make_pledge(title="Undated")
    make_pledge(title="Dated", issued_on="2024")
    assert [pledge.title for pledge in pledges()] == ["Dated", "Undated"]
    person = make_person()
    for said_on in ("", "2024"):
        make_quotation(speaker=person, said_on=said_on)
    page = person_page(person.slug, date(2030, 1, 1))
    assert [each.said_on for each in page.quotations] == ["2024", ""]


@pytest.mark.django_db
def test_words_are_found_while_they_are_published():
    quotation = make_quotation(exact="We promise a marvellous audit.")
    make_commitment(title="One", words=quotation)
    make_commitment(title="Two", reported_words="that it would publish a splendid audit")
    assert sorted_by("q=marvellous+audit") == ["One"]
    assert sorted_by("q=splendid") == ["Two"]
    Quotation.objects.update(state="retracted")  # only while nothing published needs it
    assert sorted_by("q=marvellous") == []
    assert set(sorted_by("q=publish")) == {"One", "Two"}  # by the obligation, as before
    Quotation.objects.update(state="draft")
    assert sorted_by("q=marvellous") == []


def test_a_parameter_is_known_and_given_once():
    only(QueryDict("page=1"), "page")
    with pytest.raises(BadParameter, match="x: is not a parameter of this page"):
        only(QueryDict("x=1"))
    with pytest.raises(BadParameter, match="page: is given more than once"):
        only(QueryDict("page=1&page=2"), "page")


@pytest.mark.django_db
def test_the_log_can_still_be_narrowed_to_what_was_retracted(client):
    lab, draft = make_lab(), make_lab(draft=True)
    with transaction.atomic():
        retract(lab, by=EDITOR, reason="It never existed.")
    said = client.get("/changes/", {"lab": lab.slug})
    assert said.status_code == 200
    assert "It never existed." in said.content.decode()
    assert client.get("/changes/", {"lab": draft.slug}).status_code == 400
    assert client.get("/commitments/", {"lab": lab.slug}).status_code == 400


@pytest.mark.django_db
def test_each_number_of_a_lab_lists_just_what_it_counts():
    lab = make_lab()
    verdicts = {"kept": "met", "broken": "not_met", "unresolved": "unverifiable"}
    for verdict, value in verdicts.items():
        for force, basis in (("promise", "promised"), ("aim", "promised"), ("promise", "measured")):
            commitment = make_commitment(lab=lab, force=force, basis=basis, title=verdict)
            seen = make_outcome(bears_on=commitment)
            make_assessment(commitment=commitment, values=[value], evidence=(seen,))
    make_commitment(lab=lab)  # not assessed
    gone = make_commitment(lab=lab)
    LifecycleEvent.objects.create(
        commitment=gone, lifecycle="superseded", on="2024-05-06", source=make_source()
    )
    mend()
    (standing,) = lab_standings([lab], today())

    def of_them(value: str) -> int:
        rows = listed(today())
        return len(strict(CommitmentFilter, QueryDict(f"counted={value}"), rows).qs)

    assert {each.tone: each.count for each in tally(standing.standings)} == {
        value: of_them(value) for value in CountedAs.values if of_them(value)
    }
    assert of_them("unreached") == 1
    assert of_them("any") == standing.score.total == 7


@pytest.mark.django_db
def test_the_contested_are_those_whose_judgement_in_force_names_another_reading():
    make_assessment(commitment=make_commitment(title="Of another lab"), values=["met"])
    none: dict[str, Any] = {}
    contest: dict[str, Any] = {
        "contest_verdict": "broken", "contest_held_by": "A reader",
        "contest_source": make_source(), "contest_reading": "It was done.",
    }  # fmt: skip
    for title, before, now in (
        ("Contested", none, contest), ("No more", contest, none), ("Never", none, none)
    ):  # fmt: skip
        commitment = make_commitment(title=title)
        make_assessment(commitment=commitment, values=["met"], **before)
        make_assessment(commitment=commitment, values=["met"], effective_on=date(2024, 5, 6), **now)
    assert sorted_by("contested=true") == ["Contested"]
    assert set(sorted_by("contested=false")) == {"Of another lab", "No more", "Never"}
