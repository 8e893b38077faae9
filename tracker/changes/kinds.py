"""What can happen to the record, and how much it matters."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """Every kind of entry of the log. A kind, once used, keeps its name for ever."""

    LAB_PUBLISHED = "lab_published", "lab published"
    LAB_CORRECTED = "lab_corrected", "lab corrected"
    PERSON_PUBLISHED = "person_published", "person published"
    PERSON_CORRECTED = "person_corrected", "person corrected"
    SOURCE_PUBLISHED = "source_published", "source published"
    SOURCE_CORRECTED = "source_corrected", "source corrected"
    QUOTATION_PUBLISHED = "quotation_published", "quotation published"
    QUOTATION_CORRECTED = "quotation_corrected", "quotation corrected"
    PLEDGE_PUBLISHED = "pledge_published", "pledge published"
    PLEDGE_CORRECTED = "pledge_corrected", "pledge corrected"
    COMMITMENT_PUBLISHED = "commitment_published", "commitment published"
    COMMITMENT_CORRECTED = "commitment_corrected", "commitment corrected"
    COMMITMENT_SUPERSEDED = "commitment_superseded", "commitment superseded"
    COMMITMENT_WITHDRAWN = "commitment_withdrawn", "commitment withdrawn"
    CRITERIA_REVISED = "criteria_revised", "criteria revised"
    INDICATOR_PUBLISHED = "indicator_published", "indicator published"
    INDICATOR_CORRECTED = "indicator_corrected", "indicator corrected"
    OUTCOME_PUBLISHED = "outcome_published", "outcome published"
    OUTCOME_CORRECTED = "outcome_corrected", "outcome corrected"
    DISCREPANCY_PUBLISHED = "discrepancy_published", "discrepancy published"
    DISCREPANCY_CORRECTED = "discrepancy_corrected", "discrepancy corrected"
    DISCREPANCY_RESOLVED = "discrepancy_resolved", "discrepancy resolved"
    ASSESSMENT_PUBLISHED = "assessment_published", "assessment published"
    REPLY_REQUESTED = "reply_requested", "reply requested"
    REPLY_CORRECTED = "reply_corrected", "reply corrected"
    REPLY_RECEIVED = "reply_received", "reply received"
    DEADLINE_APPROACHING = "deadline_approaching", "deadline approaching"
    DEADLINE_PASSED = "deadline_passed", "deadline passed"
    RECORD_RETRACTED = "record_retracted", "record retracted"
    REDACTION = "redaction", "redaction"
    METHODOLOGY_CHANGED = "methodology_changed", "methodology changed"
    EPOCH = "epoch", "new epoch"


class Significance(TextChoices):
    """How much a change matters to a reader who follows the record."""

    MAJOR = "major", "major"
    MINOR = "minor", "minor"
    EDITORIAL = "editorial", "editorial"


_MAJOR = frozenset(
    {
        Kind.COMMITMENT_PUBLISHED,
        Kind.COMMITMENT_SUPERSEDED,
        Kind.COMMITMENT_WITHDRAWN,
        Kind.CRITERIA_REVISED,
        Kind.ASSESSMENT_PUBLISHED,
        Kind.REPLY_RECEIVED,
        Kind.DEADLINE_PASSED,
        Kind.RECORD_RETRACTED,
        Kind.METHODOLOGY_CHANGED,
        Kind.EPOCH,
    }
)
_EDITORIAL = frozenset(
    {
        Kind.LAB_CORRECTED,
        Kind.PERSON_PUBLISHED,
        Kind.PERSON_CORRECTED,
        Kind.SOURCE_CORRECTED,
        Kind.INDICATOR_CORRECTED,
    }
)

#: Kinds that are about a record and do not state it: written by the clock, or in spite of it. What
#: their `after` holds is no public form of their subject.
ASIDE = frozenset({Kind.DEADLINE_APPROACHING, Kind.DEADLINE_PASSED, Kind.REDACTION})


def significance_of(kind: Kind) -> Significance:
    """The significance of a kind, unless its curator says otherwise."""
    if kind in _MAJOR:
        return Significance.MAJOR
    return Significance.EDITORIAL if kind in _EDITORIAL else Significance.MINOR
