"""`/compare/?lab=a&lab=b`: two to four labs side by side, in the order of their names."""

import re
from datetime import date, timedelta

import pytest

from tests.builders import (
    make_assessment,
    make_commitment,
    make_lab,
    make_outcome,
    make_pledge,
    make_source,
    published,
)
from tests.web import markup
from tests.web.markup import Markup
from tracker.commitments.models import LifecycleEvent
from tracker.records.dates import today

pytestmark = pytest.mark.django_db


@pytest.fixture
def labs():
    return [
        make_lab(slug=slug, name=name)
        for slug, name in (("beta", "Beta Example"), ("alpha", "Alpha Example"))
    ]


def read(client, query: str = "", status: int = 200) -> Markup:
    return markup.read(client, f"/compare/{query}", status)


def rows(client, query: str, heading: str) -> dict[str, list[str]]:
    """The cells of the table under a heading, by the head of their row."""
    html = client.get(f"/compare/{query}").content.decode()
    section = html.partition(f">{heading}</h2>")[2].partition("</section>")[0]
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", section.partition("<tbody")[2], re.S):
        head, *cells = re.split(r"</t[hd]>", row)
        found[text(head)] = [text(cell) for cell in cells[:-1]]
    return found


def text(html: str) -> str:
    """What a piece of a page says."""
    said = re.sub(r"<title>.*?</title>|<[^>]+>", " ", html)
    return re.sub(r" (?=[).:])", "", re.sub(r"\s+", " ", said)).strip()


def ticked(client, query: str) -> list[str]:
    html = client.get(f"/compare/{query}").content.decode()
    return re.findall(r'name="lab" value="([^"]+)" checked', html)


def test_with_none_chosen_the_form_lists_the_labs(client, labs):
    make_lab(name="A Public Body", kind="public_body")
    make_lab(name="A Draft", draft=True)
    make_commitment(lab=make_lab(name="A Promising Company", kind="company"))
    page = read(client)
    for name in ("Alpha Example", "Beta Example", "A Promising Company"):
        assert name in page.text
    assert "A Public Body" not in page.text
    assert "A Draft" not in page.text
    assert ticked(client, "") == []
    assert read(client, "?lab=&as_of=").text == page.text  # the form sent off empty


def test_labs_stand_by_name_whatever_the_order_of_the_address(client, labs):
    page = read(client, "?lab=beta&lab=alpha")
    assert "Alpha Example and Beta Example, side by side" in page.text
    assert "In the order of their names. This is no ranking" in page.text
    assert read(client, "?lab=alpha&lab=beta").text == page.text
    assert ticked(client, "?lab=beta&lab=alpha") == ["alpha", "beta"]


@pytest.mark.parametrize(
    ("query", "said", "kept"),
    [
        ("?lab=alpha", "1 lab is chosen; choose at least 2 and at most 4.", ["alpha"]),
        ("?lab=alpha&lab=alpha", "The same lab is given twice.", ["alpha"]),
        ("?lab=alpha&lab=nobody", "There is no lab of this name to compare.", ["alpha"]),
        ("?lab=alpha&lab=hidden", "There is no lab of this name to compare.", ["alpha"]),
        ("?lab=alpha&lab=%00", "There is no lab of this name to compare.", ["alpha"]),
        ("?lab=alpha,beta", "There is no lab of this name to compare.", []),
        ("?lab=alpha&lab=beta&lab=c&lab=d&lab=e", "5 labs are chosen;", list("abcde")),
    ],
)
def test_too_few_too_many_and_unknown_labs_are_refused_and_what_was_ticked_stays(
    client, labs, query, said, kept
):
    for slug in "cde":
        make_lab(slug=slug, name=f"{slug} Example")
    make_lab(slug="hidden", draft=True)
    page = read(client, query, 400).text
    assert said in page
    assert "(parameter lab)" in page
    assert sorted(slug[0] for slug in ticked(client, query)) == [slug[0] for slug in kept]


def test_other_parameters_are_refused(client, labs):
    said = read(client, "?lab=alpha&lab=beta&sort=verdict", 400).text
    takes = "It takes: as_of, cohort, kind, lab, openness, region."
    assert f"sort: is not a parameter of this page. {takes}" in said
    assert client.get("/compare/?labs=alpha,beta").status_code == 400


def test_distribution_range_and_coverage_stand_side_by_side(client, labs):
    beta, alpha = labs
    for _ in range(3):
        make_assessment(commitment=make_commitment(lab=beta), values=["met"])
    make_assessment(commitment=make_commitment(lab=alpha, criteria=2), values=["met", "pending"])
    make_commitment(lab=alpha)
    found = rows(client, "?lab=alpha&lab=beta", "How their commitments stand")
    assert list(found) == ["Verdicts", "Range", "Coverage", "How sure"]
    assert "1 reported kept so far" in found["Verdicts"][0]
    assert "3 reported kept" in found["Verdicts"][1]
    assert found["Range"] == ["no percentage below 3 rated", "100–100 %"]
    assert found["Coverage"] == ["50 % 1 of 2 rated", "100 % 3 of 3 rated"]
    assert found["How sure"] == [
        "1 of the 2 could be rated, at low confidence.",
        "All 3 could be rated, all at low confidence.",
    ]


def test_verdicts_are_counted_by_category_as_the_score_counts_them(client, labs):
    beta, alpha = labs
    make_assessment(commitment=make_commitment(lab=alpha, category="security"), values=["met"])
    make_commitment(lab=alpha, category="security")
    make_commitment(lab=beta, category="research", basis="measured")
    superseded = make_commitment(
        draft=True, lab=beta, category="compute", relation="replaced",
        successor=make_commitment(lab=beta, category="security"),
    )  # fmt: skip
    LifecycleEvent.objects.create(
        commitment=superseded, lifecycle="superseded", on="2024-02-01", source=make_source()
    )
    published(superseded)
    found = rows(client, "?lab=alpha&lab=beta", "Category by category")
    assert found == {"Security": ["1 reported kept 1 not assessed", "1 not assessed"]}


def test_the_same_promise_stands_side_by_side(client, labs):
    beta, alpha = labs
    pledge = make_pledge(title="The Joint Pledge", kind="joint_pledge", clauses=3)
    first, second, third = pledge.clauses.all()
    for lab, clause in (
        (alpha, third),
        (beta, third),
        (alpha, first),
        (beta, first),
        (beta, second),
    ):
        made = make_commitment(
            lab=lab, pledge=pledge, clause=clause, title=f"Audit {clause.number}"
        )
    make_assessment(commitment=made, values=["met"])
    found = rows(client, "?lab=alpha&lab=beta", "The same promise, side by side")
    assert found == {
        "1. Ask 1": ["Audit 1 not assessed", "Audit 1 not assessed"],
        "3. Ask 3": ["Audit 3 not assessed", "Audit 3 not assessed"],
    }
    make_lab(slug="gamma", name="Gamma Example")
    found = rows(client, "?lab=alpha&lab=beta&lab=gamma", "The same promise, side by side")
    assert found["1. Ask 1"][2] == "no commitment on record here"


def test_a_study_shows_shares_and_never_the_words_kept_or_broken(client, labs):
    study = make_pledge(title="The Study", kind="scorecard", clauses=1)
    for lab, value in zip(labs, ("met", "partly_met"), strict=True):
        made = make_commitment(
            lab=lab, pledge=study, clause=study.clauses.first(), basis="measured"
        )
        make_assessment(commitment=made, values=[value])
    found = rows(client, "?lab=alpha&lab=beta", "The same promise, side by side")
    (cells,) = found.values()
    assert "50 %" in cells[0]
    assert "100 %" in cells[1]
    page = read(client, "?lab=alpha&lab=beta").text.partition("The same promise")[2]
    said = page.partition("What is left open")[0]
    assert "kept" not in said
    assert "broken" not in said
    assert "nobody promised them" in said


def test_a_pledge_that_is_still_a_draft_is_not_shown(client, labs):
    hidden = make_pledge(draft=True, title="The Hidden Pledge", clauses=1)
    for lab in labs:
        made = make_commitment(draft=True, lab=lab)
        made.pledge, made.clause = hidden, hidden.clauses.first()
        made.state = "published"
        made.save()
    assert "The Hidden Pledge" not in read(client, "?lab=alpha&lab=beta").text


def test_open_calls_and_what_is_due_next(client, labs):
    beta, alpha = labs
    call = make_pledge(
        title="The Call",
        kind="open_call",
        clauses=2,
        addressed=(alpha,),
        checked_on=date(2024, 9, 1),
    )
    make_commitment(lab=alpha, pledge=call, clause=call.clauses.first())
    for days in (-9, 9, 99, 999):
        make_commitment(
            lab=beta, title=f"Audit in {days}", deadline_kind="by_date",
            deadline_due_on=(today() + timedelta(days)).isoformat(),
        )  # fmt: skip
    found = rows(client, "?lab=alpha&lab=beta", "What is left open")
    assert found["Asked, no promise on record"] == [
        "The Call: 1 of 2 asks (checked 1 September 2024)",
        "no open call on record addressed it",
    ]
    none, due = found["Due next"]
    assert none == "nothing on record has a day ahead"
    assert due.index("Audit in -9") < due.index("overdue") < due.index("Audit in 9")
    assert "Audit in 999" not in due
    assert due.endswith("All 4")


def test_a_comparison_can_be_of_a_day(client, labs):
    for lab in labs:
        made = make_commitment(lab=lab)
        make_assessment(commitment=made, values=["met"], effective_on=date(2024, 3, 4))
    query = "?lab=alpha&lab=beta&as_of="
    heading = "How their commitments stand"
    assert "not assessed" in rows(client, f"{query}2024-03-03", heading)["Verdicts"][0]
    assert "reported kept" in rows(client, f"{query}2024-03-04", heading)["Verdicts"][0]
    assert "No promise on record" in rows(client, f"{query}2001-01-01", heading)["Verdicts"][0]
    page = read(client, f"{query}2024-03-04")
    assert "/compare/?lab=alpha&lab=beta" in page.links
    assert "/compare/?lab=alpha&lab=beta&as_of=2024-03-04" in page.links
    html = client.get(f"/compare/{query}2024-03-04").content.decode()
    assert html.count('name="as_of" value="2024-03-04"') == 1  # in the form of other labs
    assert html.count('<input type="hidden" name="lab"') == 2  # in the form of another day


def test_every_table_has_a_caption_and_scopes(client, labs):
    make_outcome()
    html = client.get("/compare/?lab=alpha&lab=beta").content.decode()
    tables = re.findall(r"<table.*?</table>", html, re.S)
    assert len(tables) >= 2
    for table in tables:
        assert "<caption>" in table
        assert len(re.findall(r'<th scope="col"', table)) == 3
        assert table.count('<th scope="row"') == table.count("<tr>") - 1
