"""The files of the whole record: true to it, valid to strangers' tools, and without drafts."""

import asyncio
import csv
import gc
import hashlib
import io
import json
import sqlite3
import warnings
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas
import pytest
from datasette.app import Datasette
from django.db import transaction
from django.test import override_settings
from frictionless import Package, system

from tests.interchange.messy import FORMULA, PRIVATE, STRANGE, make_messy
from tests.planting import plant
from tracker.assessments.models import Assessment
from tracker.commitments.models import Commitment
from tracker.curation.roles import NOUNS
from tracker.interchange.bulk import making
from tracker.interchange.bulk.columns import cell_of, written
from tracker.interchange.bulk.computed import COMPUTED
from tracker.interchange.bulk.describing import DATABASE, DESCRIPTOR, SUMS, VIEWS, ZIP
from tracker.interchange.bulk.making import Made, make
from tracker.interchange.bulk.tables import all_tables
from tracker.interchange.record_files.format import named
from tracker.interchange.record_files.writing import chunks
from tracker.labs.models import Lab
from tracker.reading import shapes
from tracker.reading.published import commitments, published
from tracker.reading.stream import lines_after
from tracker.records.cells import unquoted
from tracker.records.dates import today
from tracker.records.plain import columns, path_of
from tracker.sources.models import Quotation, Source

pytestmark = pytest.mark.django_db

RECORDS = {"seeds": plant, "messy": make_messy}


@pytest.fixture(scope="module", params=["messy", pytest.param("seeds", marks=pytest.mark.once)])
def made(
    request: Any, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[Made]:
    """The package of the seeds, and of a messy record; both stay until the module ends."""
    folder = tmp_path_factory.mktemp("data")
    checkpoints = tmp_path_factory.mktemp("checkpoints")
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(DATA_DIR=folder, CHECKPOINT_DIR=checkpoints):
            RECORDS[request.param]()
            package = make()
            assert package is not None
            yield package
        transaction.set_rollback(True)


def table(made: Made, name: str) -> list[dict[str, str]]:
    with (made.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows(made: Made, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(made.folder / DATABASE)) as database:
        return database.execute(query).fetchall()


def everything_in(name: str) -> str:
    return f'SELECT * FROM "{name}"'  # noqa: S608 - our own names


def errors_in(folder: Path) -> list[list[Any]]:
    """What frictionless finds wrong: file, row, kind, sentence."""
    with warnings.catch_warnings(), system.use_context(trusted=True):
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its temporary files open
        report = Package(folder / DESCRIPTOR).validate()
        found: list[list[Any]] = report.flatten(["name", "rowNumber", "type", "note"])
        del report
        gc.collect()
    return found


def test_frictionless_finds_types_values_keys_references_and_sums_right(made):
    assert errors_in(made.folder) == []
    described = json.loads((made.folder / DESCRIPTOR).read_text())
    referring = [
        each for each in described["resources"] if each.get("schema", {}).get("foreignKeys")
    ]
    assert len(referring) > 15
    assert described["version"] == str(made.sequence)
    assert described["licenses"][0]["name"] == "CC-BY-4.0"


def test_every_column_of_every_noun_is_there(made):
    for model in NOUNS:
        headings = all_tables()[named(model)].names
        assert {"_".join(path_of(model, each.name)) for each in columns(model)} <= {*headings}
        assert {
            row["slug"] for row in table(made, named(model)) if row["state"] == "published"
        } == {*published(model).values_list("slug", flat=True)}


def test_the_database_is_whole_and_says_what_the_tables_say(made):
    assert rows(made, "PRAGMA integrity_check") == [("ok",)]
    assert rows(made, "PRAGMA foreign_key_check") == []
    names = {name for (name,) in rows(made, "SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert {*all_tables()} == {name for name in names if not name.startswith("sqlite_")}
    for name, about in all_tables().items():
        kinds = {column.name: column.type for column in about.columns}
        for cells, stored in zip(table(made, name), rows(made, everything_in(name)), strict=True):
            assert [*cells] == about.names
            for (heading, cell), value in zip(cells.items(), stored, strict=True):
                if kinds[heading] in ("integer", "number"):
                    assert (float(cell) if cell else None) == value
                elif kinds[heading] == "boolean":
                    assert cell == {1: "true", 0: "false", None: ""}[value]
                else:
                    assert unquoted(cell) == (value or "")
    for view in VIEWS:
        assert rows(made, everything_in(view)), view


def test_what_is_computed_is_what_the_api_says(made):
    by_slug = {row["slug"]: row for row in table(made, "commitments")}
    shown = shapes.commitments(list(commitments(today())), today())
    assert len(shown) == published(Commitment).count() > 5
    for shape in shown:
        row = by_slug[shape["slug"]]
        for name in ("lifecycle", "schedule", "verdict", "confidence", "timeliness", "url"):
            assert row[name] == (shape[name] or "")
        assert unquoted(row["said"]) == shape["said"]
        assert row["assessment"] == (shape["assessment"] or "")
        assert (row["contested"] == "true", row["provisional"] == "true") == (
            shape["contested"],
            shape["provisional"],
        )
        assert said_as(row) == shape["score"]
    by_slug = {row["slug"]: row for row in table(made, "labs")}
    for shape in shapes.labs(list(published(Lab)), today()):
        row, score = by_slug[shape["slug"]], shape["score"]
        assert {name: int(row[name]) for name in shape["verdicts"]} == shape["verdicts"]
        assert [int(row[name]) for name in ("unreached", "rated", "total")] == [
            shape["unreached"], score["rated"], score["total"]
        ]  # fmt: skip
        assert said_as(row) == {name: score[name] for name in said_as(row)}


def test_so_is_what_is_computed_of_sources_quotations_and_judgements(made):
    shaped: dict[Any, Any] = {
        Source: shapes.sources,
        Quotation: shapes.quotations,
        Assessment: shapes.assessments,
    }
    for model, shape in shaped.items():
        by_slug = {row["slug"]: row for row in table(made, named(model))}
        shown = shape(list(published(model)), today())
        assert shown
        for each in shown:
            row = by_slug[each["slug"]]
            for column in COMPUTED[model]:
                if column.name in each:
                    assert row[column.name] == written(cell_of(column, each[column.name]))
            if model is Assessment:
                assert said_as(row) == each["score"]


def said_as(row: dict[str, str]) -> dict[str, Any]:
    """A score as the API has it, from the cells of a row."""
    low, high, coverage = (
        float(row[name]) if row[name] else None for name in ("low", "high", "coverage")
    )
    percent = [int(row[f"percent_{end}"]) for end in ("low", "high") if row[f"percent_{end}"]]
    return {"low": low, "high": high, "coverage": coverage, "percent": percent or None}


def test_no_draft_and_nothing_private_is_in_any_file(made):
    contents = {name: (made.folder / name).read_bytes() for name in made.files}
    with zipfile.ZipFile(made.folder / ZIP) as archive:
        contents |= {f"zip/{name}": archive.read(name) for name in archive.namelist()}
    assert len(contents) == 2 * len(made.files) - 1  # the ZIP file does not hold itself
    for name, content in contents.items():
        for word in (STRANGE, PRIVATE, "archived_text", "link_status"):
            assert word.encode() not in content, (name, word)


def test_the_record_file_and_the_log_are_those_of_the_site(made):
    assert (made.folder / "record.json").read_bytes() == b"".join(chunks())
    assert (made.folder / "log.jsonl").read_text() == "".join(lines_after(0))
    assert len(table(made, "changes")) == made.sequence


def test_the_zip_file_holds_every_file_and_the_sums_are_theirs(made):
    with zipfile.ZipFile(made.folder / ZIP) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
    assert {*held, ZIP} == {*made.files} == making.names()
    for sums, members in (
        (held[SUMS].decode(), {*held} - {SUMS}),
        ((made.folder / SUMS).read_text(), {*made.files} - {SUMS}),
    ):
        lines = (line.split("  ") for line in sums.splitlines())
        listed = {name: digest for digest, name in lines}
        assert {*listed} == members
        for name, digest in listed.items():
            content = (made.folder / name).read_bytes()
            assert hashlib.sha256(content).hexdigest() == digest
            assert made.files[name].size == len(content)
            assert name in (ZIP, SUMS) or held[name] == content


def test_the_same_record_gives_the_same_bytes(made, tmp_path):
    with override_settings(DATA_DIR=tmp_path):
        again = make()
    assert again is not None and again.folder != made.folder
    assert again.files == made.files


def test_pandas_reads_it_as_the_page_says(made):
    frame = pandas.read_csv(made.folder / "commitments.csv")
    assert len(frame) == len(table(made, "commitments"))
    assert frame["contested"].dropna().isin([True, False]).all()
    judged = frame[frame["state"] == "published"]
    assert judged["low"].dropna().between(0, 1).all()
    assert pandas.crosstab(frame["lab"], frame["verdict"]).to_numpy().sum() > 3


def test_datasette_opens_it_and_answers_a_join(made):
    query = (
        "SELECT labs.name, commitments.said FROM commitments "
        "JOIN labs ON labs.slug = commitments.lab ORDER BY commitments.slug"
    )

    async def ask() -> Any:
        datasette = Datasette([str(made.folder / DATABASE)])
        answer = await datasette.client.get(
            "/on-record.json", params={"sql": query, "_shape": "arrays"}
        )
        page = await datasette.client.get("/on-record/commitments")
        return answer, page.status_code

    with ThreadPoolExecutor(1) as thread:  # where no loop runs yet: a browser's is in this one
        answer, status = thread.submit(lambda: asyncio.run(ask())).result()
    assert (answer.status_code, status) == (200, 200)
    assert [tuple(row) for row in answer.json()["rows"]] == rows(made, query)
    assert len(answer.json()["rows"]) > 5


# --- What is particular to the messy record ------------------------------------------------------


messy_alone = pytest.mark.parametrize("made", ["messy"], indirect=True)


@messy_alone
def test_no_cell_is_a_formula(made):
    (lab,) = [row for row in table(made, "labs") if row["slug"] == "formula-lab"]
    assert lab["name"] == f"'{FORMULA}"
    assert rows(made, "SELECT name FROM labs WHERE slug = 'formula-lab'") == [(FORMULA,)]
    assert lab["summary"] == 'Two\nlines, "quoted", ’curly’ – 你好'
    for name in all_tables():
        text = (made.folder / f"{name}.csv").read_text()
        for cells in csv.reader(io.StringIO(text, newline="")):
            assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]


@messy_alone
def test_what_was_retracted_is_there_only_where_it_is_still_named(made):
    gone = [
        row
        for name in map(named, NOUNS)
        for row in table(made, name)
        if row["state"] != "published"
    ]
    assert {row["state"] for row in gone} == {"retracted"}
    assert len(gone) == 2
    (outcome,) = [row for row in gone if "statement" in row]
    assert outcome["slug"] in {row["outcome"] for row in table(made, "finding_evidence")}
    redacted = [row for row in table(made, "changes") if row["redacted"] == "true"]
    assert len(redacted) == 1 and redacted[0]["reason"] == ""


@messy_alone
def test_what_a_study_measured_has_no_verdict(made):
    measured = [row for row in table(made, "commitments") if row["basis"] == "measured"]
    assert {row["verdict"] for row in measured} == {""} and len(measured) == 5
    assert {row["percent_low"] for row in measured} >= {"63", "13"}
    totals = table(made, "totals")
    assert [(row["percent_low"], row["percent_high"]) for row in totals] == [
        ("65", "65"),
        ("11", "22"),
    ]


@messy_alone
def test_a_part_names_another_by_its_id(made):
    (clause,) = [row for row in table(made, "clauses") if row["number"] == "3/(b)"]
    assert clause["id"] == f"{clause['pledge']}/3/(b)"
    (commitment,) = [row for row in table(made, "commitments") if row["clause"] == "3/(b)"]
    assert commitment["clause_id"] == clause["id"]
    weights = {row["weight"] for row in table(made, "criteria")}
    assert weights == {"1", "0.125"}


@messy_alone
def test_a_broken_reference_would_be_found(made, tmp_path):
    for name in made.files:
        (tmp_path / name).write_bytes((made.folder / name).read_bytes())
    cells = (tmp_path / "parties.csv").read_text()
    first = table(made, "parties")[0]["lab"]
    (tmp_path / "parties.csv").write_text(cells.replace(f",{first},", ",no-such-lab,", 1))
    kinds = {kind for _, _, kind, _ in errors_in(tmp_path)}
    assert {"foreign-key", "hash-count"} <= kinds
