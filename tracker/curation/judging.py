"""An assessment's way to the public: written by one person, approved by another, or imported."""

from django.utils import timezone

from tracker.assessments.judging import content_hash
from tracker.assessments.models import Assessment, Origin
from tracker.changes.kinds import Kind
from tracker.changes.log import Entry, append
from tracker.changes.models import Change
from tracker.curation.editing import Actor, Refused, store_judgement
from tracker.curation.entries import entry_for
from tracker.curation.roles import PUBLISH
from tracker.curation.rules import problems_of
from tracker.reading.represent import represent
from tracker.records.models import State


def submit(assessment: Assessment, *, by: Actor) -> Assessment:
    """Hand a draft to a second reader. From here on its content hash binds the approval."""
    assessment = _locked(assessment)
    if assessment.state != State.DRAFT:
        raise Refused("Only a draft is submitted for review.")
    store_judgement(assessment)
    if problems := problems_of(assessment):
        raise Refused(*problems)
    assessment.author = by.user
    assessment.state = State.IN_REVIEW
    assessment.submitted_at = timezone.now()
    assessment.content_hash = content_hash(assessment)
    assessment.version += 1
    assessment.save()
    return assessment


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


def approve(assessment: Assessment, *, by: Actor) -> list[Change]:
    """Publish what somebody else submitted, exactly as it was submitted."""
    assessment = _locked(assessment)
    if not by.may(PUBLISH):
        raise Refused(f"{by.name} may not approve: that takes the Reviewer right.")
    if assessment.state != State.IN_REVIEW:
        raise Refused("Only an assessment in review can be approved.")
    if by.user is None or by.user == assessment.author:
        raise Refused("Nobody approves their own assessment; ask another Reviewer.")
    if content_hash(assessment) != assessment.content_hash:
        raise Refused(
            "The obligation, the criteria or the evidence changed since it was submitted. "
            "Send it back, look again and submit it again."
        )
    store_judgement(assessment)
    assessment.reviewer = by.user
    return append([_publish(assessment, by)])


def publish_imported(assessment: Assessment, *, by: Actor, batch: str) -> Entry:
    """Publish a judgement that a file brought, marked as such; the caller appends the entry."""
    assessment = _locked(assessment)
    store_judgement(assessment)
    assessment.origin, assessment.batch = Origin.IMPORTED, batch
    return _publish(assessment, by)


def _publish(assessment: Assessment, by: Actor) -> Entry:
    if problems := problems_of(assessment):
        raise Refused(*problems)
    before = _current(assessment)
    assessment.state = State.PUBLISHED
    assessment.published_at = timezone.now()
    assessment.content_hash = content_hash(assessment)
    assessment.version += 1
    assessment.save()
    return entry_for(
        assessment,
        Kind.ASSESSMENT_PUBLISHED,
        by.name,
        represent(before) if before else None,
        represent(assessment),
        assessment.rationale,
    )


def _current(assessment: Assessment) -> Assessment | None:
    """The judgement that held on the day from which this one does."""
    published = assessment.commitment.assessments.filter(state=State.PUBLISHED)
    earlier = published.filter(effective_on__lte=assessment.effective_on)
    return earlier.exclude(pk=assessment.pk).first()


def _locked(assessment: Assessment) -> Assessment:
    return Assessment.objects.select_for_update().get(pk=assessment.pk)
