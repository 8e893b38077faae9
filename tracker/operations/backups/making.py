"""Making a backup: the head signed, the database copied as of one moment, and all of it sealed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.db import connection

from tracker.changes import checkpoints, notes
from tracker.changes.log import timestamp
from tracker.changes.models import LogHead
from tracker.operations.backups import postgresql, sqlite
from tracker.operations.backups.facts import LEFT_OUT, Facts
from tracker.operations.backups.folder import (
    FORMAT,
    NOTE,
    BackupError,
    Progress,
    new_folder,
    quiet,
    seal,
    sum_of,
    write_file,
)
from tracker.records.plain import Refused


@dataclass(frozen=True)
class Made:
    """What a backup holds; `unsigned` says why its head is not signed, "" where it is."""

    facts: Facts
    size: int
    unsigned: str


def back_up(path: Path, progress: Progress = quiet) -> Made:
    """Write a backup of the database of now as the folder `path`, which must not be there.

    BackupError, and nothing is left, where it cannot be made.
    """
    path = path.absolute()
    tool = of_this_database()
    with new_folder(path) as part:
        unsigned = _signed()
        with tool.told_in_words():
            found = tool.dump(part, progress)
        if found.note:
            write_file(part / NOTE, found.note)
        seal(part, _manifest(tool, found, sum_of(part / tool.FILE, progress)))
        size = sum(each.stat().st_size for each in part.iterdir())
    return Made(found, size, unsigned)


def of_this_database() -> ModuleType:
    """What copies the database that DATABASE_URL names."""
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]


def _signed() -> str:
    """Sign the head where it has moved since the newest checkpoint; why not, or "".

    A log that does not continue its checkpoints is backed up as well: it may be all that is left.
    """
    try:
        newest = checkpoints.newest()
        if LogHead.objects.get(pk=1).sequence > (newest.sequence if newest else 0):
            checkpoints.make()
    except (Refused, OSError) as error:
        return str(error)
    except LogHead.DoesNotExist:
        raise BackupError("This database holds no record: run `manage.py migrate` first.") from None
    return ""


def _manifest(tool: ModuleType, found: Facts, digest: str) -> dict[str, object]:
    return {
        "format": FORMAT,
        "made_at": timestamp(datetime.now(UTC)),
        "site": settings.SITE_URL,
        "release": settings.RELEASE,
        "database": connection.vendor,
        "file": tool.FILE,
        "sha256": digest,
        "head": {"sequence": found.sequence, "hash": found.hash},
        "checkpoint": found.checkpoint,
        "signed_by": notes.verifier_key(),
        "migrations": found.migrations,
        "rows": found.rows,
        "left_out": list(LEFT_OUT),
    }
