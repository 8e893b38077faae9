"""PostgreSQL servers of a test's own, to be stopped, killed, cloned as real standbys, promoted."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg

from tests.absent import left_out
from tests.both_databases import Cluster, housed, postgres_programs


class Server(Cluster):
    """One of them; what it acknowledged outlives it, though not the machine."""

    def clone(self, primary: Cluster) -> None:
        """A standby that streams from the primary."""
        self.run(
            "pg_basebackup", "-h", primary.home, "-U", "postgres", "-R", "--checkpoint=fast",
            "--no-sync",
        )  # fmt: skip

    def start(self, *settings: str) -> None:
        super().start("fsync=off", *settings)

    def promote(self) -> None:
        """A standby becomes a primary; returns when it is one."""
        self.run("pg_ctl", "-w", "promote")

    def ask(self, statement: str, *values: Any) -> Any:
        """The first column of the first row; None where there is none."""
        with psycopg.connect(host=str(self.home), user="postgres", autocommit=True) as line:
            found = line.execute(statement.encode(), values)
            row = found.fetchone() if found.description else None
            return row[0] if row else None


@contextmanager
def servers(count: int) -> Iterator[list[Server]]:
    """So many, not made yet; whatever runs at the end is stopped, and nothing of them stays.

    A test that asks for them is skipped where PostgreSQL is not on the machine.
    """
    programs = postgres_programs()
    if programs is None:
        left_out("postgresql")
    with ExitStack() as stack:
        yield [stack.enter_context(housed(Server, programs)) for _ in range(count)]
