"""Sheets with a row for each value, with weights, with sections: read alike, or refused."""

from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from tests.interchange.test_scorecards import STUDY, bring, refused
from tracker.assessments.models import Assessment
from tracker.commitments.models import Criterion, Pledge
from tracker.curation.roles import NOUNS
from tracker.interchange.sheets import Sheet, SheetError, TooLarge, parse
from tracker.records.plain import to_plain
from tracker.scoring import FindingValue

once = pytest.mark.once

WIDE = """\
clause,criterion,weight,group,Example Lab,other-lab
Security,Are weights encrypted?,2,Risks,1,0.5
,Is there a bounty?,,,not met,?
Audits,Was one published?,0.125,Trust,,1
"""
LONG = """\
clause,criterion,weight,group,lab,value
Security,Are weights encrypted?,2,Risks,Example Lab,1
Security,Are weights encrypted?,2,Risks,other-lab,0.5
Security,Is there a bounty?,1,,Example Lab,not met
Security,Is there a bounty?,,,other-lab,?
Audits,Was one published?,0.125,Trust,other-lab,1
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        file = tmp_path / "study.csv"
        file.write_text(text)
        return file

    return write


def problems(text: str) -> list[str]:
    with pytest.raises(SheetError) as caught:
        parse("study.csv", text)
    return caught.value.lines


def content(sheet: Sheet) -> tuple[object, ...]:
    return sheet.labs, list(sheet.clauses), sheet.clauses, sheet.groups


@once
def test_wide_and_long_say_the_same():
    sheet = parse("study.csv", WIDE)
    assert content(parse("study.csv", LONG)) == content(sheet)
    assert sheet.labs == ("Example Lab", "other-lab")
    assert sheet.groups == {"Security": "Risks", "Audits": "Trust"}
    first, second = sheet.clauses["Security"]
    assert (first.weight, second.weight) == (Decimal(2), Decimal(1))
    assert sheet.clauses["Audits"][0].values == (FindingValue.NOT_APPLICABLE, FindingValue.MET)
    assert sheet.weighted and not parse("x", STUDY).weighted


@once
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_long_sheet_has_its_columns_and_rows_in_any_order(separator):
    text = "Value,LAB,Criterion, clause\n0.5,Lab B,q1,A\n1,Lab A,q2,A\n?,Lab B,q2,A\n"
    sheet = parse("x", text.replace(",", separator))
    assert sheet.labs == ("Lab B", "Lab A")
    assert [(each.text, each.values) for each in sheet.clauses["A"]] == [
        ("q1", (FindingValue.PARTLY_MET, FindingValue.NOT_APPLICABLE)),
        ("q2", (FindingValue.UNVERIFIABLE, FindingValue.MET)),
    ]


@once
def test_clauses_of_one_section_stand_together():
    text = "clause,criterion,group,L\nA,q,One,1\nB,q,Two,1\nC,q,One,1\nD,q,,1\nE,q,,1\n,r,Two,1\n"
    sheet = parse("x", text)
    assert list(sheet.clauses) == ["A", "C", "B", "E", "D"]
    assert sheet.groups == {"A": "One", "B": "Two", "C": "One", "E": "Two"}


@once
@pytest.mark.parametrize(
    ("header", "labs"),
    [
        ("weight,group,L", ("L",)),
        ("group,weight,L", ("L",)),
        ("Group,L,weight", ("L", "weight")),
        ("weight,weight", ("weight",)),
        ("L,group,lab,value", ("L", "group", "lab", "value")),
        ("lab,value,other", ("lab", "value", "other")),
    ],
)
def test_a_lab_may_be_called_as_a_column_is(header, labs):
    text = f"clause,criterion,{header}\nA,q{',1' * (header.count(',') + 1)}\n"
    assert parse("x", text).labs == labs


@once
@pytest.mark.parametrize(
    ("cell", "weight"),
    [("", "1"), ("2", "2"), ("0.125", "0.125"), ("1,5", "1.5"), ("0,125", "0.125"), ("007", "7"),
     ("9999.999", "9999.999")],
)  # fmt: skip
def test_a_weight_is_a_decimal_of_three_places(cell, weight):
    sheet = parse("x", f"clause;criterion;weight;L\nA;q;{cell};1\n")
    assert sheet.clauses["A"][0].weight == Decimal(weight)


@once
@pytest.mark.parametrize(
    "cell",
    ["0", "0.000", "-1", "+1", "1.2345", "10000", "1,000", "1e3", "1/2", "two", "NaN", "²", "٣"],
)
def test_no_other_weight_is(cell):
    (said,) = problems(f"clause;criterion;weight;L\nA;q;{cell};1\n")
    assert said.startswith(f"study.csv, line 2, column weight: {cell!r} is no weight; write a n")


LONG_MISTAKES = {
    "doubled": (
        "Audits,Was one published?,0.125,Trust,other-lab,1\n",
        "Audits,Was one published?,0.125,Trust,other-lab,1\n" * 2,
        "line 7, column value: the value of 'other-lab' for this criterion stands on line 6 alrea",
    ),
    "another weight": (
        "2,Risks,other-lab",
        "3,Risks,other-lab",
        "line 3, column weight: 3 here, but 2 on line 2; a criterion has one weight.",
    ),
    "another section": (
        ",Risks,other-lab",
        ",Other,other-lab",
        "line 3, column group: 'Other' here, but the clause stands in 'Risks' on line 2.",
    ),
    "another spelling": (
        "other-lab,1",
        "Other-Lab,1",
        "line 6, column lab: 'Other-Lab' is spelt 'other-lab' on line 3.",
    ),
    "blank clause": ("Audits,", ",", "line 6, column clause: is blank; each row of a long sheet"),
    "blank criterion": ("Was one published?", "", "line 6, column criterion: is blank."),
    "blank lab": ("other-lab,1", ",1", "line 6, column lab: is blank; write a lab's slug or name."),
    "no value": ("other-lab,1", "other-lab,yes", "line 6, column value: 'yes' is no value; write"),
    "short row": ("other-lab,1", "other-lab", "line 6: has 5 columns; the header has 6."),
    "long section": ("Trust", "x" * 301, "line 6, column group: Ensure this value has at most"),
    "long lab": ("other-lab,1", "x" * 301 + ",1", "line 6, column lab: Ensure this value has at"),
    "column twice": ("clause,criterion,weight", "value,criterion,weight", "line 1: the header mu"),
    "column missing": ("clause,criterion", "criterion", "line 1: the header must begin with"),
}


@once
@pytest.mark.parametrize(("old", "new", "said"), LONG_MISTAKES.values(), ids=LONG_MISTAKES)
def test_a_mistake_in_a_long_sheet_is_named_with_its_line_and_column(old, new, said):
    assert LONG.count(old) == 1
    (only,) = problems(LONG.replace(old, new))
    assert only.startswith(f"study.csv, {said}")


@once
def test_every_mistake_is_named_at_once_and_an_unknown_lab_where_it_first_stands():
    assert len(problems(LONG.replace("other-lab,1", ",yes").replace("2,Risks", "x,Risks"))) == 4


@pytest.mark.django_db
def test_an_unknown_lab_is_named_where_it_first_stands(sheet):
    said = refused(sheet(LONG))
    assert "study.csv, line 2, column lab: there is no lab 'Example Lab'" in said
    assert "study.csv, line 3, column lab: there is no lab 'other-lab'" in said


@once
def test_a_long_sheet_is_counted_as_the_wide_one_that_it_would_be():
    rows = "".join(f"A,q{each},Lab {each},1\n" for each in range(11))
    with pytest.raises(TooLarge, match="line 12: more than 120 cells"):
        parse("x", f"clause,criterion,lab,value\n{rows}", 120)


@pytest.mark.django_db
def test_either_form_makes_the_same_record(sheet):
    made = []
    for text in (WIDE, LONG):
        with transaction.atomic():
            bring(sheet(text), "--create-labs", "--publish")
            made.append(
                [
                    to_plain(each)
                    for noun in NOUNS
                    for each in noun._default_manager.order_by("slug")
                ]
            )
            transaction.set_rollback(True)
    assert made[0] == made[1]
    assert len(made[0]) == 2 + 1 + 1 + 4 + 2 + 4


@pytest.mark.django_db
def test_weights_and_sections_are_on_record(sheet):
    bring(sheet(WIDE), "--create-labs", "--publish")
    found = Criterion.objects.filter(commitment__lab__slug="example-lab")
    weights = found.order_by("commitment__slug", "position").values_list("weight", flat=True)
    assert list(weights) == [Decimal(2), Decimal(1), Decimal("0.125")]
    assert set(found.values_list("weight", "weight_reason")) == {
        (Decimal(2), "The study’s own weight."),
        (Decimal(1), ""),
        (Decimal("0.125"), "The study’s own weight."),
    }
    assert [each.group for each in Pledge.objects.get().clauses.all()] == ["Risks", "Trust"]
    assert "values and weights are the study’s own" in Pledge.objects.get().summary
    judged = Assessment.objects.get(slug="example-study-example-lab-1")
    assert (judged.working["low"], judged.working["high"]) == ("2/3", "2/3")  # not 1/2
    call_command("rescore", "--check", stdout=StringIO())
