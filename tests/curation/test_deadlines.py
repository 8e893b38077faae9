"""Deadlines are told once each, whenever and however often the command runs."""

import json
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_lab,
    make_outcome,
    make_pledge,
    make_source,
    make_user,
)
from tests.threads import at_once
from tracker.changes.kinds import Kind
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.wording import sentence
from tracker.commitments.models import Commitment, LifecycleEvent
from tracker.curation.deadlines import ACTOR, tell_deadlines
from tracker.curation.editing import Actor, begin, finish, retract
from tracker.records.dates import today

pytestmark = pytest.mark.django_db

DUE = date(2027, 6, 1)
NEAR, PASSED = Kind.DEADLINE_APPROACHING.value, Kind.DEADLINE_PASSED.value


def due(on: str = "2027-06-01", **fields: Any) -> Commitment:
    values = {"deadline_kind": "by_date", "deadline_due_on": on, "title": "Publish the audit"}
    values["deadline_basis"] = "stated"
    return make_commitment(**(values | fields))


def told(commitment: Commitment | None = None) -> list[Change]:
    rows = Change.objects.filter(kind__in=(NEAR, PASSED)).order_by("sequence")
    return list(rows.filter(subject_slug=commitment.slug) if commitment else rows)


def body(change: Change) -> dict[str, Any]:
    after: dict[str, Any] = json.loads(change.body or "")["after"]
    return after


def at(days_before: int, end: date = DUE) -> dict[str, int]:
    return dict(tell_deadlines(end - timedelta(days_before)))


def change(commitment: Commitment, **fields: Any) -> None:
    commitment = Commitment.objects.get(pk=commitment.pk)
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="The date was misread.")
        for name, value in fields.items():
            setattr(commitment, name, value)
        commitment.save()
        finish(edit, commitment)


def test_each_step_is_told_on_its_day_and_once():
    commitment = due()
    for left in (33, 30, 29, 8, 7, 6, 2, 1, 0, -1, -2) * 2:
        at(left)
    assert [(each.kind, body(each).get("days_left")) for each in told(commitment)] == [
        (NEAR, 30), (NEAR, 7), (NEAR, 1), (PASSED, None),
    ]  # fmt: skip
    assert body(told(commitment)[-1])["days_over"] == 1


@pytest.mark.parametrize(
    ("left", "kind", "days"),
    [(31, None, 0), (30, NEAR, 30), (8, NEAR, 8), (5, NEAR, 5), (0, NEAR, 0), (-1, PASSED, 1),
     (-4000, PASSED, 4000)],
)  # fmt: skip
def test_a_late_run_tells_the_nearest_alone(left, kind, days):
    commitment = due()
    assert at(left) == ({kind: 1} if kind else {})
    assert at(left) == {}
    if kind:
        (change,) = told(commitment)
        assert body(change)["days_left" if kind == NEAR else "days_over"] == days


def test_the_entry_says_what_was_known_then_and_is_filed_under_all_it_touches():
    pledge = make_pledge()
    commitment = due(pledge=pledge, force="aim")
    make_assessment(commitment=commitment, values=["unverifiable"])
    at(7)
    (change,) = told()
    assert body(change) == {
        "title": "Publish the audit",
        "deadline": {"kind": "by_date", "due_on": "2027-06-01", "basis": "stated"},
        "force": "aim",
        "basis": "promised",
        "verdict": "unresolved",
        "provisional": False,
        "confidence": "low",
        "contested": False,
        "days_left": 7,
    }
    assert (change.actor, change.subject_slug) == (ACTOR, commitment.slug)
    topics = ChangeTopic.objects.filter(sequence=change.sequence).values_list("topic", flat=True)
    assert {
        "all",
        f"lab:{commitment.lab.slug}",
        f"commitment:{commitment.slug}",
        f"record:commitment:{commitment.slug}",
        f"pledge:{pledge.slug}",
    } == set(topics)
    assert change.category == commitment.category


def test_no_account_can_write_under_the_reminders_name():
    user = make_user("Curators", name=ACTOR.replace(" ", "-"))
    user.first_name = ACTOR
    assert Actor.of(user).name != ACTOR
    with pytest.raises(Exception, match="username"):
        make_user("Curators", name=ACTOR).full_clean()


def test_nothing_is_told_of_what_is_not_awaited():
    due(draft=True)
    retracted = due()
    with transaction.atomic():
        retract(retracted, by=EDITOR, reason="It was another.")
    due(deadline_kind="trigger", deadline_trigger="A launch.")
    make_commitment(deadline_kind="standing")
    make_commitment(deadline_kind="undated")
    withdrawn = due(draft=True)
    LifecycleEvent.objects.create(
        commitment=withdrawn, lifecycle="withdrawn", on="2026-01-01", source=make_source()
    )
    Commitment.objects.filter(pk=withdrawn.pk).update(state="published")
    make_assessment(commitment=due(), values=["met"])
    make_assessment(commitment=due(criteria=2), values=["met", "partly_met"])
    broken = due()
    missed = make_outcome(bears_on=broken, direction="undermines")
    make_assessment(commitment=broken, values=["not_met"], evidence=(missed,))
    assert at(-1) == {}
    assert at(40) == {}
    due()
    assert at(-1) == {PASSED: 1}


def test_a_promise_decided_before_its_day_is_awaited_no_more():
    make_assessment(commitment=due(), values=["met"])
    half = due(criteria=2)
    make_assessment(commitment=half, values=["met", "pending"])
    assert at(7) == {NEAR: 1}
    assert sentence(told()[0]) == (
        "“Publish the audit” falls due in 7 days, on 1 June 2027. "
        "It is judged reported kept so far (low confidence)."
    )


@pytest.mark.parametrize(
    ("fields", "end"),
    [
        ({"deadline_due_on": "2027-06"}, "2027-06-30"),
        ({"deadline_due_on": "2027"}, "2027-12-31"),
        ({"deadline_kind": "window", "deadline_due_on": "2023-07/2027-07"}, "2027-07-31"),
        ({"deadline_kind": "recurring", "deadline_period": "P1Y"}, "2027-06-01"),
        # 1 June, 10:00 in UTC+14, is the last of May at UTC-12
        ({"deadline_due_on": "2027-06-01T10:00+14:00"}, "2027-05-31"),
        (
            {
                "deadline_kind": "trigger",
                "deadline_trigger": "A launch.",
                "deadline_triggered_on": "2027-01",
            },
            "2027-06-01",
        ),
        ({"deadline_due_on": "9999-12-31"}, "9999-12-31"),
    ],
)
def test_every_kind_of_dated_deadline_counts_to_its_last_day(fields, end):
    commitment = due(**fields)
    last = date.fromisoformat(end)
    assert at(31, last) == {}
    assert at(30, last) == {NEAR: 1}
    assert at(0, last) == {NEAR: 1}
    if last < date.max:
        assert at(-1, last) == {PASSED: 1}
    assert all("_" not in sentence(each) for each in told(commitment))


def test_a_deadline_that_moves_starts_anew_and_one_that_comes_back_does_not():
    commitment = due()
    at(7), at(-1)
    change(commitment, deadline_due_on="2027-08")
    assert at(-1) == {}
    assert at(7, date(2027, 8, 31)) == {NEAR: 1}
    change(commitment, deadline_due_on="2027-08-31")  # the same last day in other words
    assert at(7, date(2027, 8, 31)) == {}
    change(commitment, deadline_due_on="2027-06-01")
    assert at(-1) == {}


def redacted(*changes: Change) -> None:
    rows = Change.objects.filter(pk__in=[each.pk for each in changes], body__isnull=False)
    rows.update(body=None, reason=None)


def test_a_redacted_reminder_is_not_repeated():
    end = today() + timedelta(7)
    commitment = due(end.isoformat())
    assert dict(tell_deadlines()) == {NEAR: 1}
    redacted(*told(commitment))
    assert dict(tell_deadlines()) == {}
    assert at(1, end) == {NEAR: 1}  # the next step is still told
    redacted(*told(commitment))
    assert at(-1, end) == {PASSED: 1}


def test_a_redacted_word_that_it_passed_does_not_hide_a_later_date():
    commitment = due((today() - timedelta(3)).isoformat())
    assert dict(tell_deadlines()) == {PASSED: 1}
    redacted(*told(commitment))
    assert dict(tell_deadlines()) == {}
    later = today() + timedelta(20)
    change(commitment, deadline_due_on=later.isoformat())
    assert dict(tell_deadlines()) == {NEAR: 1}


def test_what_has_passed_is_worded_by_what_the_record_knows():
    def said(**fields: Any) -> str:
        value = fields.pop("value", "")
        commitment = due(**fields)
        if value:
            make_assessment(commitment=commitment, values=[value])
        tell_deadlines(date(2028, 3, 1))
        return sentence(told(commitment)[-1])

    start = "“Publish the audit” fell due"
    assert said() == (f"{start} on 1 June 2027, and nothing on record says whether it was kept.")
    assert said(force="aim").endswith("whether it was reached.")
    assert said(basis="measured").endswith("whether it was met.")
    assert said(value="unverifiable") == (
        f"{start} on 1 June 2027, and the last judgement on record is unresolved (low confidence)."
    )
    assert said(on="2027-Q3", deadline_basis="derived") == (
        f"{start} at the end of the third quarter of 2027 (a date derived by the curators), and "
        "nothing on record says whether it was kept."
    )
    assert said(on="2027-12-31T10:00-07:00").startswith(
        f"{start} on 31 December 2027, 10:00 (UTC−07:00), and"
    )


@pytest.mark.parametrize(
    ("left", "said"), [(0, "today, on 1 June"), (1, "in 1 day, on 1 June"), (9, "in 9 days, on 1")]
)
def test_the_days_are_counted_in_words(left, said):
    due()
    at(left)
    assert f"falls due {said}" in sentence(told()[0])


def test_the_command_says_what_it_wrote_and_leaves_with_nothing_to_do():
    due((today() + timedelta(7)).isoformat())
    due((today() - timedelta(7)).isoformat())
    for wanted in ("1 deadline_approaching, 1 deadline_passed written.", "0 deadline_approach"):
        out = StringIO()
        call_command("deadlines", stdout=out)
        assert wanted in out.getvalue()


def test_many_are_told_in_batches_with_progress(monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("tracker.curation.deadlines.BATCH", 3)
    lab, source = make_lab(), make_source()
    for _ in range(7):
        due(lab=lab, reported_by=source)
    seen: list[tuple[int, int]] = []
    written = tell_deadlines(DUE, progress=lambda done, total: seen.append((done, total)))
    assert dict(written) == {NEAR: 7}
    assert seen == [(3, 7), (6, 7), (7, 7)]
    with django_assert_max_num_queries(16):  # a second run locks nothing
        assert dict(tell_deadlines(DUE)) == {}


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_write_once(monkeypatch):
    monkeypatch.setattr("tracker.curation.deadlines.BATCH", 2)
    for _ in range(6):
        due((today() + timedelta(7)).isoformat())
    counts: list[int] = []
    assert at_once(*4 * [lambda: counts.append(tell_deadlines().total())]) == []
    assert len(counts) == 4
    assert sum(counts) == len(told()) == 6
    assert len({each.subject_slug for each in told()}) == 6
