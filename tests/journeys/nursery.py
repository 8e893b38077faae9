"""A process that has the site imported and forks whoever a test may kill: `python -m` this.

Starting Python for each successor of a killed worker would take seconds; a fork takes none. Orders
are lines of JSON on its standard input, answered by a line each; when that ends, it kills all its
children and ends. It holds no connection to the database, so that its children share none.
"""

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.core.mail import utils as mail_utils

#: A claim of a worker that was killed is lost this soon, instead of after one or two minutes. What
#: must hold of the site's own values holds of these: the lease is longer than all that it is for.
SHORT_LEASES: dict[str, dict[str, Any]] = {
    "tracker.subscriptions.webhooks": {
        "BEGIN_UNTIL": 0.5,
        "SECONDS": 1.5,
        "LEASE": 2.5,
        "SCHEDULE": (0.2,) * 10_000,
    },
    "tracker.subscriptions.mailing": {"LEASE": 3.0},
    "tracker.letters.sending": {"LEASE": 3.0, "BEGIN_UNTIL": 1.0},
    "tracker.letters.breaker": {"RESTS": (0.1,)},
    "tracker.subscriptions.worker": {"IDLE": 0.1, "AFTER_ERROR": 0.3},
    "tracker.management.commands.deliver": {"CHECKPOINTS": 0.2},
}


def deliver(*, short: bool) -> None:
    """`manage.py deliver`, which may send to this machine; until it is killed."""
    from django.core.management import call_command

    from tests.subscriptions.sink import fetch_here
    from tracker.management.commands import deliver as command
    from tracker.subscriptions.webhooks import Webhooks

    if short:
        for module, values in SHORT_LEASES.items():
            vars(sys.modules[module]).update(values)
    vars(command)["Webhooks"] = partial(Webhooks, fetch_here, threads=8)
    with Path(os.devnull).open("w") as nowhere:
        call_command("deliver", stdout=nowhere)


def publish(*, writers: list[int], turns: int, acknowledged: str) -> None:
    """So many writers at once, a thread each; what is committed is written to a file, by slug."""
    from django.db import connection

    from tests.builders import make_commitment, make_lab, make_source
    from tests.threads import at_once

    file = os.open(acknowledged, os.O_WRONLY | os.O_APPEND)

    def told(noun: str, slug: str) -> None:
        connection.close()  # what was not committed is gone
        os.write(file, f"{noun} {slug}\n".encode())

    def write(number: int) -> None:
        for turn in range(turns):
            mark = f"{number}-{turn}"
            lab = make_lab(slug=f"lab-{mark}", name=f"Example Lab {mark}")
            told("lab", lab.slug)
            if turn % 2:
                source = make_source(slug=f"source-{mark}")
                told("source", source.slug)
                made = make_commitment(slug=f"promise-{mark}", lab=lab, reported_by=source)
                told("commitment", made.slug)

    for error in at_once(*(partial(write, number) for number in writers)):
        raise error


ROLES: dict[str, Callable[..., None]] = {"deliver": deliver, "publish": publish}


def fork(role: str, options: dict[str, Any]) -> int:
    """A child that does this and ends; its process id."""
    child = os.fork()
    if child:
        return child
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)  # only the parent takes orders
        os.dup2(2, 1)  # and gives answers
        random.seed()
        ROLES[role](**options)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def serve() -> None:
    """Take orders until there are no more."""
    living: set[int] = set()
    codes: dict[int, int] = {}

    def ended(child: int) -> int | None:
        """Its exit code, None while it lives."""
        if child not in living:
            return codes[child]
        found, status = os.waitpid(child, os.WNOHANG)
        if not found:
            return None
        living.remove(child)
        codes[child] = os.waitstatus_to_exitcode(status)
        return codes[child]

    def kill(child: int) -> bool:
        """True where it was alive, and so died of this."""
        if ended(child) is not None:
            return False
        os.kill(child, signal.SIGKILL)  # ours, and nobody else's before it is waited for
        os.waitpid(child, 0)
        living.remove(child)
        codes[child] = -signal.SIGKILL
        return True

    try:
        for line in sys.stdin:
            order = json.loads(line)
            answer: Any
            if order["do"] == "fork":
                answer = fork(order["role"], order["options"])
                living.add(answer)
            else:
                answer = {"kill": kill, "ended": ended}[order["do"]](order["child"])
            print(json.dumps(answer), flush=True)
    finally:
        for child in list(living):
            kill(child)


if __name__ == "__main__":
    django.setup()
    for name in (
        "tests.builders",
        "tests.subscriptions.sink",
        "tracker.management.commands.deliver",
        "tracker.urls",
    ):
        import_module(name)  # once, for all children
    mail_utils.DNS_NAME._fqdn = "localhost"  # Django would ask the network for this machine's name
    serve()
