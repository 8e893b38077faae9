"""Asking the world outside, at addresses that strangers chose, and what source links answer.

A link can name this machine, its network or its cloud's keeper of secrets. So a name is looked up
once, its address is checked, and the connection goes to that very address under the link's own
name (Host, SNI and certificate). Redirects are told, not followed; no proxy is asked; a request
takes ten seconds at most, whatever trickles in. `is_private` of the standard library is no such
guard: it lets pass 100.64/10, 224/4, NAT64, 6to4 and fec0::/10.
"""

import queue
import re
import socket
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from tracker.records.fields import LINE_LENGTH, UNPRINTABLE_IN_LINE
from tracker.sources.models import LinkStatus

_USUAL_PORT = {"http": 80, "https": 443}
SECONDS = 10.0
"""For one request in all: looking up, connecting, sending, reading."""
LOOKUP_SECONDS = 5.0
MOST_READ = 4_096
"""Bytes of an answer's body."""
THREADS = 8
PAUSE = 1.0
"""Seconds between two requests to one host."""
USER_AGENT = "on-record-link-check/1"

_GLOBAL_V6 = ip_network("2000::/3")
_SPECIAL = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3ffe::/16",  # 6bone, given back
        "3fff::/20",  # documentation
    )
)
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)

Lookup = Callable[[str, int], list[str]]
Guard = Callable[[str, int], str]


class Forbidden(Exception):
    """The address is not one to connect to; the message is a sentence."""


class Failed(Exception):
    """Nothing usable was answered; the message is a sentence."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the internet at large, and to one machine of it."""
    if any(address in network for network in _SPECIAL):
        return False
    if isinstance(address, IPv6Address):
        return address in _GLOBAL_V6
    return address.is_global and not address.is_multicast


def looked_up(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system orders them. Raises Failed."""
    answer: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            answer.put([])

    # In a thread, because the system's own lookup cannot be told when to give up.
    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answer.get(timeout=LOOKUP_SECONDS)
    except queue.Empty:
        found = []
    if not found:
        raise Failed(f"The name {host} is not known.")
    return [str(each[4][0]) for each in found]


def public_address(host: str, port: int, *, lookup: Lookup = looked_up) -> str:
    """The one address to connect to for `host`. Raises Forbidden, or Failed for an unknown name."""
    addresses = [host] if _is_number(host, port) else lookup(host, port)
    for address in addresses:
        if is_public(ip_address(address)):
            return address
    # the owner of a webhook reads this: not what a name of our own network leads to
    raise Forbidden(f"{host} is not on the public internet.")


def as_asked(url: str) -> str:
    """The address as `fetch` asks for it, in ASCII. Raises Forbidden where it never would.

    Where it leads is not looked at here, but each time that it is asked.
    """
    scheme, host, port, target = _parts(url)
    host = host.rstrip(".")
    _is_number(host, port)
    name = f"[{host}]" if ":" in host else host.lower()
    return f"{scheme}://{name}{'' if port == _USUAL_PORT[scheme] else f':{port}'}{target}"


def _is_number(host: str, port: int) -> bool:
    """True for an address, False for a name to be looked up. Raises Forbidden for neither."""
    if port not in _USUAL_PORT.values():
        raise Forbidden(f"Port {port} is not one of the web's own (80, 443).")
    try:
        ip_address(host)
    except ValueError:
        # 2130706433, 0177.0.0.1 and 127.1 are spellings of 127.0.0.1 to some libraries
        last = host.rstrip(".").rpartition(".")[2]
        if not last or _NUMBER.fullmatch(last):
            raise Forbidden(f"{host or 'Nothing'} is no host name.") from None
        return False
    return True


@dataclass(frozen=True)
class Answer:
    """What was answered; `location` is the full target of a redirect, `body` its first bytes.

    `retry_after` is the header of that name, as it came.
    """

    status: int
    location: str = ""
    body: bytes = b""
    retry_after: str = ""


class _Cut:
    """A connection that can be ended from outside, also in the middle of a handshake or a line."""

    line: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        self.line = made.dup()  # TLS takes the socket itself over
        return made

    def cut(self) -> None:
        if self.line is not None:
            with suppress(OSError):  # it may have ended by itself
                self.line.shutdown(socket.SHUT_RDWR)


class _Plain(_Cut, HTTPConnection):
    pass


class _Secure(_Cut, HTTPSConnection):
    pass


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    guard: Guard = public_address,
    seconds: float = SECONDS,
) -> Answer:
    """One request, guarded. Raises Forbidden before anything is sent, or Failed.

    `guard` takes host and port and returns the address to connect to, or raises.
    """
    end = time.monotonic() + seconds
    scheme, host, port, target = _parts(url)
    address = guard(host, port)
    name = f"[{host}]" if ":" in host else host
    sent = {
        "Host": name if port == _USUAL_PORT[scheme] else f"{name}:{port}",
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **(headers or {}),
    }
    left = max(0.1, end - time.monotonic())
    connection = _line_to(scheme, host, address, port, left)
    watch = threading.Timer(left, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        connection.request(method, target, body=body, headers=sent, preload_content=False)
        response = connection.getresponse()
        read = response.read(MOST_READ, decode_content=False)
        if time.monotonic() >= end:  # what was cut off can look like a short answer
            raise TimeoutError
        location = response.headers.get("Location", "")
        return Answer(
            response.status,
            urljoin(url, location) if location else "",
            read,
            response.headers.get("Retry-After", ""),
        )
    except (HTTPError, OSError, ValueError) as error:
        if time.monotonic() >= end:
            raise Failed(f"No answer within {seconds:g} seconds.") from None
        raise Failed(_sentence(error)) from None
    finally:
        watch.cancel()
        connection.close()
        if connection.line is not None:
            connection.line.close()


def _line_to(scheme: str, host: str, address: str, port: int, seconds: float) -> _Plain | _Secure:
    """To that very address; whoever is there must prove to be the host."""
    if scheme != "https":
        return _Plain(address, port, timeout=seconds)
    return _Secure(
        address,
        port,
        timeout=seconds,
        server_hostname=host,
        assert_hostname=host,
        ssl_context=ssl.create_default_context(),
    )


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host in ASCII, port and request target. Raises Forbidden."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        raise Forbidden("It is no web address.") from None
    if parts.scheme not in _USUAL_PORT or not host:
        raise Forbidden("It is no web address.")
    if parts.username is not None:
        raise Forbidden("It holds a user name or a password.")
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    if parts.query:
        target += "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~[]")
    if port is None:
        port = _USUAL_PORT[parts.scheme]
    return parts.scheme, host, port, target


def _sentence(error: Exception) -> str:
    causes = f"{error} {error.__cause__ or ''}"
    if "CERTIFICATE_VERIFY_FAILED" in causes or "doesn't match" in causes:
        return "Its certificate is not valid for this name."
    if "refused" in causes:
        return "The connection was refused."
    if isinstance(error, TimeoutError) or "timed out" in causes:
        return "It did not answer in time."
    return "The connection broke off without a usable answer."


# ---------------------------------------------------------------- the links of sources


@dataclass(frozen=True)
class Checked:
    """What the link of a source answered; `note` is a target or a sentence, at most a line."""

    source: int
    url: str
    status: LinkStatus
    note: str = ""


Fetch = Callable[..., Answer]


def check_link(source: int, url: str, fetch: Fetch = fetch) -> Checked:
    """Ask for the link's head; where that is refused, for the page."""
    try:
        answer = fetch(url, method="HEAD")
        # Gone is gone, and who asks for patience gets it; others may only dislike HEAD.
        if answer.status >= 400 and answer.status not in (404, 410, 429):
            answer = fetch(url, method="GET")
    except Forbidden as error:
        return Checked(source, url, LinkStatus.REFUSED, _line(str(error)))
    except Failed as error:
        return Checked(source, url, LinkStatus.FAILED, _line(str(error)))
    if answer.location and answer.status in (301, 302, 303, 307, 308):
        return Checked(source, url, LinkStatus.REDIRECTED, _line(answer.location))
    if 200 <= answer.status < 300:
        return Checked(source, url, LinkStatus.OK)
    return Checked(source, url, LinkStatus.FAILED, f"It answers {answer.status}.")


def check_links(
    links: Iterable[tuple[int, str]], *, fetch: Fetch = fetch, pause: float = PAUSE
) -> Iterator[Checked]:
    """Check (source, address) pairs, in the order of their answers, one at a time for each host."""
    hosts: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for source, url in links:
        hosts[urlsplit(url).netloc.lower()].append((source, url))
    done: queue.SimpleQueue[Checked] = queue.SimpleQueue()
    stop = threading.Event()

    def visit(one_host: list[tuple[int, str]]) -> None:
        for place, (source, url) in enumerate(one_host):
            if (place and stop.wait(pause)) or stop.is_set():
                return
            done.put(check_link(source, url, fetch))

    pool = ThreadPoolExecutor(THREADS)
    try:
        visits = [pool.submit(visit, each) for each in hosts.values()]
        for _ in range(sum(map(len, hosts.values()))):
            yield done.get()
        for each in visits:
            each.result()
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _line(text: str) -> str:
    return UNPRINTABLE_IN_LINE.sub(" ", text)[:LINE_LENGTH]
