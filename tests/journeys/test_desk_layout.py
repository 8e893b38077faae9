"""The desk on a tablet and on a laptop: nothing is cut off, nothing lies over a title."""

from itertools import product

import pytest
from django.conf import settings
from playwright.sync_api import Browser

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
