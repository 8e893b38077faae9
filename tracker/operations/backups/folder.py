"""The folder of a backup: written beside its place, put there whole, read back by its sums."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FORMAT = "on-record/backup/v1"
MANIFEST, SUMS, NOTE = "manifest.json", "SHA256SUMS", "checkpoint.note"
PIECE = 1 << 20  # bytes read at once
UNKNOWN = f"{{}} is no backup that this release knows ({FORMAT})."
#: What a restore reads of a manifest.
_READ: dict[str, type] = {
    **dict.fromkeys(("made_at", "release", "database", "file", "sha256"), str),
    "head": dict,
    "migrations": list,
    "rows": dict,
}

#: Told what is being done, how much of it is done, and how much there is (0: not known).
Progress = Callable[[str, int, int], None]
Manifest = dict[str, Any]


class BackupError(Exception):
    """Why there is no backup, or why it was not restored, in a sentence."""


def quiet(what: str, done: int, total: int) -> None:
    """Tell nobody."""


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder that only its owner can read and that is at `path` at the end, or is gone."""
    if path.exists() or path.is_symlink():
        raise BackupError(f"{path} is there already: a backup overwrites nothing. Name another.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.mkdir(mode=0o700)
    except OSError as error:  # also where it is there: another machine's, which has such a number
        raise BackupError(f"{path} cannot be written: {error.strerror or error}.") from None
    try:
        yield part
        flush_folder(part)
        part.rename(path)  # never over a folder that holds anything
        flush_folder(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def new_file(path: Path) -> int:
    """A new file that only its owner can read, open for writing."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def write_file(path: Path, text: str) -> None:
    """A small file, on the disk and not only on its way there."""
    with os.fdopen(new_file(path), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def flush(path: Path) -> None:
    """See to it that a file that another program wrote is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def flush_folder(path: Path) -> None:
    """See to it that the names in a folder are on the disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def seal(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, and the sums of every file; that of the database is known."""
    write_file(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
    sums = {manifest["file"]: manifest["sha256"]}
    sums |= {path.name: sum_of(path, quiet) for path in folder.iterdir() if path.name not in sums}
    lines = [f"{digest}  {name}\n" for name, digest in sorted(sums.items())]
    write_file(folder / SUMS, "".join(lines))


def sum_of(path: Path, progress: Progress) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest, done, size = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            done += len(piece)
            progress(f"sum of {path.name}", done, size)
    return digest.hexdigest()


def opened(folder: Path, progress: Progress) -> Manifest:
    """The manifest of a backup that came whole; BackupError says what is missing or changed."""
    sums = _sums(folder)
    for name, expected in sums.items():
        try:
            found = sum_of(folder / name, progress)
        except OSError as error:
            said = f"{folder / name} cannot be read: {error.strerror}. Nothing was restored."
            raise BackupError(said) from None
        if found != expected:
            raise BackupError(
                f"{folder / name} is not what was written: its SHA-256 is {found} and should be "
                f"{expected}. Nothing was restored; take another backup."
            )
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        manifest = None
    if MANIFEST not in sums or not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BackupError(UNKNOWN.format(folder))
    if any(not isinstance(manifest.get(name), kind) for name, kind in _READ.items()):
        raise BackupError(UNKNOWN.format(folder))
    if manifest["file"] not in sums:
        raise BackupError(f"{folder} has no sum of {manifest['file']}, so nothing was restored.")
    return manifest


def _sums(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", "") or "it is not text"
        raise BackupError(f"{folder} is no backup: {SUMS} cannot be read ({said}).") from None
    sums = {}
    for line in lines:
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name or "/" in name:
            raise BackupError(f"{folder / SUMS}: this is no line of sums: {line!r}.")
        sums[name] = digest
    return sums
