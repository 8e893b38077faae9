"""The demo's processes end together, however one of them ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.machine import until

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
#: A process that writes its id and stays, or ends by itself after a while with some exit code.
STAYS = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); {}"
TOGETHER = """
import sys, django
django.setup()
from tracker.management.commands.demo import run_together
sys.exit(run_together(*([sys.executable, "-c", code, file] for code, file in {!r})))
"""


@contextmanager
def together(tmp_path: Path, *ends: str) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """Two processes that belong together: the one that holds them, and their ids."""
    files = [tmp_path / str(number) for number in range(len(ends))]
    codes = [(STAYS.format(end), str(file)) for end, file in zip(ends, files, strict=True)]
    holder = subprocess.Popen(
        [sys.executable, "-c", TOGETHER.format(codes)],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    try:
        until(lambda: all(file.exists() and file.read_text() for file in files))
        yield holder, [int(file.read_text()) for file in files]
    finally:
        if holder.poll() is None:
            holder.kill()
            holder.wait()


def lives(process: int) -> bool:
    """Whether it runs; one that has ended and that nobody has waited for does not."""
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_both(tmp_path, number):
    with together(tmp_path, "time.sleep(60)", "time.sleep(60)") as (holder, processes):
        holder.send_signal(number)
        assert holder.wait(timeout=20) == 0
        assert not any(map(lives, processes))


def test_where_one_ends_the_other_is_ended_and_the_exit_says_so(tmp_path):
    with together(tmp_path, "time.sleep(60)", "time.sleep(1); sys.exit(3)") as (holder, processes):
        assert holder.wait(timeout=20) == 3
        assert not any(map(lives, processes))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such wish")
def test_nothing_is_left_where_the_demo_is_killed_outright(tmp_path):
    with together(tmp_path, "time.sleep(60)", "time.sleep(60)") as (holder, processes):
        holder.kill()
        holder.wait()
        until(lambda: not any(map(lives, processes)))
