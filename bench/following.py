"""Following the whole log: verifying it, and streaming it while others are answered.

`verify_log` runs as an operator runs it, in a process of its own. `log.jsonl` is streamed by one
worker of gunicorn while a loop asks the other addresses of the same site, with and without a reader
of the stream beside it by turns.
"""

import http.client
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from bench.figures import AT_MOST, SHORT, Figure, Scale
from bench.filling import pairs
from bench.running import ROOT, environment, forked, gunicorn

ASKED = ("/", "/changes/head.json", "/commitments/", "/feeds/changes.atom?kind=lab_published")
CHUNK = 1 << 20


def measure(scale: Scale) -> Iterator[Figure]:
    """verify_log, then log.jsonl, on each database."""
    turns = 1 if scale == SHORT else 6
    with pairs(scale, engines=1 if scale == SHORT else 2) as found:
        for pair in found:
            yield from _verified(pair.engine, pair.big, scale.changes)
            yield from _streamed(pair.engine, pair.big, scale.changes, turns)


def _verified(engine: str, url: str, changes: int) -> Iterator[Figure]:
    began = time.perf_counter()
    done = subprocess.Popen(
        [sys.executable, "manage.py", "verify_log", "--json"],
        cwd=ROOT, env=environment(url), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.stdout is not None
    said = done.stdout.read()
    _, status, used = os.wait4(done.pid, 0)
    done.returncode = os.waitstatus_to_exitcode(status)
    done.stdout.close()
    if done.returncode:
        raise RuntimeError(f"verify_log: {said.decode()[:500]}")
    took = time.perf_counter() - began
    cpu = used.ru_utime + used.ru_stime
    yield Figure(
        f"verify_log on {changes:,} entries", engine, "s", took, None, AT_MOST, 60,
        more={"cpu": cpu, "mib": used.ru_maxrss / 1024},
        limits="SHA-256 of header, body and chain, and canonical JSON, in one process",
    )  # fmt: skip
    yield Figure("memory of verify_log", engine, "MiB", used.ru_maxrss / 1024, None, AT_MOST, 150)


def _streamed(engine: str, url: str, changes: int, turns: int) -> Iterator[Figure]:
    """Two workers; one of them streams in every other turn."""
    with gunicorn(url, workers=2) as (address, process):
        host = urlsplit(address).netloc
        for each in ASKED:
            _get(host, each)
        alone, beside, lines, seconds = list[float](), list[float](), 0, list[float]()
        most = 0.0
        for _ in range(turns):
            alone += _asked(host, time.monotonic() + 1)
            reader = _Reader(host)
            reader.start()
            beside += _asked(host, None, reader)
            reader.join()
            lines, seconds = reader.lines, [*seconds, reader.seconds]
            most = max(most, _resident(process.pid))
        if lines != changes:
            raise RuntimeError(f"log.jsonl has {lines} lines, not {changes}.")
    yield Figure(
        f"other requests while {changes:,} lines of log.jsonl are streamed, median",
        engine, "ms", statistics.median(beside), statistics.median(alone), AT_MOST, 1.5,
        more={"requests": [len(beside), len(alone)], "stream_seconds": seconds},
    )  # fmt: skip
    yield Figure(
        "memory of the worker that streams log.jsonl", engine, "MiB", most, None, AT_MOST, 150
    )


class _Reader(threading.Thread):
    """Reads the whole log once, as fast as it comes."""

    def __init__(self, host: str) -> None:
        super().__init__(daemon=True)
        self.host, self.lines, self.seconds = host, 0, 0.0

    def run(self) -> None:
        """Count its lines."""
        began = time.perf_counter()
        connection = http.client.HTTPConnection(self.host, timeout=600)
        try:
            connection.request("GET", "/changes/log.jsonl")
            answer = connection.getresponse()
            while some := answer.read(CHUNK):
                self.lines += some.count(b"\n")
        finally:
            connection.close()
            self.seconds = time.perf_counter() - began


def _asked(host: str, end: float | None, reader: _Reader | None = None) -> list[float]:
    """Milliseconds of each answer, until then or until the reader has ended."""
    found = list[float]()
    while (time.monotonic() < end) if end else (reader is not None and reader.is_alive()):
        for each in ASKED:
            found.append(_get(host, each))
            time.sleep(0.005)  # a few readers, not a flood
    return found


def _get(host: str, path: str) -> float:
    began = time.perf_counter()
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
    finally:
        connection.close()
    return 1000 * (time.perf_counter() - began)


def _resident(parent: int) -> float:
    """The most that any worker ever had resident, in MiB."""
    told = ((each / "status").read_text() for each in forked(parent))
    held = (int(found[1]) for each in told if (found := re.search(r"VmHWM:\s*(\d+)", each)))
    return max(held) / 1024
