"""Restoring a backup into an empty place, and looking whether all of it is there and is right."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from tracker.changes import continuity, guard, notes
from tracker.changes.log import head_sequence
from tracker.changes.verifying import Given, Verification, verify
from tracker.operations.backups.facts import LEFT_OUT, Facts
from tracker.operations.backups.folder import (
    NOTE,
    UNKNOWN,
    BackupError,
    Manifest,
    Progress,
    opened,
    quiet,
)
from tracker.operations.backups.making import of_this_database
from tracker.operations.readiness import unknown


@dataclass
class Restored:
    """What is there now. `wrong` are sentences; without any, all is well."""

    manifest: Manifest
    verified: Verification | None = None
    wrong: list[str] = field(default_factory=list)


def restore(folder: Path, progress: Progress = quiet) -> Restored:
    """Restore into the empty database that DATABASE_URL names, and check all of it.

    BackupError, and nothing is restored, where the place is not empty, the backup is not whole, or
    it is of another engine or of a newer release.
    """
    tool = of_this_database()
    connection.close()
    with tool.told_in_words():
        tool.refuse_unless_empty()
        manifest = opened(folder.absolute(), progress)
        _refuse_others(manifest)
        if manifest["file"] != tool.FILE:  # whose sum would have been looked at in its place
            raise BackupError(UNKNOWN.format(folder))
        found = tool.restore(folder.absolute(), manifest["sha256"], progress)
    restored = Restored(manifest)
    restored.wrong += _lacking(manifest, found)
    # an older backup becomes one of this release; triggers and search are made where they lack
    call_command("migrate", interactive=False, verbosity=0)
    _check(folder.absolute(), restored, progress)
    return restored


def _refuse_others(manifest: Manifest) -> None:
    if manifest["database"] != connection.vendor:
        raise BackupError(
            f"This is a backup of {_named(manifest['database'])}, and DATABASE_URL names "
            f"{_named(connection.vendor)}. `export_record` and `import_record` move a record "
            "between them, without its log and its readers."
        )
    if newer := unknown(manifest["migrations"]):
        raise BackupError(
            f"This is a backup of release {manifest['release']}, whose database this release "
            f"({settings.RELEASE}) does not know ({newer[0]}): restore it with that release."
        )


def _named(vendor: str) -> str:
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(vendor, vendor)


def _lacking(manifest: Manifest, found: Facts) -> Iterator[str]:
    """What the restored database holds otherwise than the manifest says."""
    expected = manifest["rows"]
    for table in sorted({*expected, *found.rows} - set(LEFT_OUT)):
        if expected.get(table, 0) != found.rows.get(table, 0):
            yield (
                f"The table {table} has {found.rows.get(table, 0):,} rows and should have "
                f"{expected.get(table, 0):,}."
            )
    if (found.sequence, found.hash) != tuple(manifest["head"][key] for key in ("sequence", "hash")):
        yield f"The log ends at {found.sequence} and should end at {manifest['head']['sequence']}."


def _check(folder: Path, restored: Restored, progress: Progress) -> None:
    """The log with the backup's own note, its triggers, search, and the saved checkpoints."""
    last = restored.manifest["head"]["sequence"]
    verified = verify(_given(folder), lambda done: progress("entries verified", done, last))
    restored.verified = verified
    restored.wrong += [sentence for _, sentence in verified.problems]
    if verified.more:
        restored.wrong.append(f"… and {verified.more} more: `manage.py verify_log` has them.")
    restored.wrong += _unguarded()
    try:
        call_command("reindex", check=True, stdout=_Nowhere())
    except CommandError as error:
        restored.wrong += str(error).splitlines()
    if broken := continuity.find_break(head_sequence()):
        said = [each for each in restored.wrong if not broken.sentence.startswith(each)]
        restored.wrong = [*said, broken.sentence]


def _given(folder: Path) -> list[Given]:
    try:
        text = (folder / NOTE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []  # no checkpoint was made before the backup
    return [Given("The backup's checkpoint", notes.read(text), signed=notes.is_ours(text))]


def _unguarded() -> Iterator[str]:
    """The tables of the log that would let a row be deleted. None is: it is tried and undone."""
    for model in guard.GUARDED:
        table = model._meta.db_table
        delete = f"DELETE FROM {table} WHERE sequence = (SELECT MIN(sequence) FROM {table})"  # noqa: S608
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(delete)
                deleted = cursor.rowcount
                transaction.set_rollback(True)
        except DatabaseError:
            continue
        if deleted:
            yield f"The triggers that guard {table} are missing: run `manage.py migrate`."


class _Nowhere(io.TextIOBase):
    """Takes what a command says when all is well."""

    def write(self, said: str) -> int:
        """Forget it."""
        return len(said)
