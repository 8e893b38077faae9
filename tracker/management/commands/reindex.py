"""`manage.py reindex [--check]`: what search and lists read, made again from the record."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.curation.indexing import differences, reindex
from tracker.reading.models import SearchDocument


class Command(BaseCommand):
    """Exit 0 only when both hold what is published, and nothing else."""

    help = "Make what search and lists read again from the published records, or only check it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Write, or only look."""
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail on any difference"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, and unless told not to write what differs."""
        if not options["check"]:
            mended = reindex()
            self.stdout.write(f"{SearchDocument.objects.count()} documents, {mended} made again.")
        elif wrong := list(differences()):
            raise CommandError("\n".join([*wrong, f"{len(wrong)} differences: run reindex."]))
        else:
            self.stdout.write(f"{SearchDocument.objects.count()} documents: no difference.")
