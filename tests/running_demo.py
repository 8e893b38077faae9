"""`make demo` as a newcomer runs it, in a folder of its own: for tests and for the screenshots."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.machine import free_ports, serving


@contextmanager
def running_demo(folder: Path) -> Iterator[tuple[str, str]]:
    """The address of a running demo, and what it printed before it served.

    Raises RuntimeError, with what it printed, where it does not start.
    """
    (port,) = free_ports(1)
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DEBUG")
    } | {
        "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3",
        "SECRET_KEY": "a made-up secret of this test",
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    printed, address = folder / "printed.txt", f"http://127.0.0.1:{port}"
    command = [sys.executable, "manage.py", "demo"]
    with serving(command, f"{address}/healthz", environment, printed):
        yield address, printed.read_text()
