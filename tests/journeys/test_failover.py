"""A primary and a real streaming replica: read from the one, written to the other, and failed over.

A real gunicorn serves the site; its DATABASE_URL names both servers, so that libpq finds the one
that may be written to. What a reviewer was told to be published is on whichever is left.
"""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.clusters import Server, servers
from tests.journeys.desk import Desk
from tests.journeys.hands import ROOT
from tests.machine import free_ports, serving, until

PASSWORD = "a long made-up password"
LABS = 5

pytestmark = pytest.mark.once


@dataclass
class Answer:
    status: int
    headers: Any
    text: str


@dataclass
class Site:
    """A served site on that primary and that replica, with drafts to publish."""

    address: str
    primary: Server
    replica: Server
    environment: dict[str, str]
    drafts: list[tuple[str, str]]
    desk: Desk

    def get(self, path: str) -> Answer:
        """What a stranger is answered."""
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=30) as told:  # noqa: S310
                return Answer(told.status, told.headers, told.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read().decode())

    def publish(self) -> str:
        """Publish the next draft at the desk; its public address."""
        pk, slug = self.drafts.pop(0)
        assert self.desk.take_step(f"/admin/tracker/lab/{pk}/publish/", "For a made-up reason.")
        status, _, page = self.desk.ask(f"/admin/tracker/lab/{pk}/change/")
        assert status == 200
        assert "Published: every change is public at once" in page  # seen by who wrote it, at once
        return f"/labs/{slug}/"

    def refused(self) -> tuple[str, str]:
        """Try to publish the next draft; its public address, and the page that says why not."""
        pk, slug = self.drafts[0]
        path = f"/admin/tracker/lab/{pk}/publish/"
        _, _, page = self.desk.ask(path)
        typed = dict(re.findall(r'name="(seen_\w+)" value="([^"]*)"', page))
        status, _, page = self.desk.ask(path, typed | {"reason": "For a made-up reason."})
        assert status == 503
        return f"/labs/{slug}/", page

    def log(self) -> list[str]:
        """Every entry, a line each."""
        return self.get("/changes/log.jsonl").text.splitlines()

    def head(self) -> int:
        """Where the log ends, as the public is told."""
        sequence: int = json.loads(self.get("/changes/head.json").text)["sequence"]
        return sequence

    def manage(self, *arguments: str) -> str:
        """What a command of manage.py prints, if all is well."""
        return python(self.environment, "manage.py", *arguments)


def python(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def site(primary: Server, replica: Server, folder: Any) -> Iterator[Site]:
    """Everything, started; the replica has all that there is."""
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ
    } | {
        "DJANGO_SETTINGS_MODULE": "tests.journeys.impatient",
        "SECRET_KEY": "a made-up secret of this test",
        "SITE_URL": address,
        "CHECKPOINT_DIR": str(folder),
        "DATABASE_URL": (
            f"postgres://postgres@/postgres?host={primary.home},{replica.home}"
            "&target_session_attrs=read-write"
        ),
    }
    primary.make()
    primary.start()
    lines = python(environment, "-m", "tests.journeys.draft_labs", str(LABS)).splitlines()
    drafts = [(pk, slug) for pk, slug in (line.split() for line in lines)]
    replica.clone(primary)
    replica.start()
    log = folder / "gunicorn.log"
    command = [
        sys.executable, "-m", "gunicorn", "tracker.wsgi", "--config", "tests/journeys/served.py",
        "--workers", "1", "--threads", "4", "--bind", f"127.0.0.1:{port}",
    ]  # fmt: skip
    told = environment | {"DATABASE_REPLICA_URL": replica.url}
    try:
        with serving(command, f"{address}/healthz", told, log):
            desk = Desk(address, "reviewer", PASSWORD)
            yield Site(address, primary, replica, environment, drafts, desk)
    finally:
        print(log.read_text())


def eventually(what: Callable[[], Any]) -> None:
    until(what, 10)


def test_the_public_reads_the_replica_and_the_site_outlives_the_primary(tmp_path):
    with servers(2) as (primary, replica), site(primary, replica, tmp_path) as served:
        # --- the replica is held up: readers see all of the old record, its writer the new one
        before, log = served.head(), served.get("/changes/log.jsonl").text
        replica.ask("SELECT pg_wal_replay_pause()")
        held_up = served.publish()
        assert served.get(held_up).status == 404
        assert (served.head(), served.get("/changes/log.jsonl").text) == (before, log)
        replica.ask("SELECT pg_wal_replay_resume()")
        eventually(lambda: served.get(held_up).status == 200)
        assert served.head() > before

        # --- somebody holds the log's head: the reviewer is told, and nothing is half-saved
        with psycopg.connect(host=str(primary.home), user="postgres") as other:
            other.execute("SELECT 1 FROM tracker_loghead FOR UPDATE")
            refused, page = served.refused()
            assert "held this up for longer than one may wait. Nothing was saved." in page
            shown = served.desk.ask(f"/admin/tracker/lab/{served.drafts[0][0]}/change/")[2]
            assert "Draft: readers do not see it." in shown
        assert served.get(refused).status == 404

        # --- the replica dies: the primary answers; with it again, the replica
        replica.stop("immediate")
        alone = served.publish()
        assert alone == refused  # which could be done after all
        for path in (alone, held_up, "/", "/changes/log.jsonl", "/search/?q=example"):
            assert served.get(path).status == 200, path
        replica.start()
        replica.ask("SELECT pg_wal_replay_pause()")
        later = served.publish()
        eventually(lambda: served.get(later).status == 404)
        replica.ask("SELECT pg_wal_replay_resume()")

        # --- the primary dies: all that it acknowledged is on the replica, for which it waited
        primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.ask("SELECT pg_reload_conf()")
        eventually(lambda: primary.ask("SELECT sync_state FROM pg_stat_replication") == "sync")
        last = served.publish()
        other = psycopg.connect(host=str(primary.home), user="postgres")
        other.execute("SELECT 1 FROM tracker_loghead FOR UPDATE")
        with ThreadPoolExecutor(1) as reviewer:
            saving = reviewer.submit(served.refused)
            time.sleep(0.15)  # and so most often in the middle of it
            primary.stop("immediate")
            cut_off, page = saving.result()
        other.close()
        assert "This was not saved" in page
        eventually(lambda: served.get(last).status == 200)  # it has it, and may yet be replaying it
        for path in (last, held_up, "/", "/timeline/", "/feeds/changes.atom", "/changes/log.jsonl"):
            assert served.get(path).status == 200, path
        assert served.get(cut_off).status == 404

        # --- the replica becomes the primary: the site finds it by itself, and goes on
        replica.promote()
        eventually(lambda: served.desk.ask("/admin/")[0] == 200)
        after = served.publish()
        assert after == cut_off  # a draft as it was
        everything = (held_up, alone, later, last, after)
        for path in everything:
            assert served.get(path).status == 200, path
        told = [json.loads(line)["subject"]["slug"] for line in served.log()]
        assert told == [path.split("/")[2] for path in everything]
        assert "nothing is wrong" in served.manage("verify_log")
