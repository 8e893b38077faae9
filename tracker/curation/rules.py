"""What a record must be before readers may see it, beyond what its own columns can check."""

from collections.abc import Callable, Container, Iterator
from typing import Any

from tracker.assessments.judging import criteria_of, ground_of, unsupported
from tracker.assessments.models import Assessment, Reply
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import Discrepancy, Outcome
from tracker.records.dates import today
from tracker.records.fetching import held
from tracker.records.models import Declared, Record, State
from tracker.records.plain import Problem
from tracker.scoring import Confidence, Verdict, at_most
from tracker.sources.models import Quotation, Source


def problems_of(record: Record, together: Container[Record] = ()) -> list[Problem]:
    """Everything that keeps a saved record from being published, each with its place.

    `together` are the drafts that are published in the same transaction: they may refer to one
    another, even in a ring.
    """
    found = list(_unpublished_references(record, together))
    check = _CHECKS.get(type(record))
    return found + (list(check(record)) if check else [])


def _unpublished_references(record: Record, together: Container[Record]) -> Iterator[Problem]:
    for path, other in _references(record):
        named = f"The {other._meta.verbose_name} {other.slug!r}"
        if other.state in (State.DRAFT, State.IN_REVIEW) and other not in together:
            yield Problem(path, f"{named} is not published yet; do that first.")
        elif other.state == State.RETRACTED and record.state != State.PUBLISHED:
            yield Problem(path, f"{named} was retracted; rest on something else.", dated=True)


def _references(obj: Declared, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, Record]]:
    """Every record that `obj` or one of its parts refers to."""
    for field in obj._meta.concrete_fields:
        if field.is_relation and field.name != obj.owner:
            other = getattr(obj, field.name)
            if isinstance(other, Record):
                yield (*path, field.name), other
    for many in obj._meta.many_to_many:
        for other in held(obj, many.name):
            if isinstance(other, Record):
                yield (*path, many.name), other
    for part in obj.parts:
        for place, row in enumerate(held(obj, part)):
            yield from _references(row, (*path, part, place))


def _quotation(quotation: Quotation) -> Iterator[Problem]:
    if len(quotation.prefix) > 100 or len(quotation.suffix) > 100:
        # readers may see at most 200 characters around the words (DESIGN section 4)
        yield Problem(("prefix",), "Prefix and suffix hold at most 100 characters each.")
    if not any(character.isalnum() for character in quotation.exact):
        yield Problem(("exact",), "A quotation needs words.")


def _source(source: Source) -> Iterator[Problem]:
    if _in_ring(source, "read_via"):
        yield Problem(("read_via",), "These sources are read via one another in a ring.")


def _in_ring(record: Record, column: str) -> bool:
    """Whether following the column from record to record never ends."""
    other, seen = getattr(record, column), {record.pk}
    while other is not None and other.pk not in seen:
        seen.add(other.pk)
        other = getattr(other, column)
    return other is not None


def _pledge(pledge: Pledge) -> Iterator[Problem]:
    if pledge.kind == "open_call" and pledge.checked_on is None:
        yield Problem(("checked_on",), "An open call says when answers were last looked for.")


def _commitment(commitment: Commitment) -> Iterator[Problem]:
    if commitment.clause and commitment.clause.pledge_id != commitment.pledge_id:
        yield Problem(("clause",), "The clause belongs to another pledge.")
    if commitment.successor and commitment.successor.lab_id != commitment.lab_id:
        yield Problem(
            ("successor",), "Only the same lab's commitment can take its place.", dated=True
        )
    if _in_ring(commitment, "successor"):
        yield Problem(("successor",), "These commitments succeed one another in a ring.")
    if not commitment.criteria.all():
        yield Problem(("criteria",), "A commitment needs a criterion that decides if it was kept.")
    lived = {event.lifecycle for event in commitment.lifecycle_events.all()}
    if "superseded" in lived and commitment.relation not in (
        "restated",
        "strengthened",
        "replaced",
    ):
        yield Problem(
            ("lifecycle",),
            "Superseded means that a successor as strong or stronger stands in its place; name it. "
            "A promise that was weakened or dropped is withdrawn.",
        )
    editions = {criterion.edition for criterion in commitment.criteria.all()}
    if editions and len(editions) != max(editions):
        yield Problem(("criteria",), "Editions are numbered from 1 without a gap.")


def _outcome(outcome: Outcome) -> Iterator[Problem]:
    sourcing = list(outcome.sourcing.all())
    if not sourcing and outcome.kind != "search":
        yield Problem(("sources",), "An outcome needs a source that states it.")
    for place, row in enumerate(sourcing):
        if row.quotation and row.quotation.source_id != row.source_id:
            yield Problem(
                ("sources", place, "quotation"), "Another source prints this quotation.", dated=True
            )
    for place, bearing in enumerate(outcome.bearings.all()):
        if bearing.criterion and bearing.criterion.commitment_id != bearing.commitment_id:
            yield Problem(("bearings", place, "criterion"), "It belongs to another commitment.")


def _discrepancy(discrepancy: Discrepancy) -> Iterator[Problem]:
    accounts = list(discrepancy.accounts.all())
    if len(accounts) < 2:
        yield Problem(("accounts",), "A discrepancy needs at least two accounts.")
    for place, account in enumerate(accounts):
        if account.quotation and account.quotation.source_id != account.source_id:
            yield Problem(
                ("accounts", place, "quotation"),
                "Another source prints this quotation.",
                dated=True,
            )


def _assessment(assessment: Assessment) -> Iterator[Problem]:
    yield from _findings(assessment)
    if not at_most(Confidence(assessment.confidence), Confidence(assessment.ceiling)):
        yield Problem(
            ("confidence",),
            f"The evidence allows at most {assessment.ceiling} confidence, "
            f"not {assessment.confidence}.",
            dated=True,  # a source's tier may be corrected
        )
    for place in unsupported(assessment):
        yield Problem(
            ("findings", place, "value"),
            "Not met cannot rest on a search alone, nor only on unnamed sources of one origin; "
            "the finding is unverifiable.",
            dated=True,
        )
    replies = assessment.commitment.replies.all()
    asked = [reply for reply in replies if reply.state == State.PUBLISHED]
    if any(reply.denies for reply in asked) and not assessment.contested:
        yield Problem(
            ("contest", "verdict"),
            "The lab's published reply denies it, so the verdict is contested: name the other "
            "verdict, who holds it and the other reading.",
            dated=True,  # the lab may answer afterwards
        )
    if assessment.effective_on > today():
        yield Problem(("effective_on",), "A judgement takes effect today or earlier.")
    if assessment.verdict == Verdict.BROKEN and not asked and not assessment.reply_waiver:
        yield Problem(
            ("reply_waiver",),
            "A broken verdict needs a reply asked of the lab, or a public reason for none.",
            dated=True,  # what was asked may be retracted, a reason redacted
        )
    earlier = assessment.supersedes
    if earlier and earlier.commitment_id != assessment.commitment_id:
        yield Problem(("supersedes",), "That assessment is of another commitment.")
    if earlier and earlier.effective_on > assessment.effective_on:
        yield Problem(("effective_on",), "It cannot take effect before the one it supersedes.")
    if assessment.contest_verdict == assessment.verdict:
        yield Problem(("contest", "verdict"), "The other verdict is the same as this one.")


def _findings(assessment: Assessment) -> Iterator[Problem]:
    expected = {criterion.pk: criterion for criterion in criteria_of(assessment)}
    findings = ground_of(assessment).findings
    found = {finding.criterion_id for finding in findings}
    if not expected:
        yield Problem(
            ("edition",), f"The commitment has no criteria of edition {assessment.edition}."
        )
    for pk, criterion in expected.items():
        if pk not in found:
            yield Problem(
                ("findings",),
                f"Criterion {criterion.position} has no finding.",
                dated=bool(criterion.occasion),  # which may have come after the judgement
            )
    for place, finding in enumerate(findings):
        if finding.criterion_id not in expected:
            yield Problem(
                ("findings", place, "criterion"),
                f"It is no criterion of this commitment's edition {assessment.edition}.",
            )
        cited = list(finding.evidence.all())
        if finding.met_on_start and finding.met_on_start.date() > assessment.effective_on:
            yield Problem(
                ("findings", place, "met_on"), "It cannot be met after the day of the judgement."
            )
        for bearing in cited:
            if bearing.outcome.state != State.PUBLISHED:
                yield Problem(
                    ("findings", place, "evidence"),
                    f"The outcome {bearing.outcome.slug!r} is not public; evidence has to be.",
                    dated=bearing.outcome.state == State.RETRACTED,
                )
            elsewhere = bearing.commitment_id != assessment.commitment_id
            if elsewhere or bearing.criterion_id not in (None, finding.criterion_id):
                yield Problem(
                    ("findings", place, "evidence"),
                    f"The outcome {bearing.outcome.slug!r} bears on something else.",
                )
        if len({bearing.outcome_id for bearing in cited}) < len(cited):
            yield Problem(
                ("findings", place, "evidence"), "An outcome is cited once for a finding."
            )


def _reply(reply: Reply) -> Iterator[Problem]:
    if reply.received_on and reply.received_on < reply.asked_on:
        yield Problem(("received_on",), "A reply cannot come before it is asked for.")


_CHECKS: dict[type[Record], Callable[[Any], Iterator[Problem]]] = {
    Quotation: _quotation,
    Source: _source,
    Pledge: _pledge,
    Commitment: _commitment,
    Outcome: _outcome,
    Discrepancy: _discrepancy,
    Assessment: _assessment,
    Reply: _reply,
}
