"""Commitments with a verdict, and what a judgement needs for it."""

from datetime import date
from typing import Any

from tests.builders import make_assessment, make_commitment, make_outcome, make_reply
from tracker.assessments.models import Assessment
from tracker.commitments.models import Commitment


def judge(commitment: Commitment, *values: str, **fields: Any) -> Assessment:
    """A judgement with these findings, resting on an outcome where one has to."""
    against = "not_met" in values
    evidence = (make_outcome(bears_on=commitment, direction="undermines"),) if against else ()
    return make_assessment(commitment=commitment, values=list(values), evidence=evidence, **fields)


def judged(*values: str, **fields: Any) -> Commitment:
    """A commitment with a criterion a finding, judged so."""
    commitment = make_commitment(criteria=len(values), **fields)
    judge(commitment, *values)
    return commitment


def deny(commitment: Commitment) -> None:
    """The lab denies the verdict, which is contested from then on."""
    make_reply(
        commitment=commitment,
        status="replied",
        words="We did.",
        denies=True,
        received_on=date(2024, 3, 10),
    )
