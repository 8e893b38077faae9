"""Answers that are kept: in the memory of this process, and where CACHE_URL says for all of them.

An answer is kept under a key that its content follows from, so none is ever wrong, and none is
thrown away but for want of room.
"""

import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from time import monotonic, sleep
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import BaseCache, caches

from tracker.answers.measuring import cache_holds

#: The name, in settings.CACHES, of the cache that processes share.
SHARED = "pages"
#: Of memory, what an answer is not given more than this part of.
PART = 8
OVERHEAD = 1_000  # bytes of an answer in memory, beside its text
SECONDS = 24 * 3600  # that a shared cache keeps an answer; the day is in its key
WAIT = 5.0  # seconds for another's rendering of the same answer
POLL = 0.02  # seconds between two looks whether another process has made it
REST = 5.0  # seconds that a shared cache which failed is not asked
NEVER = 1_000  # addresses remembered whose answers are not kept

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """The headers of an answer, but for its validators, as Django holds them: by the name in small
    letters, the name and the value; and the body, None where it is not known."""

    headers: Mapping[str, tuple[str, str]]
    body: bytes | None

    @cached_property
    def size(self) -> int:
        """In bytes, about."""
        texts = sum(len(name) + len(value) for name, value in self.headers.values())
        return OVERHEAD + 2 * texts + len(self.body or b"")


@dataclass(frozen=True)
class Made:
    """Where the answer of an address was kept last, and its ETag then."""

    key: str
    tag: str

    @property
    def sequence(self) -> int:
        """The log's head then, with which the ETag begins."""
        return int(self.tag.strip('"').partition("-")[0])

    def kept(self) -> Kept:
        """Itself as it is kept."""
        return Kept({"etag": ("ETag", self.tag)}, self.key.encode())

    @classmethod
    def read(cls, kept: Kept) -> "Made":
        """From how it was kept."""
        return cls((kept.body or b"").decode(), kept.headers["etag"][1])


class Memory:
    """As many answers as fit into PAGE_CACHE_BYTES, those asked for last."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()
        self.size = 0  # in bytes

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: str) -> Kept | None:
        """The answer, if it is there."""
        with self._lock:
            if (found := self._held.get(key)) is not None:
                self._held.move_to_end(key)
            return found

    def put(self, key: str, kept: Kept) -> None:
        """Keep it, unless it is too large, and let go of those not asked for longest."""
        room: int = settings.PAGE_CACHE_BYTES
        if kept.size > room // PART:
            return
        with self._lock:
            if (before := self._held.pop(key, None)) is not None:
                self.size -= before.size
            self._held[key] = kept
            self.size += kept.size
            while self.size > room:
                _, gone = self._held.popitem(last=False)
                self.size -= gone.size
            cache_holds(len(self._held), self.size)

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._held.clear()
            self.size = 0


class AsText:
    """How an answer is written into a shared cache. Not as a pickle, which could run whatever
    somebody else has put there."""

    def dumps(self, value: Any) -> bytes:
        """A line of JSON, and the body; of what is no answer, its text."""
        if not isinstance(value, Kept):
            return str(value).encode()
        told = {"headers": [*value.headers.values()], "body": value.body is not None}
        return json.dumps(told).encode() + b"\n" + (value.body or b"")

    def loads(self, data: bytes) -> Kept | None:
        """The answer; None of what is none."""
        try:
            line, _, body = data.partition(b"\n")
            told = json.loads(line)
            headers = {
                str(name).lower(): (str(name), str(value)) for name, value in told["headers"]
            }
            return Kept(headers, body if told["body"] else None)
        except (ValueError, TypeError, KeyError):
            return None


class Shared:
    """The cache that processes share, asked only while it answers."""

    def __init__(self) -> None:
        self._away_until = 0.0  # by the monotonic clock

    def get(self, key: str) -> Kept | None:
        """The answer, if it is there."""
        found = self._ask(lambda cache: cache.get(key), None)
        return found if isinstance(found, Kept) else None

    def put(self, key: str, kept: Kept) -> None:
        """Keep it."""
        self._ask(lambda cache: cache.set(key, kept, SECONDS), None)

    def may_make(self, key: str) -> bool:
        """Whether nobody else is making this answer; from then on, whoever asked is."""
        return self._ask(lambda cache: cache.add(_making(key), 1, int(WAIT)), True)

    def is_being_made(self, key: str) -> bool:
        """Whether somebody is."""
        return self._ask(lambda cache: cache.has_key(_making(key)), False)

    def made(self, key: str) -> None:
        """Whoever made it is done, or has failed."""
        self._ask(lambda cache: cache.delete(_making(key)), False)

    def _ask(self, question: Callable[[BaseCache], T], otherwise: T) -> T:
        """What the cache says; `otherwise` where there is none, or where it does not answer."""
        if SHARED not in settings.CACHES or monotonic() < self._away_until:
            return otherwise
        from redis.exceptions import RedisError  # only where it is used: it takes 5 MB

        try:
            return question(caches[SHARED])
        except (RedisError, OSError) as error:
            self._away_until = monotonic() + REST
            logger.warning("The cache of CACHE_URL does not answer: %s", type(error).__name__)
            return otherwise


def _making(key: str) -> str:
    return f"{key}:making"


class Pages:
    """Both, and who is making what: an answer that many want at once is made once."""

    def __init__(self) -> None:
        self.memory, self.shared = Memory(), Shared()
        self._making: dict[str, threading.Event] = {}
        self._never: dict[str, None] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> Kept | None:
        """The answer from the memory of this process."""
        return self.memory.get(key)

    def never(self, path: str) -> bool:
        """Whether the answers at this address were not to be kept: nobody waits for another's."""
        return path in self._never

    def not_kept(self, path: str) -> None:
        """Remember that."""
        with self._lock:
            if len(self._never) >= NEVER:
                self._never.clear()
            self._never[path] = None

    def put(self, key: str, kept: Kept) -> None:
        """Keep it for this process, and for the others where it is whole."""
        self.memory.put(key, kept)
        if kept.body is not None:
            self.shared.put(key, kept)

    def note(self, address: str, made: Made) -> None:
        """Keep in mind where the answer of this address is."""
        self.put(address, made.kept())

    def noted(self, address: str) -> Made | None:
        """Where the answer of this address was kept last, by any process."""
        found = self.of_any(address)
        return Made.read(found) if found else None

    def of_any(self, key: str) -> Kept | None:
        """The answer from the memory of this process, or from what all share."""
        return self.memory.get(key) or self.shared.get(key)

    def clear(self) -> None:
        """Forget what this process knows."""
        self.memory.clear()
        self._never.clear()

    @contextmanager
    def to_make(self, key: str) -> Iterator[Kept | None]:
        """None for whoever has to make the answer, which others wait for until the block ends; or
        the answer that another has made meanwhile. Nobody waits longer than WAIT."""
        with self._lock:
            if (other := self._making.get(key)) is None:
                mine = self._making[key] = threading.Event()
        if other is not None:
            other.wait(WAIT)
            yield self.memory.get(key)
            return
        locked = False
        try:
            found = self.shared.get(key)
            if found is None and not (locked := self.shared.may_make(key)):
                found = self._of_another(key)
            if found is not None:
                self.memory.put(key, found)
            yield found
        finally:
            if locked:
                self.shared.made(key)
            with self._lock:
                del self._making[key]
            mine.set()

    def _of_another(self, key: str) -> Kept | None:
        """What another process is making, when it is done."""
        end = monotonic() + WAIT
        while monotonic() < end and self.shared.is_being_made(key):
            sleep(POLL)
        return self.shared.get(key)


PAGES = Pages()
