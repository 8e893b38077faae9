"""What every part of the bench stands on: databases of its own, gunicorn as it is served, wrk."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.both_databases import postgres, postgres_programs
from tests.machine import free_ports, serving

ROOT = Path(__file__).resolve().parent.parent


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


@contextmanager
def gunicorn(
    database: str, *, wsgi: str = "tracker.wsgi", workers: int = 2, **more: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a gunicorn as the site is served, and its process, for as long as the block
    lasts."""
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "gunicorn", wsgi, "--config", "deploy/gunicorn.conf.py",
        "--bind", f"127.0.0.1:{port}", "--workers", str(workers),
    ]  # fmt: skip
    told = environment(database, MALLOC_ARENA_MAX="2", **more)  # as deploy/systemd has it
    with serving(command, f"{address}/healthz", told) as process:
        yield address, process


def each_engine() -> Iterator[tuple[str, str, str]]:
    """The name of each database, its URL and a folder until the next is asked for; both durable."""
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", f"sqlite:///{folder}/measured.sqlite3", folder
        if programs := postgres_programs():
            with postgres(programs, durable=True) as url:
                yield "PostgreSQL", url, folder


def forked(process: int) -> list[Path]:
    """What the kernel tells of each process that this one has forked: folders of /proc."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [Path("/proc", each) for each in children]


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
