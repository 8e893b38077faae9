"""Scorecard sheets: a study's table comes back cell for cell, or nothing is written at all."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from tests.builders import make_lab, make_outcome, make_pledge, make_source
from tracker.assessments.models import Assessment, Finding
from tracker.changes.models import Change
from tracker.changes.wording import sentence
from tracker.commitments.models import Commitment, Pledge
from tracker.curation.editing import Actor, publish
from tracker.curation.judging import approve, submit
from tracker.curation.roles import NOUNS
from tracker.evidence.models import Outcome
from tracker.interchange import scorecards, sheets
from tracker.labs.models import Lab
from tracker.reading.pages.pledges import pledge_page
from tracker.records.dates import today
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db

STUDY = """\
clause,criterion,Example Lab One,example-two
Security,s1,1,1
,s2,met,0
,s3,Met,0
,s4,1,not_met
,s5,1,0
,s6,0,0
,s7,0,0
,s8,0,0
Transparency,t1,0.5,?
Audits,a1,1,0.5
,a2,1,partly_met
Staff,f1,pending,
,f2,1,
Audits,a3,1,
,a4,0,0
,a5,0,1
Staff,f3,partly met,
,f4,not_applicable,
"""
#: By hand. Security 5/8 = 62.5 and 1/8 = 12.5; Audits 3/5 and 2/4; Staff 1.5/2 and nothing.
CELLS: dict[str, list[tuple[int, int] | None]] = {
    "Security": [(63, 63), (13, 13)],
    "Transparency": [(50, 50), (0, 100)],
    "Audits": [(60, 60), (50, 50)],
    "Staff": [(75, 75), None],
}
#: Pooled, not the mean of the clauses: 10/16 = 62.5; 3/13 = 23.08 to 4/13 = 30.77.
TOTALS = [(63, 63), (23, 31)]


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(text: str | bytes) -> Path:
        file = tmp_path / "study.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


def bring(file: Path, *options: str, pledge: str = "example-study", as_of: str = "2024-02-29"):
    out = StringIO()
    call_command(
        "import_scorecard", str(file), "--pledge", pledge, "--title", "Example Study",
        "--as-of", as_of, *options, stdout=out,
    )  # fmt: skip
    return out.getvalue()


def counts() -> dict[str, int]:
    rows = {model.noun(): model._default_manager.count() for model in NOUNS}
    return rows | {"changes": Change.objects.count()}


def refused(file: Path, *options: str, **named: str) -> str:
    before = counts()
    with pytest.raises(CommandError) as caught:
        bring(file, *options, **named)
    assert counts() == before, "something was written although the sheet was refused"
    said = str(caught.value)
    assert said.endswith("Nothing was written.")
    return said


def made_up(rows: int, labs: int, clauses: int) -> str:
    lines = ["clause,criterion," + ",".join(f"Example Lab {lab}" for lab in range(labs))]
    for row in range(rows):
        cells = ["1", "0.5", "0", "?", ""][row % 5 :] + ["1", "0.5", "0", "?", ""][: row % 5]
        lines.append(f"Clause {row * clauses // rows},q{row}," + ",".join((cells * labs)[:labs]))
    return "\n".join(lines)


def test_a_study_comes_back_cell_for_cell_and_total_for_total(sheet):
    make_lab(slug="example-two", name="Example Lab Two")
    bring(sheet(STUDY), "--create-labs", "--publish")
    page = pledge_page("example-study", today())
    assert [lab.name for lab in page.labs] == ["Example Lab One", "Example Lab Two"]
    cells = {
        row.clause.title: [each.standings[0].percent for each in row.cells]
        for row in page.rows
        if row.clause
    }
    assert cells == CELLS
    assert list(cells) == list(CELLS)
    assert [total.percent for _, total in page.totals] == TOTALS


def test_every_single_finding_is_the_cell_of_the_sheet(sheet):
    make_lab(slug="example-two", name="Example Lab Two")
    bring(sheet(STUDY), "--create-labs", "--publish")
    staff = Finding.objects.filter(assessment__slug="example-study-example-lab-one-4")
    assert list(staff.values_list("criterion__question", "value")) == [
        ("f1", "pending"),
        ("f2", "met"),
        ("f3", "partly_met"),
        ("f4", "not_applicable"),
    ]
    audits = Finding.objects.filter(assessment__slug="example-study-example-two-3")
    assert list(audits.values_list("value", flat=True)) == [
        "partly_met", "partly_met", "not_applicable", "not_met", "met",
    ]  # fmt: skip
    assert Finding.objects.count() == 18 * 2
    assert not Finding.objects.filter(evidence=None).exists()


def test_the_page_shows_percentages_and_never_kept_or_broken(sheet, client):
    make_lab(slug="example-two", name="Example Lab Two")
    bring(sheet(STUDY), "--create-labs", "--publish")
    html = client.get("/pledges/example-study/").content.decode()
    cell = r'<td data-label="Example Lab (?:One|Two)">(.*?)</td>'
    said = [" ".join(strip_tags(each).split()) for each in re.findall(cell, html, re.DOTALL)]
    wanted = [percent for row in CELLS.values() for percent in row]
    for text, percent in zip(said, wanted, strict=True):
        numbers = {int(number) for number in re.findall(r"\b\d+\b", text.split("Between")[0])}
        assert numbers == set(percent or ()), text
    assert not re.search(r"\b(kept|broken)\b", strip_tags(html))
    log = " ".join(sentence(change) for change in Change.objects.all())
    assert not re.search(r"\b(kept|broken)\b", log)
    one = client.get("/commitments/example-study-example-lab-one-1/").content.decode()
    assert "criteria partly met" in one


def test_each_published_record_has_its_change_and_every_score_holds(sheet):
    make_lab(slug="example-two", name="Example Lab Two")
    before = Change.objects.count()
    said = bring(sheet(STUDY), "--create-labs", "--publish")
    assert said == (
        "Published: 1 lab, 1 source, 1 pledge, 8 commitments, 2 outcomes, 8 assessments.\n"
    )
    assert Change.objects.count() == before + 1 + 1 + 1 + 8 + 2 + 8
    assert set(Change.objects.values_list("actor", flat=True)) == {"Eve Editor", "import_scorecard"}
    for model in (Lab, Source, Pledge, Commitment, Outcome, Assessment):
        assert set(model._default_manager.values_list("state", flat=True)) == {"published"}
    for assessment in Assessment.objects.all():
        assert (assessment.origin, assessment.batch) == ("imported", "scorecard example-study")
        assert assessment.effective_on == date(2024, 2, 29)
        assert (assessment.confidence, bool(assessment.content_hash)) == ("low", True)
    assert set(Commitment.objects.values_list("basis", flat=True)) == {"measured"}
    assert Pledge.objects.get().parties.count() == 2
    source = Source.objects.get()
    assert (source.title, source.tier) == ("Example Study", "tertiary")
    call_command("rescore", "--check", stdout=StringIO())


def test_drafts_are_no_readers_business_and_take_two_people(sheet, client, django_user_model):
    make_lab(slug="example-two", name="Example Lab Two")
    before = Change.objects.count()
    assert bring(sheet(STUDY), "--create-labs").startswith("As drafts: 1 lab, ")
    assert Change.objects.count() == before
    assert client.get("/pledges/example-study/").status_code == 404
    assessment = Assessment.objects.get(slug="example-study-example-lab-one-1")
    assert (assessment.state, assessment.verdict) == ("draft", "partly_kept")
    for name in ("writer", "reviewer"):
        django_user_model.objects.create_superuser(name)
    writer, reviewer = map(Actor.of, django_user_model.objects.order_by("-username"))
    for model in (Lab, Source, Pledge, Commitment, Outcome):
        for record in model._default_manager.filter(state="draft"):
            publish(record, by=reviewer)
    approve(submit(assessment, by=writer), by=reviewer)
    assert Assessment.objects.get(pk=assessment.pk).origin == "curated"


def test_promised_commitments_are_promises_of_those_who_signed(sheet):
    bring(
        sheet("clause,criterion,Example Lab\nA,q,0\n"), "--create-labs", "--publish", "--promised"
    )
    commitment = Commitment.objects.get()
    assert (commitment.basis, commitment.force) == ("promised", "promise")
    assert Pledge.objects.get().parties.get().role == "signed"
    assessment = Assessment.objects.get()
    assert assessment.verdict == "broken"
    assert assessment.reply_waiver


def test_a_source_on_record_is_used(sheet):
    source = make_source(slug="example-report")
    said = bring(
        sheet("clause,criterion,L\nA,q,1\n"), "--create-labs", "--source", "example-report"
    )
    assert "source" not in said
    assert Pledge.objects.get().source == source
    assert Commitment.objects.get().reported_by == source


def test_a_clause_named_after_a_category_is_filed_under_it(sheet):
    text = "clause,criterion,L\nInformation security,q,1\nSafety culture,q,1\n"
    bring(sheet(text), "--create-labs")
    filed = Commitment.objects.order_by("slug").values_list("category", flat=True)
    assert list(filed) == ["security", "governance"]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffClause,Criterion,Example Lab\nA,q,0.5\n",
        "clause;criterion;Example Lab\nA;q;0,5\n",
        "clause\tcriterion\tExample Lab\r\nA\tq\tPARTLY_MET\r\n\t\t\r\n",
        '"clause","criterion","Example Lab"\n"A"," q ","0.5"\n,,\n',
        "clause,criterion,Example Lab\nA,q,0.5",
    ],
    ids=["BOM", "semicolon", "tab", "quoted", "no newline at the end"],
)
def test_what_spreadsheets_write_is_read(sheet, text):
    bring(sheet(text), "--create-labs")
    assert Finding.objects.get().value == "partly_met"
    assert Finding.objects.get().criterion.question == "q"
    assert Lab.objects.get().slug == "example-lab"


def test_a_cell_may_hold_line_breaks_and_the_lines_are_still_counted(sheet):
    text = 'clause,criterion,Example Lab\nA,"one\ntwo",1\nA,q,maybe\n'
    assert "line 4, column Example Lab: 'maybe' is no value" in refused(sheet(text))


GOOD = "clause,criterion,example-one,example-two\nA,q1,1,0\nA,q2,?,\n"
MISTAKES = {
    "unknown value": ("q1,1", "q1,2", "study.csv, line 2, column example-one: '2' is no value;"),
    "unknown lab": ("example-two\n", "Nobody\n", "line 1, column 4: there is no lab 'Nobody'"),
    "lab twice": ("example-two\n", "Example-One\n", "line 1, column 4: 'Example-One' heads anoth"),
    "lab twice, by name": ("example-two\n", "Example Lab One\n", "column 4: 'Example Lab One' is "),
    "question twice": ("A,q2", "A,q1", "line 3, column criterion: the clause asks this on line 2"),
    "empty": (GOOD, "", "study.csv: is empty."),
    "header alone": (GOOD, "clause,criterion,example-one\n", "holds no row below its header"),
    "late header": ("clause,", "\nclause,", "line 1: the header must begin with"),
    "no header": ("clause,criterion", "section,question", "line 1: the header must begin with"),
    "no labs": (GOOD, "clause,criterion\nA,q\n", "line 1: names no lab"),
    "unnamed lab": ("example-two\n", "\n", "line 1, column 4: has no heading"),
    "first clause blank": ("A,q1", ",q1", "line 2, column clause: is blank"),
    "criterion blank": ("A,q2", "A,", "line 3, column criterion: is blank."),
    "short row": ("q1,1,0", "q1,1", "line 2: has 3 columns; the header has 4."),
    "long row": ("q1,1,0", "q1,1,0,1", "line 2: has 5 columns; the header has 4."),
    "long clause": ("A,q2", "x" * 301 + ",q2", "line 3, column clause: Ensure this value has at"),
    "long question": ("A,q2", "A," + "x" * 20_001, "line 3, column criterion: Ensure this value"),
    "long field": ("A,q2", "A," + "x" * 200_000, "line 3, column criterion: Ensure this value"),
    "long lab": ("example-two\n", "x" * 301 + "\n", "line 1, column 4: Ensure this value has at m"),
    "NUL": ("A,q2", "A,q\x00", "line 3, column criterion: Character 2 is U+0000"),
    "line break": ("A,q1", '"A\nB",q1', "line 2, column clause: Character 2 is U+000A"),
    "open quote": ("A,q2", 'A,"q2', "line 3: is not CSV: "),
}


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_file_line_and_column(sheet, old, new, said):
    make_lab(slug="example-one", name="Example Lab One")
    make_lab(slug="example-two", name="Example Lab Two")
    assert old in GOOD
    assert said in refused(sheet(GOOD.replace(old, new)))


def test_every_mistake_is_named_at_once(sheet):
    text = "clause,criterion,example-one\nA,q1,2\nA,,3\n"
    assert len(refused(sheet(text)).splitlines()) == 4


def test_not_utf8_is_said_with_its_line(sheet):
    said = refused(sheet(b"clause,criterion,L\nA,q,1\nA,\xff,1\n"))
    assert "study.csv, line 3: is not UTF-8 text" in said


def test_there_are_caps(sheet, monkeypatch):
    monkeypatch.setattr(sheets, "CELLS", 3)
    assert "line 3: more than 3 cells (rows times labs)" in refused(sheet(GOOD))
    monkeypatch.setattr(sheets, "FILE_SIZE", 20)
    assert "larger than 20 bytes" in refused(sheet(GOOD))


def test_a_file_that_is_not_there_is_said(tmp_path):
    assert "cannot be read: No such file" in refused(tmp_path / "nowhere.csv")
    assert "cannot be read: Is a directory" in refused(tmp_path)


@pytest.mark.parametrize("day", ["2024-02-30", "2023-02-29", "2024-2-1", "20240201", "yesterday"])
def test_a_day_that_is_none_is_refused(sheet, day):
    assert "--as-of: " in refused(sheet(GOOD), as_of=day)


def test_a_day_to_come_is_refused(sheet):
    tomorrow = today() + timedelta(days=1)
    assert "is still to come" in refused(sheet(GOOD), "--create-labs", as_of=str(tomorrow))


def test_the_same_file_again_is_refused_and_changes_nothing(sheet):
    file = sheet(GOOD)
    bring(file, "--create-labs", "--publish")
    assert "--pledge: there is already a pledge 'example-study'" in refused(file)


def test_slugs_that_are_taken_or_impossible_are_refused(sheet):
    file = sheet(GOOD)
    make_source(slug="example-study")
    assert "--source: there is already a source" in refused(file, "--create-labs")
    make_outcome(slug="other-study-x")
    assert "the outcome 'other-study-x'" in refused(file, "--create-labs", pledge="other-study")
    make_pledge(slug="third-study")
    assert "already a pledge" in refused(file, "--create-labs", pledge="third-study")
    assert "--pledge: Use lowercase" in refused(file, "--create-labs", pledge="A study")
    assert "too long" in refused(file, "--create-labs", pledge="x" * 105)
    assert "--source: there is no source 'x'" in refused(file, "--create-labs", "--source", "x")


def test_a_slug_that_is_taken_meanwhile_undoes_the_whole_import(sheet, monkeypatch):
    make_pledge(slug="example-study")
    monkeypatch.setattr(scorecards, "_taken", lambda study: [])  # as it looked a moment ago
    said = refused(sheet(GOOD), "--create-labs", "--publish")
    assert "somebody else used its slugs meanwhile" in said


def test_what_readers_cannot_see_carries_nothing_published(sheet):
    file = sheet("clause,criterion,example-one\nA,q,1\n")
    lab = make_lab(slug="example-one", draft=True)
    source = make_source(slug="hidden", draft=True)
    said = refused(file, "--publish", "--source", source.slug)
    assert "line 1, column 3: the lab 'example-one' is not published." in said
    assert "--source: the source 'hidden' is not published." in said
    bring(file, "--source", source.slug)
    assert Commitment.objects.get().lab == lab


@pytest.mark.parametrize("name", ["名前", "Example-Lab!"])
def test_a_new_lab_needs_a_slug_of_its_own(sheet, name):
    make_lab(slug="example-lab", name="Example Lab")
    said = refused(sheet(f"clause,criterion,{name}\nA,q,1\n"), "--create-labs")
    assert "line 1, column 3: " in said
    assert "slug" in said


def test_four_times_the_cells_take_about_four_times_the_queries(sheet):
    def queries(rows: int, labs: int, clauses: int, pledge: str) -> int:
        file = sheet(made_up(rows, labs, clauses))
        with CaptureQueriesContext(connection) as caught:
            bring(file, "--create-labs", "--publish", pledge=pledge)
        return len(caught)

    few = queries(20, 5, 4, "small-study")
    many = queries(40, 10, 8, "large-study")
    assert many < 4.2 * few
    # a longer clause costs rows, not queries
    assert queries(40, 5, 4, "long-study") < 1.1 * few
