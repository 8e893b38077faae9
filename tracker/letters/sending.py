"""Sending the letters that wait, a commit each."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.core.mail.backends.base import BaseEmailBackend
from django.db import Error
from django.utils import timezone

from tracker.letters.breaker import server
from tracker.letters.mail import Mail, Undelivered, open_line, send
from tracker.letters.models import Letter
from tracker.letters.queue import Queued, claim, line, put_off, settle

logger = logging.getLogger(__name__)

#: Words a letter when it is sent; None where there is nothing to say any more.
Wording = Callable[[Letter], Mail | None]

AT_ONCE = 20
LEASE = 120.0  # seconds
BEGIN_UNTIL = 20.0  # seconds after the first of them in which another is begun
#: Minutes between two tries; after the last the letter is set aside, and its row says why.
PAUSES = (1, 5, 30, 120, 360, 720, 1440)
KEPT_FOR = timedelta(days=30)  # letters set aside

R = TypeVar("R", bound=Queued)


def write(kind: str, about: object, to: str, *, after: timedelta = timedelta()) -> Letter:
    """Put a letter into the queue, in the caller's transaction."""
    return Letter.objects.create(kind=kind, about=str(about), to=to, due_at=timezone.now() + after)


def send_letters(wordings: Mapping[str, Wording]) -> int:
    """Send the letters that are due, of the kinds that have words; how many."""
    waiting = Letter.objects.filter(kind__in=list(wordings))
    return in_turns(
        lambda: claim(waiting.all(), AT_ONCE, LEASE), lambda some: partial(_send_letter, wordings)
    )


def forget_set_aside() -> int:
    """Delete letters that nobody took, after a month; how many."""
    old = timezone.now() - KEPT_FOR
    return Letter.objects.filter(due_at=None, created_at__lt=old).delete()[0]


def again_at(failures: int) -> datetime:
    """When to try again what has failed so often before."""
    return timezone.now() + timedelta(minutes=PAUSES[min(failures, len(PAUSES) - 1)])


def in_turns(
    claim_some: Callable[[], Sequence[R]],
    serving: Callable[[Sequence[R]], Callable[[R, BaseEmailBackend], int]],
) -> int:
    """Serve what is due, a batch at a time, until some was sent; 0 where nothing is due or can be.

    So that many rows with nothing to say do not look like the end of the work. `serving` is given
    the whole batch, and returns what serves one of it.
    """
    end = time.monotonic() + BEGIN_UNTIL  # the worker has other things to see to
    while not server.resting and time.monotonic() < end and (rows := claim_some()):
        if sent := over_one_line(rows, serving(rows)):
            return sent
    return 0


def over_one_line(rows: Sequence[R], serve: Callable[[R, BaseEmailBackend], int]) -> int:
    """Serve claimed rows over one connection; the sum of what `serve` says it did.

    It raises Undelivered where the server cannot be used: then this row and the rest are given
    back as they were, since that was nobody's fault. A row that fails otherwise is put off alone.
    """
    if not rows:
        return 0
    mail_line, done, end = open_line(), 0, time.monotonic() + BEGIN_UNTIL
    try:
        for number, row in enumerate(rows):
            if time.monotonic() > end:  # a slow server: the claim must not run out on them
                _give_back(rows[number:])
                break
            try:
                done += serve(row, mail_line)
            except Undelivered:
                _give_back(rows[number:])
                break
            except Error:
                raise
            except Exception as error:
                logger.exception("%s cannot be sent", type(row).__name__)
                put_off(row, again_at(row.failures), f"It failed here: {type(error).__name__}.")
    finally:
        mail_line.close()
    return done


def _give_back(rows: Sequence[Queued]) -> None:
    now = timezone.now()
    for row in rows:
        settle(row, due_at=now)


def _send_letter(
    wordings: Mapping[str, Wording], letter: Letter, mail_line: BaseEmailBackend
) -> int:
    mail = wordings[letter.kind](letter)
    if mail is not None:
        try:
            send(mail, mail_line)
        except Undelivered as error:
            if error.of_server:
                raise
            _again(letter, error)
            return 0
    letter.delete()
    return int(mail is not None)


def _again(letter: Letter, error: Undelivered) -> None:
    if error.permanent or letter.failures >= len(PAUSES):
        settle(letter, said=line(str(error)), failures=letter.failures + 1)  # set aside
        return
    put_off(letter, again_at(letter.failures), str(error))
