"""The list of pledges, and one pledge as a matrix: what each cell says, and how large it may be."""

import gzip
import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Browser

from tests.builders import (
    make_assessment,
    make_commitment,
    make_lab,
    make_pledge,
    make_source,
    published,
)
from tests.web import markup
from tests.web.markup import Markup
from tests.web.studies import CELLS, FOUND, TOTALS, judge, make_large, make_matrix, make_study
from tracker.commitments.models import LifecycleEvent, Pledge
from tracker.reading.pages.pledges import pledge_page
from tracker.records.dates import today
from tracker.records.models import State

pytestmark = pytest.mark.django_db


def read(client: Client, pledge: Pledge, query: str = "") -> Markup:
    return markup.read(client, f"{pledge.get_absolute_url()}{query}")


def cells(client: Client, pledge: Pledge, query: str = "") -> dict[str, str]:
    """What each cell says, by its clause and its lab."""
    html = client.get(f"{pledge.get_absolute_url()}{query}").content.decode()
    said = {}
    for row in re.findall(r'<tr><th scope="row".*?</tr>', html, re.DOTALL):
        found = re.search(r'<span class="title">(.*?)</span>', row)
        assert found
        for lab, cell in re.findall(r'data-label="(.*?)">(.*?)</td>', row, re.DOTALL):
            text = unescape(re.sub(r"<[^>]+>", " ", cell))
            said[f"{found[1]} / {lab}"] = " ".join(text.split()).replace(" )", ")")
    return said


def test_a_study_shows_shares_and_pooled_totals_and_never_a_verdict_of_promises(client):
    study = make_study()
    page = pledge_page("example-study", today())
    shown = [
        [cell.standings[0].percent if cell.standings else None for cell in row.cells]
        for row in page.rows
    ]
    assert shown == CELLS
    assert [total.percent for _, total in page.totals] == TOTALS
    said = cells(client, study)
    assert said["1. Keep the example safe / Example Lab A"] == "63 % low confidence"
    assert said["2. Test the example / Example Lab B"] == "0–100 % low confidence"
    assert said["3. Publish the example / Example Lab A"] == "100 % so far · low confidence"
    assert said["3. Publish the example / Example Lab B"] == "not measured"
    text = read(client, study).text
    assert "range 65–65 %" in text and "range 11–22 %" in text
    assert not re.search(r"kept|broken", text, re.IGNORECASE)
    assert "/commitments/item-1-example-lab-a/" in read(client, study).links


def test_clauses_stand_under_the_headings_they_name(client):
    study = make_study()
    page = pledge_page("example-study", today())
    assert [(group.name, len(group.rows)) for group in page.groups] == [
        ("Security", 2),
        ("Openness", 1),
    ]
    html = client.get(study.get_absolute_url()).content.decode()
    headings = re.findall(r'<th id="part-\d" scope="rowgroup"[^>]*colspan="3"><span>(.*?)<', html)
    assert headings == ["Security", "Openness"]


def test_every_cell_has_a_verdict_with_its_range_or_says_why_not(client):
    first, second, third = (make_lab(name=f"Example Lab {name}") for name in "ABC")
    pledge = make_matrix([("", "Publish"), ("", "Ask")], [first, second], kind="joint_pledge")
    pledge.parties.filter(lab=second).update(left_on="2024-05")
    one, two = pledge.clauses.all()
    promise = make_commitment(lab=first, pledge=pledge, clause=one, criteria=2)
    judge(promise, ["not_met", "unverifiable"])
    aim = make_commitment(lab=first, pledge=pledge, clause=two, force="aim", draft=True)
    LifecycleEvent.objects.create(
        commitment=aim, lifecycle="withdrawn", on="2024-02-03", source=make_source()
    )
    judge(published(aim), ["not_met"])
    make_commitment(lab=third, pledge=pledge, clause=two)
    assert cells(client, pledge) == {
        "1. Publish / Example Lab A": "unresolved · low confidence range 0–50 %",
        "1. Publish / Example Lab B (left May 2024)": "no commitment entered",
        "1. Publish / Example Lab C": "not addressed",
        "2. Ask / Example Lab A": "reported not reached · low confidence range 0–0 % withdrawn",
        "2. Ask / Example Lab B (left May 2024)": "no commitment entered",
        "2. Ask / Example Lab C": "not assessed",
    }
    page = read(client, pledge)
    assert promise.get_absolute_url() in page.links
    assert "Example Lab B left May 2024" in page.text


def test_silence_is_no_refusal_and_who_was_not_asked_is_not_silent(client):
    asked, other = make_lab(name="Example Lab A"), make_lab(name="Example Lab B")
    call = make_matrix(
        [("", "Publish")], [asked], "addressed", kind="open_call", checked_on=date(2024, 5, 6)
    )
    make_commitment(lab=other, pledge=call)
    assert cells(client, call) == {
        "1. Publish / Example Lab A": "no promise on record (checked 6 May 2024)",
        "1. Publish / Example Lab B": "not addressed",
        "The pledge as a whole / Example Lab A": "no promise on record (checked 6 May 2024)",
        "The pledge as a whole / Example Lab B": "not assessed",
    }
    assert "Silence is not refusal" in read(client, call).text


def test_the_labs_shown_are_chosen_by_address(client):
    labs = [make_lab(slug=f"example-{name}", name=f"Example {name.upper()}") for name in "abc"]
    pledge = make_matrix([("", "Publish")], labs, kind="joint_pledge")
    make_lab(slug="example-stranger")

    def shown(query: str) -> list[str]:
        return [name.partition(" / ")[2] for name in cells(client, pledge, query)]

    assert shown("") == shown("?lab=") == ["Example A", "Example B", "Example C"]
    assert shown("?lab=example-c") == ["Example C"]
    assert shown("?lab=example-c&lab=example-a&lab=example-c") == ["Example A", "Example C"]
    html = client.get(f"{pledge.get_absolute_url()}?lab=example-c").content.decode()
    assert 'value="example-c" checked' in html and 'value="example-a" checked' not in html
    assert 'matrix.csv?lab=example-c"' in html
    for query, wrong in (
        ("?lab=example-stranger", "lab: There is no lab of this name under this pledge."),
        ("?lab=example-a&lab=%00", "lab: There is no lab of this name under this pledge."),
        ("?" + "lab=example-a&" * 101, "lab: is given more than 100 times."),
        (
            "?lab=example-a&labs=example-b",
            "labs: is not a parameter of this page. It takes: cohort, kind, lab, openness, region.",
        ),
    ):
        answer = client.get(f"{pledge.get_absolute_url()}{query}")
        assert answer.status_code == 400
        assert f"The parameter {wrong}" in Markup(answer.content.decode()).text


def test_a_pledge_with_clauses_and_no_lab_lists_its_clauses(client):
    page = read(client, make_pledge(kind="law", clauses=2))
    assert "1. Ask 1" in page.text and "No lab is entered as a party." in page.text


@pytest.fixture
def list_of_pledges() -> dict[str, Any]:
    signed, other = make_lab(slug="signed"), make_lab(slug="other")
    make_matrix([("", "Publish")], [signed], title="Signed", kind="joint_pledge")
    made = make_pledge(title="Made", summary="About audits", clauses=3, kind="statement")
    make_commitment(lab=other, pledge=made)
    make_commitment(lab=signed, pledge=made, draft=True)
    make_pledge(title="Of nobody", kind="law", issued_by="Example State")
    make_lab(slug="tied-to-nothing")
    make_pledge(title="A draft", draft=True)
    return {"signed": signed, "other": other}


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Made", "Of nobody", "Signed"]),
        ("?kind=law", ["Of nobody"]),
        ("?lab=signed", ["Signed"]),
        ("?lab=other", ["Made"]),
        ("?q=AUDITS", ["Made"]),
        ("?q=example+state", ["Of nobody"]),
        ("?kind=law&lab=other", []),
        ("?q=draft", []),
    ],
)
def test_the_list_is_narrowed_by_kind_lab_and_text(client, list_of_pledges, query, titles):
    answer = client.get(f"/pledges/{query}")
    assert [pledge.title for pledge in answer.context["page"].rows] == titles
    text = Markup(answer.content.decode()).text
    assert (f"{len(titles)} pledge" if titles else "No pledge on record is like this.") in text


def test_the_list_counts_what_is_public_and_offers_the_labs_that_are_tied(client, list_of_pledges):
    answer = client.get("/pledges/")
    counts = {
        pledge.title: (pledge.clause_count, pledge.lab_count, pledge.commitment_count)
        for pledge in answer.context["page"].rows
    }
    assert counts == {"Made": (3, 0, 1), "Of nobody": (0, 0, 0), "Signed": (1, 1, 0)}
    assert 'value="signed"' in answer.content.decode()
    assert "tied-to-nothing" not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?kind=rumour", "kind: Choose one of: statement, lab_policy"),
        ("?lab=nobody", "lab: There is no lab of this name."),
        (
            "?verdict=kept",
            "verdict: is not a parameter of this page. It takes: after, kind, lab, page, q.",
        ),
    ],
)
def test_the_list_refuses_what_it_cannot_read(client, query, said):
    answer = client.get(f"/pledges/{query}")
    assert answer.status_code == 400
    assert f"The parameter {said}" in Markup(answer.content.decode()).text


def test_a_long_list_is_read_in_pages_that_keep_its_filters(client):
    Pledge.objects.bulk_create(
        Pledge(slug=f"law-{place}", title=f"Law {place:02}", kind="law", state=State.PUBLISHED)
        for place in range(51)
    )
    make_pledge(kind="statement")
    first = client.get("/pledges/?kind=law&q=law")
    assert 'rel="next" href="?kind=law&amp;q=law&amp;page=2"' in first.content.decode()
    second = client.get("/pledges/?kind=law&q=law&page=2")
    assert [pledge.title for pledge in second.context["page"].rows] == ["Law 50"]
    assert "51 pledges, 51 to 51" in Markup(second.content.decode()).text


def test_a_hundred_clauses_of_ten_labs_weigh_little_and_ask_no_more(client):
    small = make_matrix([("", "Publish")], [make_lab(), make_lab()], kind="joint_pledge")
    make_assessment(
        commitment=make_commitment(
            lab=small.parties.all()[0].lab, pledge=small, clause=small.clauses.get()
        ),
        values=["met"],
    )
    large = make_large(99, 10)  # SQLite fetches 999 rows by their numbers at a time
    asked = []
    for pledge in (small, large):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(pledge.get_absolute_url())
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert answer.content.count(b"<td ") == 990
    assert len(gzip.compress(answer.content, 6)) < 60_000
    assert Markup(answer.content.decode()).problems == []


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_headings_stay_in_sight_and_a_phone_gets_a_list(live_server, chromium: Browser):
    url = f"{live_server.url}{make_large(30, 8).get_absolute_url()}"
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(url)
        region = page.get_by_role("region", name="The clauses and labs, as a table")
        region.evaluate("each => each.scrollTo(600, 1200)")
        box, top = region.bounding_box(), page.get_by_role("columnheader").nth(1).bounding_box()
        clause = page.locator(".matrix th[scope=row]").nth(20).bounding_box()
        assert box and top and clause
        assert abs(top["y"] - box["y"]) < 3 and abs(clause["x"] - box["x"]) < 3
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        cell, row = page.locator(".matrix td").first, page.locator(".matrix tr").nth(2)
        within, whole = cell.bounding_box(), row.bounding_box()
        assert within and whole and abs(within["width"] - whole["width"]) < 3
        label = cell.evaluate("each => getComputedStyle(each, '::before').content")
        assert label == '"Example Lab 00: "' or label == '"Example Lab 00" ": "'


def test_the_made_up_study_is_uneven_on_purpose():
    """Where every clause has as many criteria, a pooled total is the mean and proves nothing."""
    assert len({len(found[0] or ()) for found in FOUND.values()}) > 1
