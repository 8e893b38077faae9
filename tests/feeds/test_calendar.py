"""Deadlines as a calendar: each once, by its last day, the same bytes until the record changes."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_lab,
    make_source,
)
from tests.curation.redactions import STEWARD, WHY, take_back
from tests.feeds.entering import enter
from tracker.changes.models import Change
from tracker.commitments.models import LifecycleEvent
from tracker.curation.editing import begin, finish
from tracker.curation.redacting import redact

pytestmark = pytest.mark.django_db

URL = "/feeds/deadlines.ics"


def due(on="2027-07-05", **fields):
    return make_commitment(
        **({"deadline_kind": "by_date", "deadline_due_on": on, "deadline_basis": "stated"} | fields)
    )


def events(client, query=""):
    answer = client.get(URL + query)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    assert calendar.to_ical() == answer.content
    return {str(each["UID"]): each for each in calendar.walk("VEVENT")}


def event(client, query=""):
    (only,) = events(client, query).values()
    return only


def corrected(commitment, **values):
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="A slip of the pen.")
        for name, value in values.items():
            setattr(commitment, name, value)
        commitment.save()
        finish(edit, commitment)


def test_a_deadline_is_an_all_day_event_with_alarms(client):
    lab = make_lab(slug="example-lab", name="Example Lab")
    due(lab=lab, slug="the-audit", title="Publish; the, audit", category="transparency")
    found = event(client)
    assert found["UID"] == "commitment-the-audit-deadline@127.0.0.1"
    assert found["DTSTART"].dt == date(2027, 7, 5)
    assert found["SUMMARY"] == "Due: Publish; the, audit (Example Lab)"
    assert found["URL"] == "http://127.0.0.1:8000/commitments/the-audit/"
    assert found["CATEGORIES"].to_ical() == b"transparency"
    assert found["STATUS"] == "CONFIRMED"
    at = Change.objects.latest("sequence").at.replace(microsecond=0)
    assert found["DTSTAMP"].dt == found["LAST-MODIFIED"].dt == at
    alarms = [each["TRIGGER"].dt for each in found.walk("VALARM")]
    assert alarms == [timedelta(-30), timedelta(-7), timedelta(-1)]
    assert "Due: 5 July 2027 (stated).\n" in found["DESCRIPTION"]
    assert "Verdict: not assessed. The commitment is in force." in found["DESCRIPTION"]


def test_the_calendar_says_what_it_is(client):
    calendar = Calendar.from_ical(client.get(URL).content)
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["X-WR-CALNAME"] == "On Record: deadlines"
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
    assert calendar["X-PUBLISHED-TTL"] == "PT6H"


@pytest.mark.parametrize(
    ("on", "day", "said"),
    [
        ("2027", date(2027, 12, 31), "Due: 2027 (stated). Shown on the last day"),
        ("2027-Q3", date(2027, 9, 30), "Due: third quarter of 2027 (stated). Shown on"),
        ("2028-02", date(2028, 2, 29), "Due: February 2028 (stated). Shown on"),
        ("9999", date(9999, 12, 31), "Due: 9999 (stated). Shown on"),
        ("0001-01-01", date(1, 1, 1), "Due: 1 January 0001 (stated).\n"),
    ],
)
def test_a_coarse_date_is_shown_on_its_last_day_and_says_so(client, on, day, said):
    due(on)
    found = event(client)
    assert found["DTSTART"].dt == day
    assert said in found["DESCRIPTION"]


def test_only_published_commitments_with_a_day_are_there(client):
    due(slug="there")
    due(slug="hidden", draft=True)
    make_commitment(slug="undated")
    make_commitment(slug="waiting", deadline_kind="trigger", deadline_trigger="If it rains.")
    due(
        slug="fired",
        deadline_kind="trigger",
        deadline_trigger="If it rains.",
        deadline_triggered_on="2026-01-02",
    )
    take_back(make_commitment(slug="taken-back"))
    names = {"there", "fired"}
    assert events(client).keys() == {f"commitment-{each}-deadline@127.0.0.1" for each in names}


def test_the_calendar_is_filtered(client):
    lab = make_lab(slug="example-lab")
    due(lab=lab, slug="one", category="compute")
    due(lab=lab, slug="two", category="research")
    due(slug="three", category="research")
    for query, names in (
        ("lab=example-lab", {"one", "two"}),
        ("category=research", {"two", "three"}),
        ("lab=example-lab&category=research", {"two"}),
        ("commitment=three", {"three"}),
    ):
        found = {str(each["URL"]).split("/")[-2] for each in events(client, f"?{query}").values()}
        assert found == names


def test_a_moved_deadline_keeps_its_name_and_raises_its_number(client):
    commitment = due()
    first = event(client)
    corrected(commitment, deadline_due_on="2028-07-05")
    second = event(client)
    assert second["UID"] == first["UID"]
    assert second["SEQUENCE"] > first["SEQUENCE"]
    assert second["DTSTART"].dt == date(2028, 7, 5)


def test_the_bytes_stay_while_nothing_happens_to_the_commitment(client):
    commitment = due()
    before = client.get(URL).content
    enter(30)
    assert client.get(URL).content == before
    make_assessment(commitment=commitment, values=["met"])
    after = event(client)
    assert "Verdict: reported kept (low confidence)." in after["DESCRIPTION"]
    assert after["SEQUENCE"] == Calendar.from_ical(before).walk("VEVENT")[0]["SEQUENCE"]
    at = Change.objects.latest("sequence").at.replace(microsecond=0)
    assert after["LAST-MODIFIED"].dt == at


def test_an_ended_commitment_is_cancelled_so_that_calendars_take_it_away(client):
    commitment = due()
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="It was withdrawn.")
        LifecycleEvent.objects.create(
            commitment=commitment, lifecycle="withdrawn", on="2026-01-02", source=make_source()
        )
        finish(edit, commitment)
    found = event(client)
    assert found["STATUS"] == "CANCELLED"
    assert not found.walk("VALARM")


def test_a_retracted_commitment_is_cancelled_under_the_title_that_the_log_tells(client):
    lab = make_lab(slug="example-lab")
    commitment = due(lab=lab, slug="the-audit", title="Publish the audit")
    before = event(client)
    entry = take_back(commitment)
    found = event(client)
    assert found["UID"] == before["UID"]
    assert found["SEQUENCE"] > before["SEQUENCE"]
    assert found["STATUS"] == "CANCELLED"
    assert found["SUMMARY"] == "Retracted: Publish the audit"
    assert found["DTSTART"].dt == before["DTSTART"].dt
    assert not found.walk("VALARM")
    assert event(client, "?lab=example-lab") == found
    assert not events(client, "?category=security")
    told = Change.objects.filter(subject_slug="the-audit").values_list("sequence", flat=True)
    redact(list(told), by=STEWARD, reason=WHY)
    found = event(client)
    assert (found["SUMMARY"], found["STATUS"]) == ("A retracted commitment", "CANCELLED")
    assert "Publish the audit" not in client.get(URL).content.decode()
    assert entry.sequence in told


def test_hostile_text_does_no_harm(client):
    commitment = due()
    hostile = "x\r\nBEGIN:VEVENT\nEND:VCALENDAR;,\\:\x00\x0c\u202e\ufffe🦄" + "long " * 9_000
    type(commitment).objects.update(title=hostile.replace("\x00", "")[:300], obligation="y\x0c\x1b")
    found = event(client)
    text = client.get(URL).content
    assert text.count(b"BEGIN:VEVENT\r\n") == 1
    assert not set(text.decode()) & set("\x00\x0c\x1b\u202e\ufffe")
    assert max(map(len, text.split(b"\r\n"))) <= 75
    assert "🦄" in found["SUMMARY"]


def test_deadlines_in_any_number_cost_the_same(client):
    lab = make_lab()
    make_assessment(commitment=due(lab=lab), values=["met"])

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL).status_code == 200
        return len(queries)

    few = cost()
    for _ in range(4):
        make_assessment(commitment=due(lab=lab), values=["met"])
        take_back(due(lab=lab))
    assert cost() == few + 1 == 11
