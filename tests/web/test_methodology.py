"""The method's page: a reader's own findings are scored as the record is, and nothing is lost."""

from fractions import Fraction
from urllib.parse import urlencode

import pytest

from tests.builders import (
    make_assessment,
    make_commitment,
    make_criterion,
    make_lab,
    make_outcome,
    published,
)
from tests.reading.one_by_one import lab_standings
from tests.web.markup import Markup
from tracker.reading.pages.sensitivity import panel
from tracker.records.dates import today
from tracker.scoring.sensitivity import every_setting
from tracker.scoring.variations import Setting
from tracker.web.sensitivity import where

RECORD = Setting(Fraction(1, 2))


def read(client, status: int = 200, /, at: str = "/methodology/", **query: str) -> Markup:
    answer = client.get(f"{at}?{urlencode(query)}" if query else at)
    assert answer.status_code == status, answer.content.decode()
    markup = Markup(answer.content.decode())
    assert markup.problems == []
    return markup


class TestWhere:
    """Settings in words, as the table of pairs says where an order is another."""

    EVERY = every_setting(RECORD)

    def test_everywhere(self):
        assert where(self.EVERY, self.EVERY) == "“partly” worth anything, however criteria weigh"

    def test_at_some_values_with_one_weighting(self):
        some = [each for each in self.EVERY if each.partly < Fraction(1, 3)]
        assert where(some[:2], self.EVERY) == "“partly” worth 0, 1/4 with weights as given"

    def test_at_any_value_with_one_weighting_and_at_one_with_the_other(self):
        some = [each for each in self.EVERY if each.equal_weights or each.partly == 1]
        assert where(some, self.EVERY) == (
            "“partly” worth 1 with weights as given; “partly” worth anything with all weights equal"
        )


@pytest.mark.django_db
class TestTrying:
    """Findings and weights to be tried; the made-up example asks the database nothing."""

    def test_it_begins_with_a_made_up_promise(self, client):
        said = read(client).text
        assert "A promise that nobody made" in said
        assert "low = 5/2 ÷ 4 = 5/8, shown as 63 %" in said
        assert "high = 7/2 ÷ 4 = 7/8, shown as 88 %" in said
        assert "coverage = 3 ÷ 5 = 3/5, shown as 60 %" in said
        assert "partly kept so far" in said

    def test_other_findings_give_another_verdict_step_by_step(self, client):
        said = read(
            client, finding1="met", weight1="1.5", finding2="partly_met", weight2="1/2",
            finding3="not_applicable",
        ).text  # fmt: skip
        assert "1 met 3/2 3/2 × 1 = 3/2 3/2 × 1 = 3/2" in said
        assert "2 partly met 1/2 1/2 × 1/2 = 1/4 1/2 × 1/2 = 1/4" in said
        assert "3 not applicable 1 left out left out" in said
        assert "low = 7/4 ÷ 2 = 7/8, shown as 88 %" in said
        assert "Low is above 1/10 and high is below 9/10: partly kept." in said
        assert "so far" not in said.partition("line by line")[2].partition("What stays apart")[0]

    def test_the_questions_stay_while_their_findings_are_changed(self, client):
        said = read(client, finding1="not_met").text
        assert "Was a policy published?" in said
        assert "High is 0, which is 1/10 or less: broken." in said

    def test_nothing_chosen_is_nothing_judged(self, client):
        said = read(client, finding1="", finding2="").text
        assert "Nothing is counted, and nothing is pending: not assessed." in said
        assert "low, high: none, because nothing is counted; coverage 0 %" in said

    def test_only_pending_is_not_yet_due(self, client):
        assert "something is pending: not yet due." in read(client, finding1="pending").text

    def test_a_comma_is_a_point_too(self, client):
        assert "1 met 1/2" in read(client, finding1="met", weight1="0,5").text

    @pytest.mark.parametrize(
        "weight", ["x", "0", "-1", "0/1", "1/0", "1e9", "10000", "nan", "1_0", "½", "9" * 60, "٣"]
    )
    def test_a_weight_that_is_none_is_refused_beside_its_field(self, client, weight):
        answer = client.get("/methodology/", {"finding1": "met", "weight1": weight})
        page = answer.content.decode()
        assert answer.status_code == 400
        assert answer["Cache-Control"] == "no-store"
        assert Markup(page).problems == []
        assert page.count("Weight 1: a number above 0 and below 10,000") == 2  # above, and beside
        assert f'name="weight1" value="{weight[:40]}"' in page
        assert '<option value="met" selected>' in page
        assert 'id="sums"' not in page

    def test_a_finding_that_is_none_is_refused_and_kept(self, client):
        said = client.get("/methodology/", {"finding2": "splendid", "weight2": "7"})
        page = said.content.decode()
        assert said.status_code == 400
        assert "Finding 2: choose one of met, partly_met, not_met" in page
        assert '<option value="splendid" selected>' in page
        assert 'value="7"' in page

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("finding=met", "is not a parameter of this page"),
            ("finding61=met", "is not a parameter of this page"),
            ("finding01=met", "is not a parameter of this page"),
            ("weight1=1&weight1=2", "is given more than once"),
        ],
    )
    def test_an_unknown_parameter_is_refused_by_name(self, client, query, sentence):
        answer = client.get(f"/methodology/?{query}")
        assert answer.status_code == 400
        assert sentence in answer.content.decode()

    def test_markup_in_a_query_stays_text(self, client):
        page = client.get("/methodology/", {"finding1": "<b>", "weight1": '"><i>'}).content.decode()
        assert "<b>," not in page
        assert "<i>" not in page


@pytest.mark.django_db
class TestTryingACommitment:
    def test_it_begins_with_the_findings_on_record(self, client, db):
        commitment = make_commitment(draft=True, criteria=1, title="Publish the audit")
        make_criterion(
            commitment=commitment, position=2, question="Is it whole?", weight="2.5",
            weight_reason="It matters more.",
        )  # fmt: skip
        commitment = published(commitment)
        seen = make_outcome(bears_on=commitment, direction="undermines")
        make_assessment(commitment=commitment, values=["met", "not_met"], evidence=(seen,))
        said = read(client, commitment=commitment.slug)
        assert commitment.get_absolute_url() in said.links
        assert "Is it whole?" in said.text
        assert "2 not met 5/2 5/2 × 0 = 0" in said.text
        assert "These are the findings on record: reported partly kept" in said.text
        unchanged = read(
            client, commitment=commitment.slug, finding1="met", weight1="1.0",
            finding2="not_met", weight2="2.5",
        )  # fmt: skip
        assert "These are the findings on record" in unchanged.text
        tried = read(client, commitment=commitment.slug, finding1="met", finding2="met")
        assert "low = 2 ÷ 2 = 1, shown as 100 %" in tried.text
        assert (
            "These findings are yours, not the record’s. On record: reported partly kept"
            in tried.text
        )
        assert f"?commitment={commitment.slug}#try" in tried.links

    def test_one_that_nobody_judged_has_its_questions(self, client):
        commitment = make_commitment(criteria=6)
        said = read(client, commitment=commitment.slug).text
        assert "nobody has judged them yet" in said
        assert "Is part 6 done?" in said

    def test_an_aim_that_is_missed_is_not_broken(self, client):
        commitment = make_commitment(force="aim")
        said = read(client, commitment=commitment.slug, finding1="not_met").text
        assert "High is 0, which is 1/10 or less: not reached." in said

    def test_a_draft_and_nothing_at_all_are_refused_alike(self, client):
        make_commitment(draft=True, slug="example-draft")
        answers = [
            client.get("/methodology/", {"commitment": slug}) for slug in ("example-draft", "none")
        ]
        assert [answer.status_code for answer in answers] == [400, 400]
        assert answers[0].content == answers[1].content
        assert "There is no commitment of this name." in answers[0].content.decode()

    def test_too_many_questions_are_left_to_its_own_page(self, client):
        commitment = make_commitment(criteria=61)
        assert "more than 60 criteria" in read(client, 400, commitment=commitment.slug).text


def panel_page(client, status: int = 200, /, **query: str) -> Markup:
    return read(client, status, at="/methodology/sensitivity/", **query)


@pytest.mark.django_db
class TestVarying:
    def test_an_empty_record_has_nothing_to_compare(self, client):
        said = panel_page(client).text
        assert "No lab has 3 rated commitments." in said
        assert "none can be compared" in said
        assert "This is not a ranking" in said

    def test_a_verdict_that_hangs_on_partly_is_shown_at_every_value(self, client):
        lab = make_lab()
        make_assessment(
            commitment=make_commitment(lab=lab, title="Half an audit"), values=["partly_met"]
        )
        make_assessment(commitment=make_commitment(lab=lab), values=["met"])
        said = panel_page(client).text
        assert "1 commitment has a finding “partly met”, and 0 have questions of unlike" in said
        assert (
            "Half an audit reported broken at 0 reported partly kept at 1/4 to 3/4 on record"
            " reported kept at 1"
        ) in said
        assert "1/2 on record 1 1 0 0 0 0" in said

    def test_the_lab_that_carries_an_order_is_told_with_what_carries_it(self, client):
        best, other = make_lab(name="Example Lab A"), make_lab(name="Example Lab B")
        for place in range(4):
            make_assessment(commitment=make_commitment(lab=best), values=["met"])
            broken = make_commitment(lab=other)
            seen = make_outcome(bears_on=broken, direction="undermines")
            value = "unverifiable" if place == 3 else "not_met"
            make_assessment(commitment=broken, values=[value], evidence=(seen,))
        said = panel_page(client).text
        row = "Example Lab A and Example Lab B Example Lab A lies above Example Lab A lies above"
        assert row in said
        assert "Holds in all" in said
        assert "100–100 %" in said
        assert "0–25 %" in said
        one = panel_page(client, lab=other.slug, partly="1/4", weights="equal").text
        assert "Example Lab B and Example Lab A" in one

    def test_an_order_that_hangs_on_one_commitment_names_it(self, client):
        best, other = make_lab(name="Example Lab A"), make_lab(name="Example Lab B")
        for title, value in (("A1", "met"), ("A2", "met"), ("A3", "met"), ("A4", "unverifiable")):
            make_assessment(commitment=make_commitment(lab=best, title=title), values=[value])
        for title, value in (("B1", "met"), ("B2", "met"), ("B3", "unverifiable")):
            make_assessment(commitment=make_commitment(lab=other, title=title), values=[value])
        said = panel_page(client).text
        overlap = "undecided, the ranges overlap"
        assert f"{overlap} {overlap} Stays undecided in all" in said  # no order, so none that holds
        for title in ("B4", "B5"):
            failed = make_commitment(lab=other, title=title, slug=f"example-{title.lower()}")
            seen = make_outcome(bears_on=failed, direction="undermines")
            make_assessment(commitment=failed, values=["not_met"], evidence=(seen,))
        said = panel_page(client).text  # 75 to 100 against 40 to 60
        assert "Example Lab A lies above Example Lab A lies above" in said
        assert (
            "Changes in 28 of the 140 variations that can be compared: without B4, or without B5: "
            "undecided, the ranges overlap (“partly” worth anything, however criteria weigh)"
        ) in said

    def test_a_lab_of_two_is_not_compared(self, client):
        lab = make_lab(name="Example Lab A")
        for _ in range(2):
            make_assessment(commitment=make_commitment(lab=lab), values=["met"])
        said = panel_page(client, lab=lab.slug).text
        assert "Example Lab A (2 rated)" in said
        assert "There is nobody to compare Example Lab A with" in said

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ({"partly": "2"}, "Choose one of: 0, 1/4, 1/3, 1/2, 2/3, 3/4, 1."),
            ({"weights": "none"}, "Choose one of: given, equal."),
            ({"lab": "nobody"}, "There is no AI lab of this name."),
            ({"as_of": "2024-01-01"}, "It takes: partly, weights, lab."),
        ],
    )
    def test_what_it_does_not_know_is_refused_by_name(self, client, query, sentence):
        said = panel_page(client, 400, **query).text
        assert f"The parameter {next(iter(query))}:" in said
        assert sentence in said


@pytest.mark.django_db
@pytest.mark.usefixtures("seeded")
class TestTheRealRecord:
    def test_on_record_the_panel_scores_as_every_other_page(self):
        found = panel(today(), RECORD)
        recorded = {each.name: each.recorded for each in found.found.labs}
        standings = {
            each.lab.slug: each.score
            for each in lab_standings(found.labs.values(), today())
            if each.score.total
        }
        assert recorded == standings

    def test_it_says_what_cannot_be_compared_and_why(self, client):
        said = panel_page(client).text
        assert "No finding on record is “partly met” today" in said
        assert "Google DeepMind (1 rated), xAI (0 rated)" in said
        assert "Anthropic and OpenAI undecided, the ranges overlap" in said

    def test_the_compute_pledge_can_be_tried_otherwise(self, client):
        said = read(client, commitment="openai-20-percent-compute").text
        assert "These are the findings on record: reported broken so far" in said
