"""A whole study goes in as its table and comes back as published, on every surface alike."""

import csv
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils.html import strip_tags
from django.utils.text import slugify

from tests.interchange import study
from tests.interchange.study import EVEN, LABS, SECTIONS, SIZES, WEIGHTS, Percent
from tracker.interchange.scorecards import Study, look
from tracker.interchange.sheets import parse
from tracker.reading.pages.pledges import PledgePage, pledge_page
from tracker.records.dates import today

SHEETS = {
    "wide": (study.wide(), EVEN),
    "long, weighted": (study.long(WEIGHTS, shuffled=6), WEIGHTS),
}
PAGE = "/pledges/example-study/"


@pytest.fixture(scope="module", params=SHEETS, ids=str)
def weights(
    request: Any, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Sequence[Sequence[int]]]:
    """The study as the command imported it, to be read until the next; what its criteria weigh."""
    sheet, weights = SHEETS[request.param]
    with django_db_blocker.unblock(), tempfile.TemporaryDirectory() as folder, transaction.atomic():
        file = Path(folder, "study.csv")
        file.write_text(sheet)
        call_command(
            "import_scorecard", str(file), "--pledge", "example-study", "--title", "Example Study",
            "--as-of", "2024-02-29", "--create-labs", "--publish", stdout=StringIO(),
        )  # fmt: skip
        yield weights
        transaction.set_rollback(True)


@pytest.fixture
def page(weights, db) -> PledgePage:
    return pledge_page("example-study", today())


def by_section(cells: dict[tuple[str, str], Percent]) -> list[list[Percent]]:
    """A figure for each section and lab, in the order of the study."""
    assert len(cells) == len(SECTIONS) * len(LABS)
    return [[cells[section, lab] for lab in LABS] for section in SECTIONS]


@pytest.mark.once
def test_the_study_is_what_it_is_said_to_be():
    assert (len(LABS), len(SIZES), sum(SIZES), min(SIZES), max(SIZES)) == (10, 23, 100, 1, 12)
    # by hand: 62.5, 0.5 and 99.5 of 100; 12.5 to 37.5; 50 of 80; 1 of 40; 56 of 64; 40 to 50 of 90;
    # 33 of 99; nothing
    assert study.totals() == [
        (63, 63), (1, 1), (100, 100), (13, 38), (63, 63), (3, 3), (88, 88), (44, 56), (33, 33),
        None,
    ]  # fmt: skip
    assert study.cells()[1] == [
        (63, 63), (0, 0), (100, 100), (13, 13), (63, 63), (0, 0), (88, 88), (63, 88), (38, 38),
        None,
    ]  # fmt: skip
    assert study.totals(WEIGHTS) != study.totals()
    assert study.on_the_half(EVEN) > 90
    assert study.on_the_half(WEIGHTS) > 40


def test_the_record_has_the_studys_own_numbers(page, weights):
    assert [lab.name for lab in page.labs] == LABS
    found = {
        (row.clause.title, cell.column.lab.name): cell.standings[0].percent
        for row in page.rows
        for cell in row.cells
        if row.clause
    }
    assert by_section(found) == study.cells(weights)
    assert [total.percent for _, total in page.totals] == study.totals(weights)
    sections = {row.clause.title: row.clause.group for row in page.rows if row.clause}
    assert sections == dict(zip(SECTIONS, study.PARTS, strict=True))
    call_command("rescore", "--check", stdout=StringIO())


def test_the_page_shows_them(weights, db, client):
    html = client.get(PAGE).content.decode()
    found = {
        (section, lab): shown(cell)
        for section, row in re.findall(
            r'<th scope="row"><span class="title">\d+\. ([^<]*)</span>.*?</th>(.*?)</tr>',
            html,
            re.DOTALL,
        )
        for lab, cell in re.findall(
            r'<td data-label="([^"]*)">.*?class="share"[^>]*>(.*?)</a>', row, re.DOTALL
        )
    }
    assert by_section(found) == study.cells(weights)
    (totals,) = re.findall(r'<dl class="score wide-score totals">(.*?)</dl>', html, re.DOTALL)
    figures = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", totals, re.DOTALL)
    assert [strip_tags(lab) for lab, _ in figures] == LABS
    ends = [
        re.findall(r'<span class="figure">range (\d+)–(\d+)\s%</span>', bar) for _, bar in figures
    ]
    assert [(int(each[0][0]), int(each[0][1])) if each else None for each in ends] == study.totals(
        weights
    )


def shown(cell: str) -> Percent:
    """What a cell of the page says."""
    text = " ".join(unescape(strip_tags(cell)).split())
    if text == "no score":
        return None
    found = re.fullmatch(r"(\d+)(?:–(\d+))? %", text)
    assert found, text
    return int(found[1]), int(found[2] or found[1])


def test_the_table_for_spreadsheets_has_them(weights, db, client):
    text = client.get(f"{PAGE}matrix.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))

    def percent(row: dict[str, str]) -> Percent:
        ends = row["percent_low"], row["percent_high"]
        return (int(ends[0]), int(ends[1])) if all(ends) else None

    found = {
        (row["clause_title"], row["lab_name"]): percent(row)
        for row in rows
        if row["row"] == "clause"
    }
    assert by_section(found) == study.cells(weights)
    totals = [(row["lab_name"], percent(row)) for row in rows if row["row"] == "total"]
    assert totals == list(zip(LABS, study.totals(weights), strict=True))


def test_the_desk_previews_them(db):
    for text, weights in SHEETS.values():
        named = Study("another-study", "Another Study", today(), create_labs=True)
        looked = look(parse("study.csv", text), named)
        assert looked.weighted == (weights is WEIGHTS)
        labs = [name for name, _ in looked.labs]
        found = {
            (clause.name, lab): share.percent
            for clause in looked.clauses
            for lab, share in zip(labs, clause.shares, strict=True)
        }
        assert by_section(found) == study.cells(weights)
        totals = {lab: total.percent for lab, total in zip(labs, looked.totals, strict=True)}
        assert [totals[lab] for lab in LABS] == study.totals(weights)


@pytest.mark.once
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
def test_both_forms_of_the_table_are_read_alike(weights):
    wide, long = parse("x", study.wide(weights)), parse("x", study.long(weights))
    assert (wide.labs, wide.clauses, wide.groups) == (long.labs, long.clauses, long.groups)
    assert list(wide.clauses) == list(long.clauses) == SECTIONS


def test_programs_get_them(weights, db, client):
    told = client.get("/api/v1/pledges/example-study/?fields=totals").json()["totals"]
    slugs = {slugify(lab): lab for lab in LABS}
    totals = {slugs[each["lab"]]: each["percent"] and tuple(each["percent"]) for each in told}
    assert [totals[lab] for lab in LABS] == study.totals(weights)
    found = {}
    url = "/api/v1/commitments/?pledge=example-study&fields=clause,lab,score&limit=200"
    while url:
        answer = client.get(url).json()
        for each in answer["results"]:
            percent = each["score"]["percent"]
            found[each["clause"]["title"], slugs[each["lab"]]] = percent and tuple(percent)
        url = answer["next"]
    assert by_section(found) == study.cells(weights)
