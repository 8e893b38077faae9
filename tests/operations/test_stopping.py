"""SIGTERM and new releases under load: what was begun is ended, and nobody is turned away.

gunicorn runs from `deploy/gunicorn.conf.py`, on a socket that is kept for it, as systemd keeps it.
`SOAK=1` stops it a hundred times, and replaces it twenty times, with a migration in between.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pytest
from django.db import connection, models
from prometheus_client.parser import text_string_to_metric_families

from tests.builders import make_commitment
from tests.changes.logs import logged
from tests.journeys.hands import ROOT, environment
from tests.machine import handed_over, until
from tests.mailserver import TAKEN, postbox
from tests.operations.readers import Readers
from tests.subscriptions.following import follows
from tracker.changes import checkpoints
from tracker.changes.log import head_sequence
from tracker.labs.models import Lab
from tracker.subscriptions.models import Subscription
from tracker.subscriptions.routing import route

SOAK = os.environ.get("SOAK") == "1"
STOPS, RELEASES = (100, 20) if SOAK else (1, 1)
STARTS = 120.0  # seconds that a start may take on a busy machine

pytestmark = [
    pytest.mark.django_db(transaction=True),
    *([] if SOAK else [pytest.mark.once]),
]


class Served:
    """A gunicorn, on a socket that outlives it."""

    def __init__(self, log: IO[str], counts: str) -> None:
        self.log, self.counts = log, counts
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port: int = self.socket.getsockname()[1]
        self.started: list[subprocess.Popen[bytes]] = []
        self.now = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start one; whoever asks waits in line until it answers."""
        command = ["-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "tracker.wsgi"]
        process = subprocess.Popen(
            handed_over(self.socket, [sys.executable, *command]),
            cwd=ROOT, stdout=self.log, stderr=self.log, pass_fds=[self.socket.fileno()],
            env=environment(
                WEB_CONCURRENCY="2", LOG_FORMAT="json", PROMETHEUS_MULTIPROC_DIR=self.counts
            ),
        )  # fmt: skip
        self.started.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """SIGTERM, and wait until it has ended by itself."""
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=STARTS) == 0

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.socket.close()


@contextmanager
def served(log: IO[str], counts: str) -> Iterator[Served]:
    """It, for as long as the block lasts."""
    here = Served(log, counts)
    try:
        yield here
    finally:
        here.close()


def answered(readers: Readers) -> int:
    return readers.seen["200"]


def go_on(readers: Readers, said: str) -> None:
    """Until somebody has been answered who asked after now."""
    before = answered(readers)
    until(
        lambda: answered(readers) > before + 20,
        STARTS,
        lambda: f"{said}; {readers.seen}; {readers.wrong}",
    )


def figures(port: int) -> dict[tuple[str, str], float]:
    """What /metrics tells, by name and route; answers of class 2xx."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=STARTS) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    samples = (sample for family in families for sample in family.samples)
    return {
        (each.name, each.labels.get("route", "")): each.value
        for each in samples
        if each.labels.get("status", "2xx") == "2xx"
    }


def test_what_was_begun_is_ended_and_nobody_is_turned_away(tmp_path):
    """By SIGTERM at any moment; by a release that takes another's place, with a migration."""
    commitment = make_commitment()
    logged(1_500)
    checkpoints.make()
    pages = ["/", commitment.get_absolute_url(), "/feeds/changes.atom", "/api/v1/commitments/"]
    pages.append("/changes/?kind=lab_published")
    errors = tmp_path / "errors"
    with errors.open("w") as log, served(log, str(tmp_path)) as here:
        with Readers(here.port, pages, "/changes/log.jsonl") as readers:
            go_on(readers, "the beginning")
            for number in range(RELEASES):
                release(here, migrating=number == RELEASES // 2)
                go_on(readers, f"release {number}")
            for number in range(STOPS):
                time.sleep(random.uniform(0, 0.3))
                here.stop(here.now)
                here.now = here.start()
                go_on(readers, f"stop {number}")
            told = figures(here.port)
        here.stop(here.now)
    print(f"\n{RELEASES} releases, {STOPS} stops: {dict(readers.seen)}, {len(readers.wrong)} wrong")
    assert readers.wrong == []
    assert set(readers.seen) <= {"200", "idle connections closed"}
    # of all processes that live, whichever of them is asked
    assert told["on_record_request_seconds_count", "log_lines"] >= 1
    assert told["on_record_database_up", ""] == told["on_record_log_continues", ""] == 1
    assert [line for line in errors.read_text().splitlines() if '"ERROR"' in line] == []


def release(here: Served, *, migrating: bool) -> None:
    """The new one answers beside the old one, which is then stopped; a column is added between,
    of which the old one does not know."""
    after = here.start()
    if migrating:
        column = models.CharField(max_length=10, null=True)
        column.set_attributes_from_name("of_the_next_release")
        with connection.schema_editor() as editor:
            editor.add_field(Lab, column)
    time.sleep(3 if SOAK else 1)
    here.stop(here.now)
    here.now = after
    if migrating:
        with connection.schema_editor() as editor:
            editor.remove_field(Lab, column)


def test_a_stopped_worker_ends_what_it_has_begun(tmp_path):
    """What it has claimed is sent and settled, once; what it has not is left for the next one."""
    route()
    emails = [f"reader-{number}@example.org" for number in range(30)]
    for email in emails:
        follows(email)
    logged(1)
    with postbox() as post, (tmp_path / "errors").open("w") as log:

        def slowly(address: str) -> str:
            time.sleep(0.02)
            return TAKEN

        post.data = slowly
        process = subprocess.Popen(
            [sys.executable, "manage.py", "deliver"], cwd=ROOT, stdout=log, stderr=log,
            env=environment(EMAIL_URL=f"smtp://127.0.0.1:{post.port}"),
        )  # fmt: skip
        try:
            until(lambda: len(post.taken) > 2, STARTS, lambda: (tmp_path / "errors").read_text())
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=STARTS) == 0
        finally:
            process.kill()
    told = Subscription.objects.filter(cursor=head_sequence()).count()
    assert len(post.taken) == len({mail["To"] for mail in post.taken}) == told
    assert told > 2
    assert not Subscription.objects.filter(claim__isnull=False).exists()
    assert Subscription.objects.filter(due_at__isnull=False).count() == len(emails) - told
