"""What is said of verdicts, dates and ranges, and the pages of a list."""

import re
from datetime import UTC, date, datetime

import pytest
from django.http import QueryDict

from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_pledge,
    make_quotation,
    make_reply,
    make_source,
    published,
)
from tests.web.markup import Markup
from tracker.assessments.models import Reply
from tracker.commitments.models import Commitment
from tracker.labs.models import Lab
from tracker.reading.filtering import BadParameter
from tracker.scoring import FindingValue, Judged, score_commitment
from tracker.templatetags.record import moment, percents, share, when
from tracker.web.paging import ROWS, paginate
from tracker.web.words import period_words, tone, verdict_reason


def test_dates_are_words_and_machine_readable_where_html_knows_how():
    assert when("2024-05-15") == '<time datetime="2024-05-15">15 May 2024</time>'
    assert when("2027-Q3") == "third quarter of 2027"
    assert when("2024-05-15/2024-05-17").count("<time") == 2
    at = datetime(2026, 11, 21, 20, 15, 0, 123456, tzinfo=UTC)
    assert moment(at) == (
        '<time datetime="2026-11-21T20:15:00.123Z">21 November 2026, 20:15 UTC</time>'
    )


def test_ranges_are_said_as_ranges():
    assert percents((0, 50)) == "0–50 %"
    assert percents((40, 40)) == "40 %"
    assert percents(None) == ""
    assert share("1/3") == "33 %"
    assert share(None) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("P1Y", "every year"),
        ("P3M", "every 3 months"),
        ("P1Y6M", "every 1 year and 6 months"),
        ("P2W", "every 2 weeks"),
    ],
)
def test_periods_are_words(text, said):
    assert period_words(text) == said


def test_the_shape_of_a_broken_promise_is_for_promises_alone():
    promise, aim = (Commitment(force=each, basis="promised") for each in ("promise", "aim"))
    measured = Commitment(force="promise", basis="measured")
    assert tone("broken", promise) == "broken"
    assert tone("broken", aim) == "unreached"
    assert tone("kept", measured) == "measured"
    assert tone("unresolved", measured) == "unresolved"


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["pending"],
        ["met"],
        ["not_met"],
        ["partly_met"],
        ["unverifiable"],
        ["met", "not_met", "unverifiable"],
        ["not_applicable"],
    ],
)
def test_every_verdict_has_its_reason(values):
    score = score_commitment([Judged(FindingValue(value)) for value in values])
    said = verdict_reason(score.as_dict(), Commitment(force="promise", basis="promised"))
    assert said.endswith(f": {score.verdict.replace('_', ' ')}.")
    assert "None" not in said


def test_an_aim_and_a_measurement_are_given_no_broken_promise():
    working = score_commitment([Judged(FindingValue.NOT_MET)]).as_dict()
    aim, item = Commitment(force="aim", basis="promised"), Commitment(basis="measured")
    assert verdict_reason(working, aim).endswith(": not reached.")
    assert verdict_reason(working, item).endswith(": criteria not met.")


@pytest.mark.django_db
def test_a_list_has_pages_that_end():
    for _ in range(ROWS + 1):
        make_lab()
    labs = Lab.objects.order_by("pk")
    first, second = (paginate(labs, QueryDict(f"page={number}")) for number in (1, 2))
    assert (first.first, first.last, first.pages, first.previous) == (1, ROWS, 2, "")
    assert first.next == "?page=2"
    assert (second.first, second.last, second.next) == (ROWS + 1, ROWS + 1, "")
    with pytest.raises(BadParameter, match="ends at page 2"):
        paginate(labs, QueryDict("page=3"))


@pytest.mark.django_db
def test_a_scorecard_has_percentages_and_never_says_kept_or_broken(client):
    pledge = make_pledge(kind="scorecard", clauses=2, title="The Study")
    clauses = list(pledge.clauses.all())
    lab = make_lab(name="Example Lab")
    for clause, value in zip(clauses, ("met", "not_met"), strict=True):
        item = make_commitment(
            lab=lab, pledge=pledge, clause=clause, basis="measured", title=f"Item {value}"
        )
        seen = make_outcome(bears_on=item)
        assessment = make_assessment(commitment=item, values=[value], evidence=(seen,))
        pages = [client.get(each.get_absolute_url()) for each in (item, assessment)]
        for page in pages:
            said = Markup(page.content.decode()).text
            assert " kept" not in said.partition("How verdicts are made")[0]
            assert "broken" not in said
    said = Markup(client.get(pledge.get_absolute_url()).content.decode()).text
    assert "100 %" in said
    assert "50 %" in said  # the total, pooled
    assert "kept" not in said
    assert "broken" not in said
    # and it is in no score of the lab's
    assert (
        "No promise on record." in Markup(client.get(lab.get_absolute_url()).content.decode()).text
    )


@pytest.mark.django_db
def test_a_lab_that_was_not_asked_is_not_addressed(client):
    asked, other = make_lab(name="Example Lab"), make_lab(name="Other Lab")
    call = make_pledge(kind="open_call", checked_on="2024-05-06", clauses=2, addressed=(asked,))
    make_commitment(lab=other, pledge=call, clause=call.clauses.first())
    page = client.get(call.get_absolute_url()).content.decode()
    (table,) = re.findall(r'<table id="table".*?</table>', page, re.DOTALL)
    said = Markup(table).text
    assert said.count("no promise on record (checked 6 May 2024)") == 2
    assert said.count("not addressed") == 1


@pytest.mark.django_db
def test_a_lab_that_reports_its_own_success_is_marked(client):
    lab = make_lab()
    commitment = make_commitment(lab=lab)
    own = make_source(tier="primary_lab", lab=lab)
    outcome = make_outcome(bears_on=commitment, sources=(own,))
    assessment = make_assessment(commitment=commitment, values=["met"], evidence=(outcome,))
    assert "self-reported" in client.get(assessment.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_a_reply_is_shown_before_there_is_a_judgement(client):
    commitment = make_commitment()
    reply = Reply.objects.create(
        slug="example-reply",
        commitment=commitment,
        asked_on=date(2024, 3, 1),
        due_on=date(2024, 3, 31),
        asked_of="the press office",
        status="replied",
        received_on=date(2024, 3, 2),
        words="We did publish it.",
    )
    published(reply)
    page = Markup(client.get(commitment.get_absolute_url()).content.decode())
    assert "Not assessed yet." in page.text
    assert "We did publish it." in page.text
    assert reply.get_absolute_url().partition("#")[2] in page.ids


@pytest.mark.django_db
def test_a_denial_says_who_contests_and_leads_to_the_reply(client):
    commitment = make_commitment()
    make_assessment(commitment=commitment, values=["met"])
    make_reply(
        commitment=commitment, status="replied", words="We did not.", denies=True,
        received_on=date(2024, 3, 2),
    )  # fmt: skip
    page = Markup(client.get(commitment.get_absolute_url()).content.decode())
    assert page.problems == []
    assert "reported kept · low confidence · contested" in page.text
    assert "Contested: the lab denies it Its reply came on 2 March 2024." in page.text
    assert "replied; the lab denies the verdict" in page.text
    assert "#reply" in page.links
    assert (
        "1 commitment" in Markup(client.get("/commitments/?contested=true").content.decode()).text
    )


@pytest.mark.django_db
def test_an_aim_is_not_said_to_be_broken_by_those_who_read_otherwise_either(client):
    commitment = make_commitment(force="aim")
    assessment = make_assessment(
        commitment=commitment, values=["met"], contest_verdict="broken",
        contest_held_by="A fair reader", contest_reading="It was another.",
        contest_source=make_source(),
    )  # fmt: skip
    said = Markup(client.get(assessment.get_absolute_url()).content.decode()).text
    assert "it could also be read as not reached" in said


@pytest.mark.django_db
def test_every_discrepancy_folds_beneath_its_title_and_its_question(client):
    commitment = make_commitment()
    words = (make_quotation(exact="We sail."), make_quotation(exact="We sailed."))
    make_discrepancy(quotations=words, commitments=(commitment,), title="What was said")
    make_discrepancy(commitments=(commitment,), title="On which day it was")
    for address in (commitment.get_absolute_url(), "/discrepancies/"):
        page = client.get(address).content.decode()
        assert Markup(page).problems == []
        folds = re.findall(r"<details class=\"discrepancy\".*?</details>", page, re.DOTALL)
        assert len(folds) == 2
        shown = [re.sub(r"</summary>.*", "", each, flags=re.DOTALL) for each in folds]
        for title in ("What was said", "On which day it was"):
            assert any(f"<b>{title}</b>" in each for each in shown)
        assert all("On which day did it appear?" in each for each in shown)


@pytest.mark.django_db
def test_a_range_is_called_one_wherever_its_figure_stands(client):
    pledge = make_pledge(clauses=1)
    lab = make_lab()
    clause = pledge.clauses.get()
    for _ in range(3):
        commitment = make_commitment(lab=lab, pledge=pledge, clause=clause)
        make_assessment(commitment=commitment, values=["met"])
    for record in (commitment, pledge):
        page = Markup(client.get(record.get_absolute_url()).content.decode())
        assert "range 100–100 %" in page.text, record
    assert "range 100–100 %" in Markup(client.get("/commitments/").content.decode()).text
    for url in ("/", "/labs/", lab.get_absolute_url()):
        said = Markup(client.get(url).content.decode()).text
        assert re.search(r"Range Between 0 and 100 per cent: 100–100 % ?100–100 %", said), url


@pytest.mark.django_db
def test_lists_are_narrowed_by_what_was_chosen(client):
    kept, other = make_commitment(title="Publish the audit"), make_commitment(title="Hire people")
    make_assessment(commitment=kept, values=["met"])
    page = client.get("/commitments/?verdict=kept").content.decode()
    assert "Publish the audit" in page
    assert "Hire people" not in page
    assert '<option value="kept" selected>' in page
    assert "1 commitment" in Markup(page).text
    none = client.get("/commitments/?verdict=broken").content.decode()
    assert "Nothing on record is like this." in none
    assert "Verdict: broken" in Markup(none).text  # what to drop
    about = Markup(client.get(f"/changes/?commitment={other.slug}").content.decode()).text
    assert "1 change" in about
    assert "Commitment: Hire people (show all)" in about


@pytest.mark.django_db
def test_counts_say_what_is_only_reported_so_far_or_an_aim(client):
    lab = make_lab()
    aim, begun = (make_commitment(lab=lab, force="aim"), make_commitment(lab=lab, criteria=2))
    for commitment, values in ((aim, ["not_met"]), (begun, ["not_met", "pending"])):
        seen = make_outcome(bears_on=commitment)
        make_assessment(commitment=commitment, values=values, evidence=(seen,))
    said = Markup(client.get(lab.get_absolute_url()).content.decode()).text
    assert "1 reported broken so far" in said
    assert "1 reported not reached" in said
    assert "No percentage is shown below 3 rated commitments; 2 of 2 are rated." in said
