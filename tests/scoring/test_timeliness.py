from datetime import date, timedelta

import pytest

from tracker.scoring import FindingValue, Timeliness, timeliness

pytestmark = pytest.mark.once

DUE = date(2027, 7, 31)
MET = FindingValue.MET
NOTHING_TO_SAY = (Timeliness.NOT_APPLICABLE, None)


def test_met_on_the_last_day_is_on_time() -> None:
    assert timeliness([(MET, DUE)], DUE) == (Timeliness.ON_TIME, None)


def test_met_the_day_after_is_one_day_late() -> None:
    assert timeliness([(MET, DUE + timedelta(days=1))], DUE) == (Timeliness.LATE, 1)


def test_the_latest_of_several_counts() -> None:
    done = [(MET, date(2027, 8, 10)), (MET, date(2027, 1, 1))]
    assert timeliness(done, DUE) == (Timeliness.LATE, 10)


@pytest.mark.parametrize("value", sorted(set(FindingValue) - {MET, FindingValue.NOT_APPLICABLE}))
def test_nothing_is_said_until_all_are_met(value: FindingValue) -> None:
    assert timeliness([(MET, DUE), (value, None)], DUE) == NOTHING_TO_SAY


def test_a_criterion_that_does_not_apply_is_left_out() -> None:
    done = [(MET, DUE), (FindingValue.NOT_APPLICABLE, None)]
    assert timeliness(done, DUE) == (Timeliness.ON_TIME, None)


def test_nothing_is_said_without_criteria_deadline_or_day() -> None:
    assert timeliness([], DUE) == NOTHING_TO_SAY
    assert timeliness([(FindingValue.NOT_APPLICABLE, None)], DUE) == NOTHING_TO_SAY
    assert timeliness([(MET, DUE)], None) == NOTHING_TO_SAY
    assert timeliness([(MET, DUE), (MET, None)], DUE) == NOTHING_TO_SAY


def test_the_ends_of_the_calendar_do_not_raise() -> None:
    assert timeliness([(MET, date.max)], date.min) == (
        Timeliness.LATE,
        (date.max - date.min).days,
    )
