"""What an assessment amounts to: its score, ceiling and timeliness, worked out from its findings.

Reads, never writes: `curation` stores the result, `rescore --check` compares it.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tracker.assessments.models import Assessment, Finding
from tracker.commitments.enums import CriterionKind
from tracker.commitments.models import Criterion
from tracker.evidence.models import Bearing, Direction, OutcomeKind, Sourcing
from tracker.records.fetching import fetch, fetch_lists
from tracker.scoring import (
    BY_VERSION,
    V1,
    Cited,
    Confidence,
    FindingValue,
    Judged,
    Methodology,
    Score,
    Tier,
    Timeliness,
    ceiling,
    decimal6,
    may_be_not_met,
    score_commitment,
    timeliness,
)
from tracker.sources.lineage import Lineage, lineages
from tracker.sources.models import Source

COUNTED = frozenset(
    {
        FindingValue.MET,
        FindingValue.PARTLY_MET,
        FindingValue.NOT_MET,
        FindingValue.UNVERIFIABLE,
    }
)


@dataclass(frozen=True)
class Judgement:
    """Everything about an assessment that is computed."""

    score: Score
    ceiling: Confidence
    timeliness: Timeliness
    days_late: int | None

    def columns(self) -> dict[str, Any]:
        """The values of the assessment's computed columns."""
        return {
            "low": _decimal(self.score.low),
            "high": _decimal(self.score.high),
            "coverage": decimal6(self.score.coverage),
            "verdict": self.score.verdict.value,
            "provisional": self.score.provisional,
            "timeliness": self.timeliness.value,
            "days_late": self.days_late,
            "ceiling": self.ceiling.value,
            "working": self.score.as_dict(),
        }


def _decimal(share: Fraction | None) -> Decimal | None:
    return None if share is None else decimal6(share)


def criteria_of(assessment: Assessment) -> list[Criterion]:
    """The criteria of the edition that the assessment stands on, in order."""
    return [
        criterion
        for criterion in assessment.commitment.criteria.all()
        if criterion.edition == assessment.edition
    ]


def findings_of(assessment: Assessment) -> list[Finding]:
    """Its findings with criterion and evidence, in the criteria's order, without private texts."""
    findings = list(assessment.findings.select_related("criterion"))
    _fetch_evidence(findings)
    return _in_order(findings)


def _fetch_evidence(findings: Sequence[Finding]) -> None:
    outcomes = fetch(fetch_lists(findings, "evidence"), "outcome")
    sourcing = fetch_lists(outcomes, "sourcing")
    fetch(sourcing, "source", Source.objects.defer("archived_text"))


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.criterion.position)


@dataclass(frozen=True)
class Ground:
    """What a judgement stands on: its findings in the criteria's order, and what each cites."""

    findings: Sequence[Finding]
    cited: Sequence[Sequence[Cited]]


#: Where an assessment keeps its ground, as Django keeps with a row what it fetched for it.
_KEPT = "_ground"


def ground_of(assessment: Assessment) -> Ground:
    """Its ground as it stands now, or as `keep_grounds` found it."""
    kept = vars(assessment).get(_KEPT)
    if isinstance(kept, Ground):
        return kept
    findings = findings_of(assessment)
    return _ground(findings, assessment.commitment.lab_id, lineages(_sources(findings)))


def keep_grounds(assessments: Collection[Assessment]) -> None:
    """Fetch the grounds of all, with their commitments, in a few queries.

    For whoever has just read these assessments and asks more than once: what is kept is not looked
    up again.
    """
    assessments = list(assessments)
    commitments = fetch(assessments, "commitment")
    fetch_lists(commitments, "criteria")
    findings = fetch_lists(assessments, "findings")
    fetch(findings, "criterion")
    _fetch_evidence(findings)
    found = {id(each): _in_order(each.findings.all()) for each in assessments}
    behind = lineages(_sources(findings))
    for each in assessments:
        vars(each)[_KEPT] = _ground(found[id(each)], each.commitment.lab_id, behind)


def judge(assessment: Assessment, methodology: Methodology = V1) -> Judgement:
    """Work out the assessment from its findings (DESIGN sections 5 and 6)."""
    ground = ground_of(assessment)
    findings = ground.findings
    score = score_commitment(
        [
            Judged(FindingValue(finding.value), Fraction(finding.criterion.weight))
            for finding in findings
        ],
        methodology,
    )
    due_end = assessment.commitment.deadline_due_on_end
    on_time, days_late = timeliness(
        [
            (FindingValue(finding.value), _day_met(finding, due_end))
            for finding in findings
            if finding.criterion.kind == CriterionKind.DONE
        ],
        due_end,
    )
    return Judgement(
        score=score,
        ceiling=ceiling(
            [
                cited
                for finding, cited in zip(findings, ground.cited, strict=True)
                if finding.value in COUNTED
            ]
        ),
        timeliness=on_time,
        days_late=days_late,
    )


def _day_met(finding: Finding, due_end: date | None) -> date | None:
    """The last day of `met_on`, or None where its precision leaves open whether that was late."""
    start, end = finding.met_on_start, finding.met_on_end
    if start and end and due_end and start.date() <= due_end < end:
        return None
    return end


def _ground(findings: Sequence[Finding], lab: int, behind: Mapping[int, Lineage]) -> Ground:
    """`lab` is the id of the one who promised. Findings need their evidence, its outcome, sourcing
    and sources loaded, as `findings_of` does."""
    cited = [
        [
            cited
            for bearing in finding.evidence.all()
            for cited in cited_by_bearing(bearing, lab, behind)
        ]
        for finding in findings
    ]
    return Ground(findings, cited)


def _sources(findings: Iterable[Finding]) -> set[int]:
    """The ids of the sources that the findings' evidence rests on."""
    return {
        sourcing.source_id
        for finding in findings
        for bearing in finding.evidence.all()
        for sourcing in bearing.outcome.sourcing.all()
    }


def in_own_words(sourcing: Sourcing, lab: int, lineage: Lineage) -> bool:
    """Whether the lab itself says it, and not others of the lab; `lineage` is the source's."""
    return lineage.tier == Tier.PRIMARY_LAB and sourcing.source.lab_id == lab


def cited_by_bearing(bearing: Bearing, lab: int, behind: Mapping[int, Lineage]) -> Iterable[Cited]:
    """One piece of evidence for each source of an outcome; `behind` holds their lineages."""
    outcome = bearing.outcome
    if outcome.kind == OutcomeKind.SEARCH:
        # a search that found nothing is evidence of a kind, but no source
        yield Cited(outcome.slug, frozenset(), Tier.TERTIARY, is_search=True)
        return
    for sourcing in outcome.sourcing.all():
        source, lineage = sourcing.source, behind[sourcing.source_id]
        own_words = in_own_words(sourcing, lab, lineage)
        yield Cited(
            source=source.slug,
            origins=lineage.origins,
            tier=lineage.tier,
            against_interest=own_words and bearing.direction == Direction.UNDERMINES,
            self_reported=own_words and bearing.direction == Direction.SUPPORTS,
            unnamed=sourcing.unnamed,
        )


def unsupported(assessment: Assessment) -> list[int]:
    """Places (from 0) of each `not_met` that its evidence cannot carry: they are `unverifiable`."""
    ground = ground_of(assessment)
    return [
        place
        for place, (finding, cited) in enumerate(zip(ground.findings, ground.cited, strict=True))
        if finding.value == FindingValue.NOT_MET
        and not may_be_not_met(cited, finding.criterion.publication_required)
    ]


def content_hash(assessment: Assessment) -> str:
    """SHA-256 of what an approval binds: obligation, criteria, weights, findings, evidence.

    Evidence is bound with its sources' tiers, origins and flags, on which the confidence rests.
    """
    ground = ground_of(assessment)
    commitment = assessment.commitment
    content = {
        "commitment": [commitment.lab_id, commitment.force, commitment.basis],
        "deadline": [
            commitment.deadline_kind,
            commitment.deadline_due_on,
            commitment.deadline_triggered_on,
        ],
        "obligation": commitment.obligation,
        "edition": assessment.edition,
        "supersedes": assessment.supersedes_id,
        "effective_on": assessment.effective_on.isoformat(),
        "rationale": assessment.rationale,
        "confidence": assessment.confidence,
        "contest": [
            assessment.contest_verdict,
            assessment.contest_held_by,
            assessment.contest_source_id,
            assessment.contest_reading,
        ],
        "reply_waiver": assessment.reply_waiver,
        "findings": [
            {
                "question": finding.criterion.question,
                "evidence_needed": finding.criterion.evidence_needed,
                "kind": finding.criterion.kind,
                "publication_required": finding.criterion.publication_required,
                "weight": str(Fraction(finding.criterion.weight)),
                "value": finding.value,
                "note": finding.note,
                "met_on": finding.met_on,
                "evidence": sorted(
                    [bearing.outcome.slug, bearing.outcome.version, bearing.direction]
                    for bearing in finding.evidence.all()
                ),
                "cited": sorted(
                    [each.source, each.tier, sorted(each.origins), each.unnamed] for each in cited
                ),
            }
            for finding, cited in zip(ground.findings, ground.cited, strict=True)
        ],
        "dissents": sorted(
            [each.held_by, each.verdict, each.reading] for each in assessment.dissents.all()
        ),
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def differences(assessment: Assessment) -> list[tuple[str, Any, Any]]:
    """(column, stored, worked out again) for every column of the score that does not agree.

    Ceiling and timeliness are as they were on the day of publication: a source's tier or a due date
    may be corrected later, with an entry of its own in the log, and a new assessment then follows.
    """
    version = assessment.working.get("methodology", {}).get("version")
    worked_out = judge(assessment, BY_VERSION.get(version, V1)).columns()
    return [
        (column, getattr(assessment, column), worked_out[column])
        for column in ("low", "high", "coverage", "verdict", "provisional", "working")
        if getattr(assessment, column) != worked_out[column]
    ]
