"""A commitment's page: the answers in order, the evidence on one line, what would change it."""

import re

import pytest
from django.db import transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_criterion,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_person,
    make_quotation,
    make_reply,
    make_source,
    published,
)
from tests.web.one_commitment import lineage, read, section
from tracker.assessments.models import Dissent
from tracker.changes.log import append
from tracker.curation.judging import publish_imported
from tracker.curation.standing import mend
from tracker.evidence.models import Bearing

pytestmark = pytest.mark.django_db


# --- The answers, in order ------------------------------------------------------------------------


def test_the_page_answers_in_order(client):
    commitment = make_commitment(criteria=2)
    make_assessment(commitment=commitment, values=["met", "pending"])
    html = client.get(commitment.get_absolute_url()).content.decode()
    order = ("said", "obliges", "judged", "evidence", "others", "turning", "history", "cite")
    places = [html.index(f'aria-labelledby="{each}"') for each in order]
    assert places == sorted(places)


def test_each_axis_of_the_verdict_is_said_apart_and_leads_to_its_ground(client):
    commitment = make_commitment(criteria=3)
    make_assessment(
        commitment=commitment, values=["met", "not_met", "unverifiable"],
        contest_verdict="broken", contest_held_by="Bea Example", contest_reading="It was no audit.",
        contest_source=make_source(),
        evidence=(make_outcome(bears_on=commitment, direction="undermines"),),
    )  # fmt: skip
    page = read(client, commitment)
    said = section(client, commitment, "judged").text
    for each in (
        "Verdict Reported partly kept the 3 findings",
        "33–67 % the arithmetic",
        "Coverage 67 % of what applies is settled",
        "Confidence Low what it rests on",
        "Contested Yes: it could also be read as broken by whom",
    ):
        assert each in said
    for anchor in ("findings", "arithmetic", "coverage", "sure", "others"):
        assert f"#{anchor}" in page.links
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_the_passport_names_each_axis_and_the_basis_where_nobody_promised(client):
    promised = make_commitment(deadline_kind="by_date", deadline_due_on="2024-06", force="plan")
    measured = make_commitment(basis="measured")
    for each in (
        "Force plan", "Lifecycle in force", "Schedule overdue", "Deadline due June 2024",
        "Timeliness not applicable",
    ):  # fmt: skip
        assert each in read(client, promised).text
    assert "Basis measured by a study, promised by nobody" not in read(client, promised).text
    assert "Basis measured by a study, promised by nobody" in read(client, measured).text


# --- The line of evidence -------------------------------------------------------------------------


def test_the_evidence_stands_on_one_line_in_order_of_date(client):
    commitment = make_commitment(deadline_kind="by_date", deadline_due_on="2024-12")
    for title, day, direction in (
        ("The third thing", "2024-04-01", "context"),
        ("The first thing", "2024-02-01", "supports"),
        ("The second thing", "2024-03-01", "undermines"),
    ):
        make_outcome(bears_on=commitment, title=title, occurred_on=day, direction=direction)
    said = section(client, commitment, "evidence").text
    order = (
        "2 January 2024 Promise made.",
        "1 February 2024 For The first thing",
        "1 March 2024 Against The second thing",
        "1 April 2024 Context The third thing",
        "December 2024 Deadline.",
    )
    places = [said.index(each) for each in order]
    assert places == sorted(places)
    # by a shape too, a different one for each side
    html = client.get(commitment.get_absolute_url()).content.decode()
    shapes = re.findall(r'class="way way-(\w+)"><svg[^>]*>(<path[^>]*>)', html)
    assert len(dict(shapes)) == len({path for _, path in shapes}) == 3


def test_what_bears_both_ways_stands_once_and_says_both(client):
    commitment = make_commitment(draft=True, criteria=2)
    commitment = published(commitment)
    first, second = commitment.criteria.all()
    outcome = make_outcome(draft=True, title="The audit appears, half of it")
    for criterion, direction in ((first, "supports"), (second, "undermines")):
        Bearing.objects.create(
            outcome=outcome, commitment=commitment, criterion=criterion, direction=direction,
            note=f"It speaks to {criterion.position}.",
        )  # fmt: skip
    published(outcome)
    said = section(client, commitment, "evidence").text
    assert said.count("The audit appears, half of it") == 1
    assert "For and Against" in said
    assert "Supports. On criterion 1: It speaks to 1." in said
    assert "Undermines. On criterion 2: It speaks to 2." in said


def test_the_labs_own_word_is_marked_by_what_it_is_worth(client):
    lab = make_lab()
    commitment = make_commitment(lab=lab)
    post = make_source(tier="primary_lab", lab=lab, title="The lab’s post")
    other = make_source(tier="primary_lab", lab=make_lab(), title="Another lab’s post")
    retold = make_source(
        tier="primary_lab", lab=lab, title="The post, retold", read_via=make_source()
    )
    make_outcome(bears_on=commitment, sources=(post, other, retold), title="Delivery")
    make_outcome(bears_on=commitment, sources=(post,), direction="undermines", title="Admission")
    said = section(client, commitment, "evidence").text
    assert "The lab’s post (primary, the lab’s own words) self-reported" in said
    assert "The lab’s post (primary, the lab’s own words) against its own interest" in said
    assert said.count("self-reported") == 1


def test_a_lab_in_whose_pages_nothing_was_found_has_admitted_nothing(client):
    commitment = make_commitment(lab=(lab := make_lab()))
    post = make_source(tier="primary_lab", lab=lab, title="The lab’s audits")
    make_outcome(
        bears_on=commitment, sources=(post,), direction="undermines", kind="search",
        search_where="The lab’s audits", search_query="An audit of 2027",
    )  # fmt: skip
    said = section(client, commitment, "evidence").text
    assert "The lab’s audits (primary, the lab’s own words)" in said
    assert "against its own interest" not in said


def test_findings_lead_to_their_evidence_and_evidence_to_its_findings(client):
    commitment = make_commitment(criteria=2)
    cited = make_outcome(bears_on=commitment, title="The audit appears")
    idle = make_outcome(bears_on=commitment, title="An auditor is hired")
    make_assessment(commitment=commitment, values=["met", "pending"], evidence=(cited,))
    page = read(client, commitment)
    assert f"#evidence-{cited.slug}" in page.links
    assert f"#evidence-{idle.slug}" not in page.links
    assert {f"evidence-{cited.slug}", f"evidence-{idle.slug}", "finding-1"} <= set(page.ids)
    said = section(client, commitment, "evidence").text
    assert "The judgement cites it for criterion 1, 2." in said
    assert "No finding of the judgement cites it." in said


def test_confidence_names_the_criterion_that_holds_it_back(client):
    commitment = make_commitment(criteria=2)
    witness = make_source(tier="primary_witness")
    strong = make_outcome(bears_on=commitment, sources=(witness,))
    assessment = make_assessment(
        commitment=commitment, values=["met", "met"], evidence=(strong,), draft=True
    )
    assessment.findings.get(criterion__position=2).evidence.clear()
    with transaction.atomic():
        append([publish_imported(assessment, by=EDITOR, batch="tests")])
        mend()
    assert "What holds it back: criterion 2." in section(client, commitment, "judged").text


# --- What others say ------------------------------------------------------------------------------


def test_what_others_say_stands_together(client):
    commitment = make_commitment()
    assessment = make_assessment(commitment=commitment, values=["met"])
    said = section(client, commitment, "others").text
    assert "Nobody is on record with another reading." in said
    assert "Not yet asked. A made-up lab has no press office." in said
    Dissent.objects.create(
        assessment=assessment, held_by="A second reader", verdict="unresolved", reading="Who knows?"
    )
    make_reply(commitment=commitment, status="no_reply")
    make_discrepancy(commitments=(commitment,), title="On which day it was")
    said = section(client, commitment, "others").text
    assert "Dissent: A second reader judges unresolved Who knows?" in said
    assert "Asked of the press office on 1 March 2024, due 15 March 2024: no reply" in said
    assert "On which day it was" in said
    assert "Nobody is on record" not in said


# --- What would change the verdict ----------------------------------------------------------------


def test_what_would_change_the_verdict_is_computed(client):
    commitment = make_commitment(draft=True, criteria=1)
    make_criterion(commitment=commitment, position=2, evidence_needed="The second audit.")
    commitment = published(commitment)
    against = make_outcome(bears_on=commitment, direction="undermines")
    make_assessment(commitment=commitment, values=["not_met", "pending"], evidence=(against,))
    said = section(client, commitment, "turning").text
    assert "As it stands: reported broken so far." in said
    assert (
        "A single finding would be enough to change that: "
        "criterion 2 found met, partly met or unverifiable." in said
    )
    assert (
        "With everything open met it would be reported partly kept; "
        "with nothing of it met, reported broken." in said
    )
    assert "Evidence needed: The second audit." in said
    row = re.search(r"Is part 2 done\?.*", said)
    assert row is not None
    assert "reported partly kept" in row[0]
    assert "no change, but no longer “so far”" in row[0]
    assert "unresolved" in row[0]
    assert (
        "It would also change if a settled finding were overturned: "
        "criterion 1, found met, partly met or unverifiable after all." in said
    )


def test_where_no_single_finding_is_enough_the_page_says_so(client):
    commitment = make_commitment(criteria=4)
    seen = make_outcome(bears_on=commitment)
    make_assessment(
        commitment=commitment, values=["met", "partly_met", "not_met", "unverifiable"],
        evidence=(seen,),
    )  # fmt: skip
    said = section(client, commitment, "turning").text
    assert "No single finding that is still open would be enough to change that." in said
    assert "However all that is open is settled, it would be reported partly kept." in said
    assert "Criterion 4, unverifiable: Is part 4 done?" in said
    assert "No settled finding would by itself change it if it were overturned." in said


def test_where_nothing_is_open_the_page_says_so(client):
    commitment = make_commitment()
    make_assessment(commitment=commitment, values=["met"])
    assert "Nothing is open" in section(client, commitment, "turning").text


def test_what_would_change_a_measurement_or_an_aim_is_said_in_their_words(client):
    aim = make_commitment(force="aim", criteria=2)
    item = make_commitment(basis="measured", criteria=2)
    for each in (aim, item):
        make_assessment(commitment=each, values=["unverifiable", "unverifiable"])
    assert "reported reached; with nothing of it met, reported not reached" in (
        section(client, aim, "turning").text
    )
    measured = section(client, item, "turning").text
    assert "reported criteria met; with nothing of it met, reported criteria not met" in measured
    assert "kept" not in measured
    assert "broken" not in measured


# --- Lineage --------------------------------------------------------------------------------------


def test_superseded_wording_is_set_against_the_new_word_by_word(client):
    old, new = lineage()
    for commitment, named in ((old, "Its successor: The later promise"), (new, "Before it: The")):
        html = client.get(commitment.get_absolute_url()).content.decode()
        said = section(client, commitment, "lineage").text
        assert named in said
        # heard by whoever cannot see the strokes
        assert "within [removed: 30] [added: 90] days." in said
        assert "Publish [added: a summary of] each audit" in said
        assert "We will [removed: publish] [added: share a summary of] every audit." in said
        assert re.search(r"<del><span[^>]*>\[removed: </span>30<span", html)
        assert re.search(r"<ins><span[^>]*>\[added: </span>90<span", html)
    assert (
        "It weakened this one, and was made 4 March 2025." in section(client, old, "lineage").text
    )
    assert "Made 2 January 2024; this one weakened it 4 March 2025." in (
        section(client, new, "lineage").text
    )
    assert "Withdrawn, 4 March 2025" in section(client, old, "lineage").text


def test_quoted_words_are_not_set_against_reported_ones(client):
    new = make_commitment()
    make_commitment(
        lab=new.lab, successor=new, relation="restated", words=make_quotation(exact="We promise."),
    )  # fmt: skip
    said = section(client, new, "lineage").text
    assert "The obligation stayed the same, word for word" in said
    assert "printed" not in said
    assert "We promise." not in said


def test_a_commitment_without_a_past_has_no_lineage(client):
    assert section(client, make_commitment(), "lineage").text == ""


# --- Citing and hostile text ----------------------------------------------------------------------


def test_the_page_says_how_to_cite_and_follow_it(client):
    commitment = make_commitment()
    assessment = make_assessment(commitment=commitment, values=["met"])
    assert assessment.get_absolute_url() in section(client, commitment, "cite").text
    assert f"/subscribe/?commitment={commitment.slug}" in read(client, commitment).links


def test_text_is_shown_as_text(client):
    nasty = "<script>alert(1)</script> “&lt;b&gt;"
    lab = make_lab(name=f"Lab {nasty}")
    new = make_commitment(lab=lab, title=nasty, obligation=f"Say {nasty} twice.")
    old = make_commitment(
        lab=lab, title=nasty, obligation=f"Say {nasty} once.", successor=new, relation="replaced",
        announced_by=make_person(name=nasty),
    )  # fmt: skip
    seen = make_outcome(bears_on=old, title=nasty, statement=nasty)
    make_assessment(commitment=old, values=["met"], evidence=(seen,), rationale=nasty)
    html = client.get(old.get_absolute_url()).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert read(client, old)
