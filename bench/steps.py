"""Steps of a bench in processes of their own, which begin at one moment.

A module's steps are functions by name. What one does before it says `ready()` is not measured; then
it waits until it is told to go, and what it returns is what the bench learns of it. A step that
never says so (a server) goes on until it is told to stop.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from bench.running import ROOT

READY = "ready"


class Step:
    """One step under way."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ready(self) -> str:
        """Wait until it is; what it said of itself."""
        line = self._line()
        assert line.startswith(READY), line
        return line.removeprefix(READY).strip()

    def go(self) -> None:
        """Let it begin; or, where it has, let it end."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self) -> Any:
        """Wait for what it returns."""
        told = json.loads(self._line())
        self.process.wait(timeout=60)
        return told

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"A step has failed: {self.process.args!r}")
        return line


@contextmanager
def steps(
    module: str, environment: Mapping[str, str], *asked: Sequence[object]
) -> Iterator[list[Step]]:
    """A process for each (name, argument, …); all are ready when the block begins, and none is left
    when it ends."""
    running = [
        Step(
            subprocess.Popen(
                [sys.executable, "-m", module, "--step", *map(str, each)],
                cwd=ROOT, env=environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )
        )
        for each in asked
    ]  # fmt: skip
    try:
        yield running
    finally:
        for each in running:
            each.process.kill()
            each.process.wait()
            for pipe in (each.process.stdin, each.process.stdout):
                if pipe is not None:
                    pipe.close()


def together(module: str, environment: Mapping[str, str], *asked: Sequence[object]) -> list[Any]:
    """What each of these returns; they begin together."""
    with steps(module, environment, *asked) as running:
        for each in running:
            each.ready()
        for each in running:
            each.go()
        return [each.result() for each in running]


def alone(module: str, environment: Mapping[str, str], *asked: object) -> Any:
    """What this one returns."""
    return together(module, environment, asked)[0]


def ready(said: object = "") -> None:
    """In a step: all that is not measured is done; wait until it begins."""
    print(READY, said, flush=True)
    sys.stdin.readline()


def main(known: Mapping[str, Callable[..., Any]]) -> None:
    """A module's own end, where it is started for one of its steps."""
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        import django

        django.setup()
    print(json.dumps(known[sys.argv[2]](*sys.argv[3:])), flush=True)
