"""`manage.py deadlines`: tell in the log which deadlines come near or have passed."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tracker.curation.deadlines import KINDS, tell_deadlines
from tracker.curation.editing import Refused


class Command(BaseCommand):
    """To be run once a day or oftener; nothing is told twice."""

    help = (
        "Write deadline_approaching when 30, 7 or 1 days are left of a commitment's time, and "
        "deadline_passed once it is over: once each for a due date, however often this runs."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, and say how many of each."""
        watched = sys.stderr.isatty()
        try:
            written = tell_deadlines(progress=self._progress if watched else None)
        except Refused as refused:  # by the log
            raise CommandError(str(refused)) from None
        if watched:
            self.stderr.write("")
        said = ", ".join(f"{written[kind]} {kind}" for kind in KINDS)
        self.stdout.write(f"{said} written.")

    def _progress(self, done: int, total: int) -> None:
        self.stderr.write(f"\r{done}/{total} deadlines", ending="")
