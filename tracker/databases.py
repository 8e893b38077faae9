"""The databases that the environment names, as Django wants them: pool, limits, a replica."""

import re
import sqlite3
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from tracker.environment import VAR_DIR, env

SQLITE_OPTIONS: dict[str, Any] = {
    # Take the write lock when a transaction begins: by default a third of concurrent
    # read-then-write transactions fail with "database is locked".
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # What a redaction takes out of a row is overwritten in the file, whatever SQLite was built for.
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
        "PRAGMA secure_delete=ON;"
    ),
}

#: manage.py's commands that may make the file of SQLite where there is none. Whatever else opened
#: one that was moved away would put an empty one in its place, which `restore` would find taken.
MAKING = ("migrate", "makemigrations", "restore", "demo", "runserver")

#: Of SQLite, for whatever answers readers and curators: each thread of each process keeps pages of
#: the file in memory, which the operating system keeps already. A command has one connection, and
#: an import writes a lot at once.
FEW_PAGES = " PRAGMA cache_size=-500;"  # kilobytes

#: Of PostgreSQL, in milliseconds, for whatever answers readers and curators. manage.py's commands
#: work and wait as long as it takes, but for one that has stopped in the middle of a transaction.
WEB_LIMITS = {
    "statement_timeout": 30_000,
    "lock_timeout": 10_000,
    "idle_in_transaction_session_timeout": 60_000,
}

COMMAND_LIMITS = {"idle_in_transaction_session_timeout": 600_000}

#: A line that has gone dead is noticed within half a minute, and an address that does not answer is
#: left for the next one of the same DATABASE_URL.
LINE = {
    "connect_timeout": 3,  # seconds, for each host
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}


#: Of PostgreSQL: how often a connection asks the same (`records.prepared`) before it has it planned
#: once and for all. Not in a command: an import makes large what was planned for when it was small.
PREPARED = 5


def read_database_url(name: str) -> dict[str, Any] | None:
    """The database that this setting names; None where it is not set."""
    url = env.str(name, default="")
    if not url:
        return None
    examples = {
        "DATABASE_URL": "sqlite:/// or postgres://, like sqlite:////srv/record.sqlite3 or ",
        "DATABASE_REPLICA_URL": "postgres://, like ",
    }
    schemes: tuple[str, ...] = ("postgres://", "postgresql://")
    if name == "DATABASE_URL":
        schemes = ("sqlite://", *schemes)
    try:
        config: dict[str, Any] = env.db_url_config(url) if url.startswith(schemes) else {}
    except ValueError:  # a port that is none, half an IPv6 address
        config = {}
    if not config.get("NAME"):  # not repeated in the message: it may hold a password
        raise ImproperlyConfigured(
            f"{name} must begin with {examples[name]}postgres://user:password@host/name."
        )
    return config


def database() -> dict[str, Any]:
    """DATABASE_URL as Django wants it: PostgreSQL, or SQLite (by default under var/)."""
    config = read_database_url("DATABASE_URL")
    if config is None:
        VAR_DIR.mkdir(exist_ok=True)
        config = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(VAR_DIR / "on_record.sqlite3"),
        }
    if config["ENGINE"] == "django.db.backends.sqlite3":
        # Opening a file runs its PRAGMAs again, so a connection is kept for good.
        begin = SQLITE_OPTIONS["init_command"] + ("" if runs_a_command() else FEW_PAGES)
        own = {"init_command": begin, "factory": FileConnection}
        options = SQLITE_OPTIONS | own | config.get("OPTIONS", {})
        return config | {"OPTIONS": options, "CONN_MAX_AGE": None}
    return pooled(config)


def replica(primary: dict[str, Any]) -> dict[str, Any] | None:
    """DATABASE_REPLICA_URL, a standby that public reads go to; None where there is none."""
    config = read_database_url("DATABASE_REPLICA_URL")
    if config is None:
        return None
    if primary["ENGINE"] != config["ENGINE"]:
        raise ImproperlyConfigured(
            "DATABASE_REPLICA_URL must not be set here: DATABASE_URL is SQLite, without replicas."
        )
    host = f"{config['HOST']}{config.get('OPTIONS', {}).get('host', '')}"
    if "," in host:
        raise ImproperlyConfigured(
            "DATABASE_REPLICA_URL must name one server: of two that lag behind differently a page "
            "could be older than the log's head that it is kept under."
        )
    return pooled(config) | {"TEST": {"MIRROR": "default"}}


def pooled(config: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL through a pool, which rides out a restart of the server without an error."""
    limits = COMMAND_LIMITS if runs_a_command() else WEB_LIMITS
    pool = {
        "min_size": 1,
        "max_size": pool_size(),
        # Seconds for a connection. Whoever waits for a database that is away keeps a thread from
        # those who could be answered without one.
        "timeout": 10 if runs_a_command() else 2,
        # Attempts are spaced twice as far each time, up to minutes: begin anew instead, so that a
        # server that is back is found within seconds.
        "reconnect_timeout": 5,
    }
    options: dict[str, Any] = {
        "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
        "prepare_threshold": None if runs_a_command() else PREPARED,
    }
    given = config.get("OPTIONS", {})
    threshold = given.get("prepare_threshold", PREPARED)
    if threshold != "never" and not isinstance(threshold, int):
        raise ImproperlyConfigured(
            "prepare_threshold of DATABASE_URL must be a number, of times that a connection asks "
            f"the same before it is planned once and for all, or never; {threshold!r} is neither."
        )
    if threshold == "never":  # behind PgBouncer, which passes no options on
        given = given | {"prepare_threshold": None, "options": ""}
    return config | {
        "OPTIONS": {"pool": pool} | LINE | options | given,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }


def pool_size() -> int:
    """DATABASE_POOL: how many connections one process may hold to each database."""
    given = env.str("DATABASE_POOL", default="8")
    if not re.fullmatch(r"[1-9][0-9]{0,2}|1000", given):
        raise ImproperlyConfigured(
            "DATABASE_POOL must be a number from 1 to 1000, of connections that one process may "
            f"hold to each database; {given!r} is not one."
        )
    return int(given)


def runs_a_command() -> bool:
    """Whether this process is one of manage.py's commands, other than those that serve."""
    return Path(sys.argv[0]).name == "manage.py" and sys.argv[1:2] not in (["runserver"], ["demo"])


def makes_files() -> bool:
    """Whether this process may make an SQLite file: none does that serves, or needs a record."""
    if "tracker.wsgi" in sys.modules:
        return False
    return Path(sys.argv[0]).name != "manage.py" or "".join(sys.argv[1:2]) in MAKING


class FileConnection(sqlite3.Connection):
    """To a file that must be there, for all but those who may make it; it is known which it was."""

    def __init__(self, database: str | Path, *args: Any, **options: Any) -> None:
        name = str(database)
        if not _is_file(name):
            super().__init__(name, *args, **options)
            return
        path = Path(name).absolute()
        mode = "rwc" if makes_files() else "rw"
        super().__init__(f"{path.as_uri()}?mode={mode}", *args, **options)
        _opened.setdefault(path, set()).add(_identity(path))


_opened: dict[Path, set[tuple[int, int]]] = {}  # which files this process has had open by a name


def moved(name: str) -> str:
    """What has become of an SQLite file under those who have it open, as a sentence; "" if nothing.

    What is open goes on being read and written, wherever it was moved to or if it was deleted.
    """
    if not _is_file(name):
        return ""
    path = Path(name).absolute()
    try:
        now = _identity(path)
    except FileNotFoundError:
        return (
            f"The file of the database, {path}, is gone. Stop the site, put it back with what "
            "stood beside it (or restore a backup), and start."
        )
    except OSError as error:
        return f"The file of the database, {path}, cannot be looked at ({error.strerror})."
    if _opened.get(path, set()) - {now}:
        return f"{path} is another file than the one that is open: restart all of the site."
    return ""


def _is_file(name: str) -> bool:
    return name != ":memory:" and not name.startswith("file:")


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
