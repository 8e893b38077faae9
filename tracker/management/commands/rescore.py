"""`manage.py rescore --check`: every stored score, worked out again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.assessments.judging import differences
from tracker.assessments.models import Assessment
from tracker.records.models import State


class Command(BaseCommand):
    """Exit 0 only when every stored score is what its findings amount to."""

    help = "Work out every stored score again from its findings, and fail on any difference."

    def add_arguments(self, parser: CommandParser) -> None:
        """Only checking is offered: a published judgement is never rewritten."""
        parser.add_argument("--check", action="store_true", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and report."""
        count, wrong = 0, list[str]()
        # a draft's score is worked out again when it is saved or submitted
        judged = Assessment.objects.exclude(state=State.DRAFT).select_related("commitment")
        for assessment in judged.order_by("slug"):
            count += 1
            wrong += [
                f"assessment {assessment.slug!r}, {column}: stored {stored}, worked out {computed}"
                for column, stored, computed in differences(assessment)
            ]
        if wrong:
            raise CommandError("\n".join([*wrong, f"{len(wrong)} differences in {count} scores."]))
        self.stdout.write(f"{count} scores worked out again: no difference.")
