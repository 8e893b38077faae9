"""What a published assessment stands on, and therefore stays as it is."""

from tracker.assessments.models import Assessment
from tracker.commitments.models import Commitment
from tracker.evidence.models import Bearing, Outcome
from tracker.records.models import Record, State
from tracker.records.plain import Plain, Problem, to_plain
from tracker.records.prepared import Prepared

#: The editions that a commitment was judged by.
_JUDGED = Prepared(
    lambda: (
        Assessment.objects.exclude(state=State.DRAFT).order_by().values_list("edition", flat=True)
    ),
    "commitment",
)


def frozen_criteria(record: Record, before: Plain, after: Plain) -> list[Problem]:
    """Criteria that a published assessment stands on do not change (DESIGN section 4)."""
    if not isinstance(record, Commitment):
        return []
    judged = set(_JUDGED.rows([record.pk]))
    kept = {(row["edition"], row["position"]): row for row in after["criteria"]}
    problems = [
        Problem((name,), f"An assessment stands on it, so its {name} stays; retract it instead.")
        for name in ("lab", "basis")
        if judged and before[name] != after[name]
    ] + [
        Problem(
            ("criteria",),
            f"Criterion {row['position']} of edition {row['edition']} is frozen, since an "
            "assessment stands on it. Write a new edition, with a public reason.",
        )
        for row in before["criteria"]
        if row["edition"] in judged and kept.get((row["edition"], row["position"])) != row
    ]
    old = {(row["edition"], row["position"]) for row in before["criteria"]}
    problems += [
        Problem(
            ("criteria",),
            f"Edition {row['edition']} is frozen: a criterion is added to it only for a new "
            "occasion, which it names.",
        )
        for key, row in kept.items()
        if row["edition"] in judged and key not in old and not row["occasion"]
    ]
    return problems


def cited_bearings(record: Record) -> dict[int, Plain]:
    """The bearings of an outcome on which an assessment rests that is no mere draft."""
    if not isinstance(record, Outcome):
        return {}
    cited = Bearing.objects.filter(outcome=record, findings__isnull=False)
    judged = cited.exclude(findings__assessment__state=State.DRAFT).distinct()
    return {bearing.pk: to_plain(bearing) for bearing in judged}


def lost_evidence(record: Record, cited: dict[int, Plain]) -> list[Problem]:
    """A published judgement keeps the evidence that it cites."""
    kept = {bearing.pk: to_plain(bearing) for bearing in Bearing.objects.filter(pk__in=cited)}
    return [
        Problem(
            ("bearings",),
            f"An assessment of {plain['commitment']!r} cites this bearing: it stays as it is, but "
            "for its note. Write another assessment without it.",
        )
        for pk, plain in cited.items()
        if {**kept.get(pk, {}), "note": ""} != {**plain, "note": ""}
    ]
