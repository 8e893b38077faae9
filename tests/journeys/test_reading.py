"""A reader's way through the site, in a real browser: phone and desktop, light and dark."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.once, pytest.mark.django_db]


PAGES = [
    "/",
    "/labs/",
    "/labs/openai/",
    "/commitments/",
    "/commitments/?verdict=unresolved&lifecycle=in_force",
    "/commitments/openai-20-percent-compute/",
    "/assessments/openai-20-percent-compute-2024-05/",
    "/pledges/",
    "/pledges/openai-superalignment-announcement/",
    "/pledges/right-to-warn/",
    "/outcomes/leike-departure-thread-published/",
    "/timeline/",
    "/people/",
    "/people/jan-leike/",
    "/sources/",
    "/sources/leike-departure-dossier/",
    "/discrepancies/",
    "/indicators/",
    "/changes/",
    "/changes/1/",
    "/methodology/",
    "/nowhere/",
    "/commitments/?verdict=splendid",
]


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """The narrowest page that must still be readable."""
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    yield context.new_page()
    context.close()


def test_was_the_20_per_cent_kept_and_who_says_so_in_two_clicks(site, phone):
    phone.goto(site)
    phone.get_by_role("link", name="A fifth of OpenAI's compute for superalignment").first.click()
    expect(phone.get_by_text("reported broken so far").first).to_be_visible()
    expect(phone.get_by_text("contested", exact=True).first).to_be_visible()
    expect(phone.get_by_text("My team was sailing against the wind").first).to_be_visible()
    phone.get_by_role("link", name="Jan Leike publishes a thread on why he left").first.click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Jan Leike publishes a thread")
    expect(phone.get_by_role("heading", name="Who states it")).to_be_visible()


def test_every_page_fits_a_phone_and_asks_nobody_else(site, phone):
    said: list[str] = []
    asked: set[str] = set()
    phone.on("console", lambda message: said.append(f"{phone.url}: {message.text}"))
    phone.on("pageerror", lambda error: said.append(f"{phone.url}: {error}"))
    phone.on("request", lambda request: asked.add(request.url))
    for path in PAGES:
        phone.goto(site + path)
        width = phone.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, f"{path} is {width} wide"
    # the browser itself reports the two pages that are meant to be refused
    assert [line for line in said if "/nowhere/" not in line and "splendid" not in line] == []
    assert all(url.startswith(site) for url in asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anyone_from_reading(site, chromium, scheme):
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    found = {}
    for path in PAGES:
        page.goto(site + path)
        if violations := Axe().run(page).response["violations"]:
            found[path] = [
                (each["id"], [node["html"][:120] for node in each["nodes"][:3]])
                for each in violations
            ]
    context.close()
    assert found == {}


def test_the_keyboard_reaches_the_content_first(site, phone):
    phone.goto(f"{site}/commitments/")
    phone.keyboard.press("Tab")
    expect(phone.get_by_role("link", name="Skip to the content")).to_be_focused()
    phone.keyboard.press("Enter")
    assert phone.evaluate("document.activeElement.id") == "main"
    phone.keyboard.press("Tab")
    expect(phone.get_by_label("Text", exact=True)).to_be_focused()


def test_a_list_is_narrowed_without_script(site, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/commitments/")
    page.get_by_label("Verdict").select_option("broken")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("status")).to_have_text("1 commitment")
    expect(page.get_by_label("Verdict")).to_have_value("broken")
    context.close()
