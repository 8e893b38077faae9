"""What would turn a commitment's verdict, in words.

Display only; nothing here asks the database.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from django import template

from tracker.assessments.wording import verdict_on
from tracker.reading.pages.assessments import AssessmentDetail, FindingLine
from tracker.reading.standing import Standing
from tracker.scoring import FindingValue, Score, Turn
from tracker.web import words as readers

register = template.Library()

#: A finding as it could come to be: "if met", "if nobody can tell".
IF_FOUND = {
    FindingValue.MET: "if met",
    FindingValue.PARTLY_MET: "if partly met",
    FindingValue.NOT_MET: "if not met",
    FindingValue.UNVERIFIABLE: "if nobody can tell",
}


@register.inclusion_tag("commitments/_turning.html")
def what_would_change(detail: AssessmentDetail) -> dict[str, Any]:
    """What would change the verdict: a table of what is open, and in words what would be enough."""
    standing, turning = detail.standing, detail.turning
    rows = [
        {
            "line": detail.lines[prospect.place],
            "cells": [_cell(turn, standing) for turn in prospect.turns],
        }
        for prospect in turning.open
    ]
    return {
        "rows": rows,
        "present": standing.words,
        "enough": _named(turning.enough, detail.lines),
        "best": _said(turning.best, standing),
        "worst": _said(turning.worst, standing),
        "overturning": _named(turning.overturning, detail.lines),
        "settled": bool(turning.settled),
    }


def _cell(turn: Turn, standing: Standing) -> dict[str, Any]:
    return {
        "if": IF_FOUND.get(turn.value, f"if {_value(turn)}"),
        "turns": turn.turns,
        "settles": standing.provisional and not turn.score.provisional,
        "said": _said(turn.score, standing),
        "tone": readers.tone(turn.verdict, standing.commitment),
    }


def _said(score: Score, standing: Standing) -> str:
    """A verdict that might come, as sure as the present one: all else stays as it stands."""
    return verdict_on(
        standing.commitment,
        score.verdict,
        provisional=score.provisional,
        confidence=standing.confidence,
    )


def _named(turns: Iterable[Turn], lines: Sequence[FindingLine]) -> list[dict[str, Any]]:
    """Each criterion once, with the findings on it: [{"position": 2, "found": "met or …"}]."""
    return [
        {
            "position": lines[place].criterion.position,
            "found": readers.listed([_value(turn) for turn in group], "or"),
        }
        for place, group in groupby(turns, key=lambda turn: turn.place)
    ]


def _value(turn: Turn) -> str:
    return turn.value.replace("_", " ")
