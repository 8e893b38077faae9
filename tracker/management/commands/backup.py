"""`manage.py backup PATH`: the whole database, log and readers included, as a folder."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.operations.backups.folder import BackupError
from tracker.operations.backups.making import back_up


class Command(BaseCommand):
    """While people publish; nobody waits for it."""

    help = (
        "Write the whole database, as of one moment, to a new folder that only its owner can read: "
        "records, drafts, log, checkpoints, readers and accounts; no log-ins."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to."""
        parser.add_argument(
            "path", metavar="PATH", type=Path, help="a folder that is not there yet"
        )

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        """Write it and say what is in it."""
        try:
            made = back_up(path, Progress(self))
        except BackupError as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted. Nothing was written.", returncode=130) from None
        found = made.facts
        rows = sum(found.rows.values())
        self.stdout.write(
            f"{path}: {made.size:,} bytes, {rows:,} rows of {len(found.rows)} tables, read back. "
            f"The log ends at {found.sequence}, {found.hash}."
        )
        if made.unsigned:
            raise CommandError(f"The backup is whole, but its head is not signed. {made.unsigned}")


class Progress:
    """A line that is written over, where somebody looks."""

    def __init__(self, command: BaseCommand) -> None:
        self.command, self.what = command, ""
        self.seen = sys.stderr.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        """How far it is."""
        if not self.seen:
            return
        begin = "\r" if what == self.what or not self.what else "\n"
        self.what = what
        of = f" of {total:,}" if total else ""
        self.command.stderr.write(f"{begin}{done:,}{of} {what}", ending="")
