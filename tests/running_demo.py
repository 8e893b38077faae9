"""`make demo` as a newcomer runs it, in a folder of its own: for tests and for the screenshots."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90


@contextmanager
def running_demo(folder: Path) -> Iterator[tuple[str, str]]:
    """The address of a running demo, and what it printed before it served.

    Raises RuntimeError, with what it printed, where it does not start.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DEBUG")
    } | {
        "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3",
        "SECRET_KEY": "a made-up secret of this test",
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    printed = folder / "printed.txt"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{address}/healthz", process, printed)
            yield address, printed.read_text()
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_for(address: str, process: subprocess.Popen, printed: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - loopback
                assert answer.status == 200
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):  # a busy machine
            time.sleep(0.2)
    raise RuntimeError(f"the demo did not start:\n{printed.read_text()}")
