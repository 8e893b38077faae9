"""One commitment, judgement or lab as other sites show it, and the entry that states it."""

from datetime import date

from tracker.changes.kinds import ASIDE
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import record_topic
from tracker.labs.models import Lab
from tracker.reading.pages.assessments import assessments, until
from tracker.reading.pages.lookup import one
from tracker.reading.published import commitments, published
from tracker.reading.standing import Standing, standings
from tracker.reading.totals import LabTotals, lab_totals
from tracker.records.models import Record


def standing_of(slug: str, day: date) -> Standing:
    """Where one commitment stands: two queries. Raises Missing or Gone."""
    (standing,) = standings([one(commitments(day), slug)])
    return standing


def standing_under(slug: str, day: date) -> Standing:
    """A commitment under one judgement, as that judgement's own page has it. Raises Missing or
    Gone."""
    assessment = one(assessments().select_related("commitment"), slug)
    now = standing_of(assessment.commitment.slug, day)
    return now.under(assessment, until(assessment, day) if now.denied_on else None)


def lab_standing_of(slug: str, day: date) -> LabTotals:
    """Where one lab stands: three queries. Raises Missing or Gone."""
    (standing,) = lab_totals([one(published(Lab), slug)], day)
    return standing


def entry_of(record: Record) -> Change | None:
    """The newest entry of the log that states this record: one query. None for a draft."""
    stated = ChangeTopic.objects.filter(topic=record_topic(record.noun(), record.slug))
    stated = stated.exclude(kind__in=ASIDE).order_by("-sequence")
    return Change.objects.filter(sequence__in=stated.values("sequence")[:1]).first()
