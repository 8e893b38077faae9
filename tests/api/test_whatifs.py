"""The what-ifs for machines: the numbers of their pages, and of the functions behind them."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from tests.builders import (
    make_assessment,
    make_commitment,
    make_lab,
    make_outcome,
    make_source,
)
from tests.web.markup import Markup
from tracker.api import falling as falling_shape
from tracker.api import sensitivity as sensitivity_shape
from tracker.reading.pages.falling import falling
from tracker.reading.pages.sensitivity import panel
from tracker.reading.represent import number
from tracker.records.dates import today
from tracker.records.models import State
from tracker.scoring.variations import Setting
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db

PANEL = "/api/v1/sensitivity/"


def asked(client: Any, url: str, schema: dict[str, Any]) -> dict[str, Any]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    Draft202012Validator(schema).validate(found)
    return found


def varied(client: Any, query: str = "") -> dict[str, Any]:
    return asked(client, f"{PANEL}?{query}", sensitivity_shape.schema())


def fallen(client: Any, source: Source, query: str = "") -> dict[str, Any]:
    url = f"/api/v1/sources/{source.slug}/falling/?{query}"
    return asked(client, url, falling_shape.schema())


def said(client: Any, url: str) -> str:
    return Markup(client.get(url).content.decode()).text


@pytest.fixture
def two_labs() -> None:
    """Of the first everything is kept but one; of the second two are missed and one is partly."""
    best, other = make_lab(name="Example Lab A"), make_lab(name="Example Lab B")
    for title, value in (("A1", "met"), ("A2", "met"), ("A3", "met"), ("A4", "unverifiable")):
        make_assessment(
            commitment=make_commitment(lab=best, title=title, slug=f"example-{title.lower()}"),
            values=[value],
        )
    half = make_commitment(lab=other, title="B1", slug="example-b1")
    make_assessment(commitment=half, values=["partly_met"])
    for title in ("B2", "B3"):
        missed = make_commitment(lab=other, title=title, slug=f"example-{title.lower()}")
        seen = make_outcome(bears_on=missed, direction="undermines")
        make_assessment(commitment=missed, values=["not_met"], evidence=(seen,))
    make_commitment(lab=make_lab(name="Example Lab C", slug="example-lab-c"), slug="example-c1")


class TestSensitivity:
    def test_every_number_is_one_worked_out_by_hand(self, client, two_labs):
        found = varied(client)
        first, second = found["labs"]
        assert first["recorded"] == first["chosen"] == {
            "low": 0.75, "high": 1, "rated": 4, "total": 4, "coverage": 1,
            "percent": [75, 100],
        }  # fmt: skip
        assert second["recorded"]["low"] == second["recorded"]["high"] == 0.166667
        assert first["lows"] == [0.666667, 1]  # without one that is met, and without the unknown
        assert second["highs"] == [0, 0.333333]
        assert first["weightiest"] == "example-a4"
        assert {each["commitment"]: each["low"] for each in first["left_out"]} == {
            **dict.fromkeys(("example-a1", "example-a2", "example-a3"), 0.666667),
            "example-a4": 1,
        }
        assert found["too_few"] == [{"lab": "example-lab-c", "rated": 0}]
        assert (found["partly"], found["weighted"], found["left_aside"]) == (1, 0, [])
        (pair,) = found["pairs"]
        assert (pair["recorded"], pair["holds"], pair["departures"]) == ("above", True, [])
        (flip,) = found["flips"]
        assert flip["commitment"] == "example-b1"
        verdicts = dict(
            zip([each["partly"] for each in found["settings"]], flip["verdicts"], strict=True)
        )
        assert verdicts["0"] == "broken"
        assert verdicts["1/2"] == "partly_kept"
        assert verdicts["1"] == "kept"

    @pytest.mark.parametrize(
        "query", ["", "partly=1&weights=equal", "partly=1/4&lab=example-lab-a", "weights=equal"]
    )
    def test_they_are_those_of_the_panel_and_of_its_page(self, client, query):
        lab, other = make_lab(slug="example-lab-a", name="Lab A"), make_lab(name="Lab B")
        for each in (lab, other):
            for place, values in enumerate((["met"], ["partly_met", "not_met"], ["unverifiable"])):
                commitment = make_commitment(lab=each, criteria=len(values))
                commitment.criteria.filter(position=1).update(
                    weight=2 + place, weight_reason="It is the larger part."
                )
                seen = make_outcome(bears_on=commitment, direction="undermines")
                evidence = (seen,) if "not_met" in values else ()
                make_assessment(commitment=commitment, values=values, evidence=evidence)
        wanted = dict(part.split("=") for part in query.split("&") if part)
        setting = Setting(Fraction(wanted.get("partly", "1/2")), wanted.get("weights") == "equal")
        expected, found = panel(today(), setting, wanted.get("lab", "")), varied(client, query)
        assert found["chosen"] == {
            "partly": str(setting.partly),
            "weights": wanted.get("weights", "given"),
        }
        page = said(client, f"/methodology/sensitivity/?{query}")
        for one, told in zip(expected.found.labs, found["labs"], strict=True):
            assert told["lab"] == one.name
            assert told["chosen"]["low"] == number(one.chosen.low)
            assert told["lows"] == [number(end) for end in one.lows or ()]
            assert told["highs"] == [number(end) for end in one.highs or ()]
            low, high = told["chosen"]["percent"]
            assert f"{low}–{high} %" in page
        rows = zip(expected.found.verdicts, found["settings"], strict=True)
        for row, told in rows:
            assert told["verdicts"] == {str(name): many for name, many in row.verdicts.items()}
        for pair, told in zip(expected.found.pairs or (), found["pairs"], strict=True):
            assert (told["first"], told["second"]) == (pair.first, pair.second)
            assert (told["holds"], told["tried"], told["too_few"]) == (
                *(pair.holds, pair.tried),
                pair.too_few,
            )
            departures = zip(pair.telling, told["departures"], strict=True)
            for departure, way in departures:
                assert way["order"] == departure.order
                settings = [found["settings"][place] for place in way["settings"]]
                assert [each["partly"] for each in settings] == [
                    str(each.partly) for each in departure.settings
                ]

    def test_what_is_refused_on_the_page_is_refused_here(self, client):
        for query in ("partly=2", "weights=none", "lab=nobody", "lab=%00", "as_of=2024-01-01"):
            answer = client.get(f"{PANEL}?{query}")
            assert answer.status_code == 400
            assert answer.json()["parameter"] == query.partition("=")[0]
            assert client.get(f"/methodology/sensitivity/?{query}").status_code == 400

    def test_who_has_it_already_costs_one_look_at_the_head(self, client, two_labs):
        tag = client.get(PANEL).headers["ETag"]
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PANEL, headers={"If-None-Match": tag}).status_code == 304
        assert len(queries) == 1


class TestFalling:
    def test_before_and_after_are_those_of_the_function_and_the_page(self, client):
        commitment = make_commitment(slug="example-audit", criteria=2)
        source = make_source(slug="the-letter")
        first = make_outcome(bears_on=commitment, sources=(source,))
        make_assessment(commitment=commitment, values=["met", "met"], evidence=(first,))
        kept = make_commitment(slug="example-other")
        others = [make_source(tier="primary_witness") for _ in range(2)]
        seen = make_outcome(bears_on=kept, sources=(source, *others))
        make_assessment(commitment=kept, values=["met"], evidence=(seen,))
        reported = make_commitment(slug="example-reported", reported_by=source)
        child = make_source(slug="the-copy", read_via=source)
        found, expected = fallen(client, source), falling(source, today())
        assert found["falls_with_it"] == [child.slug]
        assert (found["cited"], found["verdicts"]) == (expected.cited, expected.verdicts) == (2, 1)
        assert found["unspoken"] == [reported.slug]
        changed, unchanged = found["commitments"]
        assert (changed["commitment"], changed["changes"]) == ("example-audit", True)
        assert changed["before"]["verdict"] == "kept"
        assert changed["before"]["score"]["percent"] == [100, 100]
        assert changed["after"]["verdict"] == "unresolved"
        assert changed["after"]["score"] == {
            "low": 0,
            "high": 1,
            "coverage": 0,
            "percent": [0, 100],
        }
        assert [(each["before"], each["after"]) for each in changed["findings"]] == (
            [("met", "unverifiable")] * 2
        )
        assert (unchanged["commitment"], unchanged["changes"]) == ("example-other", False)
        (one,) = expected.changed
        assert changed["after"]["ceiling"] == one.without.cap_after
        assert changed["before"]["confidence"] == one.standing.confidence
        page = said(client, source.get_absolute_url())
        assert "Of 2 current judgements that cite what rests on it, 1 would read otherwise." in page
        assert "Without it unresolved" in page

    def test_it_can_be_asked_as_of_a_day(self, client):
        commitment, source = make_commitment(), make_source()
        seen = make_outcome(bears_on=commitment, sources=(source,))
        make_assessment(
            commitment=commitment, values=["met"], evidence=(seen,), effective_on=date(2024, 5, 1)
        )
        assert fallen(client, source, "as_of=2024-04-30")["cited"] == 0
        assert fallen(client, source, "as_of=2024-05-01")["cited"] == 1
        assert (
            client.get(f"/api/v1/sources/{source.slug}/falling/?as_of=2999-01-01").status_code
            == 400
        )

    def test_a_draft_is_as_nothing_and_a_retracted_source_is_gone(self, client):
        make_source(slug="the-draft", draft=True)
        make_source(slug="the-retracted")
        Source.objects.filter(slug="the-retracted").update(state=State.RETRACTED)
        for slug, status in (("the-draft", 404), ("nobody", 404), ("the-retracted", 410)):
            answer = client.get(f"/api/v1/sources/{slug}/falling/")
            assert answer.status_code == status
            assert answer.headers["Content-Type"] == "application/problem+json"

    @pytest.mark.usefixtures("seeded")
    def test_of_the_real_record_every_source_is_as_its_page_says(self, client):
        for source in Source.objects.filter(state=State.PUBLISHED)[::4]:
            found, expected = fallen(client, source), falling(source, today())
            assert [each["commitment"] for each in found["commitments"]] == [
                each.standing.commitment.slug for each in (*expected.changed, *expected.unchanged)
            ]
            for told, each in zip(
                found["commitments"], (*expected.changed, *expected.unchanged), strict=True
            ):
                for side, standing in (("before", each.standing), ("after", each.supposed)):
                    percent = told[side]["score"]["percent"]
                    assert (percent and tuple(percent)) == standing.percent
                    assert told[side]["verdict"] == standing.verdict
                    assert told[side]["contested"] == standing.contested
