"""The pages of following, in a real browser on a phone and at a desk."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.builders import make_lab
from tests.subscriptions.following import link_in, work

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


def problems(page) -> list:
    """What axe finds, and whether the page is wider than its window."""
    found = [
        (each["id"], [node["html"][:120] for node in each["nodes"][:3]])
        for each in Axe().run(page).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(("wider than the window", []))
    return found


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_a_reader_follows_and_stops_by_hand(chromium, live_server, settings, post, width, scheme):
    settings.SITE_URL = live_server.url
    lab = make_lab(name="Example Lab")
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    found = {}

    def look(name: str) -> None:
        if here := problems(page):
            found[name] = here

    page.goto(live_server.url + lab.get_absolute_url())
    page.get_by_role("main").get_by_role("link", name="by e-mail").click()
    look("the form")
    page.get_by_label("Your e-mail address").fill("ada")
    page.get_by_role("button", name="Send me a letter").click()
    assert page.get_by_text("Give an address of e-mail, like").is_visible()
    look("the form, refused")
    page.get_by_label("Your e-mail address").fill("ada@example.org")
    page.get_by_label("each change as it comes").check()
    page.get_by_role("button", name="Send me a letter").click()
    assert page.get_by_role("heading", name="Look into your mailbox").is_visible()
    look("asked")

    work()
    page.goto(live_server.url + link_in(post.taken[0], "confirm"))
    look("confirming")
    page.get_by_role("button", name="Follow what is ticked").click()
    assert page.get_by_role("heading", name="Confirmed").is_visible()
    page.get_by_role("link", name="Change or stop any of it").click()
    page.get_by_text("Change or stop", exact=True).click()
    look("managing")
    page.get_by_label("major changes only").first.check()
    page.get_by_role("button", name="Change", exact=True).click()
    assert page.get_by_text("Changed: changes about Example Lab").is_visible()
    page.get_by_role("button", name="Stop all and forget my address").click()
    assert page.get_by_role("heading", name="Your address is forgotten").is_visible()
    look("forgotten")
    assert context.cookies() == []
    assert found == {}
    context.close()


def test_no_link_out_of_a_private_page_tells_its_address(chromium, live_server, settings, post):
    settings.SITE_URL = live_server.url
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{live_server.url}/subscribe/")
    page.get_by_label("Your e-mail address").fill("ada@example.org")
    page.get_by_role("button", name="Send me a letter").click()
    work()
    page.goto(live_server.url + link_in(post.taken[0], "confirm"))
    told = []
    page.on("request", lambda request: told.append(request.headers.get("referer", "")))
    page.get_by_role("link", name="Labs", exact=True).click()
    page.wait_for_url(re.compile("/labs/"))
    assert told and not [each for each in told if "/subscribe/" in each]
    context.close()
