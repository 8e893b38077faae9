"""The matrix as a table: every cell of the page, every axis in its own column, nothing lost."""

import csv
import io
import re
from datetime import date

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.builders import EDITOR, make_commitment, make_lab, make_pledge, make_reply, make_source
from tests.web.studies import CELLS, TOTALS, judge, make_matrix, make_study
from tracker.commitments.models import Pledge
from tracker.curation.editing import retract
from tracker.records.cells import unquoted
from tracker.records.dates import today
from tracker.web.matrix import COLUMNS

pytestmark = pytest.mark.django_db


def rows(client: Client, pledge: Pledge, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{pledge.get_absolute_url()}matrix.csv{query}")
    assert answer.status_code == 200
    reader = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    found = list(reader)
    assert all(None not in row and None not in row.values() for row in found)
    return found


def told(row: dict[str, str], *names: str) -> tuple[str, ...]:
    return tuple(row[name] for name in names)


def test_every_axis_has_a_column_of_its_own(client, settings):
    settings.SITE_URL = "https://record.example"
    first, second = make_lab(slug="a", name="Example Lab A"), make_lab(slug="b", name="Läb B")
    pledge = make_matrix([("Part", "Publish")], [first], slug="both", kind="joint_pledge")
    pledge.parties.update(joined_on="2024-Q1", left_on="2024-05")
    promise = make_commitment(
        slug="promise", title="Publish it", lab=first, pledge=pledge, clause=pledge.clauses.get(),
        criteria=3, deadline_kind="by_date", deadline_due_on="2024-02",
    )  # fmt: skip
    judge(promise, ["not_met", "unverifiable", "pending"])
    make_reply(
        commitment=promise,
        received_on=date(2024, 3, 10),
        status="replied",
        denies=True,
        words="We deny it.",
    )
    aim = make_commitment(slug="aim", lab=second, pledge=pledge, force="aim")
    judge(aim, ["not_met"])
    by = {(row["row"], row["lab"]): row for row in rows(client, pledge)}
    assert by["clause", "a"] == {
        "pledge": "both",
        "row": "clause",
        "group": "Part",
        "clause": "1",
        "clause_title": "Publish",
        "lab": "a",
        "lab_name": "Example Lab A",
        "cohort": "",
        "region": "",
        "openness": "",
        "party": "signed",
        "joined_on": "2024-Q1",
        "left_on": "2024-05",
        "status": "commitment",
        "checked_on": "",
        "commitment": "promise",
        "title": "Publish it",
        "url": "https://record.example/commitments/promise/",
        "basis": "promised",
        "force": "promise",
        "lifecycle": "in_force",
        "schedule": "overdue",
        "verdict": "unresolved",
        "said": "unresolved so far",
        "provisional": "true",
        "timeliness": "not_applicable",
        "days_late": "",
        "confidence": "low",
        "contested": "true",
        "low": "0",
        "high": "0.5",
        "coverage": "0.333333",
        "percent_low": "0",
        "percent_high": "50",
    }
    of_the_whole = by["pledge", "b"]
    assert told(of_the_whole, "clause", "lab_name", "party") == ("", "Läb B", "")
    assert told(of_the_whole, "force", "verdict", "said") == (
        "aim",
        "broken",
        "reported not reached",
    )
    assert told(of_the_whole, "contested", "provisional") == ("false", "false")
    assert told(by["clause", "b"], "status", "verdict") == ("not_addressed", "")
    assert told(by["pledge", "a"], "status", "checked_on") == ("no_commitment_entered", "")


def test_what_was_asked_and_not_promised_says_when_it_was_looked_for(client):
    lab, other = make_lab(slug="asked"), make_lab(slug="other")
    call = make_matrix(
        [("", "Publish")], [lab], "addressed", kind="open_call", checked_on=date(2024, 5, 6)
    )
    make_commitment(lab=other, pledge=call, clause=call.clauses.get())
    asked, promised = rows(client, call)
    assert told(asked, "lab", "party", "status", "checked_on", "commitment", "verdict") == (
        "asked", "addressed", "no_promise_on_record", "2024-05-06", "", "",
    )  # fmt: skip
    assert told(promised, "lab", "status", "verdict", "confidence", "low", "percent_low") == (
        "other", "commitment", "not_assessed", "", "", "",
    )  # fmt: skip


def test_a_study_has_shares_and_totals_and_no_column_for_verdicts(client):
    study = make_study()
    found = rows(client, study)
    assert {"verdict", "said"}.isdisjoint(found[0])
    assert not re.search("kept|broken", str(found))
    percent: list[tuple[int, int] | None] = [
        (int(row["percent_low"]), int(row["percent_high"])) if row["percent_low"] else None
        for row in found
    ]
    assert percent == [cell for row in CELLS for cell in row] + TOTALS
    assert [row["status"] for row in found if row["row"] == "clause"] == [
        *["commitment"] * 5, "not_measured",
    ]  # fmt: skip
    assert told(found[0], "low", "high", "coverage") == ("0.625", "0.625", "1")
    totals = [row for row in found if row["row"] == "total"]
    assert [told(row, "lab", "clause", "low", "high") for row in totals] == [
        ("example-lab-a", "", "0.65", "0.65"),
        ("example-lab-b", "", "0.111111", "0.222222"),
    ]


def test_what_was_measured_has_no_verdict_beside_promises_either(client):
    pledge = make_study(kind="statement")
    assert {row["verdict"] for row in rows(client, pledge)} == {""}
    assert "criteria met" in rows(client, pledge)[4]["said"]


FORMULAS = ["=1+1", "+Example", "-2 dates", "@Example", "'=already", "''", "'tis a plain text"]


def test_no_cell_is_a_formula_and_no_text_is_lost(client):
    labs = [make_lab(name=f"{formula} {place}") for place, formula in enumerate(FORMULAS)]
    pledge = make_matrix(
        [(formula, f"{formula}, “ü” \N{HEAVY CHECK MARK}") for formula in FORMULAS],
        labs,
        kind="statement",
    )
    found = rows(client, pledge)
    cells = {cell for row in found for cell in row.values()}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    for column in ("group", "clause_title", "lab_name"):
        assert not any(row[column].startswith("'=already") for row in found)
    assert {unquoted(row["group"]) for row in found} == set(FORMULAS)
    assert {unquoted(row["lab_name"]) for row in found} == {lab.name for lab in labs}
    assert {unquoted(row["clause_title"]) for row in found} == {
        clause.title for clause in pledge.clauses.all()
    }


def test_it_holds_what_the_page_shows_and_no_draft(client):
    one, two = make_lab(slug="one"), make_lab(slug="two")
    pledge = make_matrix([("", "Publish"), ("", "Ask")], [one, two], kind="statement")
    make_commitment(lab=one, pledge=pledge, clause=pledge.clauses.all()[0], draft=True)
    assert [told(row, "clause", "lab") for row in rows(client, pledge)] == [
        ("1", "one"), ("1", "two"), ("2", "one"), ("2", "two"),
    ]  # fmt: skip
    assert [row["lab"] for row in rows(client, pledge, "?lab=two")] == ["two", "two"]
    assert {row["status"] for row in rows(client, pledge)} == {"no_commitment_entered"}
    empty = make_pledge(kind="law", clauses=2)
    assert [told(row, "clause", "lab", "status") for row in rows(client, empty)] == [
        ("1", "", ""), ("2", "", ""),
    ]  # fmt: skip
    assert rows(client, make_pledge()) == []


def test_it_is_a_file_with_a_name(client):
    pledge = make_pledge(slug="example", clauses=1)
    answer = client.get("/pledges/example/matrix.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="example-{today().isoformat()}.csv"'
    )
    assert answer.content.decode("utf-8").startswith("\ufeffpledge,row,")
    assert not answer.cookies
    assert client.head("/pledges/example/matrix.csv").status_code == 200
    assert client.post("/pledges/example/matrix.csv").status_code == 405
    assert (
        "/pledges/example/matrix.csv" not in client.get(pledge.get_absolute_url()).content.decode()
    )


def test_what_is_not_there_is_said_as_on_the_page(client):
    assert client.get("/pledges/nothing/matrix.csv").status_code == 404
    make_pledge(slug="draft", draft=True)
    assert client.get("/pledges/draft/matrix.csv").status_code == 404
    gone = make_pledge(slug="gone")
    with transaction.atomic():
        retract(gone, by=EDITOR, reason="Made up.")
    assert client.get("/pledges/gone/matrix.csv").status_code == 410
    make_pledge(slug="there")
    for query in ("?lab=nobody", "?as_of=2024-01-01", "?page=1"):
        assert client.get(f"/pledges/there/matrix.csv{query}").status_code == 400


def test_it_asks_as_much_for_many_as_for_few(client):
    asked = []
    for count in (1, 2):
        pledge = make_matrix(
            [("", f"Publish {place}") for place in range(count)],
            [make_lab() for _ in range(count)],
            kind="joint_pledge",
            source=make_source(),
        )
        for clause in pledge.clauses.all():
            for party in pledge.parties.all():
                judge(make_commitment(lab=party.lab, pledge=pledge, clause=clause), ["met"])
        with CaptureQueriesContext(connection) as queries:
            assert len(rows(client, pledge)) == count * count
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_every_column_is_explained(client):
    page = client.get("/data/").content.decode()
    for name in COLUMNS:
        assert f"<code>{name}</code></dt>" in page
