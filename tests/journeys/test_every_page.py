"""Every public page in a real browser and before a checker: phone and desktop, light and dark.

The pages are found from the routes, so that none is forgotten: those of MORE, chosen for what they
show, and the first of every other kind. Every rule on the phone; SOAK=1: in four ways each.
"""

import gzip
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from django.urls import resolve
from playwright.sync_api import Browser, Page, Request

from tests import both_databases
from tests.absent import left_out
from tests.admin.public_addresses import examples, routes

pytestmark = [pytest.mark.once, pytest.mark.django_db]

MORE = (
    "/labs/openai/",
    "/labs/openai/?as_of=2024-05-20",
    "/labs/?as_of=2023-08-01",
    "/commitments/?verdict=unresolved&lifecycle=in_force",
    "/commitments/openai-20-percent-compute/",
    "/commitments/openai-20-percent-compute/?as_of=2024-05-20",
    "/assessments/openai-20-percent-compute-2024-05/",
    "/pledges/openai-superalignment-announcement/",
    "/pledges/right-to-warn/",
    "/outcomes/leike-departure-thread-published/",
    "/people/jan-leike/",
    "/sources/leike-departure-dossier/",
    "/timeline/?as_of=2024-05-20",
    "/compare/?lab=openai&lab=google-deepmind",
    "/search/?q=compute",
    "/search/?q=zyzzyva",
)
REFUSED = ("/nowhere/20-percent-compute/", "/commitments/?verdict=splendid")

STATIC = Path(__file__).parents[2] / "tracker/web/static"
PHONE: Any = {"width": 320, "height": 640}
DESK: Any = {"width": 1280, "height": 900}
#: What may differ once only the colours or the width do; the rest of axe's rules asks the markup.
OF_THE_EYE = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
OF_ALL = {"rules": {"target-size": {"enabled": True}}}  # which axe leaves out unless it is named
#: (width, colours, rules or None for all of them)
LOOKS: list[tuple[Any, Any, list[str] | None]] = [
    (PHONE, "light", None),
    (DESK, "dark", OF_THE_EYE),
]
if os.environ.get("SOAK") == "1":
    LOOKS = [(size, scheme, None) for size in (PHONE, DESK) for scheme in ("light", "dark")]

WEIGHT = 60_000  # bytes on the wire, without images


@pytest.fixture(scope="module")
def pages(site: str, django_db_blocker: Any) -> list[str]:
    """The address of every page that is public, and answers as HTML."""
    with django_db_blocker.unblock():
        client = Client(SERVER_NAME="localhost")
        urls = [*_found(client), *MORE]
        assert [url for url in MORE if client.get(url).status_code != 200] == []
    assert len(urls) > 30
    return [*dict.fromkeys(urls), *REFUSED]


def _found(client: Client) -> Iterator[str]:
    shown = {resolve(url.partition("?")[0]).route for url in MORE if "?" not in url}
    for route in routes():
        if route in shown:
            continue
        for url in examples(route) if "<" in route else [f"/{route}"]:
            answer = client.get(url)
            if answer.status_code == 200:
                if answer.headers["Content-Type"].startswith("text/html"):
                    yield url
                break  # of each kind one


@dataclass
class Visit:
    """What came of opening a page in a browser."""

    body: bytes
    size: int  # bytes on the wire, its headers too
    kinds: list[str]  # of what was asked for
    found: list[str]  # what keeps somebody from reading


@pytest.fixture(scope="module")
def asked() -> set[str]:
    """Whatever the visits asked for."""
    return set()


@pytest.fixture(scope="module")
def visits(site: str, pages: list[str], asked: set[str], chromium: Browser) -> dict[str, Visit]:
    """Each page, opened once for all tests."""
    context = chromium.new_context(viewport=PHONE, reduced_motion="reduce")
    page = context.new_page()
    said: list[str] = []
    answers: list[Request] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.add(request.url))
    page.on("requestfinished", lambda request: answers.append(request))
    made = {}
    for path in pages:
        said.clear()
        answers.clear()
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="light")
        answer = page.goto(site + path)
        assert answer is not None
        if path in REFUSED:  # the browser itself reports those
            said.clear()
        found = [f"{path} says {each}" for each in said]
        sizes = answer.request.sizes()
        made[path] = Visit(
            body=answer.body(),
            size=sizes["responseBodySize"] + sizes["responseHeadersSize"],
            kinds=[each.resource_type for each in answers],
            found=found + seen(page, path),
        )
    context.close()
    return made


def seen(page: Page, path: str) -> list[str]:
    """What breaks axe's rules, or is too wide, in each of LOOKS."""
    found = []
    page.evaluate(AXE_SCRIPT)
    for size, scheme, rules in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        look = f"{path} at {size['width']}, {scheme}"
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            found.append(f"{look} is {width} wide")
        only = {"runOnly": {"type": "rule", "values": rules}} if rules else OF_ALL
        result = page.evaluate("o => axe.run(o)", {"resultTypes": ["violations"], **only})
        found += [
            f"{look}: {each['id']}: {node['html'][:160]}"
            for each in result["violations"]
            for node in each["nodes"][:3]
        ]
    return found


def test_nothing_keeps_anyone_from_reading(site, visits, asked):
    """No violation of axe's rules, no message, no request elsewhere, no sideways scrolling."""
    found = [each for visit in visits.values() for each in visit.found]
    assert not found, "\n".join(found)
    assert {url for url in asked if not url.startswith(site)} == set()


def test_each_page_is_light_and_has_one_style_sheet_and_no_script(visits):
    """As it comes over the wire; the style sheet as a real site sends it, compressed."""
    sheet = len(gzip.compress((STATIC / "site.css").read_bytes()))
    for path, visit in visits.items():
        assert visit.kinds.count("document") == 1, path
        assert visit.kinds.count("stylesheet") <= 1, path
        assert visit.kinds.count("script") == 0, path
    weights = {path: sheet + visit.size for path, visit in visits.items()}
    assert {path: weight for path, weight in weights.items() if weight >= WEIGHT} == {}


def test_the_nu_checker_finds_no_error(visits, tmp_path):
    """In the markup of any page, the style sheet, or a picture drawn as SVG."""
    checker = both_databases.nu_checker()
    if checker is None:
        left_out("nu")
    names = {}
    for at, (path, visit) in enumerate(visits.items()):
        file = tmp_path / f"{at}.html"
        file.write_bytes(visit.body)
        names[file.name] = path
    sheets = [STATIC / name for name in ("site.css", "feed.css")]
    done = subprocess.run(
        [*checker, "--errors-only", "--also-check-css", tmp_path, *sheets],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    said = done.stderr
    for name, path in names.items():
        said = said.replace(name, path)
    assert (done.returncode, said) == (0, "")
