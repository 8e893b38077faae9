"""`manage.py epoch`: say in public that the log does not continue its newest checkpoint."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.changes.checkpoints import begin_epoch
from tracker.records.plain import Refused


class Command(BaseCommand):
    """The way out where a newer database is lost for good, and for nothing else."""

    help = (
        "Where publishing is refused because the log does not continue its newest checkpoint: "
        "append an entry that says so and why, and make a new checkpoint."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Why, for everybody to read."""
        parser.add_argument("--reason", required=True, help="readers see it in the log")

    def handle(self, *args: Any, reason: str, **options: Any) -> None:
        """Begin it and say which entry tells of it."""
        try:
            change = begin_epoch(reason)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        except OSError as error:
            raise CommandError(
                "The epoch has begun and publishing goes on, but its checkpoint cannot be saved in "
                f"{settings.CHECKPOINT_DIR} ({error.strerror}). Then run `manage.py checkpoint`."
            ) from None
        self.stdout.write(
            f"A new epoch begins with entry {change.sequence}: {settings.SITE_URL}"
            f"{change.get_absolute_url()}"
        )
