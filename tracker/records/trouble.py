"""What a database's error means for whoever asked: it is away, busy, slow; or it is our mistake."""

from enum import Enum, auto
from typing import Any

from django.db import Error, InterfaceError, OperationalError


class Trouble(Enum):
    """Why the database did not do what it was asked, although the question was right."""

    AWAY = auto()  #: it cannot be reached, has broken off, is starting or stopping, or is full
    SLOW = auto()  #: the statement took longer than it may
    LOCKED = auto()  #: somebody else held what was needed for longer than one may wait
    COLLISION = auto()  #: two got in each other's way, and this one gave in


#: By SQLSTATE, or by its class of two characters (PostgreSQL's appendix A).
_SQLSTATES = {
    "08": Trouble.AWAY,  # connection exception
    "53": Trouble.AWAY,  # insufficient resources
    "57": Trouble.AWAY,  # operator intervention: shutdown, starting up
    "58": Trouble.AWAY,  # system error
    "25006": Trouble.AWAY,  # read-only: a primary that is a standby now
    "25P03": Trouble.SLOW,  # idle in a transaction for too long
    "57014": Trouble.SLOW,  # statement_timeout
    "55P03": Trouble.LOCKED,  # lock_timeout
    "0A000": Trouble.COLLISION,  # a migration came between: what was planned no longer holds
    "40001": Trouble.COLLISION,
    "40P01": Trouble.COLLISION,  # deadlock
}
#: By the beginning of SQLite's own name of the error.
_SQLITE = {
    "SQLITE_BUSY": Trouble.LOCKED,
    "SQLITE_LOCKED": Trouble.LOCKED,
    "SQLITE_CANTOPEN": Trouble.AWAY,
    "SQLITE_IOERR": Trouble.AWAY,
    "SQLITE_FULL": Trouble.AWAY,
    "SQLITE_READONLY": Trouble.AWAY,
}


def trouble(error: BaseException | None) -> Trouble | None:
    """What is the matter; None where it is no trouble of the database but an error of ours."""
    if not isinstance(error, Error):
        return None
    cause: Any = error.__cause__
    if name := getattr(cause, "sqlite_errorname", ""):
        return next((kind for begin, kind in _SQLITE.items() if name.startswith(begin)), None)
    if not hasattr(cause, "sqlstate"):
        return None
    if state := cause.sqlstate:
        return _SQLSTATES.get(state) or _SQLSTATES.get(state[:2])
    # no answer of the server: the pool waited in vain, or the line broke
    return Trouble.AWAY if isinstance(error, OperationalError | InterfaceError) else None
