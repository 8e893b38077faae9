"""This machine, as tests and the bench use it: its ports, what serves there, and waiting for it."""

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STARTS = 90.0  # seconds that a start may take on a busy machine
#: Gives a process the socket as systemd does: as its third file, by LISTEN_FDS (sd_listen_fds(3)).
_AS_SYSTEMD_DOES = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<&{}'


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


@contextmanager
def serving(
    command: Sequence[str], address: str, environment: Mapping[str, str], log: Path | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process for as long as the block lasts, which begins when it answers at the address.

    What it prints is kept in `log`. RuntimeError, with that, where it ends or never answers.
    """
    with log.open("wb") if log else nullcontext() as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output and subprocess.STDOUT
        )
    try:
        end = time.monotonic() + STARTS
        while not answers(address):
            if process.poll() is not None or time.monotonic() > end:
                said = log.read_text(errors="replace") if log else ""
                raise RuntimeError(f"{address} does not answer.\n{said}")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=40)


def handed_over(held: socket.socket, command: Sequence[str]) -> list[str]:
    """A command that takes this socket over, which must be among the files passed to it."""
    return ["bash", "-c", _AS_SYSTEMD_DOES.format(held.fileno()), "bash", *command]


def until(
    what: Callable[[], Any], seconds: float = 30, said: Callable[[], str] = lambda: "it never came"
) -> None:
    """Wait until it holds; an error with what is `said` where it does not in time."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {said()}")
        time.sleep(0.02)
