"""Run the tests on SQLite, then on a PostgreSQL started for them: `make test`.

    python tests/both_databases.py [pytest's arguments]

PostgreSQL runs from a temporary directory, on a socket in it: no port, no account, nothing left
behind. Where PostgreSQL or Chromium is absent a line says what was left out; REQUIRE_ALL=1 (CI)
makes that a failure.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
NOTHING_TO_RUN = 5  # pytest's exit code
NU_JAR = ROOT / ".tools/node_modules/vnu-jar/build/dist/vnu.jar"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
LEFT_OUT = {
    "postgresql": (
        "LEFT OUT: PostgreSQL is not on this machine, so the tests run on SQLite only. "
        "To get it: apt-get install postgresql"
    ),
    "chromium": (
        "LEFT OUT: Chromium is not on this machine, so the browser tests are skipped. "
        "To get it: apt-get install chromium fonts-dejavu-core"
    ),
    "nginx": (
        "LEFT OUT: nginx is not on this machine, so the files of deploy/ are not tried. "
        "To get it: apt-get install nginx-light"
    ),
    "nu": (
        "LEFT OUT: the Nu HTML checker is not on this machine, so no page's markup is checked. "
        "To get it: apt-get install default-jre-headless npm, then make .tools"
    ),
    "redis": (
        "LEFT OUT: Redis is not on this machine, so no test shares pages between processes. "
        "To get it: apt-get install redis-server"
    ),
    "curl": (
        "LEFT OUT: curl is not on this machine, so the documented commands are not run. "
        "To get it: apt-get install curl"
    ),
}

#: PostgreSQL refuses to run as root: there it runs as the account that its package made.
ACCOUNT = "postgres" if os.geteuid() == 0 else None
#: Its settings where a power cut may cost what it holds.
UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")

C = TypeVar("C", bound="Cluster")


def chromium() -> str | None:
    """The path of a Chromium, or None."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def nginx() -> str | None:
    """The path of nginx, or None. Debian keeps it off the PATH of most accounts."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def nu_checker() -> list[str] | None:
    """The command of the Nu HTML checker, or None. `make .tools` fetches it; Java runs it."""
    java = shutil.which("java")
    return [java, "-jar", str(NU_JAR)] if java and NU_JAR.exists() else None


def redis_server() -> str | None:
    """The path of a Redis or Valkey, or None."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


def postgres_programs() -> Path | None:
    """The directory of initdb and pg_ctl, the newest where there are several, or None."""
    candidates = []
    if pg_config := shutil.which("pg_config"):
        said = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        candidates.append(Path(said.stdout.strip()))
    # Debian keeps them off the PATH, a directory for each version.
    installed = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    candidates += sorted(installed, key=lambda path: float(path.parent.name), reverse=True)
    if initdb := shutil.which("initdb"):
        candidates.append(Path(initdb).parent)
    for directory in candidates:
        if all((directory / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return directory
    return None


class Cluster:
    """A PostgreSQL on a socket in a directory of its own, in which its data are too."""

    def __init__(self, home: Path, programs: Path) -> None:
        self.home, self.programs, self.data = home, programs, home / "data"

    @property
    def url(self) -> str:
        """Its DATABASE_URL."""
        return f"postgres://postgres@/postgres?host={self.home}"

    def make(self) -> None:
        """A new, empty one."""
        self.run("initdb", "-A", "trust", "-U", "postgres", "--locale=C.UTF-8", "--no-sync")

    def start(self, *settings: str) -> None:
        """Returns when it answers. Raises RuntimeError, with its own words, when it does not."""
        options = f"-k {self.home} -c listen_addresses=''"
        options += "".join(f" -c {setting}" for setting in settings)
        self.run("pg_ctl", "-w", "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """`fast`, or `immediate`: as when the power fails."""
        self.run("pg_ctl", "-w", "-t", "300", "-m", how, "stop")

    @property
    def runs(self) -> bool:
        """Whether it has been started and not stopped since."""
        return (self.data / "postmaster.pid").exists()

    def run(self, program: str, *arguments: str | Path) -> None:
        """One of PostgreSQL's programs, on its data; RuntimeError with what it said if it fails."""
        said = self.home / "output"
        with said.open("a") as output:  # a file: the server keeps it open, and a pipe never ends
            done = subprocess.run(
                [self.programs / program, "-D", self.data, *arguments],
                cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                check=False, user=ACCOUNT, group=ACCOUNT, extra_groups=[] if ACCOUNT else None,
            )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{said.read_text(errors='replace')}")


@contextmanager
def housed(kind: type[C], programs: Path) -> Iterator[C]:
    """One with its directory, not made yet; at the end it is stopped, and nothing of it stays."""
    # /tmp, not TMPDIR: a socket's path may be 107 bytes long, and `postgres` must reach it.
    server = kind(Path(tempfile.mkdtemp(prefix="on-record-pg-", dir="/tmp")), programs)
    try:
        if ACCOUNT:
            shutil.chown(server.home, ACCOUNT, ACCOUNT)
        yield server
    finally:
        try:
            if server.runs:
                server.stop("immediate")
        finally:
            shutil.rmtree(server.home, ignore_errors=True)


@contextmanager
def postgres(programs: Path, *, durable: bool = False, kept: Path | None = None) -> Iterator[str]:
    """A PostgreSQL of its own for as long as the block lasts; yields its DATABASE_URL.

    Its disk is waited for only where it is `durable`. Its data are `kept` in that directory, which
    is made if it is not there.
    """
    with housed(Cluster, programs) as server:
        if kept:
            server.data = kept
            if ACCOUNT and not kept.exists():
                kept.mkdir()
                shutil.chown(kept, ACCOUNT, ACCOUNT)
        if not (server.data / "PG_VERSION").exists():
            server.make()
        server.start(*(() if durable else UNSAFE))
        try:
            yield server.url
        finally:
            if kept:
                server.stop()


def pytest(arguments: list[str], database_url: str) -> int:
    """One run of pytest on that database; its exit code."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment["DATABASE_URL"] = database_url
    # each of a hundred processes would compile the whole tree for itself
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # One process more than cores: many a test waits for a server or a browser. A file's tests stay
    # in one process, which makes its data once; the longest begin first (tests/conftest.py).
    processes = str((os.cpu_count() or 1) + 1)
    spread = ["-n", processes, "--dist", "loadfile", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", *spread, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def say(line: str) -> None:
    print(line, flush=True)  # before pytest's own, also into a pipe


def main(arguments: list[str]) -> int:
    programs = postgres_programs()
    missing = [
        LEFT_OUT[name]
        for name, found in (
            ("postgresql", programs),
            ("chromium", chromium()),
            ("nginx", nginx()),
            ("nu", nu_checker()),
            ("redis", redis_server()),
        )
        if not found
    ]
    for line in missing:
        say(line)
    if missing and os.environ.get("REQUIRE_ALL") == "1":
        say("REQUIRE_ALL=1: nothing may be left out, so this is a failure.")
        return 1

    # An interrupted run stops its server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    say("==> the tests on SQLite")
    result = pytest(arguments, database_url="")
    if programs:
        say("==> the tests on PostgreSQL")
        with postgres(programs) as url:
            # what is marked `once` does not depend on the database, and has run
            later = pytest(["-m", "not once", *arguments], database_url=url)
            result = result or (0 if later == NOTHING_TO_RUN else later)
    return result


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
