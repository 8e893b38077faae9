"""`make demo` as a newcomer runs it: a real process, a real server, every kind of page."""

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine import ROOT
from tests.running_demo import running_demo

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return Path(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def demo(folder) -> Iterator[tuple[str, str]]:
    """The address of a running demo, and what it printed before it served."""
    with running_demo(folder) as running:
        yield running


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


def test_a_second_start_makes_no_accounts(demo, folder):
    _, printed = demo
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3",
        "SECRET_KEY": "a made-up secret of this test",
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
    }
    again = subprocess.run(
        [sys.executable, "manage.py", "demo", "--prepare-only"],
        cwd=ROOT, env=environment, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert "shown this once" in printed
    assert "shown this once" not in again and "No accounts made" in again
