"""`manage.py check_quote --document FILE WORDS`: does it print these words, and where?"""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.interchange.quotes import text_of
from tracker.sources.checking import Check, check_quote


class Command(BaseCommand):
    """Exit 0 only when the words are verified."""

    help = "Check words against a document; answers in JSON, with the true words where they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        """The document and the words."""
        parser.add_argument("--document", type=Path, required=True, help="a UTF-8 text file")
        parser.add_argument("words", help="the words as quoted")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print status, start, true_words and similarity."""
        try:
            result = check_quote(text_of(options["document"]), options["words"])
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from None
        answer = {
            "status": result.status.value,
            "start": result.start,
            "true_words": result.true_words,
            "similarity": round(result.similarity, 6),
        }
        self.stdout.write(json.dumps(answer, ensure_ascii=False))
        if result.status != Check.VERIFIED:
            raise CommandError(f"The words are {result.status.value.replace('_', ' ')}.")
