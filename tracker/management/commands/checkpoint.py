"""`manage.py checkpoint`: sign the head of the log as it stands."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.changes import checkpoints
from tracker.records.plain import Refused


class Command(BaseCommand):
    """The delivery worker does the same by itself, as it falls due."""

    help = "Sign the log's head, store the note and save it as a file in CHECKPOINT_DIR."

    def add_arguments(self, parser: CommandParser) -> None:
        """Cron asks for one as often as it likes."""
        parser.add_argument(
            "--if-due",
            action="store_true",
            help="only where the log moved and the last is a day or a hundred changes old",
        )
        parser.add_argument(
            "--write-back",
            action="store_true",
            help="first save the stored notes in a CHECKPOINT_DIR that has lost its own",
        )

    def handle(self, *args: Any, if_due: bool, write_back: bool, **options: Any) -> None:
        """Make it and print the note."""
        try:
            if write_back:
                checkpoints.save_missing()
            made = checkpoints.make_if_due() if if_due else checkpoints.make()
        except Refused as refused:
            raise CommandError(str(refused)) from None
        except OSError as error:
            raise CommandError(
                f"The checkpoint cannot be saved in {settings.CHECKPOINT_DIR} ({error.strerror}). "
                "It is kept in the database; `manage.py checkpoint --write-back` saves it."
            ) from None
        if made is not None:
            self.stdout.write(made.note, ending="")
        elif if_due:
            self.stdout.write("No checkpoint is due.")
        else:
            raise CommandError("The log is empty: there is nothing to sign.")
