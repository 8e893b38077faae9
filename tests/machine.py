"""This machine, as tests and the bench use it: its ports, and waiting for what goes on here."""

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any


def free_ports(number: int) -> list[int]:
    """Ports of the loopback address that nobody uses, no two the same."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def answers(address: str) -> bool:
    """Whether somebody answers there, whatever it is."""
    try:
        with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - loopback
            return True
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def until(
    what: Callable[[], Any], seconds: float = 30, said: Callable[[], str] = lambda: "it never came"
) -> None:
    """Wait until it holds; an error with what is `said` where it does not in time."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {said()}")
        time.sleep(0.02)
