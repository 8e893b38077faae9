"""Whether what was done was done in time. Source: DESIGN section 2, "timeliness"."""

from collections.abc import Sequence
from datetime import date

from tracker.scoring.methodology import FindingValue, Timeliness


def timeliness(
    done: Sequence[tuple[FindingValue, date | None]], due_end: date | None
) -> tuple[Timeliness, int | None]:
    """Compare the latest `met_on` of the "done" criteria with the deadline's last day.

    `done` holds each "done" criterion's finding and the day it was met (the last day of a
    reduced-precision date). Returns the timeliness and, only when late, the days late.

    Not applicable until all are met, without a deadline, and when a day is unknown: a missing
    date must not read as "on time". A criterion found not applicable is left out, as it is from
    the score, because it can never be met.
    """
    nothing_to_say = Timeliness.NOT_APPLICABLE, None
    applying = [one for one in done if one[0] != FindingValue.NOT_APPLICABLE]
    days = [met_on for value, met_on in applying if value == FindingValue.MET and met_on]
    if due_end is None or not days or len(days) < len(applying):
        return nothing_to_say
    days_late = (max(days) - due_end).days
    return (Timeliness.LATE, days_late) if days_late > 0 else (Timeliness.ON_TIME, None)
