"""Where a commitment stands against its deadline: in two steps, and in one in SQL."""

from datetime import date, timedelta

from django.db.models import Case, CharField, Expression, Q, TextChoices, Value, When

from tracker.commitments.enums import ENDED, DeadlineKind, Schedule
from tracker.scoring import Verdict

DUE_SOON_DAYS = 30

DECIDED = frozenset({Verdict.KEPT, Verdict.PARTLY_KEPT, Verdict.BROKEN})


class Timing(TextChoices):
    """What a schedule depends on beside the day: an end, a fired trigger, a verdict."""

    ENDED = "ended"
    UNTRIGGERED = "untriggered"
    NONE = "none"
    DECIDED = "decided"
    OPEN = "open"


def timing_of(
    kind: str,
    due_end: date | None,
    triggered_end: date | None,
    day: date,
    lifecycle: str,
    verdict: str,
) -> Timing:
    """The timing of a commitment on a day, which lasts until one of these changes or it fires.

    `due_end` is the deadline's last day at UTC-12, `triggered_end` the day by which its trigger had
    surely fired, `day` a date at UTC-12. A fired trigger that sets no day has no deadline.
    """
    if lifecycle in ENDED:
        return Timing.ENDED
    if kind == DeadlineKind.TRIGGER and (triggered_end is None or triggered_end > day):
        return Timing.UNTRIGGERED
    if due_end is None:
        return Timing.NONE
    return Timing.DECIDED if verdict in DECIDED else Timing.OPEN


def schedule_at(timing: str, due_end: date | None, day: date) -> Schedule:
    """The schedule on a day of this timing (DESIGN section 2)."""
    if timing == Timing.ENDED:
        return Schedule.CLOSED
    if timing == Timing.UNTRIGGERED:
        return Schedule.UNTRIGGERED
    if due_end is None:
        return Schedule.NO_DEADLINE
    if day > due_end:
        return Schedule.CLOSED if timing == Timing.DECIDED else Schedule.OVERDUE
    return Schedule.DUE_SOON if due_end <= days_after(day, DUE_SOON_DAYS) else Schedule.UPCOMING


def schedule_expression(today: date, lifecycle: str, verdict: str) -> Expression:
    """The same, for a queryset annotated with `lifecycle` and `verdict` columns of these names."""
    ended = Q(**{f"{lifecycle}__in": [str(each) for each in ENDED]})
    decided = Q(**{f"{verdict}__in": [str(each) for each in DECIDED]})
    untriggered = Q(deadline_kind=DeadlineKind.TRIGGER) & (
        Q(deadline_triggered_on_end__isnull=True) | Q(deadline_triggered_on_end__gt=today)
    )
    past = Q(deadline_due_on_end__lt=today)
    # not `today + 30 days`: that overflows in the year 9999
    soon = Q(deadline_due_on_end__lte=days_after(today, DUE_SOON_DAYS))
    return Case(
        When(ended, then=Value(Schedule.CLOSED)),
        When(untriggered, then=Value(Schedule.UNTRIGGERED)),
        When(deadline_due_on_end__isnull=True, then=Value(Schedule.NO_DEADLINE)),
        When(past & decided, then=Value(Schedule.CLOSED)),
        When(past, then=Value(Schedule.OVERDUE)),
        When(soon, then=Value(Schedule.DUE_SOON)),
        default=Value(Schedule.UPCOMING),
        output_field=CharField(),
    )


def days_after(day: date, days: int) -> date:
    """So many days later, or the last day there is."""
    return date.max if (date.max - day).days < days else day + timedelta(days)
