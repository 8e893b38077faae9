"""nginx from the files of deploy/, filled in for a folder: for tests and for the bench.

It runs as whoever runs the test, from ports and paths of its own, and is stopped at the end.
"""

import getpass
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import both_databases

ROOT = Path(__file__).resolve().parent.parent
HOST = "record.example"
#: ngx_http_file_cache_header_t: its version, and after it when the answer is no longer fresh.
_KEPT = struct.Struct("Nq")
_VERSIONS = (3, 4, 5)


def rendered(folder: Path, **places: str) -> Path:
    """What `deploy/render.py` makes for a machine that lies in `folder`; where it was written."""
    for name in ("cache", "logs", "run"):
        (folder / name).mkdir(exist_ok=True)
    given = {
        "HOST": HOST, "CODE": f"{folder}/code", "ENVIRONMENT": f"{folder}/rendered/on-record.env",
        "BACKUPS": f"{folder}/backups", "ACME": f"{folder}/acme",
        "NGINX_ACCOUNT": getpass.getuser(), "NGINX_CACHE": f"{folder}/cache",
        "NGINX_LOGS": f"{folder}/logs", "NGINX_RUN": f"{folder}/run",
    } | places  # fmt: skip
    target = folder / "rendered"
    subprocess.run(
        [
            *(sys.executable, "deploy/render.py", str(target)),
            *(f"{name}={value}" for name, value in given.items()),
        ],
        cwd=ROOT,
        check=True,
    )
    return target


@contextmanager
def nginx(folder: Path) -> Iterator[None]:
    """nginx with what is rendered there, for as long as the block lasts.

    Raises RuntimeError, with its own words, where it does not start.
    """
    program = both_databases.nginx()
    assert program, both_databases.LEFT_OUT["nginx"]
    here = folder / "rendered" / "nginx"
    log = folder / "logs" / "nginx.txt"
    command = [program, "-e", "stderr", "-p", str(here), "-c", str(here / "nginx.conf")]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "-g", "daemon off;"], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        end = time.monotonic() + 20
        while not (folder / "run" / "nginx.pid").exists():
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"nginx does not start: {log.read_text()}")
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def grow_old(folder: Path, seconds: int) -> None:
    """Let so much time pass for every answer that nginx keeps; another nginx is waited for.

    For the site behind no time passes: it may go on for HEAD_SECONDS with the log as it was, and
    nginx keeps what it says then for as long as anything. Let it have seen what was published.
    """
    for path in (folder / "cache" / "pages").rglob("*"):
        if not path.is_file():
            continue
        with path.open("r+b") as file:
            version, fresh_until = _KEPT.unpack(file.read(_KEPT.size))
            if version not in _VERSIONS or abs(fresh_until - time.time()) > 10**6:
                time.sleep(seconds)
                return
            file.seek(0)
            file.write(_KEPT.pack(version, fresh_until - seconds))
