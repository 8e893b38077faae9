"""Each noun as the API gives it: its ONE representation, and what is computed as of a day.

A shape takes records of a list, loads what it needs in a number of queries that does not depend on
how many they are, and returns a dict of JSON values for each, in their order. `shape_schemas` has
the JSON Schema of each.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects

from tracker.assessments.models import Assessment, Finding
from tracker.changes.log import timestamp
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import changes_of
from tracker.commitments.enums import Basis, DeadlineKind, PledgeKind
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import Discrepancy
from tracker.labs.models import Lab
from tracker.reading.attribution import attributions
from tracker.reading.loading import whole
from tracker.reading.published import as_it_stood, open_on, surely_by
from tracker.reading.published import commitments as commitments_by
from tracker.reading.represent import number, represent, represent_change, score_of
from tracker.reading.standing import Standing, standings
from tracker.reading.totals import LabTotals, lab_totals
from tracker.records.models import Record, State
from tracker.records.plain import Plain
from tracker.scoring import (
    LabScore,
    PooledShare,
    pooled_share,
)
from tracker.sources.lineage import lineages
from tracker.sources.models import Quotation, Source

#: The finding of each criterion, by the ids of its assessment and itself.
Findings = Mapping[tuple[int, int], str]


def commitments(rows: Sequence[Commitment], day: date) -> list[Plain]:
    """Commitments that `published.commitments` annotated for the day, with every axis by itself."""
    loaded = _loaded(rows, Commitment, Prefetch("successor", _titled()))
    stood = standings(loaded)
    judged = [each.assessment for each in stood if each.assessment]
    sources = Source._default_manager.only("slug").order_by()
    prefetch_related_objects(judged, Prefetch("contest_source", sources))
    cells = Finding.objects.filter(assessment__in=judged).order_by()
    findings = {
        (assessment, criterion): value
        for assessment, criterion, value in cells.values_list(
            "assessment_id", "criterion_id", "value"
        )
    }
    return [_commitment(each, findings, day) for each in stood]


def labs(rows: Sequence[Lab], day: date) -> list[Plain]:
    """Labs, with the count of each verdict and the score as of the day."""
    return [_lab(each.lab, each) for each in lab_totals(_loaded(rows, Lab), day)]


def pledges(rows: Sequence[Pledge], day: date) -> list[Plain]:
    """Pledges; scorecards with each lab's total, pooled over all its criteria as of the day."""
    loaded = _loaded(rows, Pledge)
    totals = _totals([row for row in loaded if row.kind == PledgeKind.SCORECARD], day)
    return [_told(row) | {"totals": totals.get(row.pk, [])} for row in loaded]


def sources(rows: Sequence[Source], day: date) -> list[Plain]:
    """Sources, without their archived text. `url` is the document's own address, `page` ours."""
    behind = lineages([row.pk for row in rows])
    return [
        represent(row) | {"effective_tier": behind[row.pk].tier.value, "page": _page(row)}
        for row in _loaded(rows, Source)
    ]


def quotations(rows: Sequence[Quotation], day: date) -> list[Plain]:
    """Quotations of `pages.quoted.quotations`, and how surely the words are their speaker's."""
    sure = attributions(rows)
    return [
        {"id": row.slug} | _told(row) | {"attribution": sure[row.pk].value}
        for row in _loaded(rows, Quotation)
    ]


def assessments(rows: Sequence[Assessment], day: date) -> list[Plain]:
    """Judgements with their findings, the working of their scores, and who made them."""
    about = Commitment._default_manager.only("slug", "state", "title", "force", "basis")
    return [
        _told(row)
        | {
            "verdict": row.verdict if row.commitment.basis == Basis.PROMISED else None,
            "published_at": timestamp(row.published_at) if row.published_at else None,
            "ceiling": row.ceiling,
            "content_hash": row.content_hash,
        }
        for row in _loaded(rows, Assessment, Prefetch("commitment", about.order_by()))
    ]


def discrepancies(rows: Sequence[Discrepancy], day: date) -> list[Plain]:
    """Discrepancies as they stood on the day, each with whether it was open."""
    stood = [as_it_stood(row, day) for row in _loaded(rows, Discrepancy)]
    return [_told(row) | {"open": open_on(row, day)} for row in stood]


def plain(rows: Sequence[Record], day: date) -> list[Plain]:
    """People, outcomes and indicators: nothing of them is computed but their address."""
    return [_told(row) for row in _loaded(rows, type(rows[0]))] if rows else []


def changes(rows: Sequence[ChangeTopic], day: date) -> list[Plain]:
    """The entries of the log that the rows name, in their order."""
    found = {each.sequence: each for each in changes_of(row.sequence for row in rows)}
    return [change(found[row.sequence]) for row in rows]


def change(row: Change) -> Plain:
    """One entry of the log."""
    return represent_change(row) | {"url": settings.SITE_URL + row.get_absolute_url()}


def _loaded(rows: Sequence[Any], model: type[Record], *first: Prefetch) -> Sequence[Any]:
    """The rows, with all that their representation reads; `first` in the place of its own name."""
    own = {lookup.prefetch_to for lookup in first}
    rest = (lookup for lookup in whole(model) if lookup.prefetch_to not in own)
    prefetch_related_objects(list(rows), *first, *rest)
    return rows


def _titled() -> Any:
    return Commitment._default_manager.only("slug", "state", "title").order_by()


def _told(row: Record) -> Plain:
    return represent(row) | {"url": _page(row)}


def _page(row: Record) -> str:
    """The address of the page on which it stands."""
    return settings.SITE_URL + row.get_absolute_url()


# --- Commitments ---------------------------------------------------------------------------------


def _commitment(standing: Standing, findings: Findings, day: date) -> Plain:
    row, judged = standing.commitment, standing.assessment
    plain = _told(row)
    readable = row.words is not None and row.words.state == State.PUBLISHED
    edition = judged.edition if judged else row.edition
    plain |= {
        "clause": row.clause and {"number": row.clause.number, "title": row.clause.title},
        "words": row.words.exact if row.words and readable else None,
        "quotation": row.words.slug if row.words else None,
        "deadline": _deadline(row, plain["deadline"], day),
        "lifecycle": standing.lifecycle.value,
        "lifecycle_events": _happened(row, plain["lifecycle_events"], day),
        "schedule": standing.schedule.value,
        "edition": edition,
        "criteria": _criteria(row, judged, edition, plain["criteria"], findings),
        "score": score_of(judged),
    }
    return plain | _judgement(standing)


def _judgement(standing: Standing) -> Plain:
    """What is said of it, to be said together; a thing that was only measured has no verdict."""
    judged = standing.assessment
    promised = standing.commitment.basis == Basis.PROMISED
    return {
        "assessment": judged.slug if judged else None,
        "verdict": standing.verdict if promised else None,
        "said": standing.words,
        "provisional": standing.provisional,
        "confidence": standing.confidence or None,
        "contested": standing.contested,
        "contest": _contest(judged) if judged and judged.contested else None,
        "denied_on": standing.denied_on.isoformat() if standing.denied_on else None,
        "timeliness": judged.timeliness if judged else "not_applicable",
        "days_late": judged.days_late if judged else None,
    }


def _contest(judged: Assessment) -> Plain:
    source = judged.contest_source
    return {
        "verdict": judged.contest_verdict,
        "held_by": judged.contest_held_by,
        "source": source.slug if source else None,
        "reading": judged.contest_reading,
    }


def _deadline(row: Commitment, deadline: Plain, day: date) -> Plain:
    """As on the day: a trigger that had not fired by then had set no day either."""
    fired = row.deadline_triggered_on_end
    if row.deadline_kind == DeadlineKind.TRIGGER and fired and fired > day:
        return deadline | {"triggered_on": "", "due_on": ""}
    return deadline


def _happened(row: Commitment, events: Sequence[Plain], day: date) -> list[Plain]:
    """Those that had surely happened by the day."""
    if not surely_by(day, "on_end"):
        return list(events)
    pairs = zip(row.lifecycle_events.all(), events, strict=True)
    return [plain for event, plain in pairs if event.on_end and event.on_end <= day]


def _criteria(
    row: Commitment,
    judged: Assessment | None,
    edition: int,
    criteria: Iterable[Plain],
    findings: Findings,
) -> list[Plain]:
    """Those of one edition, each with what was found; None where nothing is judged yet."""
    return [
        plain
        | {
            "weight": _weight(criterion.weight),
            "finding": findings.get((judged.pk, criterion.pk)) if judged else None,
        }
        for criterion, plain in zip(row.criteria.all(), criteria, strict=True)
        if criterion.edition == edition
    ]


def _weight(weight: Any) -> int | float:
    return int(weight) if weight == int(weight) else float(weight)


# --- Labs and scorecards -------------------------------------------------------------------------


def _lab(lab: Lab, totals: LabTotals) -> Plain:
    return _told(lab) | {
        "verdicts": {verdict.value: count for verdict, count in totals.score.verdicts.items()},
        "unreached": totals.unreached,
        "score": lab_score(totals.score),
    }


def lab_score(score: LabScore) -> Plain:
    """The score of a lab, as `shape_schemas.lab_score` says."""
    return {
        "low": number(score.low),
        "high": number(score.high),
        "rated": score.rated,
        "total": score.total,
        "coverage": number(score.coverage),
        "percent": list(score.percent) if score.percent else None,
    }


def _totals(scorecards: Sequence[Pledge], day: date) -> dict[int, list[Plain]]:
    """By pledge id, each lab's share over all criteria of the study; labs by slug. Those that the
    study is about and has nothing of are there too, without figures."""
    if not scorecards:
        return {}
    of: dict[tuple[int, str], list[Standing]] = defaultdict(list)
    for pledge in scorecards:
        for party in pledge.parties.all():
            of[pledge.pk, party.lab.slug] = []
    for row in standings(commitments_by(day).filter(pledge__in=scorecards)):
        assert row.commitment.pledge_id is not None
        of[row.commitment.pledge_id, row.commitment.lab.slug].append(row)
    totals: dict[int, list[Plain]] = defaultdict(list)
    for (pledge_id, lab), rows in sorted(of.items()):
        totals[pledge_id].append(_total(lab, pooled_share(row.judged for row in rows)))
    return totals


def _total(lab: str, share: PooledShare) -> Plain:
    return {
        "lab": lab,
        "low": number(share.low),
        "high": number(share.high),
        "coverage": number(share.coverage),
        "percent": list(share.percent) if share.percent else None,
    }
