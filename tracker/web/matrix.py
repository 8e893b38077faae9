"""A pledge's matrix as a table for spreadsheets: the cells of the page, every axis by itself."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.conf import settings

from tracker.commitments.enums import Basis
from tracker.reading.filters_labs import GROUPS
from tracker.reading.pages.pledges import Absence, Cell, Column, PledgePage, Row
from tracker.reading.represent import exact
from tracker.reading.standing import Standing
from tracker.scoring import PooledShare, decimal6

Line = dict[str, Any]

#: The columns in their order, and what stands in each.
COLUMNS: Mapping[str, str] = {
    "pledge": "slug of the pledge",
    "row": "clause; pledge, for what stands under the pledge as a whole; or total, for what a lab "
    "has over all clauses of a scorecard",
    "group": "heading under which the clause stands",
    "clause": "number of the clause; a text, such as 3(b)",
    "clause_title": "title of the clause",
    "lab": "slug of the lab",
    "lab_name": "name of the lab",
    "cohort": "groups that the lab is tagged with, one after another with a semicolon between; the "
    "mean of a group’s labs is taken of their rows and is none of its own",
    "region": "regions that the lab is tagged with, in the same way",
    "openness": "whether what it makes is open or closed, in the same way",
    "party": "signed, addressed, or empty",
    "joined_on": "when the lab joined: 2024, 2024-Q3, 2024-05, a day, or two of these with a slash",
    "left_on": "when the lab left, in the same forms",
    "status": "commitment, or why there is none: no_promise_on_record, no_commitment_entered, "
    "not_addressed, not_measured",
    "checked_on": "the day on which a promise was last looked for, where none is on record",
    "commitment": "slug of the commitment",
    "title": "the commitment in one line",
    "url": "its page",
    "basis": "promised, or measured by a study though nobody promised it",
    "force": "promise, plan or aim",
    "lifecycle": "in_force, amended, superseded, withdrawn or expired",
    "schedule": "no_deadline, upcoming, due_soon, overdue, untriggered or closed",
    "verdict": "kept, partly_kept, broken, unresolved, not_yet_due or not_assessed; empty for what "
    "was measured, and not a column of scorecards",
    "said": "the verdict as the pages word it: an aim is reached or not reached, never broken; not "
    "a column of scorecards",
    "provisional": "true while a criterion is pending",
    "timeliness": "on_time, late or not_applicable",
    "days_late": "how many days, where it is late",
    "confidence": "high, medium, low, or empty without a judgement",
    "contested": "true where another reading is named, or the lab denies the verdict",
    "low": "share from 0 to 1 with every unknown counted as nothing, at most six decimals",
    "high": "share from 0 to 1 with every unknown counted as everything",
    "coverage": "share of the criteria, by weight, that is settled",
    "percent_low": "low in whole per cent, halves rounded up",
    "percent_high": "high in whole per cent, halves rounded up",
}
#: What a study measured was not promised: nothing of it was kept or broken.
_OF_PROMISES = ("verdict", "said")


def lines_of(page: PledgePage) -> Iterator[Sequence[Any]]:
    """The headings, and a row for each commitment of each clause and lab, or for its absence."""
    names = [name for name in COLUMNS if not (page.is_scorecard and name in _OF_PROMISES)]
    yield names
    for line in _lines(page):
        line["pledge"] = page.pledge.slug
        yield [line.get(name, "") for name in names]


def _lines(page: PledgePage) -> Iterator[Line]:
    for row in page.rows:
        clause = _clause(row)
        if not row.cells:
            yield clause
        for cell in row.cells:
            yield from (clause | each for each in _cell(page, cell))
    for column, (_, total) in zip(page.columns, page.totals, strict=False):
        yield {"row": "total"} | _lab(column) | _total(total)


def _clause(row: Row) -> Line:
    if row.clause is None:
        return {"row": "pledge"}
    return {
        "row": "clause",
        "group": row.clause.group,
        "clause": row.clause.number,
        "clause_title": row.clause.title,
    }


def _lab(column: Column) -> Line:
    line = {"lab": column.lab.slug, "lab_name": column.lab.name}
    for kind in GROUPS:
        line[kind] = "; ".join(tag.name for tag in column.lab.tags.all() if tag.kind == kind)
    if (party := column.party) is None:
        return line
    return line | {
        "party": party.role,
        "joined_on": party.joined_on,
        "left_on": party.left_on,
    }


def _cell(page: PledgePage, cell: Cell) -> Iterator[Line]:
    lab = _lab(cell.column)
    for standing in cell.standings:
        yield lab | _standing(standing)
    if cell.absence:
        checked = page.pledge.checked_on if cell.absence == Absence.NO_PROMISE else None
        yield lab | {"status": cell.absence, "checked_on": checked}


def _standing(standing: Standing) -> Line:
    commitment, judged = standing.commitment, standing.assessment
    working = judged.working if judged else {}
    promised = commitment.basis == Basis.PROMISED
    return {
        "status": "commitment",
        "commitment": commitment.slug,
        "title": commitment.title,
        "url": settings.SITE_URL + commitment.get_absolute_url(),
        "basis": commitment.basis,
        "force": commitment.force,
        "lifecycle": standing.lifecycle,
        "schedule": standing.schedule,
        "verdict": standing.verdict if promised else "",
        "said": standing.words,
        "provisional": _truth(standing.provisional),
        "timeliness": judged.timeliness if judged else "",
        "days_late": judged.days_late if judged else "",
        "confidence": standing.confidence,
        "contested": _truth(standing.contested),
    } | _figures(
        exact(working.get("low")),
        exact(working.get("high")),
        exact(working.get("coverage")),
        standing.percent,
    )


def _total(total: PooledShare) -> Line:
    return _figures(total.low, total.high, total.coverage, total.percent)


def _figures(
    low: Fraction | None,
    high: Fraction | None,
    coverage: Fraction | None,
    percent: tuple[int, int] | None,
) -> Line:
    least, most = percent or ("", "")
    return {
        "low": _share(low),
        "high": _share(high),
        "coverage": _share(coverage),
        "percent_low": least,
        "percent_high": most,
    }


def _share(share: Fraction | None) -> str:
    """Never in powers of ten, which spreadsheets read and people do not."""
    return "" if share is None else format(decimal6(share), "f")


def _truth(value: bool) -> str:
    return "true" if value else "false"
