"""A verdict makes the news: readers come at a steady rate while curators publish, and in the middle
of it the database is gone for some seconds.

`SOAK=1`: ten minutes at 300 a second, and five seconds without a database.
"""

import json
import os
import subprocess
import sys
import time
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest

from bench.running import environment, gunicorn, manage
from tests.cacheserver import redis
from tests.clusters import servers
from tests.machine import ROOT, answers, until

pytestmark = pytest.mark.once

LONG = os.environ.get("SOAK") == "1"
RATE, SECONDS, AWAY, PAUSE = (300, 600, 5.0, 0.5) if LONG else (60, 6, 1.0, 0.2)
SETTLES = 3.0  # seconds after the database answers again until what was cold may be refused no more

FEEDS = [
    *("/feeds/changes.atom", "/feeds/changes.rss", "/feeds/changes.json", "/feeds/deadlines.ics"),
    *("/feeds/changes.atom?lab=openai", "/feeds/changes.json?significance=major"),
    "/feeds/changes.rss?kind=outcome_published",
]
PAGES = [
    *("/", "/labs/", "/labs/openai/", "/commitments/", "/commitments/openai-20-percent-compute/"),
    *("/timeline/", "/discrepancies/", "/sources/", "/changes/", "/methodology/"),
    *("/search/?q=compute", "/search/?q=safety+team", "/search/?q=equity"),
    *("/commitments/?category=compute", "/commitments/?lab=openai&verdict=broken"),
    *("/timeline/?q=sutskever", "/changes/?kind=outcome_published", "/api/v1/commitments/"),
    *("/api/v1/labs/openai/", "/compare/?lab=openai&lab=google-deepmind"),
]


def test_readers_are_served_while_curators_publish_and_the_database_is_away(tmp_path):
    acknowledged = tmp_path / "acknowledged"
    with servers(1) as [database], redis() as cache:
        database.make()
        database.start()
        manage(database.url, "migrate")
        manage(database.url, "seed")
        with gunicorn(database.url, CACHE_URL=cache, HEAD_SECONDS="0.1") as (address, process):
            until(lambda: answers(f"{address}/readyz"))
            pages = [each for each in PAGES if status(address + each) == 200]
            assert pages == PAGES, set(PAGES) - set(pages)
            load = start(
                "tests.journeys.load",
                said={
                    "address": address, "rate": RATE, "seconds": SECONDS,
                    "feeds": FEEDS, "others": PAGES,
                },
            )  # fmt: skip
            publisher = start(
                "tests.journeys.publisher", str(SECONDS), str(PAUSE), str(acknowledged),
                database=database.url,
            )  # fmt: skip
            time.sleep(SECONDS / 2)
            gone = time.monotonic()
            database.stop()
            time.sleep(AWAY)
            database.start()
            back = time.monotonic()
            told, _ = load.communicate(timeout=SECONDS + 120)
            seen: dict[str, Any] = json.loads(told)
            assert publisher.wait(timeout=60) == 0
            assert process.poll() is None

        lines = acknowledged.read_text().splitlines()
        failures = seen.pop("failures")
        print(
            f"\n{seen}; away for {back - gone:.1f} s; {len(failures)} refused; "
            f"{sum('made' in line for line in lines)} published, "
            f"{sum('refused' in line for line in lines)} times refused"
        )
        assert seen["asked"] == RATE * SECONDS
        made = [line.split()[1] for line in lines if line.startswith("made")]
        refused = {line.split()[1] for line in lines if line.startswith("refused")}
        assert made
        # nobody who asked for what had been given before was sent away, at any time
        assert [each for each in failures if each[4]] == []
        # and nobody at all but who waited for an answer while it was away or going, and then in
        # the words of a 503
        assert [
            (asked - gone, failed - gone, *rest)
            for asked, failed, *rest in failures
            if failed < gone or asked > back + SETTLES
        ] == []
        assert {why for _, _, _, why, _ in failures} <= {"503"}
        # what was acknowledged is there, once, and nothing by halves
        with psycopg.connect(host=str(database.home), user="postgres") as line:
            found = line.execute(
                "SELECT subject_slug FROM tracker_change WHERE subject_slug LIKE %s ORDER BY 1",
                ["example-lab-of-the-hour-%"],
            ).fetchall()
        entries = [slug for (slug,) in found]
        assert len(entries) == len(set(entries))
        # a line that breaks at the very commit leaves unsaid what the database has kept
        assert set(made) <= set(entries) <= set(made) | refused
        manage(database.url, "verify_log")


def status(address: str) -> int:
    """What an address is answered with."""
    with urlopen(address, timeout=20) as answer:  # noqa: S310 - loopback
        answer.read()
        code: int = answer.status
        return code


def start(
    module: str, *arguments: str, said: dict[str, Any] | None = None, database: str = ""
) -> subprocess.Popen[str]:
    """A process of the tests' own beside the site; `said` is its order."""
    pipe = subprocess.PIPE if said is not None else subprocess.DEVNULL
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT, env=environment(database), text=True, stdin=pipe, stdout=pipe,
    )  # fmt: skip
    if said is not None:
        assert process.stdin
        process.stdin.write(json.dumps(said) + "\n")
        process.stdin.flush()
    return process
