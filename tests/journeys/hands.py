"""Starting and killing the processes of a site that use this test's own database."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def environment(**more: str) -> dict[str, str]:
    """What a process needs to serve this test's own database, with this test's own secret."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "SITE_URL": settings.SITE_URL,
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": database_url(),
        "CHECKPOINT_DIR": str(settings.CHECKPOINT_DIR),
        **more,
    }


def database_url() -> str:
    """The database that pytest made for this test run."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


class Nursery:
    """Forks and kills on orders (`nursery.py`); one order at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def fork(self, role: str, **options: Any) -> int:
        """A child in this role; its process id."""
        return int(self._order(do="fork", role=role, options=options))

    def kill(self, child: int) -> bool:
        """kill -9; False where it had ended by itself."""
        return bool(self._order(do="kill", child=child))

    def ended(self, child: int) -> int | None:
        """Its exit code; None while it lives."""
        code: int | None = self._order(do="ended", child=child)
        return code

    def _order(self, **order: Any) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "the nursery has ended, and its log says why"
        return json.loads(answer)


@contextmanager
def nursery(log: IO[str], **more: str) -> Iterator[Nursery]:
    """A nursery for as long as the block lasts; it and its children write what fails to `log`."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.nursery"],
        cwd=ROOT, env=environment(**more), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
    ) as process:  # fmt: skip
        try:
            yield Nursery(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()  # it ends by this, after its children
            process.wait(timeout=20)
