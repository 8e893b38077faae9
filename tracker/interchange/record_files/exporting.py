"""The record file on disk: written beside its place, and put there only when it is whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from tracker.interchange.record_files.problems import RecordFileError
from tracker.interchange.record_files.writing import Progress, chunks


def export(path: Path, progress: Progress | None = None) -> int:
    """Write the record file; its size in bytes. Raises RecordFileError: what was there stays."""
    try:
        with _beside(path.resolve()) as file:
            return write(file, progress)
    except OSError as error:
        raise RecordFileError([f"{path}: cannot be written: {error.strerror or error}."]) from None
    except (RuntimeError, ValueError):  # of `resolve`: a ring of links, a NUL
        raise RecordFileError([f"{str(path)!r}: cannot be written: it names no place."]) from None


def write(file: BinaryIO, progress: Progress | None = None) -> int:
    """Write the record file to an open file; its size in bytes."""
    return sum(file.write(chunk) for chunk in chunks(progress))


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` at the end, or is gone if anything went wrong."""
    if path.exists() and not path.is_file():
        raise OSError(0, "it is no file")
    part = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
    file = part.open("xb")  # somebody else's is not ours to unlink
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
