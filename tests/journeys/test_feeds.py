"""Somebody opens a feed in a browser."""

import pytest

from tests.feeds.entering import enter


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["atom", "rss"])
def test_a_feed_reads_as_a_page_and_says_how_to_subscribe(live_server, settings, chromium, form):
    settings.SITE_URL = live_server.url
    enter(120, after={"name": "Lab & <b>Sons</b>"}, before={"name": "x"}, reason="It moved.")
    context = chromium.new_context(viewport={"width": 320, "height": 600})
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.location["url"]))
    url = f"{live_server.url}/feeds/changes.{form}"
    page.goto(url)
    text = " ".join(page.locator("header, article").all_inner_texts())
    assert "This is a feed" in text and url in text
    assert "Lab & <b>Sons</b>" in text
    assert page.title() == "On Record: every change"
    assert page.query_selector_all(f'a[href="{live_server.url}/changes/120/"]')
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.click("text=Earlier entries")
    assert page.url == f"{url}?archive=1"
    page.click("text=the newest entries")
    assert page.url == url
    page.wait_for_load_state("networkidle")  # the server's last answer is out before the test is
    assert all(each.startswith(live_server.url) for each in asked)
    assert set(said) <= {f"{live_server.url}/favicon.ico"}  # XML can name no icon
    context.close()
