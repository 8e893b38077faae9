"""How a verdict is said, everywhere: on pages, in feeds, in the log."""

from typing import Protocol

from tracker.commitments.enums import Basis, Force
from tracker.commitments.models import Commitment
from tracker.scoring import Confidence, Verdict

_PROMISE = {
    Verdict.KEPT: "kept",
    Verdict.PARTLY_KEPT: "partly kept",
    Verdict.BROKEN: "broken",
}
# "We aim" is never shown as a broken promise.
_AIM = {
    Verdict.KEPT: "reached",
    Verdict.PARTLY_KEPT: "partly reached",
    Verdict.BROKEN: "not reached",
}
# What a study measured nobody promised, so nothing was kept or broken.
_MEASURED = {
    Verdict.KEPT: "criteria met",
    Verdict.PARTLY_KEPT: "criteria partly met",
    Verdict.BROKEN: "criteria not met",
}
_UNDECIDED = {
    Verdict.UNRESOLVED: "unresolved",
    Verdict.NOT_YET_DUE: "not yet due",
    Verdict.NOT_ASSESSED: "not assessed",
}


class Judged(Protocol):
    """An assessment, or a commitment with its verdict of a day."""

    @property
    def verdict(self) -> str: ...
    @property
    def provisional(self) -> bool: ...
    @property
    def confidence(self) -> str: ...


def said(judged: Judged, commitment: Commitment) -> str:
    """The verdict on a commitment as it is said: "reported broken so far"."""
    return verdict_on(
        commitment,
        judged.verdict,
        provisional=judged.provisional,
        confidence=judged.confidence,
    )


def verdict_on(
    commitment: Commitment,
    verdict: str,
    *,
    provisional: bool = False,
    confidence: str = Confidence.HIGH,
) -> str:
    """A verdict as it is said of this commitment: by itself "broken", of an aim "not reached"."""
    return verdict_words(
        verdict,
        provisional=provisional,
        confidence=confidence,
        force=commitment.force,
        basis=commitment.basis,
    )


def verdict_words(
    verdict: str, *, provisional: bool, confidence: str, force: str, basis: str
) -> str:
    """The verdict with what must be said in the same breath: "reported broken so far".

    "Reported" at low confidence; "so far" while any criterion is pending.
    """
    known = Verdict(verdict)
    if known in _UNDECIDED:
        words = _UNDECIDED[known]
        return f"{words} so far" if provisional and known is Verdict.UNRESOLVED else words
    if basis == Basis.MEASURED:
        words = _MEASURED[known]
    else:
        words = (_AIM if force == Force.AIM else _PROMISE)[known]
    if confidence == Confidence.LOW:
        words = f"reported {words}"
    return f"{words} so far" if provisional else words
