"""Groups of labs: tagged, filtered by, and averaged without a single figure made of a range."""

import csv
import io
import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.db import transaction

from tests.builders import EDITOR, make_assessment, make_commitment, make_lab, make_outcome
from tests.web import markup
from tests.web.studies import make_matrix, make_study
from tracker.curation.editing import retract
from tracker.labs.models import Lab

pytestmark = pytest.mark.django_db


def tag(lab: Lab, **tags: str) -> Lab:
    for kind, name in tags.items():
        lab.tags.create(kind=kind, name=name)
    return lab


def judged(lab: Lab, *values: str, **fields: Any) -> None:
    """A commitment of one criterion for each value."""
    for value in values:
        made = make_commitment(lab=lab)
        seen = (make_outcome(bears_on=made, direction="undermines"),)
        make_assessment(commitment=made, values=[value], evidence=seen, **fields)


@pytest.fixture
def labs() -> list[Lab]:
    """In cohort A: 1/3 to 1/3, 2/3 to 1, and one with two rated; in cohort B: one at 1."""
    first = tag(make_lab(slug="first", name="Example First"), cohort="A", region="Europe")
    second = tag(
        make_lab(slug="second", name="Example Second"), cohort="A", openness="open weights"
    )
    few = tag(make_lab(slug="few", name="Example Few"), cohort="A")
    other = tag(make_lab(slug="other", name="Example Other"), cohort="B & <c>")
    judged(first, "met", "not_met", "not_met")
    judged(second, "met", "met", "unverifiable")
    judged(few, "met", "met")
    judged(other, "met", "met", "met")
    return [first, second, few, other]


def names(client, query: str) -> list[str]:
    """The labs that the list shows."""
    html = client.get(f"/labs/{query}").content.decode()
    return re.findall(r'<h3><a href="[^"]*"><bdi>(.*?)</bdi>', html)


def test_labs_are_filtered_by_their_tags(client, labs):
    tag(make_lab(name="Example Company", kind="company"), cohort="A")
    assert names(client, "?cohort=A") == ["Example Few", "Example First", "Example Second"]
    assert names(client, "?cohort=A&region=Europe") == ["Example First"]
    assert names(client, "?openness=open+weights") == ["Example Second"]
    assert names(client, "?cohort=B+%26+%3Cc%3E") == ["Example Other"]
    assert len(names(client, "?cohort=&region=")) == 4
    assert "Example Company" in markup.read(client, "/labs/?cohort=A").text
    assert names(client, "?kind=company") == []
    assert names(client, "?cohort=B+%26+%3Cc%3E&region=Europe") == []
    nothing = markup.read(client, "/labs/?cohort=B+%26+%3Cc%3E&region=Europe").text
    assert "Nothing on record is like this" in nothing and "Cohort: B & <c>" in nothing


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("cohort=a", "No lab is tagged with this cohort. Choose one of: A, B & <c>."),
        ("cohort=A+", "No lab is tagged with this cohort."),
        ("cohort=Hidden", "Choose one of: A, B & <c>."),
        ("region=%00", "The parameter region: "),
        ("region=" + "x" * 10_000, "Choose one of: Europe."),
        ("openness=closed", "Choose one of: open weights."),
        ("kind=lab", "Choose one of: ai_lab, company"),
        ("cohort=A&cohort=A", "cohort: is given more than once."),
        ("group=A", "group: is not a parameter of this page."),
    ],
)
def test_a_group_that_is_none_is_refused_with_those_there_are(client, query, said):
    tag(make_lab(), cohort="A", region="Europe", openness="open weights")
    tag(make_lab(), cohort="B & <c>")
    tag(make_lab(draft=True), cohort="Hidden")
    gone = tag(make_lab(), cohort="Hidden")
    with transaction.atomic():
        retract(gone, by=EDITOR, reason="Made up.")
    assert said in markup.read(client, f"/labs/?{query}", 400).text


def test_where_no_lab_is_tagged_nothing_is_asked_for(client):
    make_lab()
    assert "Cohort" not in markup.read(client, "/labs/").text
    assert "None is in use." in markup.read(client, "/labs/?cohort=A", 400).text
    assert "Cohort" not in markup.read(client, "/commitments/").text


def test_the_mean_of_a_group_is_a_range_and_says_who_is_left_out(client, labs):
    said = markup.read(client, "/labs/?cohort=A").text
    assert "Mean of the 2 labs with at least 3 rated commitments" in said
    assert "50–67 %" in said  # (1/3 + 2/3) / 2 and (1/3 + 1) / 2
    assert "1 of the 3 labs is left out: fewer than 3 of its commitments could be rated." in said
    alone = markup.read(client, "/labs/?region=Europe").text
    assert "The one lab with at least 3 rated commitments" in alone and "33–33 %" in alone
    assert "These labs together" not in markup.read(client, "/labs/").text
    assert "These labs together" not in markup.read(client, "/labs/?kind=ai_lab").text


def test_without_enough_rated_there_is_no_mean(client, labs):
    tag(labs[2], region="Asia")
    said = markup.read(client, "/labs/?region=Asia").text
    assert "No mean is given: fewer than 3 commitments of the one lab could be rated." in said
    tag(make_lab(), region="Asia")
    said = markup.read(client, "/labs/?region=Asia").text
    assert "No mean is given: at most 2 commitments of each of the 2 labs could be rated." in said


def test_the_mean_is_that_of_the_day(client, labs):
    judged(labs[2], "not_met", effective_on=date(2024, 6, 1))
    assert "Mean of the 3 labs" in markup.read(client, "/labs/?cohort=A").text
    page = markup.read(client, "/labs/?cohort=A&as_of=2024-05-01")
    assert "Mean of the 2 labs" in page.text
    assert "/labs/?cohort=B%20%26%20%3Cc%3E&as_of=2024-05-01" not in page.links
    assert "/labs/?region=Europe&as_of=2024-05-01" in page.links
    assert (
        'name="as_of" value="2024-05-01"'
        in client.get("/labs/?cohort=A&as_of=2024-05-01").content.decode()
    )


def test_tags_lead_to_their_group(client, labs):
    page = markup.read(client, "/labs/other/")
    assert "Cohort: B & <c>" in page.text
    (link,) = [each for each in page.links if "cohort=" in each]
    assert names(client, link.removeprefix("/labs/")) == ["Example Other"]
    assert "Region: Europe" in markup.read(client, "/labs/").text


def test_commitments_are_those_of_the_group(client, labs):
    tag(labs[0], cohort="A too")  # no commitment twice
    assert "8 commitments" in markup.read(client, "/commitments/?cohort=A").text
    assert "3 commitments" in markup.read(client, "/commitments/?cohort=A&region=Europe").text
    assert "Choose one of: A, A too" in markup.read(client, "/commitments/?cohort=x", 400).text


def test_a_group_of_two_to_four_is_compared(client, labs):
    found = markup.read(client, "/compare/?cohort=A").text
    assert "Example Few, Example First and Example Second, side by side" in found
    alone = markup.read(client, "/compare/?region=Europe").text
    assert "There is one such lab: Example First. To compare it takes two." in alone
    assert "side by side" in markup.read(client, "/compare/?cohort=A&lab=first&lab=few").text
    outside = markup.read(client, "/compare/?cohort=A&lab=first&lab=other", 400).text
    assert "There is no lab of this name to compare." in outside
    for number in range(3):
        tag(make_lab(name=f"Example More {number}"), cohort="A")
    many = client.get("/compare/?cohort=A").content.decode()
    assert many.count('type="checkbox"') == 6 and "side by side</h1>" not in many


# --- scorecards ----------------------------------------------------------------------------------


@pytest.fixture
def study() -> str:
    """Example Lab A has 65 to 65 %, B 11.1 to 22.2 %; a third has nothing that counts."""
    pledge = make_study()
    first, second = Lab.objects.get(slug="example-lab-a"), Lab.objects.get(slug="example-lab-b")
    third = make_lab(slug="example-lab-c", name="Example Lab C")
    pledge.parties.create(lab=third, role="signed")
    tag(first, cohort="One", openness="closed")
    tag(second, cohort="One", region="Asia")
    tag(third, region="Asia")
    return pledge.get_absolute_url()


def groups(client, address: str) -> dict[str, list[str]]:
    """The rows of the table of groups."""
    html = client.get(address).content.decode()
    (table,) = re.findall(r'<table class="stacks groups-of-labs">(.*?)</table>', html, re.DOTALL)
    rows = [
        [
            " ".join(unescape(re.sub(r"<title>.*?</title>|<[^>]+>", "", cell)).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
    ]
    return {first: rest for first, *rest in rows[1:]}


def test_a_scorecard_has_the_mean_of_each_group(client, study):
    assert groups(client, study) == {
        # (0.65 + 1/9) / 2 = 38.06, (0.65 + 2/9) / 2 = 43.61
        "All labs": ["2, and 1 of which nothing counts", "38–44 %"],
        "Cohort: One": ["2", "38–44 %"],
        "Region: Asia": ["1, and 1 of which nothing counts", "11–22 %"],
        "Open or closed: closed": ["1", "65–65 %"],
    }
    assert groups(client, f"{study}?cohort=One") == groups(client, study)
    assert not markup.read(client, study).problems


def test_the_matrix_is_narrowed_to_a_group_and_says_its_mean(client, study):
    page = markup.read(client, f"{study}?cohort=One")
    assert "Mean of the 2 labs shown" in page.text
    html = client.get(f"{study}?cohort=One").content.decode()
    assert 'data-label="Example Lab A"' in html and 'data-label="Example Lab C"' not in html
    assert "matrix.csv?cohort=One" in html
    html = client.get(f"{study}?cohort=One&lab=example-lab-b").content.decode()
    assert 'data-label="Example Lab B"' in html and 'data-label="Example Lab A"' not in html
    assert "Mean of the " not in markup.read(client, f"{study}?openness=closed").text
    tag(make_lab(), cohort="Elsewhere")
    none = markup.read(client, f"{study}?cohort=Elsewhere")
    assert "None of the 3 labs of this pledge is in what was asked for." in none.text
    refused = markup.read(client, f"{study}?cohort=Nowhere", 400).text
    assert "Choose one of: Elsewhere, One." in refused


def test_the_table_for_spreadsheets_has_the_groups(client, study):
    def rows(query: str) -> list[dict[str, str]]:
        text = client.get(f"{study}matrix.csv{query}").content.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    tag(Lab.objects.get(slug="example-lab-b"), cohort="=Two")
    found = {row["lab"]: (row["cohort"], row["region"], row["openness"]) for row in rows("")}
    assert found == {
        "example-lab-a": ("One", "", "closed"),
        "example-lab-b": ("'=Two; One", "Asia", ""),
        "example-lab-c": ("", "Asia", ""),
    }
    assert {row["lab"] for row in rows("?region=Asia")} == {"example-lab-b", "example-lab-c"}
    assert {row["row"] for row in rows("")} == {"clause", "total"}  # a mean is no row
    assert client.get(f"{study}matrix.csv?region=Nowhere").status_code == 400


def test_other_pledges_are_narrowed_too_and_have_no_means(client, labs):
    pledge = make_matrix([("", "Publish"), ("", "Ask")], labs, kind="joint_pledge")
    html = client.get(f"{pledge.get_absolute_url()}?cohort=A").content.decode()
    assert 'data-label="Example First"' in html and 'data-label="Example Other"' not in html
    assert "Mean of" not in html and "groups-of-labs" not in html
