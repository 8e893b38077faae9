"""The desk on a tablet and on a laptop: nothing is cut off, nothing lies over a title."""

from itertools import product

import pytest
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage

from tests.admin.forms import address, list_address, signed_in
from tests.builders import make_assessment, make_commitment, make_pledge, make_quotation, make_user

pytestmark = pytest.mark.once

WIDTHS = (768, 1024, 1280)
LONG = "Publish an audit of everything that was promised on the compute of the safety teams"

#: What leaves the window or is clipped by its row, and the buttons that lie on a heading.
WRONG = """() => {
  const wrong = [];
  const shown = document.querySelectorAll(
    "#content :is(input, textarea, select, table, td, p, .readonly, .select2-container)");
  for (const each of shown) {
    const box = each.getBoundingClientRect();
    if (!box.width) continue;
    const row = each.closest(".form-row");
    const edge = Math.min(innerWidth, row ? row.getBoundingClientRect().right : innerWidth);
    if (box.right > edge + 1) wrong.push(`${each.tagName} ${each.id || each.className}`);
  }
  for (const tool of document.querySelectorAll(".object-tools a")) {
    const box = tool.getBoundingClientRect();
    for (const heading of document.querySelectorAll("#content > :is(h1, h2)")) {
      const range = document.createRange();
      range.selectNodeContents(heading);
      for (const line of range.getClientRects()) {
        const beside = box.right <= line.left || box.left >= line.right;
        if (!beside && box.top < line.bottom && box.bottom > line.top)
          wrong.push(`${tool.textContent.trim()} on ${heading.textContent.trim()}`);
      }
    }
  }
  return [...new Set(wrong)];
}"""


def test_nothing_is_cut_off_or_covered(transactional_db, live_server, chromium: Browser):
    commitment = make_commitment(
        title=LONG, pledge=make_pledge(title=LONG), deadline_kind="trigger", deadline_trigger=LONG
    )
    assessment = make_assessment(commitment=commitment, values=["met"])
    paths = (
        list_address(type(commitment)),
        address(commitment),
        address(assessment),
        address(make_quotation()),
    )
    session = signed_in(make_user("Reviewers")).cookies[settings.SESSION_COOKIE_NAME].value
    context = chromium.new_context()
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
    context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict with more
    page = context.new_page()
    try:
        for width, path in product(WIDTHS, paths):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{live_server.url}{path}")  # anew: scripts measure when they begin
            assert page.locator("#content").is_visible()
            assert page.evaluate(WRONG) == [], (width, path)
    finally:
        context.close()


#: Of each kind of page one: lists, forms, steps, tables, previews, one's own account.
PAGES = (
    *("/admin/", "/admin/login/", "/admin/password_change/", "/admin/tracker/change/"),
    *("/admin/auth/user/", "/admin/tracker/lab/import/", "/admin/tracker/lab/export/"),
    "/admin/tracker/pledge/import_scorecard/",
)


def test_no_page_of_the_desk_asks_for_what_its_policy_refuses(
    transactional_db, live_server, settings, chromium: Browser
):
    """Its console stays empty: styles, scripts and pictures are the desk's own files."""
    settings.STAFF_TOTP = False
    commitment = make_commitment(draft=True)
    assessment = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    own = [
        address(each, page)
        for each in (commitment, assessment, make_quotation(draft=True))
        for page in ("change", "history", "delete")
    ]
    user = make_user("Reviewers", superuser=True)
    session = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
    context = chromium.new_context()
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
    context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict with more
    page = context.new_page()
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:  # there is advice beside, on stock forms
            said.append(f"{page.url}: {message.text}")

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    try:
        for path in (*PAGES, *own):
            answer = page.goto(live_server.url + path)
            assert answer is not None and answer.status == 200, path
            assert "script-src 'self'" in answer.headers["content-security-policy"], path
        settings.STAFF_TOTP = True  # the picture of a device's key is drawn into the page
        page.goto(f"{live_server.url}/admin/second-step/")
        assert page.locator("#content svg").count() >= 1
        assert said == []
        page.evaluate("document.body.append(document.createElement('script'))")
        page.evaluate("document.querySelector('body > script').text = '1'")
        assert said  # else nothing was guarded
    finally:
        context.close()
