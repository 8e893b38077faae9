"""What would change if a source fell, as JSON: what the source's page tells, whole."""

from datetime import date
from typing import Any

from tracker.reading.pages.falling import Falling, FindingWithout, StandingWithout
from tracker.reading.represent import score_of
from tracker.reading.shape_schemas import (
    commitment_score,
    count,
    one_of,
    or_none,
    slug,
    text,
    yes_or_no,
)
from tracker.reading.standing import Standing
from tracker.records.schema import Schema, closed
from tracker.scoring import Confidence, FindingValue, Timeliness, Verdict

Shape = dict[str, Any]


def shape(falling: Falling, day: date) -> Shape:
    """What would follow, as JSON values; commitments with another verdict first."""
    return {
        "source": falling.source.slug,
        "as_of": day.isoformat(),
        "falls_with_it": [source.slug for source in falling.sources],
        "cited": falling.cited,
        "changed": len(falling.changed),
        "verdicts": falling.verdicts,
        "commitments": [_touched(each) for each in (*falling.changed, *falling.unchanged)],
        "unspoken": [commitment.slug for commitment in falling.unspoken],
    }


def _touched(each: StandingWithout) -> Shape:
    standing, without = each.standing, each.without
    assert standing.assessment is not None
    return {
        "commitment": standing.commitment.slug,
        "lab": standing.commitment.lab.slug,
        "assessment": standing.assessment.slug,
        "changes": each.changes,
        "before": _standing(standing, without.cap_before),
        "after": _standing(each.supposed, without.cap_after),
        "findings": [_finding(finding) for finding in each.findings],
    }


def _standing(standing: Standing, cap: Confidence) -> Shape:
    assessment = standing.assessment
    assert assessment is not None
    return {
        "verdict": standing.verdict,
        "provisional": standing.provisional,
        "confidence": standing.confidence,
        "ceiling": str(cap),
        "contested": standing.contested,
        "timeliness": assessment.timeliness,
        "days_late": assessment.days_late,
        "score": score_of(assessment),
    }


def _finding(finding: FindingWithout) -> Shape:
    return {
        "position": finding.criterion.position,
        "question": finding.criterion.question,
        "before": finding.before,
        "after": finding.after,
    }


# --- Its description -----------------------------------------------------------------------------


def schema() -> Schema:
    """The JSON Schema of `shape`."""
    slugs: Schema = {"type": "array", "uniqueItems": True}
    fallen = slugs | {"items": slug("source"), "description": "Other sources that fall with it."}
    unspoken = slugs | {
        "items": slug("commitment"),
        "description": "Commitments whose words nothing else on record prints or reports.",
    }
    return closed(
        {
            "source": slug("source", "The slug of the source that is supposed to fall."),
            "as_of": {"type": "string", "format": "date", "description": "The day it is about."},
            "falls_with_it": fallen,
            "cited": count("How many judgements in force cite what would fall."),
            "changed": count("Of how many of them a reader would be told anything else."),
            "verdicts": count("How many verdicts, or their confidence, would be others."),
            "commitments": {
                "type": "array",
                "items": _touched_schema(),
                "description": "The commitments of those judgements; another verdict first, then "
                "any other change, then those that would stay as they are.",
            },
            "unspoken": unspoken,
        },
        description="Worked out from the record, judged by nobody: what would follow if a source "
        "were withdrawn or proved wrong.",
    )


def _touched_schema() -> Schema:
    finding = closed(
        {
            "position": count("The place of the criterion."),
            "question": text("The criterion."),
            "before": one_of(FindingValue, "As found."),
            "after": one_of(FindingValue, "As it would be."),
        }
    )
    changes = "Verdict, range, coverage, confidence or its ceiling would be another."
    return closed(
        {
            "commitment": slug("commitment"),
            "lab": slug("lab"),
            "assessment": slug("assessment", "The slug of the judgement in force."),
            "changes": yes_or_no(changes),
            "before": _standing_schema("As it is."),
            "after": _standing_schema("As it would be."),
            "findings": {
                "type": "array",
                "items": finding,
                "description": "The findings that cite what would fall.",
            },
        }
    )


def _standing_schema(description: str) -> Schema:
    return closed(
        {
            "verdict": one_of(Verdict, "Computed from the findings."),
            "provisional": yes_or_no("True (so far) while a criterion is pending."),
            "confidence": one_of(Confidence, "How sure."),
            "ceiling": one_of(Confidence, "The most confidence that the evidence allows."),
            "contested": yes_or_no("Another reading is named, or the lab denies the verdict."),
            "timeliness": one_of(Timeliness, "Whether what was done was done by its deadline."),
            "days_late": or_none(count("By how many days it was late; null where it was not.")),
            "score": commitment_score(),
        },
        description=description,
    )
