"""`make demo` as a newcomer runs it: a real process, a real server, every kind of page."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[tuple[str, str]]:
    """The address of a running demo, and what it printed before it served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("demo")
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DEBUG")
    } | {
        "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3",
        "SECRET_KEY": "a made-up secret of this test",
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    printed = folder / "printed.txt"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/healthz", process, printed)
            yield address, printed.read_text()
        finally:
            process.terminate()
            process.wait(timeout=20)


def wait_for(address: str, process: subprocess.Popen, printed: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - loopback
                assert answer.status == 200
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(f"the demo did not start:\n{printed.read_text()}")


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 - loopback
        assert answer.status == 200
        return str(answer.read().decode())


def test_it_prints_the_addresses_and_three_passwords(demo):
    address, printed = demo
    assert f"{address}/" in printed
    for name in ("curator", "reviewer", "steward"):
        assert re.search(rf"^ +{name} +[A-Za-z0-9]{{20}}$", printed, re.MULTILINE), printed


@pytest.mark.parametrize(
    ("page", "element"),
    [
        ("/", r'<h3><a href="/labs/openai/"><bdi>OpenAI</bdi>'),
        ("/labs/", r'<h3><a href="/labs/anthropic/"><bdi>Anthropic</bdi>'),
        ("/labs/openai/", r"<h1><bdi>OpenAI</bdi></h1>"),
        ("/commitments/", r'<p class="title"><a href="/commitments/openai-20-percent-compute/">'),
        (
            "/commitments/?lab=openai&verdict=broken",
            r'<p class="title"><a href="/commitments/openai-20-percent-compute/">',
        ),
        (
            "/commitments/openai-20-percent-compute/",
            r'<span class="said">reported broken so far</span>',
        ),
        ("/pledges/", r'<p class="title"><a href="/pledges/right-to-warn/">'),
        ("/pledges/right-to-warn/", r"<td .*>no promise on record \(checked "),
        ("/sources/", r'<p class="title"><a href="/sources/leike-departure-dossier/">'),
        ("/people/", r"<a .*><bdi>Jan Leike</bdi>"),
        ("/people/jan-leike/", r"<p><bdi>“.*shiny products.*”</bdi></p>"),
        ("/timeline/", r"<h2 .*>2024</h2>"),
        ("/discrepancies/", r"<bdi>“My team was sailing against the wind"),
        ("/indicators/", r"<h2>[^<]*[Cc]ompute[^<]*</h2>"),
        ("/changes/", r"<p><a .*>“.*” is judged .* as of .*</a></p>"),
        ("/changes/1/", r"<h1>Lab published: “.*”\.</h1>"),
        ("/methodology/", r'<th scope="row">unverifiable</th>'),
        ("/readyz", r'^\{"sequence": [1-9]'),
        ("/admin/login/", r'<input type="password" name="password"'),
    ],
)
def test_every_page_shows_the_record(demo, page, element):
    address, _ = demo
    assert re.search(element, read(address + page))


def test_a_second_start_makes_no_accounts(demo, tmp_path):
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/again.sqlite3",
        "SECRET_KEY": "a made-up secret of this test",
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
    }
    command = [sys.executable, "manage.py", "demo", "--prepare-only"]
    first, second = (
        subprocess.run(
            command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    )
    assert "shown this once" in first
    assert "shown this once" not in second and "No accounts made" in second
