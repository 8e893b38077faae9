"""Errors as the databases' drivers raise them, without waiting for a database to do so."""

from django.db import (
    DatabaseError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
)
from psycopg import errors
from psycopg_pool import PoolTimeout


def made(kind: type[DatabaseError | InterfaceError], cause: Exception) -> Exception:
    error = kind(str(cause))
    error.__cause__ = cause
    return error


def away() -> Exception:
    return made(OperationalError, PoolTimeout("couldn't get a connection after 5.00 sec"))


def broken_off() -> Exception:
    return made(OperationalError, errors.AdminShutdown("terminating connection"))


def slow() -> Exception:
    return made(OperationalError, errors.QueryCanceled("canceling statement due to timeout"))


def locked() -> Exception:
    return made(OperationalError, errors.LockNotAvailable("canceling statement due to lock"))


def collision() -> Exception:
    return made(OperationalError, errors.SerializationFailure("conflict with recovery"))


def altered() -> Exception:
    return made(NotSupportedError, errors.FeatureNotSupported("cached plan must not change"))


def read_only() -> Exception:
    return made(InternalError, errors.ReadOnlySqlTransaction("in a read-only transaction"))
