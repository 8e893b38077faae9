"""What a change of a record is called, and what it is filed under in the log."""

from tracker.assessments.models import Assessment, Reply
from tracker.changes.kinds import Kind
from tracker.changes.log import Entry
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import Bearing, Discrepancy, Outcome
from tracker.labs.models import Lab, Person
from tracker.records.models import Record
from tracker.records.plain import Plain
from tracker.sources.models import Quotation, Source


def entry_for(
    record: Record,
    kind: Kind,
    actor: str,
    before: Plain | None,
    after: Plain | None,
    reason: str,
) -> Entry:
    """The log's entry for a change of `record`, filed under everything it touches."""
    labs, commitments, pledge, category = _touches(record)
    return Entry(
        kind=kind,
        subject_type=record.noun(),
        subject_slug=record.slug,
        actor=actor,
        labs=sorted(labs),
        commitments=sorted(commitments),
        pledge=pledge,
        category=category,
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


def _touches(record: Record) -> tuple[set[str], set[str], str, str]:
    """Slugs of the labs and commitments that a record concerns, its pledge, its category."""
    if isinstance(record, Assessment | Reply):
        return _touches(record.commitment)
    if isinstance(record, Commitment):
        pledge = record.pledge.slug if record.pledge else ""
        return {record.lab.slug}, {record.slug}, pledge, record.category
    if isinstance(record, Lab):
        return {record.slug}, set(), "", ""
    if isinstance(record, Pledge):
        return {party.lab.slug for party in record.parties.all()}, set(), record.slug, ""
    if isinstance(record, Outcome):
        commitments = _borne_on(record)
        labs = {lab.slug for lab in record.labs.all()} | {each.lab.slug for each in commitments}
        return labs, {each.slug for each in commitments}, "", ""
    if isinstance(record, Discrepancy):
        disputed = list(record.commitments.select_related("lab"))
        return {each.lab.slug for each in disputed}, {each.slug for each in disputed}, "", ""
    if isinstance(record, Person | Source):
        return ({record.lab.slug} if record.lab else set()), set(), "", ""
    if isinstance(record, Quotation):
        lab = record.speaker_lab
        return ({lab.slug} if lab else set()), set(), "", ""
    return set(), set(), "", ""


def _borne_on(outcome: Outcome) -> list[Commitment]:
    bearings = Bearing.objects.filter(outcome=outcome, commitment__isnull=False)
    ids = bearings.values_list("commitment_id", flat=True)
    return list(Commitment.objects.filter(pk__in=ids).select_related("lab"))
