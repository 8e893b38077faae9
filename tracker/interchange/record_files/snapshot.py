"""A long read that sees the record as it stood at one moment, while curators go on writing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from tracker.changes.log import head_sequence


@contextmanager
def snapshot() -> Iterator[int]:
    """Within the block every query sees one state of the record; yields its log's last sequence.

    Nobody waits for it: PostgreSQL reads repeatably, and SQLite reads its write-ahead log up to
    where it stood (a transaction of ours is otherwise IMMEDIATE there, and would hold up writers).
    Inside another transaction it is that transaction's own view.
    """
    if connection.in_atomic_block:
        yield head_sequence()
        return
    with _begun():
        # the first read fixes the moment on both databases
        yield head_sequence()


@contextmanager
def _begun() -> Iterator[None]:
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # It holds nobody up, and takes as long as the record is large: also in a web process.
            for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SET LOCAL {limit} = 0")
            yield
        return
    here: Any = connection
    here.ensure_connection()
    kept, here.transaction_mode = here.transaction_mode, None  # a plain BEGIN: no lock to write
    try:
        block = transaction.atomic()
        block.__enter__()
    finally:
        here.transaction_mode = kept
    try:
        yield
    finally:
        block.__exit__(None, None, None)
