"""Uploaded tables that wait for their importer's yes: files of ours, named by nobody else.

The browser keeps a sealed note of which file is meant, by whom, for what noun and why. Files and
not a worker's memory, since another worker may answer the yes; the folder is one for all of them.
"""

import re
import secrets
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from import_export.tmp_storages import BaseStorage

WAITS = 3600  # seconds; after that the upload is gone and the note says nothing
_NAME = re.compile(r"[0-9a-f]{32}\Z")


class WaitingFile(BaseStorage):
    """A table between its preview and the yes. Names are made here and are no paths."""

    def save(self, data: bytes) -> None:
        """Keep the table under a new name; what nobody said yes to in time goes."""
        _sweep()
        self.name = secrets.token_hex(16)
        path = self._path()
        path.touch(mode=0o600)
        path.write_bytes(data)

    def read(self) -> bytes:
        """The table. Raises FileNotFoundError where it is gone, or was never here."""
        path = self._path()
        if _too_old(path):
            raise FileNotFoundError(self.name)
        return path.read_bytes()

    def remove(self) -> None:
        """Forget the table."""
        self._path().unlink(missing_ok=True)

    def _path(self) -> Path:
        if not _NAME.match(self.name or ""):
            raise FileNotFoundError(self.name)
        return _folder() / self.name


def seal(note: dict[str, Any], *, noun: str, user: Any) -> str:
    """The note, for this user and this noun alone."""
    return signing.dumps(note, salt=_salt(noun, user), compress=True)


def unseal(sealed: str, *, noun: str, user: Any) -> dict[str, Any]:
    """The note. Raises signing.BadSignature for one that is forged, another's or too old."""
    note: dict[str, Any] = signing.loads(sealed, salt=_salt(noun, user), max_age=WAITS)
    return note


def _salt(noun: str, user: Any) -> str:
    return f"tracker.admin.tables:{noun}:{user.pk}"


def _folder() -> Path:
    folder = Path(settings.WAITING_IMPORTS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _sweep() -> None:
    for path in _folder().iterdir():
        if _NAME.match(path.name) and _too_old(path):
            path.unlink(missing_ok=True)  # another worker may be sweeping too


def _too_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > WAITS
    except FileNotFoundError:
        return True
