"""`manage.py verify_log`: the whole log, checked against itself and against kept checkpoints."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from tracker.changes import notes
from tracker.changes.log import head_sequence
from tracker.changes.verifying import Given, Verification, verify
from tracker.records.trouble import trouble


class Command(BaseCommand):
    """Exit 0 only when nothing at all is wrong."""

    help = "Check the log's chain, columns, topics and head, and every checkpoint."

    def add_arguments(self, parser: CommandParser) -> None:
        """Checkpoints that somebody kept, and the form of the answer."""
        parser.add_argument(
            "--checkpoint",
            metavar="FILE",
            type=Path,
            action="append",
            default=[],
            help="a checkpoint's note, kept elsewhere, that the log must continue; repeatable",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, checkpoint: list[Path], **options: Any) -> None:
        """Verify and report."""
        given = [_given(path) for path in checkpoint]
        progress = None
        if sys.stderr.isatty():
            self.last = head_sequence()
            progress = self._progress
        try:
            found = verify(given, progress)
        except Error as error:
            if trouble(error):
                raise
            raise CommandError(f"The log cannot be read: {error}") from None
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found), ensure_ascii=False))
            if not found.well:
                sys.exit(1)
        elif not found.well:
            raise CommandError("\n".join([*_lines(found), _verdict(found)]))
        else:
            self.stdout.write(_verdict(found))

    def _progress(self, done: int) -> None:
        self.stderr.write(f"\r{done}/{self.last} entries", ending="\n" if done >= self.last else "")


def _given(path: Path) -> Given:
    try:
        text = path.read_bytes().decode()
        note = notes.read(text)
    except OSError as error:
        raise CommandError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path}: is not UTF-8 text.") from None
    except notes.BadNote as error:
        raise CommandError(f"{path}: {error}.") from None
    return Given(f"The checkpoint {path}", note, signed=notes.is_ours(text))


def _lines(found: Verification) -> list[str]:
    lines = [
        f"entry {sequence}: {sentence}" if sequence else f"the log: {sentence}"
        for sequence, sentence in found.problems
    ]
    return [*lines, f"… and {found.more} more."] if found.more else lines


def _verdict(found: Verification) -> str:
    number = len(found.problems) + found.more
    wrong = _count(number, "problem") if number else "nothing is wrong"
    entries = _count(found.entries, "entry", "entries")
    checked = f"{entries} and {_count(found.checkpoints, 'checkpoint')} checked"
    redacted = f", {found.redacted} of the entries redacted" if found.redacted else ""
    left = _count(found.left_behind, "checkpoint")
    left = f", {left} left behind by an epoch" if found.left_behind else ""
    return f"{checked}{redacted}{left}: {wrong}. The log ends at {found.last}, {found.hash}."


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def _as_json(found: Verification) -> dict[str, Any]:
    return {
        "well": found.well,
        "entries": found.entries,
        "redacted": found.redacted,
        "checkpoints": found.checkpoints,
        "left_behind": found.left_behind,
        "sequence": found.last,
        "hash": found.hash,
        "problems": [
            {"sequence": sequence, "problem": sentence} for sequence, sentence in found.problems
        ],
        "more_problems": found.more,
    }
