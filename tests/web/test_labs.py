"""A lab's page answers: does it keep its word, and how sure is that?"""

from datetime import date, timedelta

import pytest

from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_pledge,
    make_source,
    published,
)
from tests.web import markup
from tests.web.markup import Markup
from tracker.commitments.models import LifecycleEvent
from tracker.reading.pages import labs as reading
from tracker.records.dates import today

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab():
    return make_lab(slug="example-lab", name="Example Lab")


def judged(lab, *values: str, **fields):
    """A commitment with one criterion a value; an event for it to be not met on."""
    made = make_commitment(lab=lab, criteria=len(values), **fields)
    seen = (make_outcome(bears_on=made, direction="undermines"),) if "not_met" in values else ()
    make_assessment(commitment=made, values=list(values), evidence=seen)
    return made


def read(client, query: str = "") -> Markup:
    return markup.read(client, f"/labs/example-lab/{query}")


def short(client) -> str:
    """What stands between the name of the lab and the first heading."""
    return read(client).text.partition("· AI lab Example Lab ")[2].partition(" Compare it")[0]


def test_no_promise_is_no_score(client, lab):
    assert short(client) == "No promise on record."


def test_one_promise_is_said_in_the_singular(client, lab):
    judged(lab, "not_met", "pending", title="The Audit")
    assert short(client) == (
        "Its one commitment on record is reported broken so far. "
        "No percentage is given, because fewer than 3 could be rated. "
        "Its verdict stands at low confidence."
    )


def test_what_is_not_due_cannot_be_rated(client, lab):
    judged(lab, "pending")
    make_commitment(lab=lab)
    assert short(client) == (
        "Of 2 commitments on record, 1 is not yet due and 1 is not assessed. "
        "None of them could be rated yet, so there is no score."
    )


def test_the_short_answer_is_worked_out_from_the_numbers(client, lab):
    judged(lab, "met")
    judged(lab, "met")
    judged(lab, "not_met", force="aim")
    judged(lab, "unverifiable")
    stronger = judged(lab, "pending")
    superseded = make_commitment(
        draft=True, lab=lab, successor=stronger, relation="strengthened", title="The Old Audit"
    )
    LifecycleEvent.objects.create(
        commitment=superseded, lifecycle="superseded", on="2024-02-01", source=make_source()
    )
    published(superseded)
    judged(lab, "met", basis="measured", force="promise")
    assert short(client) == (
        "Of 5 commitments on record, 2 are reported kept, 1 is reported not reached, "
        "1 is unresolved and 1 is not yet due. "
        "What is known puts its score between 50 % and 75 %. "
        "4 of the 5 could be rated, all at low confidence."
    )


def test_how_sure_it_is_counts_each_confidence_and_what_is_contested(client, lab):
    source = make_source(tier="primary_witness")
    for _ in range(2):
        firm = make_commitment(lab=lab)
        seen = make_outcome(bears_on=firm, sources=(source,))
        make_assessment(
            commitment=firm, values=["met"], confidence="medium", evidence=(seen,),
            contest_verdict="unresolved", contest_held_by="A fair reader",
            contest_source=source, contest_reading="It may not be whole.",
        )  # fmt: skip
    judged(lab, "met")
    assert short(client) == (
        "Its 3 commitments on record are all kept, 1 of them only reported. "
        "What is known puts its score at 100 %. "
        "All 3 could be rated, 2 at medium confidence and 1 at low; 2 are contested."
    )


def test_the_distribution_comes_first_then_the_range_then_the_coverage(client, lab):
    for _ in range(3):
        judged(lab, "met", "unverifiable")
    said = read(client).text.partition("How its commitments stand")[2]
    places = [said.index(each) for each in ("3 unresolved", "Range", "50–100 %", "Coverage")]
    assert places == sorted(places)


def test_the_history_of_the_score_stands_there_as_a_chart_with_its_table(client, lab):
    judged(lab, "met")
    page = read(client)
    assert "How its score came about" in page.text
    assert "The figures behind this chart" in page.text
    assert "How its score came about" not in read(client, "?as_of=2023-12-31").text


def test_what_is_overdue_comes_first_and_is_marked(client, lab):
    dates = {
        "Soon": today() + timedelta(9),
        "Late": today() - timedelta(9),
        "Far": date(9999, 1, 1),
    }
    for title, due in dates.items():
        make_commitment(
            lab=lab, title=title, deadline_kind="by_date", deadline_due_on=due.isoformat()
        )
    make_commitment(lab=lab, title="Undated")
    said = read(client).text.partition("What is due")[2].partition("All its commitments")[0]
    assert said.index("overdue Late") < said.index("due soon Soon") < said.index("Far")
    assert "Undated" not in said


def test_only_the_first_of_a_category_stand_there_and_the_rest_a_link_away(
    client, lab, monkeypatch
):
    monkeypatch.setattr(reading, "SHOWN_OF_CATEGORY", 2)
    for each in range(3):
        make_commitment(lab=lab, title=f"Audit {each}", category="security")
    page = read(client)
    link = "/commitments/?lab=example-lab&basis=promised&category=security"
    assert "All 3 on security" in page.text
    assert link in page.links
    assert "3 commitments" in Markup(client.get(link).content.decode()).text
    past = f"{link}&as_of=2024-05-17"
    assert past in read(client, "?as_of=2024-05-17").links
    assert "3 commitments" in Markup(client.get(past).content.decode()).text


def test_what_it_was_asked_for_counts_what_no_promise_answers(client, lab):
    call = make_pledge(
        title="The Call", kind="open_call", clauses=3, addressed=(lab,), checked_on=date(2024, 9, 1)
    )
    make_commitment(lab=lab, pledge=call, clause=call.clauses.first(), title="The Answer")
    said = read(client).text.partition("What it was asked for")[2]
    assert "No promise on record to 2 of the 3 asks." in said
    assert said.count("no promise on record (checked 1 September 2024)") == 2
    assert "The Answer" in said


def test_quarrels_that_touch_its_commitments_are_counted_and_led_to(client, lab, monkeypatch):
    monkeypatch.setattr(reading, "SHOWN_DISPUTES", 1)
    audit = make_commitment(lab=lab)
    quarrels = [make_discrepancy(commitments=(audit,)) for _ in range(2)]
    make_discrepancy(commitments=(make_commitment(),), title="Another lab's")
    make_discrepancy(draft=True, commitments=(audit,))
    page = read(client)
    assert "On 2 points that touch its commitments the sources differ." in page.text
    assert sum(each.get_absolute_url() in page.links for each in quarrels) == 1
    assert "Another lab's" not in page.text
    assert "/discrepancies/?lab=example-lab" in page.links


def test_labs_are_listed_by_name_and_never_ranked(client):
    for name in ("Zeta Example", "Alpha Example", "Mid Example"):
        judged(make_lab(name=name), "met")
    said = Markup(client.get("/labs/").content.decode()).text
    assert said.index("Alpha Example") < said.index("Mid Example") < said.index("Zeta Example")
    for word in ("best", "worst", "rank", "leader", "score of 1"):
        assert word not in said.lower()


def test_its_badge_is_offered_and_what_the_offer_names_is_served(client, lab):
    make_commitment(lab=lab)
    page = Markup(client.get(lab.get_absolute_url()).content.decode())
    badge = f"{lab.get_absolute_url()}badge.svg"
    assert f'{badge}" alt="What On Record says of {lab.name}"' in page.text
    assert {"#elsewhere", "#follow"} <= set(page.links)
    assert {"elsewhere", "follow"} <= set(page.ids)
    assert client.get(badge)["Content-Type"].startswith("image/svg+xml")
    earlier = client.get(f"{lab.get_absolute_url()}?as_of=2024-05-20").content.decode()
    assert badge not in earlier  # a badge is of today
