"""Whether this process may be sent readers: database, migrations, the log and its checkpoints.

Delivery that is late is said and keeps nobody from reading: a webhook that does not answer must not
take every web process out of service.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader

from tracker import databases
from tracker.changes.checkpoints import newest
from tracker.changes.continuity import find_break
from tracker.changes.models import LogHead
from tracker.operations.waiting import LATE, channels, oldest_age

logger = logging.getLogger(__name__)

AWAY = "The database does not answer, or holds no log yet."


@dataclass(frozen=True)
class Readiness:
    """`wrong` is a sentence, "" where the process is ready; `told` is what else is known."""

    wrong: str
    told: dict[str, Any]


def readiness() -> Readiness:
    """Ask everything. A database that is away is an answer, not an error."""
    try:
        if connection.vendor == "sqlite" and (
            said := databases.moved(str(connection.settings_dict["NAME"]))
        ):
            return Readiness(said, {})
        if missing := unapplied():
            said = f"Migrations are not applied ({', '.join(missing)}): run `manage.py migrate`."
            return Readiness(said, {})
        head = LogHead.objects.get(pk=1)
        if broken := find_break(head.sequence):
            return Readiness(broken.sentence, {"sequence": head.sequence})
        checkpoint = newest()
        late = oldest_age(channels())
    except (Error, LogHead.DoesNotExist) as error:
        logger.warning("not ready: %s", error)
        return Readiness(AWAY, {})
    return Readiness(
        "",
        {
            "sequence": head.sequence,
            "checkpoint": checkpoint.sequence if checkpoint else None,
            "oldest_undelivered_seconds": round(late, 3),
            "delivery": "late" if late > LATE else "well",
        },
    )


def unapplied() -> list[str]:
    """The first few migrations of this release that the database lacks.

    Those that it has and this release does not know are a newer release's, whose first step leaves
    the older one working: while processes are replaced one after another both are at work.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    return sorted(f"{app}.{name}" for app, name in _known() - applied)[:3]


def unknown(migrations: Iterable[str]) -> list[str]:
    """Of the applied migrations named, those that this release does not know."""
    known = {f"{app}.{name}" for app, name in _known()}
    return sorted(set(migrations) - known)


@cache
def _known() -> frozenset[tuple[str, str]]:
    """Every migration of this release."""
    return frozenset((app, name) for app, name in MigrationLoader(None).disk_migrations or {})
