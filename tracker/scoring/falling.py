"""What a score would be if a source fell. Told for readers in SCORING.md, "If a source falls".

No finding gets better by the loss of a source, so a range never narrows and no cap ever rises.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.scoring.commitment import Judged, Score, score_commitment
from tracker.scoring.confidence import Cited, at_most, ceiling, may_be_not_met
from tracker.scoring.methodology import V1, Confidence, FindingValue, Methodology

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands directly behind a source: slugs of the one through which it is known (None where
    it was read itself) and of those whose reporting it repeats."""

    read_via: str | None = None
    origins: frozenset[str] = frozenset()

    def falls(self, fallen: frozenset[str]) -> bool:
        """Known only through what fell, or repeating nothing but what fell."""
        return self.read_via in fallen or (bool(self.origins) and self.origins <= fallen)


def fallen_with(first: str, behind: Mapping[str, Behind]) -> frozenset[str]:
    """The source and all that falls with it, at any remove; a ring falls with any of its links."""
    fallen = frozenset({first})
    while more := {name for name, each in behind.items() if each.falls(fallen)} - fallen:
        fallen |= more
    return fallen


@dataclass(frozen=True, slots=True)
class Statement:
    """One source that states an outcome, as the confidence is reckoned from it.

    `taken_from` is the work from which it takes the words that it rests on, None for its own.
    """

    cited: Cited
    taken_from: str | None = None

    def falls(self, fallen: frozenset[str]) -> bool:
        """Its source falls, or the work whose words it hands on."""
        return self.cited.source in fallen or self.taken_from in fallen


@dataclass(frozen=True, slots=True)
class Evidence:
    """One outcome cited for a finding: who states it, and whether it `supports` or `undermines`
    (neither where it is mere context). `search` is set where it is a search that found nothing,
    and `statements` are then those of the documents that were searched."""

    statements: tuple[Statement, ...]
    supports: bool = False
    undermines: bool = False
    search: Cited | None = None

    def touched(self, fallen: frozenset[str]) -> bool:
        """Any of those who state it falls."""
        return any(one.falls(fallen) for one in self.statements)

    def falls(self, fallen: frozenset[str]) -> bool:
        """Nobody is left who states it. A search that names no source rests on none, and stays."""
        return bool(self.statements) and all(one.falls(fallen) for one in self.statements)

    def left(self, fallen: frozenset[str]) -> tuple[Cited, ...]:
        """What the confidence may still be reckoned from."""
        if self.falls(fallen):
            return ()
        if self.search:
            return (self.search,)
        return tuple(one.cited for one in self.statements if not one.falls(fallen))


@dataclass(frozen=True, slots=True)
class Held:
    """One finding with the evidence that it cites."""

    value: FindingValue
    evidence: tuple[Evidence, ...]
    weight: Fraction = Fraction(1)
    words_oblige_publication: bool = False

    def carrying(self) -> tuple[Evidence, ...]:
        """What the finding stands or falls with: the evidence that points its way (supporting for
        `met`, undermining for `not_met`, either for `partly_met`); all of it where none does."""
        wanted = {
            FindingValue.MET: (True, False),
            FindingValue.NOT_MET: (False, True),
        }.get(self.value, (True, True))
        pointing = tuple(
            one
            for one in self.evidence
            if (one.supports and wanted[0]) or (one.undermines and wanted[1])
        )
        return pointing or self.evidence


@dataclass(frozen=True, slots=True)
class Without:
    """One judgement as it is, and as it would be: `values` holds each finding's before and after.

    `cap` is the highest confidence that the evidence allows.
    """

    before: Score
    after: Score
    values: tuple[tuple[FindingValue, FindingValue], ...]
    cap_before: Confidence
    cap_after: Confidence
    confidence_before: Confidence
    confidence_after: Confidence

    @property
    def verdict_changes(self) -> bool:
        """Another verdict, or the same one at another confidence."""
        return (
            self.before.verdict != self.after.verdict
            or self.confidence_before != self.confidence_after
        )

    @property
    def changes(self) -> bool:
        """Anything that a reader is told: verdict, range, coverage, confidence or its cap."""
        return (
            self.verdict_changes
            or (self.before.low, self.before.high) != (self.after.low, self.after.high)
            or self.before.coverage != self.after.coverage
            or self.cap_before != self.cap_after
        )


def without(
    findings: Sequence[Held],
    fallen: frozenset[str],
    confidence: Confidence,
    methodology: Methodology = V1,
) -> Without:
    """The judgement without the fallen sources, in exact arithmetic.

    `confidence` is the one that its curators chose; it is kept as long as the cap allows it.
    """
    values = tuple((one.value, _value_without(one, fallen, methodology)) for one in findings)
    counted = [one for one in findings if methodology.worth(one.value) is not None]
    before = [_cap(_left(one.evidence, NOTHING)) for one in counted]
    # for each finding apart: what is left of a lab's self-report must not count as another's word
    after = [
        _lower(cap, _cap(_left(one.evidence, fallen)))
        for one, cap in zip(counted, before, strict=True)
    ]
    cap_before, cap_after = _lower(*before), _lower(*after)
    return Without(
        before=_score(findings, (old for old, _ in values), methodology),
        after=_score(findings, (new for _, new in values), methodology),
        values=values,
        cap_before=cap_before,
        cap_after=cap_after,
        confidence_before=confidence,
        # a cap that was lower all along is no doing of the source that falls
        confidence_after=(confidence if cap_before == cap_after else _lower(confidence, cap_after)),
    )


def _value_without(finding: Held, fallen: frozenset[str], methodology: Methodology) -> FindingValue:
    worth, carrying = methodology.worth(finding.value), finding.carrying()
    if worth is None or not worth.known or not any(one.touched(fallen) for one in carrying):
        return finding.value
    falls = all(one.falls(fallen) for one in carrying)
    if finding.value == FindingValue.NOT_MET and not falls:
        # what could not carry it alone, such as one unnamed voice, cannot when it is left alone
        falls = _may_be_not_met(finding, NOTHING) and not _may_be_not_met(finding, fallen)
    return FindingValue.UNVERIFIABLE if falls else finding.value


def _may_be_not_met(finding: Held, fallen: frozenset[str]) -> bool:
    return may_be_not_met(_left(finding.carrying(), fallen), finding.words_oblige_publication)


def _score(
    findings: Sequence[Held], values: Iterable[FindingValue], methodology: Methodology
) -> Score:
    judged = [
        Judged(value, finding.weight) for finding, value in zip(findings, values, strict=True)
    ]
    return score_commitment(judged, methodology)


def _left(evidence: Iterable[Evidence], fallen: frozenset[str]) -> tuple[Cited, ...]:
    return tuple(one for each in evidence for one in each.left(fallen))


def _cap(cited: Sequence[Cited]) -> Confidence:
    return ceiling([cited])


def _lower(*each: Confidence) -> Confidence:
    """The lowest of them; low where there is none, as for `ceiling`."""
    lowest = Confidence.HIGH if each else Confidence.LOW
    for one in each:
        lowest = one if at_most(one, lowest) else lowest
    return lowest
