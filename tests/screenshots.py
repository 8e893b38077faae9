"""Six pages of the real record as a reader sees them: `make screenshots`.

Starts the demo in a folder of its own and writes docs/screenshots/*.png with Debian's Chromium.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests import both_databases
from tests.machine import ROOT
from tests.running_demo import running_demo

FOLDER = ROOT / "docs" / "screenshots"
DESK, PHONE = {"width": 1280, "height": 1000}, {"width": 360, "height": 740}

#: (file, address, size, colours); what the first screen shows, no more.
SHOTS: tuple[tuple[str, str, Any, Any], ...] = (
    ("home", "/", DESK, "light"),
    ("commitment", "/commitments/openai-20-percent-compute/", DESK, "light"),
    ("commitment-phone", "/commitments/openai-20-percent-compute/", PHONE, "light"),
    ("lab-dark", "/labs/openai/", DESK, "dark"),
    ("pledge", "/pledges/openai-superalignment-announcement/", DESK, "light"),
    ("compare", "/compare/?lab=anthropic&lab=google-deepmind&lab=openai", DESK, "light"),
)


def main() -> int:
    path = both_databases.chromium()
    if path is None:
        print(both_databases.LEFT_OUT["chromium"])
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder)) as (address, _),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        for name, page_path, size, colours in SHOTS:
            context = browser.new_context(viewport=size, color_scheme=colours)
            page = context.new_page()
            answer = page.goto(address + page_path)
            assert answer and answer.ok, page_path
            page.screenshot(path=FOLDER / f"{name}.png")
            print(f"docs/screenshots/{name}.png")
            context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
