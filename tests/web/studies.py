"""Made-up pledges with clauses, labs and what became of them."""

from datetime import UTC, date, datetime
from typing import Any

from tests.builders import (
    make_assessment,
    make_commitment,
    make_lab,
    make_outcome,
    make_pledge,
    make_source,
    published,
)
from tracker.assessments.models import Assessment
from tracker.commitments.models import Clause, Commitment, Pledge
from tracker.curation.standing import mend
from tracker.labs.models import Lab
from tracker.records.models import State
from tracker.scoring import FindingValue, Judged, score_commitment
from tracker.sources.models import Source

#: Clause by clause, for each lab what was found of its criteria; None: not measured.
FOUND: dict[tuple[str, str], tuple[list[str] | None, list[str] | None]] = {
    ("Security", "Keep the example safe"): (
        ["met"] * 5 + ["not_met"] * 3,  # 62.5 %
        ["met"] + ["not_met"] * 7,  # 12.5 %
    ),
    ("Security", "Test the example"): (["partly_met"], ["unverifiable"]),
    ("Openness", "Publish the example"): (["met", "pending"], None),
}
#: Half up; and pooled: 6.5/10, then 1/9 to 2/9.
CELLS: list[list[tuple[int, int] | None]] = [
    [(63, 63), (13, 13)],
    [(50, 50), (0, 100)],
    [(100, 100), None],
]
TOTALS = [(65, 65), (11, 22)]


def make_matrix(
    clauses: list[tuple[str, str]], labs: list[Lab], role: str = "signed", **fields: Any
) -> Pledge:
    """A pledge of (group, title) clauses and its parties."""
    pledge = make_pledge(draft=True, **fields)
    for place, (group, title) in enumerate(clauses):
        pledge.clauses.create(number=str(place + 1), group=group, title=title, position=place)
    for lab in labs:
        pledge.parties.create(lab=lab, role=role)
    return published(pledge)


def make_study(kind: str = "scorecard", basis: str = "measured") -> Pledge:
    """Example Lab A and Example Lab B, measured as FOUND says."""
    labs = [
        make_lab(slug=f"example-lab-{name}", name=f"Example Lab {name.upper()}") for name in "ab"
    ]
    study = make_matrix([*FOUND], labs, slug="example-study", kind=kind, title="Example Study")
    for clause, found in zip(study.clauses.all(), FOUND.values(), strict=True):
        for lab, values in zip(labs, found, strict=True):
            if values is not None:
                item = make_commitment(
                    slug=f"item-{clause.number}-{lab.slug}",
                    lab=lab,
                    pledge=study,
                    clause=clause,
                    criteria=len(values),
                    basis=basis,
                )
                judge(item, values)
    return study


def judge(commitment: Commitment, values: list[str], **fields: Any) -> Assessment:
    """A judgement on evidence that bears findings of every kind."""
    seen = make_outcome(bears_on=commitment, sources=(make_source(), make_source()))
    return make_assessment(commitment=commitment, values=values, evidence=(seen,), **fields)


def make_large(rows: int, columns: int) -> Pledge:
    """As many clauses and labs as asked, past the log and its guards: for what a page weighs."""
    labs = [make_lab(name=f"Example Lab {place:02}") for place in range(columns)]
    pledge = make_matrix(
        [
            (f"Part {place // 20 + 1}", f"Publish the example report {place}")
            for place in range(rows)
        ],
        labs,
        kind="joint_pledge",
        slug="example-large-pledge",
    )
    pattern = make_commitment(lab=labs[0], reported_by=Source.objects.first())
    commitments = [_alike(pattern, clause, lab) for clause in pledge.clauses.all() for lab in labs]
    Commitment.objects.bulk_create(commitments)
    Assessment.objects.bulk_create(_judged(each, place) for place, each in enumerate(commitments))
    mend()
    return pledge


def _alike(pattern: Commitment, clause: Clause, lab: Lab) -> Commitment:
    columns = {
        field.attname: getattr(pattern, field.attname)
        for field in Commitment._meta.concrete_fields
        if not field.primary_key
    }
    own = {"lab_id": lab.pk, "pledge_id": clause.pledge_id, "clause_id": clause.pk}
    return Commitment(**columns | own | {"slug": f"example-{clause.number}-{lab.slug}"})


def _judged(commitment: Commitment, place: int) -> Assessment:
    values = [*FindingValue][: place % len(FindingValue) + 1]
    score = score_commitment([Judged(value) for value in values])
    return Assessment(
        slug=f"judged-{commitment.slug}",
        commitment=commitment,
        effective_on=date(2024, 3, 4),
        rationale="As seen.",
        confidence="low",
        state=State.PUBLISHED,
        origin="imported",
        batch="tests",
        published_at=datetime(2024, 3, 4, tzinfo=UTC),
        verdict=score.verdict,
        provisional=score.provisional,
        working=score.as_dict(),
    )
