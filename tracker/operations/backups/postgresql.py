"""PostgreSQL: its own pg_dump, of the very snapshot that the manifest describes, and pg_restore."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import Error, connection, transaction
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from tracker.operations.backups.facts import LEFT_OUT, Facts, facts
from tracker.operations.backups.folder import BackupError, Progress, flush, new_file

FILE = "database.pgdump"
ABSENT = (
    "{} is not on this machine, or is older than the server (PostgreSQL {}): install PostgreSQL's "
    "client programs of that version or a newer one (Debian: postgresql-client)."
)
_COPY = re.compile(rb'COPY (?:\w+\.)?"?(\w+)"? \(')
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
_ANYTHING = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') "
    "ORDER BY 1 LIMIT 1"
)


def dump(folder: Path, progress: Progress) -> Facts:
    """Write the database of now into the folder, look it through, and say what it holds."""
    target = folder / FILE
    program = _program("pg_dump")
    os.close(new_file(target))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # while pg_dump works
        cursor.execute("SELECT pg_export_snapshot()")
        ((snapshot,),) = cursor.fetchall()
        found = _facts(progress)
        sessions = (f"--exclude-table-data=*.{table}" for table in LEFT_OUT)
        command = [program, f"--snapshot={snapshot}", "--format=custom", "--compress=1"]
        command += ["--no-owner", "--no-privileges", "--lock-wait-timeout=60s", *sessions]
        _run([*command, f"--file={target}"], lambda: _size_told(target, progress))
    flush(target)
    _read_through(target, found, progress)
    return found


def _read_through(path: Path, found: Facts, progress: Progress) -> None:
    """Unpack all of it, and count the rows of every table."""
    counted: Counter[str] = Counter()
    table = ""
    with tempfile.TemporaryFile() as errors:
        command = [_program("pg_restore"), "--data-only", "--file=-", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process:
            assert process.stdout
            for number, line in enumerate(process.stdout):
                if table:
                    if line == b"\\.\n":
                        table = ""
                    else:
                        counted[table] += 1
                elif begun := _COPY.match(line):
                    table = begun[1].decode()
                if number % 50_000 == 0:
                    progress("rows read back", sum(counted.values()), sum(found.rows.values()))
        errors.seek(0)
        if process.returncode:
            raise BackupError(f"pg_restore cannot read {path}: {_last_line(errors.read())}")
    wrong = [name for name, rows in found.rows.items() if counted[name] != rows]
    if wrong:
        raise BackupError(f"{path} does not hold all rows of {', '.join(wrong)}.")


def refuse_unless_empty() -> None:
    """BackupError where the database holds any table."""
    with connection.cursor() as cursor:
        cursor.execute(_ANYTHING)
        if there := cursor.fetchone():
            raise BackupError(
                f"The database {connection.settings_dict['NAME']} is not empty (it has "
                f"{there[0]}): a backup is restored into an empty place. Make another database "
                "(`createdb`) and name it in DATABASE_URL."
            )


def restore(folder: Path, sha256: str, progress: Progress) -> Facts:
    """Put everything into the empty database, in one transaction, and say what it holds."""
    name = make_conninfo("", dbname=str(connection.settings_dict["NAME"]))
    command = [_program("pg_restore"), "--exit-on-error", "--single-transaction"]
    command += ["--no-owner", "--no-privileges", f"--dbname={name}", str(folder / FILE)]
    began = time.monotonic()
    _run(command, lambda: progress("seconds of restoring", round(time.monotonic() - began), 0))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return _facts(progress)


@contextmanager
def told_in_words() -> Iterator[None]:
    """What PostgreSQL refuses, as a sentence."""
    try:
        yield
    except Error as error:
        raise BackupError(f"PostgreSQL refuses: {str(error).strip()}") from None


def _facts(progress: Progress) -> Facts:
    def ask(sql: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    return facts(ask, [name for (name,) in ask(_TABLES)], progress)


def _size_told(path: Path, progress: Progress) -> None:
    progress("bytes written", path.stat().st_size, 0)


def _run(command: Sequence[str], meanwhile: Any) -> None:
    """A program of PostgreSQL's, on this very database; BackupError with what it complains of."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, env=_environment(), stdin=subprocess.DEVNULL, stderr=errors
        )
        try:
            while True:
                try:
                    process.wait(timeout=0.5)
                    break
                except subprocess.TimeoutExpired:
                    meanwhile()
        except BaseException:
            process.kill()
            process.wait()
            raise
        errors.seek(0)
        if process.returncode:
            raise BackupError(f"{Path(command[0]).name}: {_last_line(errors.read())}")


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return next((line for line in lines if "error:" in line), lines[-1] if lines else "it failed.")


def _environment() -> dict[str, str]:
    """Where the database is, as libpq reads it: a password among the arguments would be seen."""
    connection.ensure_connection()
    info = connection.connection.info
    known = {
        each.keyword.decode(): each.envvar.decode()
        for each in Conninfo.get_defaults()
        if each.envvar
    }
    given = info.get_parameters() | {"host": info.host, "port": str(info.port)}
    if info.password:
        given["password"] = info.password
    told = {known[name]: value for name, value in given.items() if name in known}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | told


def _program(name: str) -> str:
    """The path of one of PostgreSQL's programs: of those no older than the server, the oldest."""
    connection.ensure_connection()
    server: int = connection.connection.info.server_version // 10_000
    # Debian keeps those of every version off the PATH, and one that chooses on it.
    found = [str(path) for path in Path("/usr/lib/postgresql").glob(f"[0-9]*/bin/{name}")]
    if on_path := shutil.which(name):
        found.append(on_path)
    versions = sorted((version, path) for path in found if (version := _version(path)) >= server)
    if not versions:
        raise BackupError(ABSENT.format(name, server))
    return versions[0][1]


def _version(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    number = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    return int(number[1]) if number else 0
