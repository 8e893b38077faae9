"""`manage.py package`: the downloads of the whole record, made now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tracker.interchange.bulk.describing import ZIP
from tracker.interchange.bulk.making import make


class Command(BaseCommand):
    """Before anybody asks: by cron, or after an import."""

    help = "Make the data package of where the log ends now, unless it is there."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, and say where it lies."""
        try:
            made = make()
        except OSError as error:
            raise CommandError(f"The package cannot be written: {error}.") from None
        assert made is not None  # it waits for other makers
        total = sum(file.size for file in made.files.values())
        self.stdout.write(
            f"Entry {made.sequence}, {made.day.isoformat()}: {len(made.files)} files, "
            f"{total:,} bytes, of which {ZIP} {made.files[ZIP].size:,}; in {made.folder}"
        )
