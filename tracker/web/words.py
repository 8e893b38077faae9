"""The record's terms in readers' words, for templates."""

from collections.abc import Mapping, Sequence
from typing import Any

from tracker.assessments.wording import verdict_on
from tracker.commitments.enums import Basis
from tracker.commitments.models import Commitment
from tracker.reading.standing import CountedAs, is_unreached
from tracker.records.dates import parse_period
from tracker.scoring import Confidence, Tier, Verdict

#: Shapes and colours: one a verdict, and one for an aim missed, which is no broken promise.
TONES: Mapping[str, str] = dict(CountedAs.choices)

TIERS: Mapping[str, str] = {
    Tier.PRIMARY_LAB: "primary, the lab’s own words",
    Tier.PRIMARY_WITNESS: "primary, a first-hand witness",
    Tier.SECONDARY: "secondary, reporting",
    Tier.TERTIARY: "tertiary, compiled from others",
}

CHECKS: Mapping[str, str] = {
    "verified": "printed in this source",
    "altered": "altered: this source prints other words",
    "not_found": "not found in this source",
    "unchecked": "not yet checked against this source",
}

ATTRIBUTIONS: Mapping[str, str] = {
    "confirmed": "confirmed: a primary source prints these words",
    "reported": "reported: not confirmed by the text of a primary source",
    "disputed": "disputed: sources print these words differently",
}

CEILINGS: Mapping[str, str] = {
    Confidence.HIGH: "every counted finding rests on the lab’s own statement against its interest, "
    "or on two independent sources of which one is primary",
    Confidence.MEDIUM: "every counted finding rests on a primary source or on two independent "
    "secondary ones, but at least one on no more than that",
    Confidence.LOW: "at least one counted finding rests on less than a primary source or two "
    "independent secondary ones, or nothing is counted yet",
}


def listed(parts: Sequence[str], last: str = "and") -> str:
    """“one, two and three”. ValueError for none."""
    *before, end = parts
    return f"{', '.join(before)} {last} {end}" if before else end


def percent_words(percent: tuple[int, int] | None) -> str:
    """“0–50 %”, or “40 %” where both ends are the same; "" without a range."""
    if percent is None:
        return ""
    low, high = percent
    return f"{low} %" if low == high else f"{low}–{high} %"


def range_words(percent: tuple[int, int]) -> str:
    """Both ends, also where they are the same: “0–50 %”, “0–0 %”."""
    low, high = percent
    return f"{low}–{high} %"


def verdict_reason(working: Mapping[str, Any], commitment: Commitment) -> str:
    """Which threshold made the verdict, from the stored arithmetic."""
    method = working["methodology"]
    low, high = working["low"], working["high"]
    kept_at, broken_at = method["kept_at"], method["broken_at"]
    reasons = {
        Verdict.KEPT: f"Low is {low}, which is {kept_at} or more",
        Verdict.BROKEN: f"High is {high}, which is {broken_at} or less",
        Verdict.PARTLY_KEPT: f"Low is above {broken_at} and high is below {kept_at}",
        Verdict.UNRESOLVED: f"From {low} to {high} the range reaches over a threshold "
        f"({broken_at} or {kept_at}), so what is unknown could change the verdict",
        Verdict.NOT_YET_DUE: "Nothing is counted yet, and something is pending",
        Verdict.NOT_ASSESSED: "Nothing is counted, and nothing is pending",
    }
    verdict = working["verdict"]
    return f"{reasons[Verdict(verdict)]}: {verdict_on(commitment, verdict)}."


def tone(verdict: str, commitment: Commitment) -> str:
    """The shape and colour of a verdict: those of a broken promise are for promises alone."""
    if verdict not in (Verdict.KEPT, Verdict.PARTLY_KEPT, Verdict.BROKEN):
        return verdict
    if commitment.basis == Basis.MEASURED:
        return "measured"
    if is_unreached(verdict, commitment.force):
        return CountedAs.UNREACHED.value
    return verdict


def period_words(text: str) -> str:
    """“every 3 months” from P3M."""
    period = parse_period(text)
    units = (
        ("year", period.years),
        ("month", period.months),
        ("week", period.weeks),
        ("day", period.days),
    )
    said = [f"{number} {unit}{'s' if number > 1 else ''}" for unit, number in units if number]
    whole = " and ".join(said)
    return f"every {whole.removeprefix('1 ')}" if len(said) == 1 else f"every {whole}"
