"""An assessment's way to the public: written by one person, approved by another, or imported."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from tracker.assessments.judging import content_hash
from tracker.assessments.models import Assessment, Dissent, Finding, Origin
from tracker.changes.kinds import Kind
from tracker.changes.log import Entry
from tracker.changes.models import Change
from tracker.commitments.models import Commitment
from tracker.curation.editing import Actor, Refused, store_judgement, work_out
from tracker.curation.entries import entry_for
from tracker.curation.gathering import gather
from tracker.curation.history import History, remaining
from tracker.curation.indexing import append
from tracker.curation.roles import PUBLISH
from tracker.curation.rules import problems_of
from tracker.evidence.models import Bearing
from tracker.reading.represent import represent
from tracker.records.models import State
from tracker.records.plain import Problem

#: How the desk's own log notes what leaves an assessment's words as they are.
NOT_WRITING = (
    *("Submit for review", "Send back", "Dissent", "Dissent taken back"),
    "[]",  # a save that changed nothing
)


@dataclass(frozen=True)
class Weighed:
    """What a judgement amounts to, and all that would keep it from being submitted."""

    assessment: Assessment
    problems: list[Problem]


def weigh(draft: Assessment, findings: Sequence[tuple[Finding, Sequence[Bearing]]]) -> Weighed:
    """Score and check an assessment as it is typed; by the very rules of a real one, kept nowhere.

    `draft` and its findings are new rows; they are written, judged and rolled back.
    """
    draft.slug = f"weighed-{uuid4().hex}"
    with transaction.atomic():
        draft.save()
        for finding, evidence in findings:
            finding.assessment = draft
            finding.save()
            finding.evidence.set(evidence)
        weighed = weigh_saved(draft)
        transaction.set_rollback(True)
    return weighed


def weigh_saved(assessment: Assessment) -> Weighed:
    """The same for one that is saved, with the evidence as it stands now; nothing is written."""
    work_out(assessment)
    return Weighed(assessment, problems_of(assessment))


@transaction.atomic
def submit(assessment: Assessment, *, by: Actor) -> Assessment:
    """Hand a draft to a second reader. From here on its content hash binds the approval."""
    assessment = _locked(assessment)
    if assessment.state != State.DRAFT:
        raise Refused("Only a draft is submitted for review.")
    if assessment.dissents.filter(held_by=by.name).exists():
        raise Refused("You dissent from it; whoever stands by the judgement submits it.")
    store_judgement(assessment)
    if problems := problems_of(assessment):
        raise Refused(*problems)
    assessment.author, assessment.written_by = by.user, by.name
    assessment.state = State.IN_REVIEW
    assessment.submitted_at = timezone.now()
    assessment.content_hash = content_hash(assessment)
    assessment.version += 1
    assessment.save()
    return assessment


@transaction.atomic
def send_back(assessment: Assessment, *, by: Actor) -> Assessment:
    """Return a submitted assessment to draft, so that it can be edited again."""
    assessment = _locked(assessment)
    if assessment.state != State.IN_REVIEW:
        raise Refused("Only an assessment in review is sent back.")
    if by.user != assessment.author and not by.may(PUBLISH):
        raise Refused("Its author or a Reviewer sends it back.")
    assessment.state, assessment.content_hash, assessment.submitted_at = State.DRAFT, "", None
    assessment.version += 1
    assessment.save()
    return assessment


def dissent(assessment: Assessment, *, by: Actor, verdict: str, reading: str) -> Assessment:
    """Record in a second reader's own name that they judge otherwise; again, to reword it.

    An approval binds the dissents too. What is in review therefore goes back to its author, who
    submits it again knowing of the dissent. Readers see it beside the verdict.
    """
    assessment = _open_to_dissent(assessment, by)
    if verdict == assessment.verdict:
        raise Refused(Problem(("verdict",), "That is the verdict of the assessment itself."))
    row = assessment.dissents.filter(held_by=by.name).first()
    row = row or Dissent(assessment=assessment, held_by=by.name)
    row.verdict, row.reading = verdict, reading
    try:
        row.full_clean()
    except ValidationError as error:
        raise Refused(
            *(Problem((name,), text) for name, said in error.message_dict.items() for text in said)
        ) from None
    row.save()
    return _reopen(assessment, by)


def take_dissent_back(assessment: Assessment, *, by: Actor) -> Assessment:
    """Remove one's own dissent, before anything is published."""
    assessment = _open_to_dissent(assessment, by)
    gone, _ = assessment.dissents.filter(held_by=by.name).delete()
    if not gone:
        raise Refused("You have recorded no dissent from it.")
    return _reopen(assessment, by)


def _open_to_dissent(assessment: Assessment, by: Actor) -> Assessment:
    assessment = _locked(assessment)
    if assessment.state not in (State.DRAFT, State.IN_REVIEW):
        raise Refused(
            "What is published stays as it was approved: write the next assessment, or record your "
            "dissent from that one before it is approved."
        )
    if by.user is None or by.user == assessment.author:
        raise Refused("You wrote it; a dissent is a second reader's.")
    if assessment.state == State.IN_REVIEW and not by.may(PUBLISH):
        raise Refused(
            "It is in review: a Reviewer records a dissent now, or its author sends it back."
        )
    return assessment


def _reopen(assessment: Assessment, by: Actor) -> Assessment:
    if assessment.state == State.IN_REVIEW:
        return send_back(assessment, by=by)
    assessment.version += 1
    assessment.save(update_fields=["version"])
    return assessment


@transaction.atomic
def approve(assessment: Assessment, *, by: Actor) -> list[Change]:
    """Publish what somebody else submitted, exactly as it was submitted."""
    assessment = _locked(assessment)
    if not by.may(PUBLISH):
        raise Refused(f"{by.name} may not approve: that takes the Reviewer right.")
    if assessment.state != State.IN_REVIEW:
        raise Refused("Only an assessment in review can be approved.")
    if by.user is None or by.user == assessment.author:
        raise Refused("Nobody approves their own assessment; ask another Reviewer.")
    if has_part_in(assessment, by.user):
        raise Refused(
            "Nobody approves their own assessment, and you have written in this one, whoever "
            "submitted it; ask another Reviewer."
        )
    if content_hash(assessment) != assessment.content_hash:
        raise Refused(
            "The obligation, the criteria or the evidence changed since it was submitted. "
            "Send it back, look again and submit it again."
        )
    store_judgement(assessment)
    assessment.reviewer, assessment.approved_by = by.user, by.name
    return append([_publish(assessment, by)])


def has_part_in(assessment: Assessment, user: Any) -> bool:
    """True for its author, and for whoever the desk's own log has begin, import or edit it.

    A step, a dissent and a save that changed nothing are no writing; whatever else was noted is.
    """
    if user == assessment.author:
        return True
    kind = ContentType.objects.get_for_model(Assessment)
    noted = LogEntry.objects.filter(content_type=kind, object_id=str(assessment.pk), user=user)
    return noted.exclude(action_flag=CHANGE, change_message__in=NOT_WRITING).exists()


def publish_imported(
    assessment: Assessment, *, by: Actor, batch: str, history: History | None = None
) -> Entry:
    """Publish a judgement that a file brought, marked as such; the caller appends the entry."""
    assessment = _locked(assessment)
    gather([assessment])
    others = assessment.commitment.assessments.all()
    entry = imported(assessment, others, by=by, batch=batch, history=history)
    assessment.save()
    return entry


def imported(
    assessment: Assessment,
    others: Iterable[Assessment],
    *,
    by: Actor,
    batch: str,
    history: History | None = None,
) -> Entry:
    """Work out, check and publish a judgement at hand, all but the saving; what the log says.

    `others` are those of the same commitment; it may be among them itself.
    """
    work_out(assessment)
    assessment.origin, assessment.batch = Origin.IMPORTED, batch
    return _publication(assessment, others, by, history)


def _publish(assessment: Assessment, by: Actor) -> Entry:
    gather([assessment])
    entry = _publication(assessment, assessment.commitment.assessments.all(), by)
    assessment.save()
    return entry


def _publication(
    assessment: Assessment,
    others: Iterable[Assessment],
    by: Actor,
    history: History | None = None,
) -> Entry:
    if problems := remaining(assessment, problems_of(assessment), history):
        raise Refused(*problems)
    before = _current(assessment, others)
    assessment.state = State.PUBLISHED
    assessment.published_at = timezone.now()
    assessment.content_hash = content_hash(assessment)
    assessment.version += 1
    return entry_for(
        assessment,
        Kind.ASSESSMENT_PUBLISHED,
        by.name,
        represent(before) if before else None,
        represent(assessment),
        assessment.rationale,
    )


def _current(assessment: Assessment, others: Iterable[Assessment]) -> Assessment | None:
    """The judgement that held on the day from which this one does."""
    earlier = [
        other
        for other in others
        if other.state == State.PUBLISHED
        and other.effective_on <= assessment.effective_on
        and other.pk != assessment.pk
    ]
    return max(earlier, key=_when_it_holds, default=None)


def _when_it_holds(assessment: Assessment) -> tuple[Any, ...]:
    """Of two, the one that holds is the later."""
    return assessment.effective_on, assessment.published_at, assessment.pk


def _locked(assessment: Assessment) -> Assessment:
    """The assessment, its commitment's row locked first: one judgement of it at a time."""
    hold_commitments({assessment.commitment_id})
    return Assessment.objects.select_for_update(no_key=True).get(pk=assessment.pk)


def hold_commitments(ids: Collection[int]) -> None:
    """Lock the rows of commitments that are about to be judged, in one order for everybody."""
    rows = Commitment.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    list(rows.values_list("pk"))
