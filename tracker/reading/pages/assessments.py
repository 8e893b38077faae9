"""One assessment laid open: its findings, the evidence each cites, the sums, other voices."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Prefetch, QuerySet, Subquery

from tracker.assessments.judging import cited_by
from tracker.assessments.models import Assessment, Dissent, Finding, Reply
from tracker.changes.kinds import Kind
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import record_topic
from tracker.changes.wording import body_of
from tracker.commitments.models import Commitment, Criterion
from tracker.evidence.models import Bearing, Discrepancy, Outcome
from tracker.reading.attribution import Attribution
from tracker.reading.pages.lookup import one, with_sources
from tracker.reading.pages.quoted import attributed, quoted_in, sourcing
from tracker.reading.published import commitments, published
from tracker.reading.standing import Standing, standings
from tracker.records.models import State
from tracker.records.plain import Plain

#: The kinds of entries that state a published commitment anew.
_REWORDS = (
    Kind.COMMITMENT_CORRECTED,
    Kind.COMMITMENT_SUPERSEDED,
    Kind.COMMITMENT_WITHDRAWN,
    Kind.CRITERIA_REVISED,
)


@dataclass(frozen=True)
class FindingLine:
    """One criterion with its finding and its line of the arithmetic."""

    criterion: Criterion
    finding: Finding
    line: dict[str, Any]
    self_reported: bool  # the lab's own word that it delivered is among the evidence


@dataclass(frozen=True)
class AssessmentDetail:
    """An assessment with everything that explains it."""

    standing: Standing
    lines: Sequence[FindingLine]
    dissents: Sequence[Dissent]
    replies: Sequence[Reply]
    successor: Assessment | None

    @property
    def working(self) -> dict[str, Any]:
        """The stored arithmetic."""
        assert self.standing.assessment is not None
        working: dict[str, Any] = self.standing.assessment.working
        return working


@dataclass(frozen=True)
class Evidence:
    """One outcome and all its bearings of one direction on a commitment."""

    outcome: Outcome
    bearings: Sequence[Bearing]


@dataclass(frozen=True)
class AssessmentPage:
    """The permanent page of one assessment."""

    detail: AssessmentDetail
    current: bool
    attributions: dict[int, Attribution]
    corrected: Change | None  # what last changed, since then, a thing that the approval binds


def assessments() -> QuerySet[Assessment]:
    """The published assessments, with the source of the reading that contests each."""
    return with_sources(published(Assessment), "contest_source")


def assessment_detail(standing: Standing, replies: Sequence[Reply]) -> AssessmentDetail:
    """Everything about the assessment of `standing`, which must have one."""
    assessment = standing.assessment
    assert assessment is not None
    evidence = _bearings().order_by("outcome__occurred_on_start", "outcome__slug")
    findings: list[Finding] = sorted(
        assessment.findings.select_related("criterion").prefetch_related(
            Prefetch("evidence", evidence)
        ),
        # the order of the stored lines
        key=lambda finding: finding.criterion.position,
    )
    cited = cited_by(findings, standing.commitment.lab_id)
    return AssessmentDetail(
        standing,
        [
            FindingLine(
                finding.criterion,
                finding,
                line,
                any(each.self_reported for each in cited[finding.pk]),
            )
            for finding, line in zip(findings, assessment.working.get("lines", []), strict=False)
        ],
        list(assessment.dissents.all()),
        replies,
        published(Assessment).filter(supersedes=assessment).order_by("effective_on").first(),
    )


def bearings_on(commitment: Commitment) -> list[Bearing]:
    """The bearings of published outcomes on a commitment, in order of date."""
    rows = _bearings().filter(commitment=commitment, outcome__state=State.PUBLISHED)
    return list(rows.order_by("outcome__occurred_on_start", "outcome__slug", "id"))


def _bearings() -> QuerySet[Bearing]:
    # The outcome is prefetched, not joined, so that each is one object however often it bears.
    outcomes = Outcome.objects.prefetch_related(
        sourcing("sourcing"),
        Prefetch("discrepancies", published(Discrepancy)),
    )
    return Bearing.objects.select_related("criterion").prefetch_related(
        Prefetch("outcome", outcomes)
    )


def evidence_of(bearings: Iterable[Bearing], direction: str) -> list[Evidence]:
    """The outcomes that bear in this direction, each once, in the order of the bearings."""
    by_outcome: dict[Outcome, list[Bearing]] = defaultdict(list)
    for bearing in bearings:
        if bearing.direction == direction:
            by_outcome[bearing.outcome].append(bearing)
    return [Evidence(outcome, rows) for outcome, rows in by_outcome.items()]


def replies_of(commitment: Commitment) -> list[Reply]:
    """The published requests for a reply, newest first."""
    return list(with_sources(published(Reply), "source").filter(commitment=commitment))


def assessment_page(slug: str, day: date) -> AssessmentPage:
    """The page of one assessment. Raises Missing or Gone."""
    assessment = one(assessments().select_related("commitment"), slug)
    (now,) = standings([one(commitments(day), assessment.commitment.slug)])
    until = _until(assessment, day) if now.denied_on else None
    detail = assessment_detail(now.under(assessment, until), replies_of(now.commitment))
    cited = [each.outcome for line in detail.lines for each in line.finding.evidence.all()]
    return AssessmentPage(
        detail,
        now.assessment == assessment,
        attributed(quoted_in(cited)),
        _corrected_since(assessment, [line.criterion.position for line in detail.lines]),
    )


def _corrected_since(assessment: Assessment, positions: Sequence[int]) -> Change | None:
    """The newest correction of what its content hash binds of the commitment, if that changed.

    Read off the log, in one query; what was changed and then changed back has not changed. A
    redacted entry no longer tells what it changed, and is named to be on the safe side.
    """
    own = ChangeTopic.objects.filter(
        topic=record_topic(assessment.noun(), assessment.slug), kind=Kind.ASSESSMENT_PUBLISHED
    )
    since = ChangeTopic.objects.filter(
        topic=record_topic(Commitment.noun(), assessment.commitment.slug),
        kind__in=_REWORDS,
        sequence__gt=Subquery(own.values("sequence")[:1]),
    )
    rows = Change.objects.filter(sequence__in=since.values("sequence")).order_by("sequence")
    moved = []
    for change in rows:
        body = body_of(change)
        before, after = (
            _bound(body[side], assessment.edition, positions) if body else None
            for side in ("before", "after")
        )
        if not body or before != after:
            moved.append((change, before, after))
    if not moved:
        return None
    newest, _, stands = moved[-1]
    judged = moved[0][1]
    restored = judged == stands and all(before for _, before, _ in moved)
    return None if restored else newest


def _bound(plain: Plain, edition: int, positions: Sequence[int]) -> Plain:
    """What `judging.content_hash` takes from a commitment's plain form."""
    deadline = plain["deadline"]
    return {
        **{name: plain[name] for name in ("lab", "force", "basis", "obligation")},
        **{f"deadline_{name}": deadline[name] for name in ("kind", "due_on", "triggered_on")},
        "criteria": {
            row["position"]: [
                row[name]
                for name in ("question", "evidence_needed", "kind", "publication_required")
            ]
            + [Fraction(row["weight"])]
            for row in plain["criteria"]
            if row["edition"] == edition and row["position"] in positions
        },
    }


def _until(assessment: Assessment, day: date) -> date | None:
    """When a later judgement took its place, as far as that had happened by `day`."""
    later = published(Assessment).filter(
        commitment=assessment.commitment,
        effective_on__gt=assessment.effective_on,
        effective_on__lte=day,
    )
    return later.order_by("effective_on").values_list("effective_on", flat=True).first()
