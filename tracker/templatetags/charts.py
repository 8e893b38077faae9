"""Charts, drawn on the server as SVG, each with the table behind it. Display only."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template

from tracker.labs.models import Lab
from tracker.reading.pages.balance import Borne, balance_of
from tracker.reading.pages.pledges import Absence, Row
from tracker.reading.pages.scores import ScorePoint
from tracker.records.dates import today
from tracker.sources.lineage import Lineage
from tracker.web.charts.balance import balance
from tracker.web.charts.matrix import ABSENCES, overview
from tracker.web.charts.spans import Spans
from tracker.web.charts.steps import steps

register = template.Library()

#: Where the step chart has its lines, in pixels, and what stands beside them.
_LEVELS = ((10, "100 %"), (50, ""), (90, "50 %"), (130, ""), (170, "0 %"))


@register.inclusion_tag("charts/steps.html", takes_context=True)
def step_chart(context: template.Context, points: Sequence[ScorePoint]) -> dict[str, Any]:
    """A lab's score over time, up to the day that the page shows."""
    chart = steps(points, context.get("as_of") or today())
    name = f"score-{points[0].lab.slug}" if points else ""
    return {"chart": chart, "id": name, "levels": _LEVELS}


@register.inclusion_tag("charts/matrix.html")
def matrix_chart(rows: Sequence[Row], labs: Sequence[Lab], table: str) -> dict[str, Any]:
    """Every clause of every lab at a glance; one a page.

    `table` is the id of the table on the same page that tells all this.
    """
    return {"chart": overview(rows, labs), "table": table}


@register.inclusion_tag("charts/balance.html")
def evidence_balance(evidence: Sequence[Borne], behind: Mapping[int, Lineage]) -> dict[str, Any]:
    """The evidence for and against, counted by tier; one a page. `behind` is the lineage of each
    source."""
    return {"chart": balance(balance_of(evidence, behind))}


@register.inclusion_tag("charts/spans.html", takes_context=True)
def timeline_chart(context: template.Context, chart: Spans) -> dict[str, Any]:
    """How much of each kind there was when; one a page."""
    return {"chart": chart, "as_of": context.get("as_of")}


@register.filter
def absence(value: Absence | None) -> str:
    """Why a cell of a matrix is empty, in words."""
    return ABSENCES[value] if value else ""
