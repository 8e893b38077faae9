"""The one Django app. Its rooms are the packages beside this file; CONTRIBUTING.md lists them."""

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate


class TrackerConfig(AppConfig):
    """Django's entry. What must exist in every database is made after each migration."""

    name = "tracker"
    verbose_name = "On Record"

    def ready(self) -> None:
        """Register what `migrate` and `flush` leave to be made again; nothing else hooks in."""
        post_migrate.connect(make_what_every_database_needs, sender=self)


def make_what_every_database_needs(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """The log's head row and its triggers, the curators' roles, and what search reads."""
    from tracker.changes import guard
    from tracker.changes.models import LogHead
    from tracker.curation import indexing
    from tracker.curation.roles import install_roles
    from tracker.reading import fulltext
    from tracker.records.migrating import gather_statistics

    guard.install(using)
    LogHead.objects.using(using).get_or_create(pk=1)
    install_roles(using)
    fulltext.install(using)
    if using == DEFAULT_DB_ALIAS:
        indexing.fill()
    if kwargs.get("plan"):  # something was migrated
        gather_statistics(using)
