"""The first render of a list of fifty rows among 100,000, beside Datasette showing the same.

    python -m bench lists

Ours is the list of commitments as a reader sees it for the first time: rendered anew, the page
cache off, from one gunicorn worker. Datasette is given the very file that this site publishes for
it (`/data/on-record.sqlite3`, without the log), and shows its table of commitments as it opens it,
its counts, facets and suggestions off: every column of fifty rows, the names behind the foreign
keys. A second figure is of Datasette asked for no more than the columns that our list shows too.
Both are asked over a connection that stays open, one request at a time, by turns.
"""

import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench import steps
from bench.figures import Figure, Scale
from bench.filling import pairs
from bench.running import environment, gunicorn
from tests.machine import free_ports, serving

OURS = "/commitments/"
THEIRS = "/on-record/commitments?_size=50&_nocount=1&_nofacet=1&_nosuggest=1"
#: What a row of ours says, or is made of.
COLUMNS = (
    *("slug", "title", "lab", "category", "made_on", "said", "confidence", "contested"),
    *("percent_low", "percent_high", "coverage", "basis", "force", "lifecycle", "schedule"),
    *("deadline_kind", "deadline_due_on", "timeliness", "days_late"),
)
LEAN = THEIRS + "".join(f"&_col={name}" for name in COLUMNS)
ASKED_A_SECOND = 5  # rounds for each second of the scale
WARM = 3  # requests before any counts

LIMITS = (
    "Django: its queries and the models made of their rows take two fifths, its templates a third, "
    "the filters and their form a tenth; the database itself is the least of it"
)


def measure(scale: Scale) -> Iterator[Figure]:
    """The figures of each engine; Datasette has SQLite under both."""
    with (
        tempfile.TemporaryDirectory() as folder,
        pairs(scale) as filled,
        _datasette(steps.alone("bench.lists", environment(filled[0].big), "publish", folder))
        as theirs,
    ):  # fmt: skip
        for pair in filled:
            with gunicorn(pair.big, workers=1, PAGE_CACHE_BYTES="0") as (ours, _):
                times = _by_turns(
                    (ours + OURS, theirs + THEIRS, theirs + LEAN), ASKED_A_SECOND * scale.seconds
                )
            mine, whole, lean = (statistics.median(each) for each in times)
            what = f"first render of a list of 50 among {scale.commitments:,} / Datasette"
            yield Figure(
                what, pair.engine, "a second", 1 / mine, 1 / whole, target=5.0, limits=LIMITS,
                more={"milliseconds": [1000 * mine, 1000 * whole], "rounds": len(times[0])},
            )  # fmt: skip
            yield Figure(
                f"{what} with the columns of our list alone",
                pair.engine, "a second", 1 / mine, 1 / lean,
                more={"milliseconds": [1000 * mine, 1000 * lean], "rounds": len(times[0])},
            )  # fmt: skip


def _by_turns(addresses: Sequence[str], rounds: int) -> list[list[float]]:
    """Seconds that each took, each time."""
    asked = [_Asking(address) for address in addresses]
    times: list[list[float]] = [[] for _ in asked]
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
def _datasette(file: str) -> Iterator[str]:
    """The address of a Datasette on the file."""
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "datasette", "serve", file, "--port", str(port)]
    log = Path(file).with_suffix(".log")
    with serving(command, f"{address}/-/versions.json", environment("sqlite://"), log):
        yield address


def publish(folder: str) -> str:
    """Where the database is that this site publishes, made now; of a log without entries, which are
    no part of what is shown."""
    from unittest.mock import patch

    from django.conf import settings

    from tracker.interchange.bulk import making
    from tracker.interchange.bulk.describing import DATABASE

    steps.ready()
    settings.DATA_DIR = Path(folder)
    with patch.object(making, "lines_after", lambda after: iter(())):
        made = making.make()
    assert made is not None
    return str(made.folder / DATABASE)


STEPS = {publish.__name__: publish}

if __name__ == "__main__":
    steps.main(STEPS)
