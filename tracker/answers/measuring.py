"""What the site counts of itself, for `/metrics`: requests by route, and the cache of pages.

gunicorn's workers meet in the folder that PROMETHEUS_MULTIPROC_DIR names, a file for each process;
`deploy/gunicorn.conf.py` sets it before anything here is imported. Without it a process counts for
itself. Labels are names of our own routes and classes of status, so their number is bounded.
"""

import os
import re
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
NOWHERE = "none"  # the route of an address that leads nowhere, or is refused before it is looked at

if FOLDER in os.environ:  # a command's environment may name it before the first gunicorn makes it
    Path(os.environ[FOLDER]).mkdir(parents=True, exist_ok=True)

_FILE = re.compile(r"[a-z_]+_(\d+)\.db")
#: Our own alone: the library's registry would add what it counts of Python.
_registry = CollectorRegistry()

requests = Histogram(
    "on_record_request_seconds",
    "Requests that a page cache did not answer, until their first byte.",
    ("route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_registry,
)
_cache = Counter(
    "on_record_page_cache_requests",
    "Public requests that the page cache answered (hit), or could have (miss).",
    ("answer",),
    registry=_registry,
)
_entries = Gauge(
    "on_record_page_cache_entries",
    "Answers that the page cache holds, in all workers together.",
    multiprocess_mode="livesum",
    registry=_registry,
)
_bytes = Gauge(
    "on_record_page_cache_bytes",
    "Bytes of answers that the page cache holds, in all workers together.",
    multiprocess_mode="livesum",
    registry=_registry,
)
#: Called for each warm page, so nothing is looked up there.
cache_hit, cache_miss = _cache.labels("hit").inc, _cache.labels("miss").inc


def cache_holds(entries: int, size: int) -> None:
    """How many answers the page cache of this process holds, and their bytes."""
    _entries.set(entries)
    _bytes.set(size)


def answered(route: str, status: int, seconds: float) -> None:
    """One request has been answered."""
    requests.labels(route or NOWHERE, f"{status // 100}xx").observe(seconds)


def collected() -> CollectorRegistry:
    """A registry with what all workers of this machine have counted."""
    if FOLDER not in os.environ:
        return _registry
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def ended(process: int) -> None:
    """A worker is gone: what it held is not held any more, what it counted stays counted."""
    mark_process_dead(process)  # type: ignore[no-untyped-call]


def forget_the_dead() -> None:
    """Remove what processes left that are no more; another gunicorn of this machine may live."""
    for file in Path(os.environ[FOLDER]).glob("*.db"):
        found = _FILE.fullmatch(file.name)
        if found and not _lives(int(found[1])):
            file.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's, and alive
    return True
