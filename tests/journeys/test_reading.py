"""Readers' ways through the site, in a real browser: on a phone, by keyboard, without script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.once, pytest.mark.django_db]


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
    evidence = phone.get_by_role("heading", name="Jan Leike publishes a thread on why he left")
    evidence.get_by_role("link").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Jan Leike publishes a thread")
    expect(phone.get_by_role("heading", name="Who states it")).to_be_visible()


def test_the_keyboard_reaches_the_content_first(site, phone):
    phone.goto(f"{site}/commitments/")
    phone.keyboard.press("Tab")
    expect(phone.get_by_role("link", name="Skip to the content")).to_be_focused()
    phone.keyboard.press("Enter")
    assert phone.evaluate("document.activeElement.id") == "main"
    phone.keyboard.press("Tab")
    expect(phone.get_by_label("Text", exact=True)).to_be_focused()


@pytest.fixture
def scriptless(chromium: Browser, site: str) -> Iterator[Page]:
    """A browser that runs no script."""
    context = chromium.new_context(java_script_enabled=False, base_url=site)
    yield context.new_page()
    context.close()


def test_a_list_is_narrowed_without_script(scriptless):
    scriptless.goto("/commitments/")
    scriptless.get_by_label("Verdict").select_option("broken")
    scriptless.get_by_role("button", name="Show").click()
    expect(scriptless.get_by_role("status")).to_have_text("1 commitment")
    expect(scriptless.get_by_label("Verdict")).to_have_value("broken")


def test_a_word_is_searched_without_script(scriptless):
    scriptless.goto("/")
    scriptless.get_by_label("Search the record").fill("compute pledge")
    scriptless.get_by_role("button", name="Search").click()
    expect(scriptless.get_by_role("heading", level=1)).to_have_text("Search")
    expect(scriptless.locator("mark").first).to_be_visible()


def test_another_day_is_asked_for_without_script(scriptless):
    scriptless.goto("/labs/openai/")
    scriptless.locator("summary", has_text="See it as of an earlier day").click()
    scriptless.locator("input[type=date]").fill("2023-08-01")
    scriptless.get_by_role("button", name="Go to that day").click()
    expect(scriptless.get_by_role("status").first).to_contain_text("1 August 2023")


def test_labs_are_compared_and_findings_tried_without_script(scriptless):
    scriptless.goto("/compare/")
    scriptless.get_by_label("OpenAI").check()
    scriptless.get_by_label("Anthropic").check()
    scriptless.get_by_role("button", name="Compare").click()
    expect(scriptless.get_by_role("heading", level=1)).to_contain_text("Anthropic and OpenAI")
    scriptless.goto("/methodology/?commitment=openai-20-percent-compute")
    scriptless.get_by_label("Finding 1").select_option("met")
    scriptless.get_by_role("button", name="Work it out").click()
    expect(scriptless.get_by_text("reported kept so far").first).to_be_visible()
