"""SQLite: its online backup, which reads one moment while others write, and restoring the file."""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from tracker.operations.backups.facts import LEFT_OUT, Facts, facts
from tracker.operations.backups.folder import (
    PIECE,
    BackupError,
    Progress,
    flush,
    flush_folder,
    new_file,
)
from tracker.reading import fulltext

FILE = "database.sqlite3"
PAGES = 4_096  # copied at once
BESIDE = ("-wal", "-journal", "-shm")


def dump(folder: Path, progress: Progress) -> Facts:
    """Write the database of now into the folder, look it through, and say what it holds."""
    target = folder / FILE
    os.close(new_file(target))
    with closing(_open(_path(), "rw")) as source, closing(sqlite3.connect(target)) as copy:
        # A transaction of our own holds the moment: without it every write begins the copy anew.
        source.execute("BEGIN")
        source.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        source.backup(
            copy,
            pages=PAGES,
            progress=lambda status, left, total: progress("pages copied", total - left, total),
        )
        # one file, which can be read where nothing may be written
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("PRAGMA secure_delete = ON")
        for table in LEFT_OUT:
            copy.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        copy.commit()
    flush(target)
    return look_through(target, progress)


def look_through(path: Path, progress: Progress) -> Facts:
    """What a file holds that nobody writes; BackupError where it is damaged."""
    with closing(_open(path, "ro", immutable=True)) as database:
        progress("pages checked", 0, 0)
        found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise BackupError(f"{path} is damaged: {found}.")
        # what search keeps for itself is made of a table that is counted
        tables = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
            "ESCAPE '\\' AND name NOT LIKE ? ORDER BY name",
            [f"{fulltext.INDEX}%"],
        )
        names = [name for (name,) in tables]
        return facts(lambda sql: database.execute(sql).fetchall(), names, progress)


def refuse_unless_empty() -> None:
    """BackupError where DATABASE_URL names a file that holds anything."""
    path = _path()
    there = [each for each in (path, *_beside(path)) if each.exists() and each.stat().st_size]
    if there:
        raise BackupError(
            f"{there[0]} is there already: a backup is restored into an empty place. Move it away "
            "(with what stands beside it), or name another file in DATABASE_URL."
        )


def restore(folder: Path, sha256: str, progress: Progress) -> Facts:
    """Put the database in its place, whole or not at all, and say what it holds."""
    path = _path()
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    digest, done, size = hashlib.sha256(), 0, (folder / FILE).stat().st_size
    try:
        with (folder / FILE).open("rb") as source, os.fdopen(new_file(part), "wb") as copy:
            while piece := source.read(PIECE):
                digest.update(piece)
                copy.write(piece)
                done += len(piece)
                progress("bytes restored", done, size)
            copy.flush()
            os.fsync(copy.fileno())
        if digest.hexdigest() != sha256:
            raise BackupError(f"{folder / FILE} has changed meanwhile. Nothing was restored.")
        found = look_through(part, progress)
        refuse_unless_empty()
        part.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        part.unlink(missing_ok=True)
    return found


@contextmanager
def told_in_words() -> Iterator[None]:
    """What SQLite refuses, as a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise BackupError(f"SQLite refuses: {error}.") from None


def _path() -> Path:
    return Path(str(connection.settings_dict["NAME"])).absolute()


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in BESIDE]


def _open(path: Path, mode: str, *, immutable: bool = False) -> sqlite3.Connection:
    """An existing file; `immutable`: nobody writes it, so that nothing is made beside it."""
    address = f"file:{quote(str(path))}?mode={mode}{'&immutable=1' if immutable else ''}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=20)
