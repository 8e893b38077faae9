"""A published commitment's questions with what was found on each, to be tried otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tracker.reading.pages.lookup import one
from tracker.reading.published import commitments
from tracker.reading.standing import Standing, standings


@dataclass(frozen=True)
class Asked:
    """One criterion, its weight (above 0), and the value found; "" where nothing is judged yet."""

    question: str
    weight: Fraction
    value: str = ""


@dataclass(frozen=True)
class Example:
    """A commitment as it stands on record, and its questions in their order."""

    standing: Standing
    asked: Sequence[Asked]


def example(slug: str, day: date) -> Example:
    """The commitment of this slug on a day. Raises Missing or Gone."""
    commitment = one(commitments(day), slug)
    (standing,) = standings([commitment])
    if standing.assessment is None or standing.judged is None:
        criteria = commitment.criteria.filter(edition=commitment.edition)
        return Example(standing, [Asked(each.question, Fraction(each.weight)) for each in criteria])
    # the stored lines, not today's criteria: they are what the verdict on record stands on
    findings = standing.assessment.findings.select_related("criterion").order_by(
        "criterion__position"
    )
    return Example(
        standing,
        [
            Asked(finding.criterion.question, each.weight, each.value)
            for finding, each in zip(findings, standing.judged, strict=False)
        ],
    )
