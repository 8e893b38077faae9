"""`manage.py export_record`: the whole record as one file."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.interchange.record_files.exporting import export, write
from tracker.interchange.record_files.problems import RecordFileError
from tracker.interchange.record_files.schema import record_schema


class Command(BaseCommand):
    """Every published record, in a file that import_record reads (docs/record-file.md)."""

    help = "Write every published record to one JSON file, which import_record reads."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to write it."""
        parser.add_argument("path", metavar="PATH", nargs="?", help="the file, or - for stdout")
        parser.add_argument(
            "--schema", action="store_true", help="print the JSON Schema of the file instead"
        )

    def handle(self, *args: Any, path: str | None, schema: bool, **options: Any) -> None:
        """Write it and say what became of it."""
        if schema == bool(path):
            raise CommandError("Give the PATH of the file to write, or --schema alone.")
        if schema:
            self.stdout.write(json.dumps(record_schema(), ensure_ascii=False, indent=2))
            return
        progress = self._progress if sys.stderr.isatty() else None
        if path == "-":
            self._to_stdout(progress)
            return
        try:
            size = export(Path(str(path)), progress)
        except RecordFileError as error:
            raise CommandError("\n".join(error.lines)) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted. Nothing was written.", returncode=130) from None
        self.stdout.write(f"{path}: {size:,} bytes.")

    def _to_stdout(self, progress: Any) -> None:
        try:
            write(sys.stdout.buffer, progress)
            sys.stdout.buffer.flush()
        except BrokenPipeError:  # and Python must not try again when it ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise CommandError("Whoever read it stopped before its end.") from None

    def _progress(self, done: int, total: int) -> None:
        self.stderr.write(f"\r{done:,} of {total:,} records", ending="\n" if done == total else "")
