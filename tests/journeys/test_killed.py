"""kill -9 of web servers and delivery workers while curators publish: nothing lost, nothing twice.

A real gunicorn serves the real desk; `manage.py deliver` tells a webhook and a mail server. What a
curator was told to be published must be in the log, once, and reach every reader; what got no
answer is in it once or not at all, and is tried again. `SOAK=1` kills 300 times (`make soak`).
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pytest
from django.db import connection

from tests.admin.forms import address
from tests.builders import make_lab, make_user
from tests.journeys.desk import Desk
from tests.journeys.hands import ROOT, environment, nursery
from tests.journeys.witnesses import check_log, check_mails, check_messages
from tests.machine import answers, free_ports, until
from tests.mailserver import postbox
from tests.subscriptions.following import follows
from tests.subscriptions.sink import sink
from tracker.changes.log import head_sequence
from tracker.subscriptions import endpoints
from tracker.subscriptions.models import Subscription

SOAK = os.environ.get("SOAK") == "1"
KILLS, SECONDS, MOST = (300, 1_500, 20_000) if SOAK else (6, 120, 200)
MASTER_EVERY = 25  # kills: not one process of gunicorn, but all, as when a machine stops
CURATORS, WORKERS, READERS = 3, 2, 3
PASSWORD = "a long made-up password"

pytestmark = pytest.mark.django_db(transaction=True)


class Site:
    """A gunicorn on a port of this machine."""

    def __init__(self, log: IO[str]) -> None:
        self.log = log
        (self.port,) = free_ports(1)
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "-c", "tests/journeys/served.py"]
        command += ["--bind", f"127.0.0.1:{self.port}", "tracker.wsgi"]
        self.master = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=self.log, stderr=self.log
        )

    def answers(self) -> bool:
        return answers(f"{self.address}/healthz")

    def servers(self) -> list[int]:
        """The processes that answer, which gunicorn has forked and no one else waits for."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True
        ).stdout
        pairs = [line.split() for line in listed.splitlines()]
        return [int(pid) for pid, parent in pairs if int(parent) == self.master.pid]

    def kill_one(self) -> bool:
        """One server; gunicorn forks another."""
        some = self.servers()
        if some:
            os.kill(random.choice(some), signal.SIGKILL)
        return bool(some)

    def kill_all(self) -> bool:
        """gunicorn and its servers, and start it again."""
        some = self.servers()
        self.master.kill()
        self.master.wait()
        for each in some:
            os.kill(each, signal.SIGKILL)
        self.start()
        return True


@contextmanager
def site(log: IO[str]) -> Iterator[Site]:
    """A served site for as long as the block lasts."""
    served = Site(log)
    try:
        yield served
    finally:
        served.master.terminate()
        served.master.wait(timeout=60)


class Curator(threading.Thread):
    """Publishes made-up labs one after another until it is told to stop; retracts every third."""

    def __init__(self, desk: Desk, stop: threading.Event) -> None:
        super().__init__()
        self.desk, self.stop = desk, stop
        self.acknowledged: list[tuple[str, str, str]] = []
        self.found: list[tuple[str, str, str]] = []  # done, though the answer never came
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            for number in range(MOST):
                if self.stop.is_set():
                    break
                lab = make_lab(draft=True)
                self._do("lab_published", lab, "publish")
                if number % 3 == 0:
                    self._do("record_retracted", lab, "retract")
        except BaseException as error:
            self.failed = error
        finally:
            connection.close()

    def _do(self, kind, lab, step) -> None:
        told = self.desk.insist(address(lab, step), "For a made-up reason.")
        (self.acknowledged if told else self.found).append((kind, "lab", lab.slug))


def test_what_a_curator_was_told_is_published_is_told_to_all_whoever_is_killed(tmp_path, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]  # the site's
    names = [make_user("Reviewers").username for _ in range(CURATORS)]
    errors, stop = tmp_path / "errors", threading.Event()
    before = head_sequence()
    emails = [f"reader-{number}@example.org" for number in range(READERS)]
    for email in emails:
        follows(email)

    def standing() -> str:
        rows = list(Subscription.objects.values_list("standing", "cursor", "wake", "said"))
        return f"{rows}; {errors.read_text()[-5_000:]}"

    with (
        errors.open("w") as log,
        postbox() as post,
        sink() as here,
        site(log) as served,
        nursery(log, EMAIL_URL=f"smtp://127.0.0.1:{post.port}") as hands,
    ):
        endpoint = endpoints.make(here.url, "hmac")
        workers = [hands.fork("deliver", short=True) for _ in range(WORKERS)]
        until(served.answers, SECONDS, standing)
        curators = [Curator(Desk(served.address, name, PASSWORD), stop) for name in names]
        for curator in curators:
            curator.start()
        kills, end = {"web": 0, "worker": 0}, time.monotonic() + SECONDS
        while sum(kills.values()) < KILLS and time.monotonic() < end:
            so_far, patience = head_sequence(), time.monotonic() + 1
            while head_sequence() == so_far and time.monotonic() < patience:
                time.sleep(0.02)  # there is always something under way when somebody is killed
            time.sleep(random.uniform(0, 0.3))
            if sum(kills.values()) % MASTER_EVERY == MASTER_EVERY - 1:
                kills["web"] += served.kill_all()
            elif random.randrange(2):
                kills["web"] += served.kill_one()
            else:
                victim = random.randrange(WORKERS)
                kills["worker"] += hands.kill(workers[victim])
                workers[victim] = hands.fork("deliver", short=True)
        stop.set()
        for curator in curators:
            curator.join()
        assert [each.failed for each in curators] == [None] * CURATORS, standing()
        last = head_sequence()
        behind = Subscription.objects.filter(cursor__lt=last)
        until(lambda: not behind.exists(), SECONDS, standing)
    acknowledged = [each for curator in curators for each in curator.acknowledged]
    found = [each for curator in curators for each in curator.found]
    assert check_log(acknowledged + found, before) == last == before + len(acknowledged + found)
    repeats = check_messages(here.received, endpoint, before + 1, last)
    again = sum(check_mails(post.to(email), before + 1, last) for email in emails)
    print(
        f"\n{kills} killed, {len(acknowledged)} entries acknowledged, {len(found)} done without "
        f"an answer: 0 lost, 0 twice in the log; {repeats} webhook messages and {again} mails sent "
        f"again under the same id, 0 entries told under two"
    )
    assert sum(kills.values()) == KILLS
    assert acknowledged
