"""A commitment's page on a day of the past: what had happened and been judged by then, no more."""

import re
from datetime import date

import pytest

from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_outcome,
    make_reply,
)
from tests.web.markup import Markup
from tests.web.one_commitment import lineage, read
from tracker.records.dates import today

pytestmark = pytest.mark.django_db


def test_as_of_a_day_is_what_had_happened_and_been_judged_by_then(client):
    old, _ = lineage()
    seen = make_outcome(bears_on=old, occurred_on="2024-02-03", title="The first audit")
    missed = make_outcome(
        bears_on=old, occurred_on="2024-06-07", title="A model without an audit",
        direction="undermines",
    )  # fmt: skip
    first = make_assessment(
        commitment=old, values=["met"], effective_on=date(2024, 3, 1), evidence=(seen,)
    )
    second = make_assessment(
        commitment=old, values=["not_met"], effective_on=date(2024, 7, 1), evidence=(missed,)
    )
    make_reply(
        commitment=old, asked_on=date(2024, 2, 20), due_on=date(2024, 3, 20), status="replied",
        words="We published it.", received_on=date(2024, 3, 10), denies=True,
    )  # fmt: skip

    day = read(client, old, "?as_of=2024-03-05")
    assert "The world on 5 March 2024" in day.text
    assert "reported kept · low confidence" in day.text
    assert "contested ·" not in day.text
    assert first.get_absolute_url() in day.links
    assert second.get_absolute_url() not in day.links
    assert "The first audit" in day.text
    assert "A model without an audit" not in day.text
    assert "Lifecycle in force" in day.text
    assert "The later promise" not in day.text
    assert "due 20 March 2024: awaiting" in day.text
    assert "We published it." not in day.text
    assert re.search(r"In effect from 1 March 2024, published \d+ \w+ \d{4}", day.text)

    assert "We published it." in read(client, old, "?as_of=2024-03-10").text
    assert "contested" in read(client, old, "?as_of=2024-03-10").text
    later = read(client, old, "?as_of=2024-07-01").text
    assert "reported broken" in later
    assert "From 1 March 2024 to 1 July 2024" in later
    assert "A model without an audit" in later
    now = read(client, old).text
    assert "Lifecycle withdrawn" in now
    assert "The later promise" in now


def test_before_the_first_judgement_it_was_not_assessed(client):
    commitment = make_commitment()
    make_assessment(commitment=commitment, values=["met"], effective_on=date(2024, 3, 1))
    page = read(client, commitment, "?as_of=2024-02-01")
    assert "Not assessed on that day yet." in page.text
    assert "Is part 1 done?" in page.text
    assert "No reply has been asked for yet." in page.text


def test_no_reply_was_awaited_until_it_fell_due(client):
    commitment = make_commitment()
    make_reply(commitment=commitment, status="no_reply")  # asked on 1 March, due 15 March 2024
    for day, said in (
        ("2024-02-29", "No reply has been asked for yet."),
        ("2024-03-15", "due 15 March 2024: awaiting"),
        ("2024-03-16", "due 15 March 2024: no reply"),
    ):
        assert said in read(client, commitment, f"?as_of={day}").text


def test_a_trigger_and_a_resolution_are_of_their_day(client):
    commitment = make_commitment(
        deadline_kind="trigger", deadline_trigger="the lab lists its shares",
        deadline_triggered_on="2024-05-06", deadline_due_on="2024-08",
    )  # fmt: skip
    make_discrepancy(
        commitments=(commitment,), status="resolved", resolution="It was June.",
        resolved_on=date(2024, 6, 1),
    )  # fmt: skip
    before = read(client, commitment, "?as_of=2024-05-05").text
    assert "Schedule untriggered" in before
    assert "August 2024" not in before
    assert "6 May 2024" not in before
    assert "It was June." not in before
    after = read(client, commitment, "?as_of=2024-06-01").text
    assert "August 2024" in after
    assert "6 May 2024" in after
    assert "It was June." in after


def test_a_quarrel_over_what_had_not_happened_is_not_there_yet(client):
    commitment = make_commitment()
    over_words, over_event = (
        make_discrepancy(commitments=(commitment,), title=title)
        for title in ("Which words they used", "How long the audit was")
    )
    over_event.outcomes.add(make_outcome(bears_on=commitment, occurred_on="2024-06-07"))
    before = read(client, commitment, "?as_of=2024-06-06").text
    assert over_words.title in before
    assert over_event.title not in before
    after = read(client, commitment, "?as_of=2024-06-07").text
    assert over_words.title in after
    assert over_event.title in after


def test_a_commitment_not_yet_made_on_a_day_says_so(client):
    commitment = make_commitment(made_on="2024-05", title="Publish the audit")
    page = read(client, commitment, "?as_of=2024-05-30", status=404)
    assert "On 30 May 2024 this commitment was not yet made; it dates from May 2024." in page.text
    assert commitment.get_absolute_url() in page.links
    assert read(client, commitment, "?as_of=2024-05-31")
    draft = make_commitment(draft=True, made_on="2024-05", title="Hire people")
    hidden = client.get(draft.get_absolute_url() + "?as_of=2024-05-30").content.decode()
    assert "Hire people" not in hidden
    assert "not yet made" not in hidden


def test_today_asked_for_by_name_is_today(client):
    commitment = make_commitment()
    make_assessment(commitment=commitment, values=["met"])
    assert "The world on" not in read(client, commitment, f"?as_of={today().isoformat()}").text


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?as_of=2024-02-30", "as_of"),
        ("?as_of=9999-12-31", "lies ahead"),
        ("?as_of=2024-05-06&as_of=2024-05-07", "more than once"),
        ("?page=2", "is not a parameter of this page"),
    ],
)
def test_the_page_takes_a_day_and_nothing_else(client, query, says):
    answer = client.get(make_commitment().get_absolute_url() + query)
    assert answer.status_code == 400
    assert says in Markup(answer.content.decode()).text
