"""`manage.py deliver`: send what readers follow."""

import signal
import sys
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.changes.checkpoints import make_if_due
from tracker.letters.breaker import server
from tracker.letters.sending import Wording, send_letters
from tracker.submissions import suggesting
from tracker.subscriptions import letterbox, owning
from tracker.subscriptions.mailing import send_mails
from tracker.subscriptions.routing import route
from tracker.subscriptions.tidying import tidy
from tracker.subscriptions.webhooks import Webhooks
from tracker.subscriptions.websub import ping
from tracker.subscriptions.worker import Duty, every, told_in_words, work

CHECKPOINTS, TIDYING = 10.0, 3600.0  # seconds between two looks

#: Who words the letters that wait, by their kind.
WORDINGS: dict[str, Wording] = letterbox.WORDINGS | owning.WORDINGS | suggesting.WORDINGS


class Command(BaseCommand):
    """A worker; any number of them may run."""

    help = (
        "Send what readers follow, by e-mail and webhook, and make the log's checkpoints. Runs "
        "until it is stopped; any number of workers share the work."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """For cron and for tests."""
        parser.add_argument("--once", action="store_true", help="stop when nothing is due")

    def handle(self, *args: Any, once: bool = False, **options: Any) -> None:
        """Work, and say at the end what was done."""
        stopped: list[int] = []
        failed: set[str] = set()
        before = [
            (each, signal.signal(each, lambda number, frame: stopped.append(number)))
            for each in (signal.SIGTERM, signal.SIGINT)
        ]
        try:
            totals = work(
                duties(once),
                once=once,
                stopping=lambda: bool(stopped),
                report=self._progress,
                failing=failed.add,
            )
        finally:
            for each, handler in before:
                signal.signal(each, handler)
        self.stdout.write(f"{told_in_words(totals)}.")
        if once and server.said:
            raise CommandError(
                f"The mail server cannot be used ({server.said}). What waits is sent when it can."
            )
        if once and failed:
            raise CommandError(f"Not all went well: {', '.join(sorted(failed))}. The log has more.")

    def _progress(self, totals: Mapping[str, int]) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{told_in_words(totals)}", ending="")


def duties(once: bool) -> dict[str, Duty]:
    """Everything that a worker does, in the order of a round."""
    return {
        "checkpoints": every(CHECKPOINTS, lambda: int(make_if_due() is not None)),
        "letters": lambda: send_letters(WORDINGS),
        "entries routed": route,
        "webhook messages": Webhooks(to_the_end=once),
        "mails": send_mails,
        "feeds pinged": ping,
        "rows forgotten": every(TIDYING, tidy),
    }
