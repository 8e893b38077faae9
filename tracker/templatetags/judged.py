"""How one commitment's page is written: sides of the evidence, reworded texts, what would turn it.

Display only; nothing here asks the database.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from django import template

from tracker.assessments.wording import verdict_words
from tracker.reading.pages.assessments import AssessmentDetail, FindingLine
from tracker.reading.standing import Standing
from tracker.reading.wordings import Piece
from tracker.scoring import FindingValue, Score, Turn
from tracker.web import words as readers

register = template.Library()

#: What evidence does for a commitment, in a word.
SIDES = {"supports": "For", "undermines": "Against", "context": "Context"}

#: A finding as it could come to be: "if met", "if nobody can tell".
IF_FOUND = {
    FindingValue.MET: "if met",
    FindingValue.PARTLY_MET: "if partly met",
    FindingValue.NOT_MET: "if not met",
    FindingValue.UNVERIFIABLE: "if nobody can tell",
}


@register.inclusion_tag("commitments/_side.html")
def side(direction: str) -> dict[str, str]:
    """For, against or context: a shape and the word."""
    return {"side": direction, "word": SIDES[direction]}


@register.inclusion_tag("_word_diff.html")
def word_diff(pieces: Sequence[Piece]) -> dict[str, Any]:
    """Two wordings in one text: removed words struck through, added ones underlined, both said."""
    return {"pieces": pieces}


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
    commitment = standing.commitment
    return {
        "if": IF_FOUND.get(turn.value, f"if {_value(turn)}"),
        "turns": turn.turns,
        "settles": standing.provisional and not turn.score.provisional,
        "said": _said(turn.score, standing),
        "tone": readers.tone(turn.verdict, commitment.force, commitment.basis),
    }


def _said(score: Score, standing: Standing) -> str:
    """A verdict that might come, as sure as the present one: all else stays as it stands."""
    return verdict_words(
        score.verdict,
        provisional=score.provisional,
        confidence=standing.confidence,
        force=standing.commitment.force,
        basis=standing.commitment.basis,
    )


def _named(turns: Iterable[Turn], lines: Sequence[FindingLine]) -> list[dict[str, Any]]:
    """Each criterion once, with the findings on it: [{"position": 2, "found": "met or …"}]."""
    return [
        {
            "position": lines[place].criterion.position,
            "found": _or([_value(turn) for turn in group]),
        }
        for place, group in groupby(turns, key=lambda turn: turn.place)
    ]


def _value(turn: Turn) -> str:
    return turn.value.replace("_", " ")


def _or(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
