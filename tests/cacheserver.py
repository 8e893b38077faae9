"""A Redis on a socket of its own, where a test shares pages between processes."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.absent import left_out
from tests.both_databases import redis_server
from tests.machine import until


@contextmanager
def redis() -> Iterator[str]:
    """Its CACHE_URL; a test that asks for it is skipped where Redis is not on the machine."""
    program = redis_server()
    if program is None:
        left_out("redis")
    with TemporaryDirectory(prefix="on-record-redis-", dir="/tmp") as folder:
        path = Path(folder) / "redis.sock"
        command = [program, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            until(path.exists, 10)
            yield f"unix://{path}"
        finally:
            process.terminate()
            process.wait(timeout=10)
