"""The ONE public representation of a record: its plain form, and what is computed from it.

Bodies of Changes, exports and the API use it. Nothing in it depends on the day of reading, so an
entry of the log and today's answer agree for as long as the record itself does.
"""

from fractions import Fraction
from functools import lru_cache
from typing import Any

from tracker.assessments.models import Assessment
from tracker.changes.log import header_of
from tracker.changes.models import Change
from tracker.commitments.models import Commitment
from tracker.records.models import Record
from tracker.records.plain import Plain, to_plain
from tracker.scoring import decimal6, percent_range


def represent(record: Record) -> Plain:
    """The public representation of one record, as a dict of JSON values."""
    plain = to_plain(record)
    if isinstance(record, Assessment):
        plain |= _judgement(record)
    if isinstance(record, Commitment):
        plain["successor_title"] = record.successor.title if record.successor else ""
    return plain


def represent_change(change: Change) -> dict[str, Any]:
    """The public representation of one entry of the log: its columns, and the texts hashed."""
    return header_of(change) | {
        "reason": change.reason,
        "header": change.header,
        "body": change.body,
        "body_sha256": change.body_sha256,
        "previous_hash": change.previous_hash,
        "hash": change.hash,
    }


def score_of(assessment: Assessment | None) -> dict[str, Any]:
    """{low, high, coverage, percent}: numbers of at most six decimals, and whole per cent."""
    if assessment is None:
        return {"low": None, "high": None, "coverage": 0, "percent": None}
    low, high = exact(assessment.working.get("low")), exact(assessment.working.get("high"))
    percent = percent_range(low, high)
    return {
        "low": number(low),
        "high": number(high),
        "coverage": number(exact(assessment.working.get("coverage"))) or 0,
        "percent": None if percent is None else list(percent),
    }


def exact(text: object) -> Fraction | None:
    """A share from its stored text, such as "2/3"."""
    return _fraction(text) if isinstance(text, str) else None


_fraction = lru_cache(4_096)(Fraction)  # the same few shares again and again


def number(share: Fraction | None) -> int | float | None:
    """A share as JSON has it: of at most six decimals, whole where it is whole."""
    if share is None:
        return None
    return int(share) if share.denominator == 1 else float(decimal6(share))


def _judgement(assessment: Assessment) -> Plain:
    return {
        "commitment_title": assessment.commitment.title,
        "force": assessment.commitment.force,
        "basis": assessment.commitment.basis,
        "verdict": assessment.verdict,
        "provisional": assessment.provisional,
        "contested": assessment.contested,
        "timeliness": assessment.timeliness,
        "days_late": assessment.days_late,
        "score": score_of(assessment),
        "working": assessment.working,
        "origin": assessment.origin,
        "batch": assessment.batch,
        "written_by": assessment.written_by,
        "approved_by": assessment.approved_by,
    }
