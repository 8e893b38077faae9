"""The API as of a day: what had happened and been judged by then."""

from datetime import date

import pytest

from tests.api.asking import get, slugs, walk
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
from tracker.commitments.models import LifecycleEvent

pytestmark = pytest.mark.django_db


def test_a_commitment_stands_where_it_stood():
    lab = make_lab(slug="example-lab")
    commitment = make_commitment(
        slug="audit", lab=lab, draft=True, deadline_kind="trigger", deadline_trigger="a merger",
        deadline_triggered_on="2024-06-01", deadline_due_on="2024-07-01",
    )  # fmt: skip
    LifecycleEvent.objects.create(
        commitment=commitment, lifecycle="amended", on="2024-08", source=make_source()
    )
    commitment = published(commitment)
    for slug, value, day in (("first", "unverifiable", 4), ("second", "met", 9)):
        make_assessment(
            slug=slug, commitment=commitment, values=[value], effective_on=date(2024, day, 1)
        )
    early = get("commitments/audit/?as_of=2024-05-01")
    assert (early["assessment"], early["verdict"]) == ("first", "unresolved")
    assert early["criteria"][0]["finding"] == "unverifiable"
    assert early["schedule"] == "untriggered"
    assert (early["deadline"]["due_on"], early["deadline"]["triggered_on"]) == ("", "")
    assert (early["lifecycle"], early["lifecycle_events"]) == ("in_force", [])
    later = get("commitments/audit/?as_of=2024-09-01")
    assert (later["assessment"], later["verdict"]) == ("second", "kept")
    assert later["schedule"] == "closed" and later["deadline"]["due_on"] == "2024-07-01"
    assert (later["lifecycle"], len(later["lifecycle_events"])) == ("amended", 1)
    assert get("commitments/audit/?as_of=2024-02-01")["verdict"] == "not_assessed"
    assert get("labs/example-lab/?as_of=2024-05-01")["verdicts"]["unresolved"] == 1
    assert get("labs/example-lab/?as_of=2024-09-01")["verdicts"]["kept"] == 1


def test_what_had_not_happened_is_not_there_yet():
    commitment = make_commitment(slug="audit", made_on="2024-03-01")
    make_assessment(slug="judged", commitment=commitment, values=["met"])
    outcome = make_outcome(slug="seen", occurred_on="2024-03-02")
    dispute = make_discrepancy(slug="dispute")
    dispute.outcomes.set([outcome])
    make_pledge(slug="dated", issued_on="2024-03-01"), make_pledge(slug="undated")
    for noun, slug in {
        "commitments": "audit",
        "assessments": "judged",
        "outcomes": "seen",
        "discrepancies": "dispute",
        "pledges": "dated",
    }.items():
        problem = get(f"{noun}/{slug}/?as_of=2024-02-28", 404)
        assert "not there yet" in problem["detail"]
        assert slug not in slugs(walk(f"{noun}/?as_of=2024-02-28"))
        assert slug in slugs(walk(f"{noun}/?as_of=2024-03-31&limit=1"))
        assert "name" in get(f"{noun}/unknown/?as_of=2024-02-28", 404)["detail"]
    assert slugs(walk("pledges/?as_of=2024-02-28")) == ["undated"]


def test_on_the_first_day_of_all_there_was_nothing():
    make_assessment(commitment=make_commitment(), values=["met"])
    make_outcome()
    for noun in ("commitments", "assessments", "outcomes"):
        assert get(f"{noun}/?as_of=0001-01-01")["results"] == []
    for lab in get("labs/?as_of=0001-01-01")["results"]:
        assert lab["score"]["total"] == 0


def test_a_dispute_that_was_settled_later_was_open():
    make_discrepancy(
        slug="dispute", status="resolved", resolution="Both.", resolved_on=date(2024, 5, 6)
    )
    before, after = (get(f"discrepancies/dispute/?as_of=2024-05-0{day}") for day in (5, 6))
    assert [before[name] for name in ("open", "status", "resolution", "resolved_on")] == [
        True, "open", "", None,
    ]  # fmt: skip
    assert [after[name] for name in ("open", "status", "resolution", "resolved_on")] == [
        False, "resolved", "Both.", "2024-05-06",
    ]  # fmt: skip
    assert slugs(walk("discrepancies/?as_of=2024-05-05&status=open")) == ["dispute"]
    assert slugs(walk("discrepancies/?as_of=2024-05-06&status=open")) == []
    assert slugs(walk("discrepancies/?status=resolved")) == ["dispute"]


def test_a_scorecard_totals_what_was_known():
    study = make_pledge(slug="study", kind="scorecard", clauses=1)
    commitment = make_commitment(
        pledge=study, clause=study.clauses.first(), basis="measured", made_on="2024-01-01"
    )
    make_assessment(commitment=commitment, values=["met"], effective_on=date(2024, 3, 4))
    assert get("pledges/study/?as_of=2024-03-03")["totals"][0]["percent"] is None
    assert get("pledges/study/?as_of=2024-03-04")["totals"][0]["percent"] == [100, 100]


@pytest.mark.parametrize("day", ["2024", "2024-13-01", "9999-01-01", "yesterday", "20240102"])
def test_a_day_that_is_none_is_refused(day):
    for noun in ("labs", "commitments", "pledges", "outcomes", "assessments", "discrepancies"):
        assert get(f"{noun}/?as_of={day}", 400)["parameter"] == "as_of"
    for noun in ("people", "sources", "quotations", "indicators", "changes"):
        assert get(f"{noun}/?as_of=2024-01-02", 400)["parameter"] == "as_of"
