"""The timeline: everything that is dated, in one order, filtered, as of a day, with its chart."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_reply,
    make_source,
)
from tests.curation.redactions import take_back
from tests.web import markup
from tests.web.markup import Markup
from tracker.commitments.models import LifecycleEvent
from tracker.reading.pages.timeline import Timeline
from tracker.records.dates import today

pytestmark = pytest.mark.django_db


def read(client, query: str = "") -> Markup:
    return markup.read(client, f"/timeline/{query}")


def entries(client, query: str = "") -> list[str]:
    """What stands in the list, from the top: “Judged: Publish the audit”."""
    html = client.get(f"/timeline/{query}").content.decode()
    titles = re.findall(r'<p class="title">(.*?)</p>', html, flags=re.S)
    return [re.sub(r"<[^>]*>", "", title).strip() for title in titles]


@pytest.fixture
def promise():
    """A promise of 2023, due in July 2024, judged in June 2024; and an event between."""
    lab = make_lab(name="Example Lab")
    promise = make_commitment(
        lab=lab,
        title="Publish the audit",
        made_on="2023-05-06",
        deadline_kind="by_date",
        deadline_due_on="2024-07",
        deadline_basis="stated",
    )
    event = make_outcome(title="The auditors arrive", occurred_on="2024-02", bears_on=promise)
    event.labs.add(lab)
    make_assessment(commitment=promise, values=["met"], effective_on=date(2024, 6, 7))
    return promise


ALL = [
    "Fell due: Publish the audit",
    "Judged: Publish the audit",
    "The auditors arrive",
    "Promise made: Publish the audit",
]


def test_promise_event_judgement_and_deadline_stand_on_one_line_newest_first(client, promise):
    assert entries(client) == ALL
    said = read(client).text
    assert "4 entries, newest first" in said
    for heading in ("July 2024", "June 2024", "February 2024", "May 2023"):
        assert heading in said


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?show=events", [2]),
        ("?show=promises", [3]),
        ("?show=judgements", [1]),
        ("?show=deadlines", [0]),
        ("?kind=event", [2]),
        ("?kind=search", []),
        ("?show=promises&kind=event", []),
        ("?q=auditors", [2]),
        ("?q=AUDIT", [0, 1, 2, 3]),
        ("?q=nowhere", []),
        ("?since=2024", [0, 1, 2]),
        ("?until=2024-02-01", [2, 3]),
        ("?since=2024-02-20&until=2024-Q2", [1, 2]),
        ("?since=2024-08", []),
        ("?until=0001", []),
        ("?since=9999", []),
    ],
)
def test_each_filter_holds_for_every_kind(client, promise, query, shown):
    assert entries(client, query) == [ALL[at] for at in shown]
    read(client, query)


def test_a_lab_and_a_commitment_narrow_every_kind(client, promise):
    other = make_commitment(title="Publish a report", made_on="2023-05-07")
    make_outcome(title="Elsewhere", occurred_on="2024-03")
    assert len(entries(client)) == len(ALL) + 2
    assert entries(client, f"?lab={promise.lab.slug}") == ALL
    assert entries(client, f"?commitment={promise.slug}") == ALL
    assert entries(client, f"?commitment={other.slug}") == ["Promise made: Publish a report"]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("?show=everything", "show: Choose one of: events, promises, deadlines, judgements."),
        ("?since=lately", "is not a date for the record"),
        ("?since=2024-02-30", "February 2024 has the days 01 to 29"),
        ("?since=2025&until=2024", "until: lies before since."),
        ("?since=2024&since=2025", "since: is given more than once."),
        ("?as_of=2024", "as_of: must be a day such as"),
        ("?page=2", "this list ends at page 1"),
        ("?whom=me", "whom: is not a parameter of this page"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(client, promise, query, why):
    answer = client.get(f"/timeline/{query}")
    assert answer.status_code == 400
    name, _, sentence = why.rpartition(": ") if why.split(":")[0].isidentifier() else ("", "", why)
    said = Markup(answer.content.decode()).text
    assert sentence in said
    assert name in said


def test_as_of_a_day_it_knows_what_had_happened_and_what_was_still_to_come(client, promise):
    assert entries(client, "?as_of=2024-06-06") == [
        "Falls due: Publish the audit",
        "The auditors arrive",
        "Promise made: Publish the audit",
    ]
    assert entries(client, "?as_of=2024-02-28") == [
        "Falls due: Publish the audit",
        "Promise made: Publish the audit",
    ]
    assert entries(client, "?as_of=2023-05-05") == []
    said = read(client, "?as_of=2024-06-07").text
    assert "The world on 7 June 2024" in said
    assert "reported kept · low confidence" in said
    assert "published" in said


def test_a_promise_that_ended_first_falls_due_no_more(client, promise):
    LifecycleEvent.objects.create(
        commitment=promise, lifecycle="withdrawn", on="2024-06-20", source=make_source()
    )
    assert entries(client, "?show=deadlines") == []
    assert entries(client, "?show=deadlines&as_of=2024-06-19") == ["Falls due: Publish the audit"]


def test_a_deadline_waits_for_its_trigger(client):
    make_commitment(
        title="Report every incident",
        made_on="2023-01-01",
        deadline_kind="trigger",
        deadline_trigger="an incident",
        deadline_triggered_on="2024-03-01",
        deadline_due_on="2024-05-01",
        deadline_basis="derived",
    )
    assert entries(client, "?show=deadlines") == ["Fell due: Report every incident"]
    assert entries(client, "?show=deadlines&as_of=2024-02-29") == []


def test_what_a_study_measured_was_no_promise(client):
    measured = make_commitment(basis="measured")
    make_assessment(commitment=measured, values=["met"])
    assert entries(client) == []


def test_drafts_stay_out(client):
    promise = make_commitment(draft=True, deadline_kind="by_date", deadline_due_on="2024-05")
    make_assessment(commitment=promise, values=["met"], draft=True)
    make_outcome(draft=True)
    assert entries(client) == []
    assert "Nothing on record is like this." in read(client).text


def test_each_judgement_is_shown_as_it_was_contested_while_it_held(client, promise):
    """The second was denied; the first had been replaced by then."""
    make_assessment(commitment=promise, values=["partly_met"], effective_on=date(2024, 7, 1))
    make_reply(
        commitment=promise,
        status="replied",
        words="We did no such thing.",
        received_on=date(2024, 8, 1),
        denies=True,
    )
    html = client.get("/timeline/?show=judgements").content.decode()
    newer, older = re.findall(r'<li class="event is-judgements">.*?</li>', html, flags=re.S)
    assert "partly kept" in newer and "contested" in newer
    assert "reported kept" in older and "contested" not in older


def test_each_heading_stands_once_however_coarse_the_dates(client):
    """A quarter begins on the day on which its first month does, and a year likewise."""
    for on in ("2024-04-01T09:00Z", "2024-Q2", "2024-04", "2024-04-02", "2024-01", "2024"):
        make_outcome(occurred_on=on)
    # in another zone it is the year before
    make_outcome(occurred_on="2023-12-31T23:30-08:00")
    html = client.get("/timeline/").content.decode()
    headings = re.findall(r"<h3>(.*?)</h3>", html)
    assert headings == [
        "April 2024",
        "Second quarter of 2024",
        "January 2024",
        "In 2024, month not known",
    ]
    assert html.count('id="year-2024"') == 1


def test_the_ends_of_the_calendar(client):
    for on in ("0001", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "2024-02-29"):
        make_outcome(occurred_on=on)
    make_commitment(
        made_on="0001-01-01", deadline_kind="by_date", deadline_due_on="9999", title="For ever"
    )
    said = read(client).text
    assert "31 December 9999" in said
    assert "0001" in said


def test_pages_are_cut_from_one_order(client):
    promise = make_commitment(made_on="2024-01-01", title="Publish the audit")
    for number in range(60):
        on = date(2024, 1, 1) + timedelta(days=number // 2)
        make_outcome(title=f"Event {number}", occurred_on=on.isoformat())
    make_assessment(commitment=promise, values=["met"], effective_on=date(2024, 1, 15))
    first, second = entries(client), entries(client, "?page=2")
    assert (len(first), len(second)) == (50, 12)
    assert len({*first, *second}) == 62
    assert second[-1] == "Promise made: Publish the audit"
    assert first.index("Judged: Publish the audit") > first.index("Event 30")
    assert "62 entries, 51 to 62, newest first" in read(client, "?page=2").text


def test_two_hundred_events_in_a_month_are_one_column(client):
    many = [make_outcome(occurred_on="2024-05-06") for _ in range(3)]
    promise = make_commitment(made_on="2024-05-01")
    event = many[0]
    for number in range(197):  # as published, without two hundred entries of the log
        event.pk, event.slug = None, f"copy-{number}"
        event._state.adding = True
        event.save()
    said = read(client).text
    assert "May 2024 200 1 0 0 0" in said
    assert "the highest 200" in said
    assert promise.title in read(client, "?page=5").text


def test_the_chart_tells_what_is_disputed_and_what_is_known_coarsely(client):
    disputed = make_outcome(occurred_on="2024-05-06")
    make_discrepancy().outcomes.set([disputed])
    make_outcome(occurred_on="2024-05-07")
    make_outcome(occurred_on="2024")
    make_outcome(occurred_on="2024-02/2024-03-15")
    html = client.get("/timeline/").content.decode()
    figure = html[html.index("<figure") : html.index("</figure>")]
    assert figure.count('<rect class="in-events"') == 1
    assert figure.count('<rect class="open"') == 2  # and the key
    assert figure.count('<line class="spread"') == 3  # and the key
    said = read(client).text
    assert "May 2024 2 0 0 0 1" in said
    assert "2024 1 0 0 0 0" in said
    assert "February 2024 to 15 March 2024 1 0 0 0 0" in said


def test_the_chart_follows_the_filters(client, promise):
    assert "February 2024 1 0 0 0 0" in read(client).text
    said = read(client, "?show=deadlines").text
    assert "July 2024 0 0 1 0 0" in said
    assert "What happened" not in said.partition("At a glance")[2].partition("The figures")[0]
    assert "<figure" not in client.get("/timeline/?q=nowhere").content.decode()


def test_a_page_asks_as_much_of_many_as_of_few(client, promise):
    def count(query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/timeline/{query}").status_code == 200
        return len(queries)

    few = count("")
    for _ in range(4):
        other = make_commitment(
            lab=promise.lab, deadline_kind="by_date", deadline_due_on="2030", made_on="2024"
        )
        make_assessment(commitment=other, values=["met"])
        make_outcome(bears_on=other).labs.add(promise.lab)
    assert count("") == few


def test_the_future_is_only_what_falls_due(client):
    soon = today() + timedelta(days=5)
    make_commitment(title="Publish soon", deadline_kind="by_date", deadline_due_on=soon.isoformat())
    assert entries(client)[0] == "Falls due: Publish soon"


@pytest.mark.parametrize("show", ["promises", "judgements", "events"])
def test_what_is_retracted_while_the_page_is_made_is_left_out(client, monkeypatch, show):
    kept, gone = make_commitment(), make_commitment()
    parts = {
        "promises": (kept, gone),
        "judgements": tuple(
            make_assessment(commitment=each, values=["met"]) for each in (kept, gone)
        ),
        "events": (make_outcome(bears_on=kept), make_outcome(bears_on=kept)),
    }
    moments = Timeline.moments

    def meanwhile(self, keys):
        take_back(parts[show][1])
        return moments(self, keys)

    monkeypatch.setattr(Timeline, "moments", meanwhile)
    assert len(entries(client, f"?show={show}")) == 1
