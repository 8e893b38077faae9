"""The delivery worker: any number of them, each going round all that may have to be sent.

Everything it does is claimed from a table and settled there, so that one killed at any moment costs
a repetition at most.
"""

import logging
import time
from collections.abc import Callable, Mapping

from django.db import Error, close_old_connections, connection

logger = logging.getLogger(__name__)

#: One thing to do: does some of it and says how much; 0 where nothing was due.
Duty = Callable[[], int]

IDLE = 1.0  # seconds between two rounds that found nothing
AFTER_ERROR = 5.0


def go_round(
    duties: Mapping[str, Duty], failing: Callable[[str], None] = lambda name: None
) -> dict[str, int]:
    """Every duty once. One that fails is logged and does not keep the others waiting."""
    done: dict[str, int] = {}
    for name, duty in duties.items():
        try:
            done[name] = duty()
        except Error:  # the database is away, or another worker was faster: again next time
            logger.exception("%s: the database refused", name)
            failing(name)
            _let_go()
            time.sleep(AFTER_ERROR)
        except Exception:
            logger.exception("%s failed", name)
            failing(name)
    return done


def work(
    duties: Mapping[str, Duty],
    *,
    once: bool,
    stopping: Callable[[], bool] = lambda: False,
    report: Callable[[Mapping[str, int]], None] = lambda totals: None,
    failing: Callable[[str], None] = lambda name: None,
) -> dict[str, int]:
    """Go round until told to stop or, `once`, until nothing is due. Totals by duty."""
    totals = dict.fromkeys(duties, 0)
    while not stopping():
        done = go_round(duties, failing)
        for name, number in done.items():
            totals[name] += number
        if any(done.values()):
            report(totals)
        elif once:
            break
        else:
            _wait(IDLE, stopping)
        _let_go()
    return totals


def every(seconds: float, duty: Duty) -> Duty:
    """The duty, done when the worker begins and then at most once in so many seconds."""
    begin = 0.0

    def done_at_times() -> int:
        nonlocal begin
        if time.monotonic() < begin:
            return 0
        begin = time.monotonic() + seconds
        return duty()

    return done_at_times


def _let_go() -> None:
    """Give up a connection that is broken or old; never inside somebody's transaction."""
    if not connection.in_atomic_block:
        close_old_connections()


def _wait(seconds: float, stopping: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not stopping() and (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.2))


def told_in_words(totals: Mapping[str, int]) -> str:
    """`12 entries routed, 3 mails` and so on, without what was not done."""
    said = [f"{number} {name}" for name, number in totals.items() if number]
    return ", ".join(said) or "nothing was due"
