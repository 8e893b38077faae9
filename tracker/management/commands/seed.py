"""`manage.py seed`: load the seed files."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.interchange.seeding import SEEDS_FOLDER, SeedError, seed


class Command(BaseCommand):
    """Load seeds/*.toml; twice changes nothing."""

    help = "Load the seed files into the record. Seeding twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder, for tests and for other records."""
        parser.add_argument("folder", nargs="?", type=Path, default=SEEDS_FOLDER)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Seed and say what was done."""
        try:
            report = seed(folder, progress=self._progress if sys.stderr.isatty() else None)
        except SeedError as error:
            raise CommandError("\n".join([*error.lines, "Nothing was written."])) from None
        self.stdout.write(
            f"{len(report.new)} new, {len(report.corrected)} corrected, "
            f"{len(report.unchanged)} unchanged."
        )

    def _progress(self, done: int, total: int) -> None:
        self.stderr.write(f"\r{done}/{total} records", ending="\n" if done == total else "")
