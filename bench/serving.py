"""A warm page and a 304, beside a hello-world view under the same middleware and gunicorn.

Two gunicorns of two workers on one database, asked by turns; what a worker holds in memory after
they have been asked for every page there is.
"""

import os
import re
import tempfile
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from html import unescape
from http.client import HTTPResponse
from pathlib import Path
from subprocess import Popen
from typing import cast

from bench.figures import AT_MOST, Figure, Scale, middle
from bench.generating import write
from bench.running import forked, gunicorn, manage, wrk
from tests.both_databases import postgres, postgres_programs

COMMITMENTS = 400  # as many as fill each list
ROUNDS = 11  # turns, of a second each
WARMING = 20  # requests, of which each worker gets some
ADDRESSES = 500  # that are asked for before a worker's memory is looked at
BROWSER = {"Accept-Encoding": "gzip"}
TAG = '"hello"'  # of the hello-world view (bench/hello.py)
PAGES = {
    "home": "/",
    "a commitment": "/commitments/example-commitment-7/",
    "50 commitments, filtered": "/commitments/?verdict=kept&sort=newest",
    "a feed": "/feeds/changes.atom",
}
HELD = "libraries and our own code (a worker holds most of it before its first page), kept pages"
LIMITS = "reading the request and writing the answer in gunicorn; Django's request object"


def measure(scale: Scale) -> Iterator[Figure]:
    """Both databases."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        record = folder / "record.json"
        write(record, min(scale.commitments, COMMITMENTS))
        databases = {"SQLite": f"sqlite:///{folder}/serving.sqlite3"}
        if programs := postgres_programs():
            databases["PostgreSQL"] = stack.enter_context(postgres(programs))
        for name, url in databases.items():
            manage(url, "migrate")
            manage(url, "import_record", str(record))
            yield from _served(name, url, scale)


def _served(database: str, url: str, scale: Scale) -> Iterator[Figure]:
    rounds = min(ROUNDS, scale.seconds + 1)
    pages = dict(list(PAGES.items())[: scale.seconds])
    with (
        gunicorn(url, wsgi="bench.served") as (site, process),
        gunicorn(url, wsgi="bench.hello") as (other, _),
    ):
        for what, path in pages.items():
            ours, theirs = _by_turns((site + path, BROWSER), (f"{other}/hello", BROWSER), rounds)
            yield Figure(
                f"warm page: {what} / hello-world", database, "answers/s",
                *middle(ours, theirs), target=1.0, limits=LIMITS,
                more={"ours": ours, "other": theirs},
            )  # fmt: skip
        for what, path in pages.items():
            has_it = BROWSER | {"If-None-Match": tag_of(site + path)}
            ours, theirs = _by_turns(
                (site + path, has_it),
                (f"{other}/unchanged", BROWSER | {"If-None-Match": TAG}),
                rounds,
            )
            yield Figure(
                f"304: {what} / hello-world's", database, "answers/s",
                *middle(ours, theirs), target=1.2, limits=LIMITS,
                more={"ours": ours, "other": theirs},
            )  # fmt: skip
        asked = crawl(site, min(ADDRESSES, scale.commitments // 5))
        yield Figure(
            "memory of a worker after all of it", database, "MB", resident(process),
            bound=AT_MOST, target=150, limits=HELD,
            more={"addresses": asked},
        )  # fmt: skip


Asked = tuple[str, Mapping[str, str]]


def _by_turns(one: Asked, other: Asked, rounds: int) -> tuple[list[float], list[float]]:
    """Answers a second of each, in so many turns."""
    found: tuple[list[float], list[float]] = ([], [])
    for address, headers in (one, other) * WARMING:
        fetch(address, headers)
    for _ in range(rounds):
        for (address, headers), speeds in zip((one, other), found, strict=True):
            speeds.append(wrk(address, 1, headers=headers))
    return found


def fetch(address: str, headers: Mapping[str, str]) -> HTTPResponse:
    """What is there, whole. Raises RuntimeError where it is refused."""
    asked = urllib.request.Request(address, headers=dict(headers))  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(asked) as answer:  # noqa: S310
            answer.read()
            found: HTTPResponse = answer
            return found
    except urllib.error.HTTPError as error:
        if error.code == 304:
            return cast(HTTPResponse, error)
        raise RuntimeError(f"{address}: {error}") from error


def tag_of(address: str) -> str:
    """The ETag of what is there."""
    return str(fetch(address, BROWSER).headers["ETag"])


def crawl(site: str, addresses: int) -> int:
    """Ask for pages of every kind, packed and not, eight at a time; how many there are."""
    paths = _mapped(site, "/sitemap.xml")
    paths = [*PAGES.values(), *paths[:: max(1, len(paths) // addresses)]]
    asked = [(site + path, headers) for path in paths for headers in (BROWSER, {})]
    with ThreadPoolExecutor(8) as pool:
        deque(pool.map(lambda each: fetch(*each), asked), maxlen=0)
    return len(paths)


def _mapped(site: str, path: str) -> list[str]:
    """What a site map names, and those that it names in turn."""
    with urllib.request.urlopen(site + path) as answer:  # noqa: S310 - loopback
        told = answer.read().decode()
    paths = [unescape(each) for each in re.findall(r"<loc>https?://[^/<]+([^<]*)</loc>", told)]
    if "<sitemapindex" not in told:
        return paths
    return [each for inner in paths for each in _mapped(site, inner)]


def resident(process: Popen[bytes]) -> float:
    """Megabytes of memory that the largest of a gunicorn's workers holds."""
    pages = [int((each / "statm").read_text().split()[1]) for each in forked(process.pid)]
    return max(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6
