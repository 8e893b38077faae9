"""What a command of manage.py says of a machine that does not do what it should."""

import sqlite3
import sys

import pytest
from django.core import management
from django.db import DatabaseError, OperationalError, ProgrammingError

import manage
from tests.answers.outage import away, made

pytestmark = pytest.mark.once


def refused(name: str) -> Exception:
    """As SQLite says it, with its own name of the error."""
    error = sqlite3.OperationalError(
        {
            "SQLITE_IOERR_WRITE": "disk I/O error",
            "SQLITE_READONLY": "attempt to write a readonly database",
            "SQLITE_ERROR": "no such table: tracker_lab",
        }[name]
    )
    error.sqlite_errorname = name
    return made(OperationalError, error)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied", "/locked/b"), "/locked/b: Permission denied."),
        (OSError(28, "No space left on device"), "The machine: No space left on device."),
        (FileExistsError(17, "File exists", "/a", None, "/b"), "/a and /b: File exists."),
        (refused("SQLITE_IOERR_WRITE"), "does not do what it is asked: disk I/O error. What was"),
        (refused("SQLITE_READONLY"), "asked: attempt to write a readonly database. What was not"),
        (away(), "does not do what it is asked: couldn't get a connection after 5.00 sec. What"),
    ],
)
def test_what_is_no_mistake_of_ours_is_a_sentence_that_names_it(monkeypatch, settings, error, said):
    ending = ended(monkeypatch, error)
    assert isinstance(ending, SystemExit)
    assert said in str(ending.code)
    if isinstance(error, DatabaseError):
        name = str(settings.DATABASES["default"]["NAME"])
        assert str(ending.code).startswith(f"The database {name}")


@pytest.mark.parametrize(
    "error",
    [
        refused("SQLITE_ERROR"),
        made(ProgrammingError, ValueError("a mistake in a query")),
        OSError("made up by a library"),
        KeyError("slug"),
    ],
)
def test_a_mistake_of_ours_keeps_its_traceback(monkeypatch, error):
    assert ended(monkeypatch, error) is error


def test_and_so_does_what_is_asked_for(monkeypatch):
    error = PermissionError(13, "Permission denied", "/locked/b")
    assert ended(monkeypatch, error, "--traceback") is error


def ended(monkeypatch: pytest.MonkeyPatch, error: Exception, *options: str) -> BaseException:
    """How manage.py ends where a command raises this."""

    def fail(argv: list[str]) -> None:
        raise error

    monkeypatch.setattr(management, "execute_from_command_line", fail)
    monkeypatch.setattr(sys, "argv", ["manage.py", "seed", *options])
    with pytest.raises(BaseException) as ending:
        manage.main()
    return ending.value
