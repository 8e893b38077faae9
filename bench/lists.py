"""The first render of a list of fifty rows among 100,000, beside Datasette showing as many.

    python -m bench lists

Ours is the list of commitments as a reader sees it for the first time: rendered anew, the page
cache off, from one gunicorn worker, verdicts and ranges and all. Datasette is given what is
easiest for it: the columns that our list shows in one plain table of a file of its own, in the
order of its rowid, without foreign keys to follow, and with its counts, facets and suggestions
off. Both are asked over a connection that stays open, one request at a time, by turns.
"""

import http.client
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.figures import Figure, Scale
from bench.filling import pairs
from bench.generating import Made
from bench.running import environment, free_port, gunicorn, wait_for

OURS = "/commitments/"
THEIRS = "/rows/commitments?_size=50&_nocount=1&_nofacet=1&_nosuggest=1"
COLUMNS = ("slug", "lab", "title", "force", "category", "made_on", "deadline", "obligation")
ASKED_A_SECOND = 5  # rounds for each second of the scale
WARM = 3  # requests before any counts

LIMITS = (
    "Django's templates, which make 50 rows of chips, ranges and links; the queries are the least "
    "of it"
)


def measure(scale: Scale) -> Iterator[Figure]:
    """The figure of each engine; Datasette has SQLite under both."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _datasette(Path(folder), scale) as theirs,
        pairs(scale) as filled,
    ):
        for pair in filled:
            with gunicorn(pair.big, workers=1, PAGE_CACHE_BYTES="0") as (ours, _):
                times = _by_turns(ours + OURS, theirs + THEIRS, ASKED_A_SECOND * scale.seconds)
            mine, others = (statistics.median(each) for each in times)
            yield Figure(
                f"first render of a list of 50 among {scale.commitments:,} / Datasette",
                pair.engine,
                "a second",
                ours=1 / mine,
                other=1 / others,
                target=5.0,
                limits=LIMITS,
                more={"milliseconds": [1000 * mine, 1000 * others], "rounds": len(times[0])},
            )


def _by_turns(ours: str, theirs: str, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds that each took, each time."""
    asked = [_Asking(address) for address in (ours, theirs)]
    times: tuple[list[float], list[float]] = ([], [])
    for round_ in range(WARM + rounds):
        for asking, found in zip(asked, times, strict=True):
            took = asking.once()
            if round_ >= WARM:
                found.append(took)
    return times


class _Asking:
    """One address over one connection."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=60)

    def once(self) -> float:
        """Seconds from the request to the last byte; RuntimeError for what is no list of rows."""
        begun = time.perf_counter()
        self._connection.request("GET", self._target)
        answer = self._connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - begun
        if answer.status != 200 or body.count(b"Example promise") < 20:
            raise RuntimeError(f"{self._target}: {answer.status}, {len(body)} bytes")
        return took


@contextmanager
def _datasette(folder: Path, scale: Scale) -> Iterator[str]:
    """The address of a Datasette on the same promises."""
    file, port = folder / "rows.db", free_port()
    with sqlite3.connect(file) as database:
        names = ", ".join(COLUMNS)
        database.execute(f"CREATE TABLE commitments (id INTEGER PRIMARY KEY, {names})")
        marks = ", ".join("?" * len(COLUMNS))
        database.executemany(
            f"INSERT INTO commitments ({names}) VALUES ({marks})",  # noqa: S608 - our own names
            _rows(scale.commitments),
        )
    database.close()
    process = subprocess.Popen(
        [sys.executable, "-m", "datasette", "serve", str(file), "--port", str(port)],
        cwd=folder, env=environment("sqlite://"),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/-/versions.json", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _rows(number: int) -> Iterator[tuple[str, ...]]:
    made = Made(number)
    for place in range(number):
        plain = made.commitment(place)
        yield (
            *(plain[name] for name in ("slug", "lab", "title", "force", "category", "made_on")),
            plain["deadline"].get("due_on", ""),
            plain["obligation"],
        )
