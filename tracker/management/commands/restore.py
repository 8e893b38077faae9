"""`manage.py restore PATH`: a backup into an empty place."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.management.commands.backup import Progress
from tracker.operations.backups.folder import BackupError
from tracker.operations.backups.restoring import restore


class Command(BaseCommand):
    """Exit 0 only when all is there, is right, and may be published on."""

    help = (
        "Restore a backup into the empty database that DATABASE_URL names, bring it to this "
        "release, and check all of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What."""
        parser.add_argument("path", metavar="PATH", type=Path, help="the folder of a backup")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        """Restore it and say what was found."""
        try:
            restored = restore(path, Progress(self))
        except BackupError as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted: if the place is not empty now, empty it and begin again.",
                returncode=130,
            ) from None
        manifest, verified = restored.manifest, restored.verified
        rows = sum(manifest["rows"].values())
        checked = f"{verified.entries:,} entries of the log verified" if verified else ""
        said = (
            f"Restored the backup of {manifest['made_at']} (release {manifest['release']}): "
            f"{rows:,} rows, {checked}, which ends at {manifest['head']['sequence']}."
        )
        if restored.wrong:
            raise CommandError(
                "\n".join([said, "It is there, but not all is well:", *restored.wrong])
            )
        self.stdout.write(said)
        self.stdout.write(
            "Everybody logs in again. What was published after the backup and after the newest "
            "checkpoint cannot be known from here; if anything was, say so to your readers."
        )
