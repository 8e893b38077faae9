"""Readers who come at a steady rate, whatever the site does: `python -m tests.journeys.load`.

Orders are one line of JSON on its standard input: where, how many a second, for how long, and what
is asked for; its answer is one line of JSON when they have all been served. They are an open loop:
who finds the site slow does not come later for it. Nine in ten read feeds again, and tell what they
have.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

CONNECTIONS = 64
PATIENCE = 20.0  # seconds that anybody waits for an answer


class Broken(Exception):
    """An answer that ended before its end."""


@dataclass
class Answer:
    """What came back, whole."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Seen:
    """Everything that happened."""

    asked: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    #: [when it was asked for, when that failed, both by time.monotonic() which is the machine's and
    #: so the same for every process; address, what went wrong, whether it was warm]
    failures: list[tuple[float, float, str, str, bool]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    bytes: int = 0


class Connection:
    """One connection, kept alive; opened again where the other side has closed it."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, path: str, headers: dict[str, str]) -> Answer:
        """GET it. Broken where the answer is cut short; OSError where nobody answers."""
        for fresh in (self.writer is None, True):
            if fresh:
                await self.close()
                self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
            assert self.reader is not None and self.writer is not None
            lines = [f"GET {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            try:
                self.writer.write("\r\n".join([*lines, "", ""]).encode())
                first = await self.reader.readline()
            except ConnectionError:
                first = b""
            if first:
                return await self._rest(first)
            if fresh:
                raise Broken("closed without an answer")
            # closed by the server while it was idle, which is its right: asked again on a new one
        raise AssertionError

    async def _rest(self, first: bytes) -> Answer:
        assert self.reader is not None
        headers = {}
        while (line := await self.reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        if line == b"":
            raise Broken("cut short in its headers")
        status = int(first.split()[1])
        body = b""
        try:
            if status not in (204, 304):
                body = await self._body(headers)
        except asyncio.IncompleteReadError:
            raise Broken("cut short in its body") from None
        if headers.get("connection", "").lower() == "close":
            await self.close()
        return Answer(status, headers, body)

    async def _body(self, headers: dict[str, str]) -> bytes:
        assert self.reader is not None
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return await self.reader.readexactly(int(headers["content-length"]))
        parts = []
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            parts.append(await self.reader.readexactly(size))
            await self.reader.readexactly(2)
        await self.reader.readexactly(2)
        return b"".join(parts)

    async def close(self) -> None:
        """Let go of it."""
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


class Load:
    """The readers."""

    def __init__(self, order: dict[str, Any]) -> None:
        parts = urlsplit(order["address"])
        assert parts.hostname and parts.port
        self.host, self.port = parts.hostname, parts.port
        self.rate, self.lasting = float(order["rate"]), float(order["seconds"])
        self.feeds, self.others = list[str](order["feeds"]), list[str](order["others"])
        self.chance = random.Random(order.get("seed", 0))
        self.idle: asyncio.Queue[Connection] = asyncio.Queue()
        self.tags: dict[str, str] = {}
        self.seen, self.began = Seen(), 0.0

    async def run(self) -> dict[str, Any]:
        """All of them; what was seen."""
        for _ in range(CONNECTIONS):
            self.idle.put_nowait(Connection(self.host, self.port))
        self.began = time.monotonic()
        visits = set()
        for number in range(int(self.rate * self.lasting)):
            wait = self.began + number / self.rate - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            visit = asyncio.create_task(self.visit())
            visits.add(visit)
            visit.add_done_callback(visits.discard)
        while visits:
            await asyncio.wait(visits)
        seconds = sorted(self.seen.seconds)
        return {
            "asked": self.seen.asked,
            "lasted": time.monotonic() - self.began,
            "statuses": self.seen.statuses,
            "failures": self.seen.failures,
            "bytes": self.seen.bytes,
            "median": seconds[len(seconds) // 2] if seconds else None,
            "p99": seconds[len(seconds) * 99 // 100] if seconds else None,
            "slowest": seconds[-1] if seconds else None,
        }

    async def visit(self) -> None:
        """One reader: nine in ten have what they ask for already, and say so."""
        self.seen.asked += 1
        feed = self.chance.random() < 0.9
        path = self.chance.choice(self.feeds if feed else self.others)
        tag = self.tags.get(path, "")
        headers = {"Accept-Encoding": "gzip"}
        if feed and tag:
            headers["If-None-Match"] = tag
        connection = await self.idle.get()
        begun = time.monotonic()
        try:
            answer = await asyncio.wait_for(connection.ask(path, headers), PATIENCE)
        except (OSError, Broken, TimeoutError) as error:
            await connection.close()
            self.failed(begun, path, tag, f"{type(error).__name__} {error}")
            return
        finally:
            self.idle.put_nowait(connection)
        self.seen.seconds.append(time.monotonic() - begun)
        self.seen.bytes += len(answer.body)
        self.seen.statuses[str(answer.status)] += 1
        if answer.status in (200, 304):
            self.tags[path] = answer.headers.get("etag", "")
        else:
            self.failed(begun, path, tag, str(answer.status))

    def failed(self, begun: float, path: str, tag: str, why: str) -> None:
        """Note it; warm is what somebody has been given before."""
        self.seen.failures.append((begun, time.monotonic(), path, why, bool(tag)))


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(asyncio.run(Load(json.loads(line)).run())), flush=True)
