"""`manage.py migrate`: Django's own, which here never holds up readers for long."""

from typing import Any

from django.core.management.commands import migrate

from tracker.records.migrating import patiently


class Command(migrate.Command):
    """Migrate under a limit for locks, again where somebody else holds one."""

    def handle(self, *args: Any, **options: Any) -> None:
        """As Django's."""
        patiently(
            options["database"],
            lambda: super(Command, self).handle(*args, **options),
            lambda sentence: self.stdout.write(sentence),
        )
