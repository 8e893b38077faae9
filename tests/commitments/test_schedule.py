"""The schedule of a commitment: the pure function, and its twin in SQL."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from tests.builders import make_assessment, make_commitment, make_source
from tracker.commitments.enums import ENDED, Lifecycle, Schedule
from tracker.commitments.models import Commitment, LifecycleEvent
from tracker.commitments.schedule import schedule_at, timing_of
from tracker.curation.standing import mend
from tracker.reading.published import commitments
from tracker.records.dates import parse_when
from tracker.scoring import Verdict

TODAY = date(2024, 6, 15)


def of(**facts) -> Schedule:
    defaults: dict[str, Any] = {
        "kind": "by_date",
        "due_end": TODAY,
        "triggered_end": None,
        "day": TODAY,
        "lifecycle": "in_force",
        "verdict": "not_assessed",
    }
    given = defaults | facts
    return schedule_at(timing_of(**given), given["due_end"], given["day"])


def test_nothing_is_overdue_on_its_last_day():
    assert of(due_end=TODAY) is Schedule.DUE_SOON
    assert of(due_end=TODAY - timedelta(1)) is Schedule.OVERDUE


def test_due_soon_begins_thirty_days_before():
    assert of(due_end=TODAY + timedelta(30)) is Schedule.DUE_SOON
    assert of(due_end=TODAY + timedelta(31)) is Schedule.UPCOMING


@pytest.mark.parametrize("verdict", list(Verdict))
def test_past_due_is_closed_only_once_decided(verdict):
    decided = verdict in {Verdict.KEPT, Verdict.PARTLY_KEPT, Verdict.BROKEN}
    expected = Schedule.CLOSED if decided else Schedule.OVERDUE
    assert of(due_end=TODAY - timedelta(1), verdict=verdict) is expected


@pytest.mark.parametrize("lifecycle", sorted(ENDED))
def test_an_ended_commitment_is_closed_whatever_its_deadline(lifecycle):
    assert of(lifecycle=lifecycle, due_end=None) is Schedule.CLOSED
    assert of(lifecycle=lifecycle, due_end=date(9999, 12, 31)) is Schedule.CLOSED


def test_a_trigger_that_has_not_fired_is_untriggered():
    assert of(kind="trigger", due_end=None) is Schedule.UNTRIGGERED
    fired_tomorrow = {"kind": "trigger", "triggered_end": TODAY + timedelta(1)}
    assert of(**fired_tomorrow) is Schedule.UNTRIGGERED
    assert of(kind="trigger", due_end=None, triggered_end=TODAY) is Schedule.NO_DEADLINE


def test_the_last_days_of_the_calendar_do_not_raise():
    assert of(day=date.max, due_end=date.max) is Schedule.DUE_SOON
    assert of(day=date.min, due_end=date.max) is Schedule.UPCOMING


@pytest.mark.django_db
def test_sql_and_python_agree():
    """Every combination of deadline, lifecycle and verdict, on ordinary and on extreme days."""
    source = make_source()
    deadlines: list[dict[str, Any]] = [
        {"deadline_kind": "undated"},
        {"deadline_kind": "trigger", "deadline_trigger": "an audit"},
        {
            "deadline_kind": "trigger",
            "deadline_trigger": "an audit",
            "deadline_triggered_on": "2024-06-01",
        },
        *(
            {"deadline_kind": "by_date", "deadline_due_on": due}
            for due in ("0001-01-01", "2024-06-14", "2024-06-15", "2024-07", "2025", "9999-12-31")
        ),
        {"deadline_kind": "window", "deadline_due_on": "2023-07/2024-06-10"},
    ]
    for deadline, lifecycle, judged in product(
        deadlines, ("in_force", "withdrawn"), (None, "met", "unverifiable")
    ):
        commitment = make_commitment(
            draft=True, made_on="0001-01-01", reported_by=source, **deadline
        )
        if lifecycle != "in_force":
            LifecycleEvent.objects.create(
                commitment=commitment, lifecycle=lifecycle, on="0001-01-01", source=source
            )
        Commitment.objects.filter(pk=commitment.pk).update(state="published")
        if judged:
            make_assessment(commitment=commitment, values=[judged], effective_on=date(1, 1, 1))
    mend()
    row: Any  # annotated
    for day in (date(1, 1, 1), TODAY, date(2024, 6, 20), date(9999, 12, 31)):
        rows = list(commitments(day))
        assert len(rows) == len(deadlines) * 6
        for row in rows:
            triggered = row.deadline_triggered_on
            expected = of(
                kind=row.deadline_kind,
                due_end=row.deadline_due_on_end,
                triggered_end=parse_when(triggered).end if triggered else None,
                day=day,
                lifecycle=Lifecycle(row.lifecycle),
                verdict=row.verdict,
            )
            assert row.schedule == expected, (day, row.deadline_kind, row.deadline_due_on)
