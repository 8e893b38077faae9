"""One assessment laid open: its findings, the evidence each cites, the sums, other voices."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Prefetch, QuerySet, Subquery

from tracker.assessments.judging import COUNTED, cited_by_bearing
from tracker.assessments.models import Assessment, Dissent, Finding, Reply, ReplyStatus
from tracker.changes.kinds import Kind
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import record_topic
from tracker.changes.wording import body_of
from tracker.commitments.models import Commitment, Criterion
from tracker.evidence.models import Bearing
from tracker.reading.attribution import Attribution
from tracker.reading.pages.evidence_line import Line, bearings_on, line_of, lineages_behind
from tracker.reading.pages.lookup import one, with_sources
from tracker.reading.pages.quoted import attributed, quoted_in
from tracker.reading.published import commitments, published
from tracker.reading.standing import Standing, standing_from
from tracker.records.dates import today
from tracker.records.models import State
from tracker.records.plain import Plain
from tracker.scoring import (
    Cited,
    Confidence,
    Turning,
    ceiling,
    turning,
)
from tracker.sources.lineage import Lineage

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
    holds_back: bool  # no finding's evidence allows less confidence than this one's


@dataclass(frozen=True)
class Asked:
    """A request for a reply as it stood on a day: what came later had not come yet."""

    reply: Reply
    status: ReplyStatus

    @property
    def answered(self) -> bool:
        """Whether the lab's words had come."""
        return self.status == ReplyStatus.REPLIED


@dataclass(frozen=True)
class AssessmentDetail:
    """An assessment with everything that explains it."""

    standing: Standing
    lines: Sequence[FindingLine]
    dissents: Sequence[Dissent]
    asked: Sequence[Asked]

    @property
    def assessment(self) -> Assessment:
        """The assessment laid open."""
        assert self.standing.assessment is not None
        return self.standing.assessment

    @property
    def working(self) -> dict[str, Any]:
        """The stored arithmetic."""
        working: dict[str, Any] = self.assessment.working
        return working

    @property
    def cited(self) -> dict[int, list[int]]:
        """The positions of the criteria whose findings cite each bearing, by its id."""
        places: dict[int, list[int]] = defaultdict(list)
        for row in self.lines:
            for bearing in row.finding.evidence.all():
                places[bearing.pk].append(row.criterion.position)
        return places

    @property
    def held_back(self) -> Sequence[int]:
        """The criteria, by position, whose evidence allows the least confidence of all."""
        return [row.criterion.position for row in self.lines if row.holds_back]

    @property
    def turning(self) -> Turning:
        """What would change the verdict, by the methodology with which it was reached."""
        return turning(self.standing.judged or (), self.standing.methodology)


@dataclass(frozen=True)
class AssessmentPage:
    """The permanent page of one assessment."""

    detail: AssessmentDetail
    line: Line  # the evidence that its findings cite
    current: bool
    successor: Assessment | None
    predecessor: Assessment | None
    corrected: Change | None  # what last changed, since then, a thing that the approval binds
    attributions: dict[int, Attribution]


def assessments() -> QuerySet[Assessment]:
    """The published assessments, with the source of the reading that contests each."""
    return with_sources(published(Assessment), "contest_source")


def assessment_detail(
    standing: Standing,
    bearings: Mapping[int, Bearing],
    behind: Mapping[int, Lineage],
    asked: Sequence[Asked],
) -> AssessmentDetail:
    """Everything about the assessment of `standing`, which must have one.

    `bearings` are those on its commitment (`evidence_line.bearings_on`), `behind` is what stands
    behind their sources (`evidence_line.lineages_behind`).
    """
    assessment = standing.assessment
    assert assessment is not None
    findings = _findings(assessment, bearings)
    cited = {
        finding.pk: [
            each
            for bearing in finding.evidence.all()
            for each in cited_by_bearing(bearing, standing.commitment.lab_id, behind)
        ]
        for finding in findings
    }
    least = _least(findings, cited, assessment.ceiling)
    return AssessmentDetail(
        standing,
        [
            FindingLine(
                finding.criterion,
                finding,
                line,
                any(each.self_reported for each in cited[finding.pk]),
                finding.pk in least,
            )
            for finding, line in zip(findings, assessment.working.get("lines", []), strict=False)
        ],
        list(assessment.dissents.all()),
        asked,
    )


def _findings(assessment: Assessment, bearings: Mapping[int, Bearing]) -> list[Finding]:
    """Its findings in the order of the stored lines; the evidence shares its outcomes with
    `bearings`, so that they are fetched once."""
    evidence = Bearing.objects.order_by("outcome__occurred_on_start", "outcome__slug")
    findings = sorted(
        assessment.findings.select_related("criterion").prefetch_related(
            Prefetch("evidence", evidence)
        ),
        key=lambda finding: finding.criterion.position,
    )
    for finding in findings:
        for bearing in finding.evidence.all():
            if bearing.pk in bearings:
                bearing.outcome = bearings[bearing.pk].outcome
    return findings


def _least(
    findings: Sequence[Finding], cited: Mapping[int, Sequence[Cited]], stored: str
) -> set[int]:
    """The counted findings, by id, whose evidence allows no more than the whole does.

    None where the record of the sources has been corrected since and allows something else now.
    """
    allowed = {
        finding.pk: ceiling([cited[finding.pk]]) for finding in findings if finding.value in COUNTED
    }
    if ceiling([cited[each] for each in allowed]) != stored or stored == Confidence.HIGH:
        return set()
    return {each for each, confidence in allowed.items() if confidence == stored}


def replies_of(commitment: Commitment, day: date) -> list[Asked]:
    """The published requests for a reply that were made by `day`, as they stood, newest first."""
    rows = with_sources(published(Reply), "source").filter(commitment=commitment)
    if day >= today():
        return [Asked(reply, ReplyStatus(reply.status)) for reply in rows]
    return [Asked(reply, _status(reply, day)) for reply in rows.filter(asked_on__lte=day)]


def _status(reply: Reply, day: date) -> ReplyStatus:
    if reply.received_on and reply.received_on > day:
        return ReplyStatus.AWAITING
    if reply.status == ReplyStatus.NO_REPLY and reply.due_on >= day:
        return ReplyStatus.AWAITING
    return ReplyStatus(reply.status)


def assessment_page(slug: str, day: date) -> AssessmentPage:
    """The page of one assessment. Raises Missing or Gone."""
    assessment = one(assessments().select_related("commitment", "supersedes"), slug)
    promised = with_sources(commitments(day), "words__source", "reported_by")
    now = standing_from(one(promised, assessment.commitment.slug), {assessment.pk: assessment})
    ended = until(assessment, day) if now.denied_on else None
    bearings = bearings_on(now.commitment)
    behind = lineages_behind(bearings.values())
    asked = replies_of(now.commitment, day)
    detail = assessment_detail(now.under(assessment, ended), bearings, behind, asked)
    cited = detail.cited
    grounds = [bearing for pk, bearing in bearings.items() if pk in cited]
    line = line_of(now.commitment, grounds, behind, cited, day)
    earlier = assessment.supersedes
    later = published(Assessment).filter(supersedes=assessment).order_by("effective_on")
    return AssessmentPage(
        detail=detail,
        line=line,
        current=now.assessment == assessment,
        successor=later.first(),
        predecessor=earlier if earlier and earlier.state == State.PUBLISHED else None,
        corrected=_corrected_since(assessment, [row.criterion.position for row in detail.lines]),
        attributions=attributed(
            [now.commitment.words], quoted_in([each.outcome for each in line.evidence])
        ),
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


def until(assessment: Assessment, day: date) -> date | None:
    """When a later judgement took its place, as far as that had happened by `day`: one query."""
    return ends_of([assessment.commitment_id], day).get(assessment.pk)


def ends_of(promised: Collection[int], day: date) -> dict[int, date | None]:
    """By assessment id, for these commitments: when the next judgement took its place, which may be
    on the day of its own. One query."""
    rows = published(Assessment).filter(commitment__in=promised, effective_on__lte=day)
    rows = rows.order_by("commitment", "effective_on", "published_at", "id")
    found = list(rows.values_list("pk", "commitment_id", "effective_on"))
    return {
        pk: after[2] if after and after[1] == commitment else None
        for (pk, commitment, _), after in zip(found, [*found[1:], None], strict=False)
    }
