"""`manage.py import_scorecard`: a study's table of results."""

import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.interchange.scorecards import Study, bring_in
from tracker.interchange.sheets import SheetError, read


class Command(BaseCommand):
    """A pledge with its clauses, and a commitment and a judgement for each lab and clause."""

    help = (
        "Import a scorecard: a CSV file with the columns clause and criterion and one a lab, "
        "or clause, criterion, lab and value; both may have weight and group."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and what it does not say itself."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--pledge", metavar="SLUG", required=True, help="slug of the pledge")
        parser.add_argument("--title", required=True, help="the study's title")
        parser.add_argument("--as-of", metavar="DATE", required=True, help="2027-07-05")
        parser.add_argument(
            "--source", metavar="SLUG", default="", help="the study's source; else one is made"
        )
        parser.add_argument(
            "--promised", action="store_true", help="the labs promised what is measured"
        )
        parser.add_argument(
            "--create-labs", action="store_true", help="make the labs that are not on record"
        )
        parser.add_argument(
            "--publish", action="store_true", help="publish as imported judgements, not drafts"
        )

    def handle(self, *args: Any, file: Path, as_of: str, **options: Any) -> None:
        """Import and say what was made."""
        names = ("pledge", "title", "source", "promised", "create_labs", "publish")
        try:
            study = Study(as_of=_day(as_of), **{name: options[name] for name in names})
            progress = self._progress if sys.stderr.isatty() else None
            made = bring_in(read(file), study, progress)
        except SheetError as error:
            raise CommandError("\n".join([*error.lines, "Nothing was written."])) from None
        counts = ", ".join(
            f"{len(each)} {meta.verbose_name if len(each) == 1 else meta.verbose_name_plural}"
            for meta, each in ((model._meta, records) for model, records in made.items())
            if each
        )
        self.stdout.write(f"{'Published' if study.publish else 'As drafts'}: {counts}.")

    def _progress(self, done: int, total: int) -> None:
        self.stderr.write(f"\r{done}/{total} records", ending="\n" if done == total else "")


def _day(text: str) -> date:
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise SheetError([f"--as-of: {text[:40]!r} is no day; write it as 2027-07-05."]) from None
