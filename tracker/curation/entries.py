"""What a change of a record is called, and what it is filed under in the log."""

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.assessments.models import Assessment, Reply
from tracker.changes.kinds import ASIDE, Kind
from tracker.changes.log import Entry
from tracker.changes.models import ChangeTopic
from tracker.changes.topics import record_topic
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import Discrepancy, Outcome
from tracker.labs.models import Lab
from tracker.records.models import Record, State
from tracker.records.plain import Plain
from tracker.sources.models import Quotation


@dataclass(frozen=True)
class Touched:
    """Slugs of the labs and commitments that a record concerns, its pledge, its category."""

    labs: frozenset[str] = frozenset()
    commitments: frozenset[str] = frozenset()
    pledge: str = ""
    category: str = ""


NOTHING_TOUCHED = Touched()


def newest_statement(record: Record) -> int | None:
    """The number of the newest entry that states the record, None where it was never public."""
    rows = ChangeTopic.objects.filter(topic=record_topic(record.noun(), record.slug))
    rows = rows.exclude(kind__in=ASIDE).order_by("-sequence")
    return rows.values_list("sequence", flat=True).first()


def entry_for(
    record: Record,
    kind: Kind,
    actor: str,
    before: Plain | None,
    after: Plain | None,
    reason: str,
    touched_before: Touched = NOTHING_TOUCHED,
) -> Entry:
    """The log's entry for a change of `record`.

    It is filed under everything that the record touches and, so that nothing is taken away quietly,
    under everything that it touched before.
    """
    now = touches(record)
    return Entry(
        kind=kind,
        subject_type=record.noun(),
        subject_slug=record.slug,
        actor=actor,
        labs=sorted(now.labs | touched_before.labs),
        commitments=sorted(now.commitments | touched_before.commitments),
        pledge=now.pledge,
        category=now.category,
        before=before,
        after=after,
        reason=reason,
    )


def kind_of_edit(record: Record, before: Plain, after: Plain) -> Kind:
    """What an edit of a published record is called, from what it changed."""
    if isinstance(record, Commitment):
        added = [row for row in after["lifecycle_events"] if row not in before["lifecycle_events"]]
        if any(row["lifecycle"] == "superseded" for row in added):
            return Kind.COMMITMENT_SUPERSEDED
        if any(row["lifecycle"] == "withdrawn" for row in added):
            return Kind.COMMITMENT_WITHDRAWN
        if _newest_edition(after) > _newest_edition(before):
            return Kind.CRITERIA_REVISED
    if isinstance(record, Discrepancy) and (before["status"], after["status"]) == (
        "open",
        "resolved",
    ):
        return Kind.DISCREPANCY_RESOLVED
    if isinstance(record, Reply) and before["status"] != "replied" == after["status"]:
        return Kind.REPLY_RECEIVED
    return Kind(f"{record.noun()}_corrected")


def _newest_edition(plain: Plain) -> int:
    return max((row["edition"] for row in plain["criteria"]), default=0)


def touches(record: Record) -> Touched:
    """What a record concerns, as it stands."""
    if isinstance(record, Assessment | Reply):
        return touches(record.commitment)
    if isinstance(record, Commitment):
        pledge = record.pledge.slug if record.pledge else ""
        return _touched([record], pledge=pledge, category=record.category)
    if isinstance(record, Lab):
        return Touched(labs=frozenset({record.slug}))
    if isinstance(record, Pledge):
        parties = frozenset(party.lab.slug for party in record.parties.all())
        return _touched(record.commitments.all(), parties, record.slug)
    if isinstance(record, Outcome):
        return _touched(_borne_on(record), frozenset(lab.slug for lab in record.labs.all()))
    if isinstance(record, Discrepancy):
        return _touched(record.commitments.all())
    lab = record.speaker_lab if isinstance(record, Quotation) else getattr(record, "lab", None)
    return Touched(labs=frozenset({lab.slug} if lab else ()))


def _touched(
    commitments: Iterable[Commitment],
    labs: frozenset[str] = frozenset(),
    pledge: str = "",
    category: str = "",
) -> Touched:
    public = [each for each in commitments if each.state != State.DRAFT]
    return Touched(
        labs | {each.lab.slug for each in public},
        frozenset(each.slug for each in public),
        pledge,
        category,
    )


def _borne_on(outcome: Outcome) -> list[Commitment]:
    return [row.commitment for row in outcome.bearings.all() if row.commitment]
