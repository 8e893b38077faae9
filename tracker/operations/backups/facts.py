"""What a database holds, as the manifest of its backup says and as a restored one is held against.

Plain statements, since the database may be of an older release than this one.
"""

# ruff: noqa: S608 - names of tables that the database itself has told

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.changes.models import Change, Checkpoint, LogHead
from tracker.operations.backups.folder import BackupError, Progress

#: Log-ins: whoever held the backup would be logged in as somebody. People log in again instead.
LEFT_OUT = ("django_session",)

Ask = Callable[[str], Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Facts:
    """Of one moment. `note` is the newest checkpoint's, "" where none was made."""

    sequence: int
    hash: str
    note: str
    checkpoint: int | None
    migrations: list[str]
    rows: dict[str, int]


def facts(ask: Ask, tables: Sequence[str], progress: Progress) -> Facts:
    """Ask a database that nobody writes, or within one snapshot. BackupError where it has no log,
    or where the log and its head disagree."""
    if LogHead._meta.db_table not in tables:
        raise BackupError("This database holds no record: run `manage.py migrate` first.")
    rows = {}
    for number, table in enumerate(tables, start=1):
        left_out = table in LEFT_OUT
        rows[table] = 0 if left_out else ask(f'SELECT COUNT(*) FROM "{table}"')[0][0]
        progress("tables counted", number, len(tables))
    ((sequence, head_hash),) = ask(f"SELECT sequence, hash FROM {LogHead._meta.db_table}")
    ((last,),) = ask(f"SELECT COALESCE(MAX(sequence), 0) FROM {Change._meta.db_table}")
    if not sequence == last == rows[Change._meta.db_table]:
        raise BackupError(
            f"The log's head is {sequence}, its last entry {last}, and it has "
            f"{rows[Change._meta.db_table]} entries: run `manage.py verify_log`."
        )
    newest = ask(
        f"SELECT sequence, note FROM {Checkpoint._meta.db_table} ORDER BY made_at DESC LIMIT 1"
    )
    applied = ask("SELECT app, name FROM django_migrations ORDER BY app, name")
    return Facts(
        sequence=sequence,
        hash=head_hash,
        note=newest[0][1] if newest else "",
        checkpoint=newest[0][0] if newest else None,
        migrations=[f"{app}.{name}" for app, name in applied],
        rows=rows,
    )
