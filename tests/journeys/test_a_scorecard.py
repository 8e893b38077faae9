"""A study's table: pasted at the desk, made as drafts, and taken by two people to the public."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from playwright.sync_api import Browser, expect

from tests.admin.forms import address, list_address, signed_in
from tests.admin.test_scorecards import handed_on, post
from tests.builders import make_lab, make_user
from tests.interchange.test_scorecards import CELLS, STUDY, TOTALS
from tracker.assessments.models import Assessment
from tracker.commitments.models import Commitment, Criterion, Pledge
from tracker.evidence.models import Outcome
from tracker.labs.models import Lab
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db


def together(client: Client, noun: Any, step: str) -> None:
    """Every draft of a noun, chosen on its list, in one step."""
    drafts = noun.objects.filter(state="draft")
    data = {"action": f"{step}_together", "_selected_action": [each.pk for each in drafts]}
    asked = client.post(list_address(noun), data)
    versions = {
        f"version-{row['record'].pk}": row["record"].version for row in asked.context["rows"]
    }
    done = client.post(list_address(noun), data | versions | {"confirmed": "yes"})
    assert done.status_code == 302, strip_tags(done.content.decode())


def test_a_curator_and_a_reviewer_take_the_drafts_to_the_public():
    curator = signed_in(make_user("Curators", name="cora"))
    make_lab(slug="example-two", name="Example Lab Two")
    handed_on(curator, post(curator, sheet=STUDY))
    reviewer = signed_in(make_user("Reviewers", name="rita"))
    for noun in (Lab, Source, Pledge, Commitment, Outcome):
        together(reviewer, noun, "publish")
    together(curator, Assessment, "submit")
    for judged in Assessment.objects.all():
        own = curator.post(address(judged, "approve"), {"seen_version": judged.version})
        assert own.status_code == 403
        done = reviewer.post(address(judged, "approve"), {"seen_version": judged.version})
        assert done.status_code == 302, strip_tags(done.content.decode())
    people = Assessment.objects.values_list("author__username", "reviewer__username")
    assert set(people) == {("cora", "rita")}
    page = Client().get("/pledges/example-study/")
    assert [total.percent for _, total in page.context["page"].totals] == TOTALS
    text = strip_tags(page.content.decode())
    for row in CELLS.values():
        for low, high in filter(None, row):
            assert (f"{low} %" if low == high else f"{low}–{high} %") in text
    assert "kept" not in text.lower() and "broken" not in text.lower()
    for lab in Lab.objects.all():
        told = Client().get(lab.get_absolute_url())
        assert told.context["page"].standing.score.total == 0  # of what it promised
        assert "Nobody promised these; they are in no score above." in told.content.decode()


@pytest.fixture
def page(transactional_db, live_server, chromium: Browser) -> Iterator[Any]:
    """A curator's browser, whose console stays empty."""
    said: list[str] = []
    client = signed_in(make_user("Curators", name="cora"))
    context = chromium.new_context(base_url=live_server.url)
    context.set_default_timeout(15_000)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


def test_a_curator_pastes_a_sheet_and_puts_it_right(page, tmp_path: Path):
    page.goto(reverse("admin:tracker_pledge_changelist"))
    page.get_by_role("link", name="Import a scorecard").click()
    page.get_by_label("The study’s title").press_sequentially("Example Study")
    expect(page.locator("#id_pledge")).to_have_value("example-study")
    page.get_by_label("As of").fill("2024-02-29")
    page.get_by_label("Make the labs that are not on record").check()
    bad = tmp_path / "study.csv"
    bad.write_text('clause,criterion,Example Lab,Other Lab\nA,"One,\ntwo",1,\n,Three,?,many\n')
    page.get_by_label("Or a file").set_input_files(bad)
    page.get_by_role("button", name="See what it would make").click()
    expect(page.locator(".field-sheet .errorlist")).to_contain_text("line 4, column Other Lab")
    cells = page.get_by_label("The cells")
    cells.fill(cells.input_value().replace("many", "0"))
    page.get_by_role("button", name="See what it would make").click()
    expect(page.locator(".total")).to_contain_text("50–100 %")
    page.get_by_role("button", name="Change something").click()
    page.get_by_label("The study’s title").fill("Example Study of Labs")
    page.get_by_role("button", name="See what it would make").click()
    page.get_by_role("button", name="Make these drafts").click()
    expect(page.locator(".messagelist .success")).to_contain_text("2 commitments")
    expect(page.locator("#id_title")).to_have_value("Example Study of Labs")
    questions = [
        each.question for each in Criterion.objects.filter(commitment__lab__name="Other Lab")
    ]
    assert questions == ["One,\ntwo", "Three"]
