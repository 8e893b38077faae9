"""The front page: what is overdue, what is disputed, and who is shown."""

from datetime import date, timedelta

import pytest

from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_lab,
    make_outcome,
)
from tests.web.markup import Markup
from tracker.reading.pages.home import LABS_SHOWN
from tracker.records.dates import today

pytestmark = pytest.mark.django_db


def front(client) -> str:
    markup = Markup(client.get("/").content.decode())
    assert markup.problems == []
    return markup.text


def section(said: str, heading: str, until: str) -> str:
    return said.partition(heading)[2].partition(until)[0]


def due(lab, days: int, title: str):
    day = (today() + timedelta(days)).isoformat()
    return make_commitment(lab=lab, title=title, deadline_kind="by_date", deadline_due_on=day)


def test_an_empty_record_says_so(client):
    said = front(client)
    assert "How 0 commitments stand" in said
    assert "Nothing has been published yet." in said
    assert "No promise on record has a day that lies ahead." in said
    assert "Nobody reads a verdict otherwise" in said


def test_what_is_overdue_comes_before_what_falls_due(client):
    lab = make_lab()
    for days, title in ((400, "Far"), (5, "Soon"), (-3, "Late"), (-300, "Very late")):
        due(lab, days, title)
    assert "All 2 overdue" not in front(client)
    said = section(front(client), "What falls due next", "What is disputed")
    places = [said.index(f"{title} Example Lab") for title in ("Very late", "Late", "Soon", "Far")]
    assert places == sorted(places)
    assert said.count("overdue") == 2
    assert said.count("due soon") == 1


def test_many_overdue_are_counted_and_some_shown(client):
    lab = make_lab()
    for days in range(1, 6):
        due(lab, -days, f"Late by {days}")
    said = section(front(client), "What falls due next", "What is disputed")
    assert "All 5 overdue" in said
    assert "Late by 5" in said
    assert "Late by 1" not in said
    assert client.get("/commitments/?schedule=overdue&sort=due").status_code == 200


def test_what_was_judged_is_overdue_no_more_and_a_study_never_is(client):
    lab = make_lab()
    make_assessment(commitment=due(lab, -3, "Kept in the end"), values=["met"])
    make_commitment(
        lab=lab, title="Measured", basis="measured", deadline_kind="by_date",
        deadline_due_on="2020-01-01",
    )  # fmt: skip
    said = section(front(client), "What falls due next", "What is disputed")
    assert "Kept in the end" not in said
    assert "Measured" not in said


def test_a_contested_verdict_names_the_other_and_who_holds_it(client):
    for title, value in (("Open", "unverifiable"), ("Decided", "not_met")):
        commitment = make_commitment(title=title)
        make_assessment(
            commitment=commitment, values=[value], effective_on=date(2024, 4, 1),
            evidence=(make_outcome(bears_on=commitment, direction="undermines"),),
            contest_verdict="kept", contest_held_by="A fair reader",
            contest_source=commitment.reported_by, contest_reading="It came.",
        )  # fmt: skip
    said = front(client).partition("What is disputed")[2]
    assert "It could also be read as kept. Held by: A fair reader" in said
    assert said.index("Decided") < said.index("Open")
    assert "All 2 contested verdicts" in said


def test_sources_that_differ_are_named(client):
    make_discrepancy(title="On which day it came")
    said = front(client).partition("What is disputed")[2]
    assert "On which day it came" in said
    assert "The one open discrepancy" in said
    assert "Verdicts that others read otherwise" not in said


def test_labs_without_promises_are_named_in_one_line(client):
    make_commitment(lab=make_lab(name="Example Lab A"))
    make_lab(name="Silent Example")
    said = section(front(client), "How the labs stand", "Latest changes")
    assert "No promise on record: Silent Example." in said
    assert "0 of 1 rated (0 %)" in said


def test_of_many_labs_those_that_promised_most_are_shown_by_name(client):
    labs = [make_lab(name=f"Example Lab {chr(65 + each)}") for each in range(LABS_SHOWN + 1)]
    for lab in labs:
        make_commitment(lab=lab)
    for lab in labs[1:]:
        make_commitment(lab=lab)
    said = section(front(client), "How the labs stand", "Latest changes")
    assert "Example Lab A" not in said
    assert said.index("Example Lab B") < said.index("Example Lab C")
    assert f"All {LABS_SHOWN + 1} labs with promises on record" in said


def test_each_count_leads_to_its_commitments(client):
    for slug, title in (("example-a", "Weights"), ("example-b", "Audits")):
        commitment = make_commitment(lab=make_lab(slug=slug), title=title)
        seen = make_outcome(bears_on=commitment, direction="undermines")
        make_assessment(commitment=commitment, values=["not_met"], evidence=(seen,))
        make_commitment(lab=commitment.lab, title=f"{title} of an open kind")
    links = Markup(client.get("/").content.decode()).links
    everywhere = "/commitments/?counted=broken"
    assert {everywhere, f"{everywhere}&lab=example-a"} <= set(links)
    listed = Markup(client.get(f"{everywhere}&lab=example-a").content.decode()).text
    assert "1 commitment " in listed
    assert "Weights of" not in listed
