"""`manage.py check_quotes`: prove the quotations of the record."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.interchange.quotes import check_all, texts_in


class Command(BaseCommand):
    """Exit 0 only when every quotation is verified."""

    help = (
        "Check every published quotation against the text of its source: the archived text, or a "
        "file of the same SHA-256 in the folder given with --documents."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the texts are, and how to answer."""
        parser.add_argument("--documents", type=Path, help="a folder that holds the documents")
        parser.add_argument("--json", action="store_true", help="a JSON list on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a quotation; fail unless all are verified."""
        folder: Path | None = options["documents"]
        try:
            texts = texts_in(folder) if folder else {}
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from None
        reports = list(check_all(texts))
        if options["json"]:
            rows = [report.as_dict() for report in reports]
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
        else:
            for report in reports:
                hint = f" ({report.message})" if report.message else ""
                self.stdout.write(f"{report.status:10} {report.source} {report.id}{hint}")
        verified = sum(report.status == "verified" for report in reports)
        summary = f"{verified} of {len(reports)} quotations verified."
        if not reports:
            raise CommandError("There is no published quotation to check; seed the record first.")
        if verified < len(reports):
            hint = "" if folder else " Give --documents FOLDER with the texts."
            raise CommandError(summary + hint)
        self.stderr.write(summary)
