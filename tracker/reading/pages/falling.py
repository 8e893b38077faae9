"""What would change if a source fell: worked out from the record, judged by nobody.

The rule is `scoring.falling`, told in SCORING.md. The number of queries does not depend on how
many commitments are touched.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from django.db.models import Prefetch, Q

from tracker.assessments.judging import cited_by_bearing
from tracker.assessments.models import Assessment, Finding
from tracker.commitments.enums import CriterionKind
from tracker.commitments.models import Commitment, Criterion
from tracker.evidence.models import Bearing, Direction, OutcomeKind, Sourcing
from tracker.reading.pages.lookup import with_sources
from tracker.reading.published import commitments, published
from tracker.reading.standing import Standing, standings
from tracker.scoring import (
    Confidence,
    Evidence,
    FindingValue,
    Held,
    Statement,
    Timeliness,
    Without,
    decimal6,
    without,
)
from tracker.sources.lineage import Lineage, falling_with, lineages
from tracker.sources.models import Quotation, Source

Fallen = Mapping[int, str]


@dataclass(frozen=True)
class FindingWithout:
    """One finding that cites what would fall, as it is and as it would be."""

    criterion: Criterion
    before: FindingValue
    after: FindingValue

    @property
    def changes(self) -> bool:
        """Whether it would no longer be settled."""
        return self.before != self.after


@dataclass(frozen=True)
class StandingWithout:
    """One commitment whose current judgement cites what would fall.

    `supposed` is its standing under the judgement as it would be, which is stored nowhere.
    """

    standing: Standing
    supposed: Standing
    without: Without
    findings: Sequence[FindingWithout]

    @property
    def changes(self) -> bool:
        """Whether verdict, range, coverage, confidence or its cap would change."""
        return self.without.changes


@dataclass(frozen=True)
class Falling:
    """What would follow if a source fell.

    `sources` fall with it; `changed` and `unchanged` are the commitments whose current judgement
    cites what would fall, those with another verdict first; `unspoken` those whose words nothing
    else on record reports.
    """

    source: Source
    sources: Sequence[Source]
    changed: Sequence[StandingWithout]
    unchanged: Sequence[StandingWithout]
    unspoken: Sequence[Commitment]

    @property
    def cited(self) -> int:
        """How many current judgements cite what would fall."""
        return len(self.changed) + len(self.unchanged)

    @property
    def verdicts(self) -> int:
        """How many verdicts, or their confidence, would be others."""
        return sum(1 for each in self.changed if each.without.verdict_changes)


def falling(source: Source, day: date) -> Falling:
    """What would follow on a day if the source fell, in the record's own arithmetic."""
    fallen = falling_with(source)
    each = sorted(
        _judgements(fallen, day),
        key=lambda one: (
            not one.without.verdict_changes,
            one.standing.commitment.lab.name,
            one.standing.commitment.title,
        ),
    )
    others = with_sources(published(Source), "").filter(pk__in=fallen).exclude(pk=source.pk)
    printed = Quotation.objects.filter(Q(source__in=fallen) | Q(said_in__in=fallen)).values("pk")
    named = Q(words__in=printed) | Q(reported_by__in=fallen)
    return Falling(
        source=source,
        sources=list(others.order_by("title", "slug")),
        changed=[one for one in each if one.changes],
        unchanged=[one for one in each if not one.changes],
        unspoken=list(commitments(day).filter(named).order_by("lab__name", "title", "slug")),
    )


def _judgements(fallen: Fallen, day: date) -> Iterable[StandingWithout]:
    """The current judgements that cite an outcome which one of the fallen sources states."""
    stating = Sourcing.objects.filter(
        Q(source__in=fallen) | Q(quotation__said_in__in=fallen)
    ).values("outcome")
    citing = dict(
        Finding.evidence.through.objects.filter(bearing__outcome__in=stating)
        .values_list("finding__assessment_id", "finding__assessment__commitment_id")
        .distinct()
    )
    touched = [
        standing
        for standing in standings(commitments(day).filter(pk__in=set(citing.values())))
        if standing.assessment and standing.assessment.pk in citing
    ]
    findings = _findings([one.assessment for one in touched if one.assessment])
    behind = lineages(
        {
            row.source_id
            for of_one in findings.values()
            for finding in of_one
            for bearing in finding.evidence.all()
            for row in bearing.outcome.sourcing.all()
        }
    )
    for standing in touched:
        assert standing.assessment is not None
        yield _without(standing, findings[standing.assessment.pk], behind, fallen)


def _findings(assessments: Iterable[Assessment]) -> dict[int, list[Finding]]:
    """The findings by assessment, in the criteria's order, with all that they cite."""
    sourcing = Sourcing.objects.select_related("source", "quotation__said_in").defer(
        "source__archived_text", "quotation__said_in__archived_text"
    )
    rows = (
        Finding.objects.filter(assessment__in=assessments)
        .select_related("criterion")
        .prefetch_related("evidence__outcome", Prefetch("evidence__outcome__sourcing", sourcing))
        .order_by("criterion__position", "id")
    )
    of: dict[int, list[Finding]] = defaultdict(list)
    for finding in rows:
        of[finding.assessment_id].append(finding)
    return of


def _without(
    standing: Standing,
    findings: Sequence[Finding],
    behind: Mapping[int, Lineage],
    fallen: Fallen,
) -> StandingWithout:
    assessment = standing.assessment
    assert assessment is not None
    lab, slugs = standing.commitment.lab_id, frozenset(fallen.values())
    held = [_held(finding, lab, behind) for finding in findings]
    result = without(held, slugs, Confidence(assessment.confidence), standing.methodology)
    touched = [
        FindingWithout(finding.criterion, *values)
        for finding, each, values in zip(findings, held, result.values, strict=True)
        if any(evidence.touched(slugs) for evidence in each.evidence)
    ]
    supposed = replace(standing, assessment=_supposed(assessment, result, touched))
    return StandingWithout(standing, supposed, result, touched)


def _held(finding: Finding, lab: int, behind: Mapping[int, Lineage]) -> Held:
    return Held(
        value=FindingValue(finding.value),
        evidence=tuple(_evidence(bearing, lab, behind) for bearing in finding.evidence.all()),
        weight=Fraction(finding.criterion.weight),
        words_oblige_publication=finding.criterion.publication_required,
    )


def _evidence(bearing: Bearing, lab: int, behind: Mapping[int, Lineage]) -> Evidence:
    rows, cited = bearing.outcome.sourcing.all(), list(cited_by_bearing(bearing, lab, behind))
    search = cited[0] if bearing.outcome.kind == OutcomeKind.SEARCH else None
    if search:
        cited = [replace(search, source=row.source.slug) for row in rows]
    return Evidence(
        statements=tuple(
            Statement(each, _taken_from(row)) for row, each in zip(rows, cited, strict=True)
        ),
        supports=bearing.direction == Direction.SUPPORTS,
        undermines=bearing.direction == Direction.UNDERMINES,
        search=search,
    )


def _taken_from(row: Sourcing) -> str | None:
    said_in = row.quotation.said_in if row.quotation else None
    return said_in.slug if said_in else None


def _supposed(
    assessment: Assessment, result: Without, findings: Sequence[FindingWithout]
) -> Assessment:
    """The judgement as it would be: never saved, and without an id so that it cannot be."""
    supposed, score = copy(assessment), result.after
    supposed.pk = None
    supposed.verdict = score.verdict.value
    supposed.confidence = result.confidence_after.value
    supposed.ceiling = result.cap_after.value
    supposed.low = None if score.low is None else decimal6(score.low)
    supposed.high = None if score.high is None else decimal6(score.high)
    supposed.coverage = decimal6(score.coverage)
    supposed.provisional = score.provisional
    supposed.working = score.as_dict()
    if any(one.changes and one.criterion.kind == CriterionKind.DONE for one in findings):
        # what is no longer known to be done is neither on time nor late
        supposed.timeliness, supposed.days_late = Timeliness.NOT_APPLICABLE.value, None
    return supposed
