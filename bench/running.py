"""What every part of the bench stands on: databases of its own, gunicorn as it is served, wrk."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.machine import answers, free_ports

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


def environment(database: str, **more: str) -> dict[str, str]:
    """The environment of a site on that database."""
    return os.environ | {
        "DATABASE_URL": database, "SECRET_KEY": "only-for-a-bench-" * 4,
        "DJANGO_SETTINGS_MODULE": "tracker.settings", "CHECKPOINT_DIR": str(ROOT / "var" / "none"),
    } | more  # fmt: skip


def manage(database: str, *arguments: str) -> None:
    """A command of manage.py; what it prints is shown only where it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=environment(database), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    return free_ports(1)[0]


@contextmanager
def gunicorn(
    database: str, *, wsgi: str = "tracker.wsgi", workers: int = 2, **more: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a gunicorn as the site is served, and its process, for as long as the block
    lasts."""
    port = free_port()
    told = environment(database, MALLOC_ARENA_MAX="2", **more)  # as deploy/systemd has it
    process = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", wsgi, "--config", "deploy/gunicorn.conf.py",
            "--bind", f"127.0.0.1:{port}", "--workers", str(workers),
        ],
        cwd=ROOT, env=told,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/healthz", process)
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=30)


def forked(process: int) -> list[Path]:
    """What the kernel tells of each process that this one has forked: folders of /proc."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [Path("/proc", each) for each in children]


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Until it answers; RuntimeError where it has ended, or does not within a minute."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if answers(address):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{address} does not answer.")


def wrk(
    address: str, seconds: int, *, connections: int = 8, headers: Mapping[str, str] | None = None
) -> float:
    """Answers a second under load of one thread; RuntimeError where one was an error."""
    program = shutil.which("wrk")
    if program is None:
        raise SystemExit("wrk is not on this machine. To get it: apt-get install wrk")
    told = [f"--header={name}: {value}" for name, value in (headers or {}).items()]
    done = subprocess.run(
        [program, "-t1", f"-c{connections}", f"-d{seconds}s", *told, address],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    if "Non-2xx or 3xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"{address}: {done.stdout}")
    found = re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])
