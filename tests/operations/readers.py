"""Readers who never stop, and who look whether each answer came to its end."""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

PATIENCE = 60.0  # seconds; who stands in line while a server starts is not turned away
SLOWLY = 16_384  # bytes that a slow reader takes at once


class Closed(Exception):
    """The connection ended before the first byte of an answer."""


class CutShort(Exception):
    """An answer that ended before its end."""


@dataclass
class Readers:
    """Some threads of each kind, from the beginning of the block to its end.

    `seen` counts whole answers by status; `wrong` is what went wrong: a line each.
    """

    port: int
    pages: list[str]
    stream: str
    seen: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __enter__(self) -> "Readers":
        self.stop = threading.Event()
        kinds = (self._one_by_one, self._one_by_one, self._keeping, self._keeping, self._slowly)
        self.threads = [threading.Thread(target=self._run, args=(kind,)) for kind in kinds]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _run(self, kind: Callable[[], None]) -> None:
        while not self.stop.is_set():
            try:
                kind()
            except (CutShort, Closed, OSError) as error:
                self.wrong.append(f"{kind.__name__}: {type(error).__name__}: {error}")

    def _one_by_one(self) -> None:
        """A connection for each page."""
        with self._connected() as line:
            self._ask(line, random.choice(self.pages), "close")

    def _keeping(self) -> None:
        """Some pages over one connection, as browsers and proxies ask."""
        with self._connected() as line:
            for number in range(10):
                try:
                    closing = self._ask(line, random.choice(self.pages), "keep-alive")
                except (Closed, OSError):
                    if number == 0:
                        raise
                    self.seen["idle connections closed"] += 1  # every client asks once more
                    return
                if closing:
                    return
                time.sleep(random.uniform(0, 0.02))

    def _slowly(self) -> None:
        """A long answer, read so slowly that the server has to wait before it can end it."""
        with self._connected(buffer=SLOWLY) as line:
            self._ask(line, self.stream, "close", pause=0.02)

    def _connected(self, buffer: int = 0) -> socket.socket:
        line = socket.socket()
        line.settimeout(PATIENCE)
        if buffer:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        line.connect(("127.0.0.1", self.port))
        return line

    def _ask(self, line: socket.socket, path: str, ending: str, pause: float = 0) -> bool:
        """GET it and count it; True where the server ends the connection after it."""
        asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: {ending}\r\n\r\n"
        line.sendall(asked.encode())
        answer = _Answer(line, pause)
        headers = answer.head()
        answer.body(headers)
        self.seen[headers["status"]] += 1
        return headers.get("connection", "").lower() == "close"


class _Answer:
    """One answer of HTTP/1.1, taken to its end."""

    def __init__(self, line: socket.socket, pause: float) -> None:
        self.line, self.pause, self.held = line, pause, b""
        self.begun = False

    def head(self) -> dict[str, str]:
        """Its status and headers, in lower case."""
        while b"\r\n\r\n" not in self.held:
            self._more()
        head, _, self.held = self.held.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.split(":", 1) for line in lines)
        return {name.lower(): value.strip() for name, value in pairs} | {"status": first.split()[1]}

    def body(self, headers: dict[str, str]) -> None:
        """All of it; CutShort where it ends early."""
        if headers.get("transfer-encoding", "").lower() != "chunked":
            self._take(int(headers["content-length"]))
            return
        while True:
            while b"\r\n" not in self.held:
                self._more()
            size, _, self.held = self.held.partition(b"\r\n")
            self._take(int(size, 16) + 2)
            if int(size, 16) == 0:
                return

    def _take(self, size: int) -> None:
        while len(self.held) < size:
            self._more()
        self.held = self.held[size:]

    def _more(self) -> None:
        if self.pause:
            time.sleep(self.pause)
        try:
            part = self.line.recv(SLOWLY if self.pause else 65_536)
        except ConnectionError as error:
            raise (CutShort if self.begun else Closed)(str(error)) from None
        if not part:
            raise (CutShort if self.begun else Closed)("the end came early")
        self.begun = True
        self.held += part
