"""`manage.py import_record`: a record file into the record."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.interchange.record_files.importing import Report, bring_in
from tracker.interchange.record_files.problems import RecordFileError


class Command(BaseCommand):
    """What export_record wrote, checked whole, then published whole or not at all."""

    help = "Read a record file: check all of it, then publish all of it or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file."""
        parser.add_argument("path", metavar="PATH", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and change nothing"
        )

    def handle(self, *args: Any, path: Path, dry_run: bool, **options: Any) -> None:
        """Import and say what was done."""
        progress = self._progress if sys.stderr.isatty() else None
        try:
            report = bring_in(path, dry_run=dry_run, progress=progress)
        except RecordFileError as error:
            raise CommandError("\n".join([*error.lines, "Nothing was written."])) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted. Nothing was written.", returncode=130) from None
        self._warn(report)
        self._tell(report, dry_run=dry_run)

    def _warn(self, report: Report) -> None:
        """What today's rules would not let pass, and history does."""
        history = report.history
        for line in history.warnings:
            self.stderr.write(f"Let through as history: {line}")
        if more := history.count - len(history.warnings):
            self.stderr.write(f"Let through as history: {more:,} more.")

    def _tell(self, report: Report, *, dry_run: bool) -> None:
        for line in report.changed:
            self.stdout.write(line)
        if more := report.changes - len(report.changed):
            self.stdout.write(f"and {more:,} more that the file changes.")
        for name in ("new", "corrected", "retracted", "unchanged"):
            count: Counter[Any] = getattr(report, name)
            nouns = ", ".join(
                f"{number:,} {meta.verbose_name if number == 1 else meta.verbose_name_plural}"
                for meta, number in ((model._meta, number) for model, number in count.items())
                if number
            )
            self.stdout.write(f"{name.capitalize()}: {nouns or 'nothing'}.")
        if dry_run:
            self.stdout.write("Nothing was written.")

    def _progress(self, what: str, done: int, total: int) -> None:
        of = f" of {total:,}" if total else ""
        self.stderr.write(
            f"\r{done:,}{of} {what}", ending="\n" if done == total or not total else ""
        )
