"""PostgreSQL servers of a test's own, to be stopped, killed, cloned as real standbys, promoted."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.both_databases import LEFT_OUT, postgres_programs

ACCOUNT = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root


class Server:
    """One server, on a socket in its own directory."""

    def __init__(self, home: Path, programs: Path) -> None:
        self.home, self.programs, self.data = home, programs, home / "data"

    @property
    def url(self) -> str:
        """Its DATABASE_URL."""
        return f"postgres://postgres@/postgres?host={self.home}"

    def make(self) -> None:
        """A new, empty one."""
        self._run(
            "initdb", "-D", self.data, "-A", "trust", "-U", "postgres",
            "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip

    def clone(self, primary: "Server") -> None:
        """A standby that streams from the primary."""
        self._run(
            "pg_basebackup", "-D", self.data, "-h", primary.home, "-U", "postgres",
            "-R", "--checkpoint=fast", "--no-sync",
        )  # fmt: skip

    def start(self, *settings: str) -> None:
        """Returns when it answers."""
        options = f"-k {self.home} -c listen_addresses='' -c fsync=off"
        for setting in settings:
            options += f" -c {setting}"
        log = self.home / "log"
        self._run("pg_ctl", "-D", self.data, "-w", "-l", log, "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """`fast`, or `immediate`: as when the power fails."""
        self._run("pg_ctl", "-D", self.data, "-w", "-m", how, "stop")

    def promote(self) -> None:
        """A standby becomes a primary; returns when it is one."""
        self._run("pg_ctl", "-D", self.data, "-w", "promote")

    def ask(self, statement: str, *values: Any) -> Any:
        """The first column of the first row; None where there is none."""
        with psycopg.connect(host=str(self.home), user="postgres", autocommit=True) as line:
            found = line.execute(statement.encode(), values)
            row = found.fetchone() if found.description else None
            return row[0] if row else None

    @property
    def runs(self) -> bool:
        """Whether it has been started and not stopped since."""
        return (self.data / "postmaster.pid").exists()

    def _run(self, program: str, *arguments: str | Path) -> None:
        with (self.home / "output").open("w") as output:
            done = subprocess.run(
                [self.programs / program, *arguments],
                cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                check=False, user=ACCOUNT, group=ACCOUNT, extra_groups=[] if ACCOUNT else None,
            )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program} failed: {(self.home / 'output').read_text()}")


@contextmanager
def servers(count: int) -> Iterator[list[Server]]:
    """So many, not made yet; whatever runs at the end is stopped, and nothing of them stays.

    A test that asks for them is skipped where PostgreSQL is not on the machine.
    """
    programs = postgres_programs()
    if programs is None:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(LEFT_OUT["postgresql"])
        pytest.skip(LEFT_OUT["postgresql"])
    # /tmp, not TMPDIR: a socket's path may be 107 bytes long, and `postgres` must reach it
    root = Path(tempfile.mkdtemp(prefix="on-record-pg-", dir="/tmp"))
    found = [Server(root / str(number), programs) for number in range(count)]
    try:
        for server in found:
            server.home.mkdir()
        for path in (root, *root.iterdir()):
            if ACCOUNT:
                shutil.chown(path, ACCOUNT, ACCOUNT)
        yield found
    finally:
        for server in found:
            if server.runs:
                server.stop("immediate")
        shutil.rmtree(root, ignore_errors=True)
