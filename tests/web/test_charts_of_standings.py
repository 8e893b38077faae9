"""Charts of what stands where: the matrix, the evidence for and against, verdicts and ranges."""

import re
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from tests.web.drawn import LONG, RTL, html, render
from tracker.commitments.models import Clause, Commitment
from tracker.evidence.models import Direction
from tracker.labs.models import Lab
from tracker.reading.pages.balance import Side, balance_of
from tracker.reading.pages.pledges import Absence, Cell, Column, Row
from tracker.reading.standing import Standing
from tracker.scoring import Tier
from tracker.sources.lineage import Lineage
from tracker.web.charts.balance import balance
from tracker.web.charts.matrix import overview, shape_of

pytestmark = pytest.mark.once


# The matrix


def standing(value: str = "", *, basis: str = "promised", low: str = "0", high: str = "1", **axes):
    """A commitment under a verdict; `value` "" is not assessed."""
    commitment = Commitment(title="Publish", force="promise", basis=basis, slug="publish")
    assessment = value and SimpleNamespace(
        verdict=value,
        provisional=axes.get("provisional", False),
        confidence=axes.get("confidence", "high"),
        contested=False,
        working={"low": low, "high": high},
    )
    # the axes as plain text, which equals their enumerations
    return Standing(commitment, assessment or None, "in_force", "no_deadline")  # type: ignore[arg-type]


def rows_of(labs: list[Lab], cells: list[list[Any]]) -> list[Row]:
    """A clause for each row of cells, each a list of standings or the reason why there is none."""
    columns = [Column(lab, None, [], 0) for lab in labs]
    return [
        Row(
            Clause(number=str(number), title=f"Ask {number}"),
            [
                Cell(column, [], cell) if isinstance(cell, Absence) else Cell(column, cell, None)
                for column, cell in zip(columns, row, strict=True)
            ],
        )
        for number, row in enumerate(cells, start=1)
    ]


def labs(count: int) -> list[Lab]:
    return [Lab(slug=f"lab-{number}", name=f"Example Lab {number}") for number in range(count)]


def test_each_cell_has_the_shape_of_its_verdict_or_of_the_reason_for_none():
    (row,) = rows_of(
        labs(5),
        [
            [
                [standing("kept")],
                [standing("kept"), standing("kept")],
                [standing("kept"), standing("broken")],
                [standing()],
                Absence.NO_PROMISE,
            ]
        ],
    )
    assert [shape_of(cell) for cell in row.cells] == [
        "kept",
        "kept",
        "several",
        "not_assessed",
        "no_promise_on_record",
    ]


def test_the_matrix_says_in_words_what_its_shapes_show():
    named = labs(2)
    named[0].name, named[1].name = LONG, RTL
    rows = rows_of(
        named,
        [
            [[standing("broken", confidence="low")], Absence.NO_PROMISE],
            [[standing("broken", confidence="low")], Absence.NOT_ADDRESSED],
            [[standing("kept", provisional=True)], Absence.NO_PROMISE],
        ],
    )
    page = render('{% matrix_chart rows labs "table" %}', rows=rows, labs=named)
    assert "1 kept so far, 2 reported broken" in page.text
    assert "2 no promise on record, 1 not addressed" in page.text


def test_the_chart_leads_to_the_table_of_the_page():
    named = labs(1)
    rows = rows_of(named, [[[standing("kept")]]])
    source = '<p id="table">There.</p>{% matrix_chart rows labs "table" %}'
    page = render(source, rows=rows, labs=named)
    assert "#table" in page.links


def test_what_was_measured_is_drawn_as_bars_and_never_as_kept_or_broken():
    named = labs(2)
    measured = {"basis": "measured", "low": "1/2", "high": "3/4"}
    rows = rows_of(
        named,
        [
            [[standing("kept", **measured)], Absence.NOT_MEASURED],
            [[standing("broken", **(measured | {"low": "0", "high": "0"}))], Absence.NOT_MEASURED],
        ],
    )
    chart = overview(rows, named)
    assert chart is not None and chart.measured
    first, second = chart.panels
    assert first.lows == "M1 100V50h8V100ZM11 100V100h8V100Z"
    assert first.highs == "M1 50V25h8V50ZM11 100V100h8V100Z"
    assert (second.lows, second.said) == ("", "0 of 2 measured")
    page = render('{% matrix_chart rows labs "table" %}', rows=rows, labs=named)
    assert "0 of 2 measured" in page.text
    assert not re.search(r"\b(kept|broken)\b", page.text)


def test_a_hundred_clauses_of_ten_labs_fit_a_phone():
    named = labs(10)
    rows = rows_of(named, [[[standing("kept")] for _ in named] for _ in range(100)])
    chart = overview(rows, named)
    assert chart is not None
    assert all(panel.width <= 284 and len(panel.marks) == 100 for panel in chart.panels)
    assert len({(mark.x, mark.y) for mark in chart.panels[0].marks}) == 100
    render('{% matrix_chart rows labs "table" %}', rows=rows, labs=named)


def test_without_a_clause_or_a_lab_there_is_no_matrix():
    assert overview([], labs(1)) is None
    assert overview(rows_of([], [[]]), []) is None
    assert html('{% matrix_chart rows labs "table" %}', rows=[], labs=[]).strip() == ""


# The evidence


@dataclass
class Source:
    pk: int
    slug: str
    state: str = "published"


@dataclass
class Borne:
    """An outcome with its sources, as the evidence of a commitment has them."""

    sides: list[Direction]
    sources: list[Source] = field(default_factory=list)
    kind: str = "event"

    @property
    def outcome(self) -> Any:
        rows = [SimpleNamespace(source=source) for source in self.sources]
        return SimpleNamespace(kind=self.kind, sourcing=SimpleNamespace(all=lambda: rows))


POST = Source(1, "post")
PAPER = Source(2, "paper")  # repeats the post
WITNESS = Source(3, "witness")
BEHIND = {
    1: Lineage(Tier.PRIMARY_LAB, frozenset()),
    2: Lineage(Tier.SECONDARY, frozenset({"post"})),
    3: Lineage(Tier.TERTIARY, frozenset()),
}


def sides(evidence: list[Borne]) -> dict[Direction, Side]:
    return {side.direction: side for side in balance_of(evidence, BEHIND)}


def test_evidence_counts_under_the_strongest_tier_of_its_sources():
    found = sides(
        [
            Borne([Direction.SUPPORTS], [PAPER, POST]),
            Borne([Direction.SUPPORTS], [PAPER]),
            Borne([Direction.SUPPORTS], kind="search"),
            Borne([Direction.UNDERMINES], [Source(3, "witness", state="retracted")]),
            Borne([Direction.CONTEXT], [WITNESS]),
        ]
    )
    support = found[Direction.SUPPORTS]
    assert (support.outcomes, support.searches) == (3, 1)
    assert dict(support.tiers) == {Tier.PRIMARY_LAB: 1, Tier.SECONDARY: 1}
    assert (support.sources, support.independent) == (2, 1)  # the paper repeats the post
    assert found[Direction.UNDERMINES].tiers == {}
    assert found[Direction.UNDERMINES].sources == 0
    assert found[Direction.CONTEXT].outcomes == 1


def test_what_bears_both_ways_counts_on_both_sides():
    found = sides([Borne([Direction.SUPPORTS, Direction.UNDERMINES], [POST, WITNESS])])
    assert found[Direction.SUPPORTS].independent == 2
    assert found[Direction.UNDERMINES].outcomes == 1


def test_the_longer_side_fills_the_width_and_the_words_say_it_is_no_weighing():
    evidence = [Borne([Direction.SUPPORTS], [POST])] * 1
    evidence += [Borne([Direction.UNDERMINES], [PAPER]), Borne([Direction.UNDERMINES], [WITNESS])]
    chart = balance(balance_of(evidence, BEHIND))
    assert chart is not None
    support, against = chart.bars
    assert [(each.kind, each.x, each.width) for each in support.segments] == [
        ("primary", "0", "50")
    ]
    assert [each.width for each in against.segments] == ["50", "50"]
    page = render("{% evidence_balance evidence behind %}", evidence=evidence, behind=BEHIND)
    assert "Counting evidence is not weighing it" in page.text
    assert "Against: 2 outcomes, 2 independent sources" in page.text
    assert "For 1 1 0 0 1 1 Against 2 0 1 1 2 2" in page.text


def test_without_evidence_for_or_against_there_is_no_balance():
    assert balance([]) is None
    only_context = balance_of([Borne([Direction.CONTEXT], [POST])], BEHIND)
    assert balance(only_context) is None
    assert html("{% evidence_balance e b %}", e=[], b={}).strip() == ""


# The distribution


def test_the_distribution_has_its_table_where_it_stands_large_and_not_in_a_list():
    rows = [standing("kept"), standing("kept"), standing("broken", confidence="low")]
    large = render('{% distribution rows table="stands" %}', rows=rows)
    assert "Kept 2 67 % 0 0 Broken 1 33 % 1 0 In all 3 100 % 1 0" in large.text
    assert {"stands-title", "stands-desc"} <= set(large.ids)
    small = render("{% distribution rows %}", rows=rows)
    assert "The figures behind" not in small.text
    assert "2 kept 1 reported broken" in small.text


def test_a_sliver_of_the_distribution_keeps_its_count_to_the_legend():
    rows = [standing("kept")] * 99 + [standing("broken")]
    source = html("{% distribution rows %}", rows=rows)
    assert '<text class="tone-kept"' in source
    assert '<text class="tone-broken"' not in source
    assert "<b>1</b> broken" in source


@pytest.mark.parametrize("value", [(0, 0), (0, 100), (13, 88)])
def test_a_range_says_both_ends(value):
    assert f"{value[0]}–{value[1]} %" in html("{% range_bar value %}", value=value)
