"""An index of every room's models, where Django looks for them. Nothing else lives here."""

from tracker.assessments.models import Assessment, Dissent, Finding, Reply
from tracker.changes.models import Change, ChangeTopic, Checkpoint, LogHead
from tracker.commitments.models import (
    Clause,
    Commitment,
    Criterion,
    LifecycleEvent,
    Party,
    Pledge,
    Undefined,
)
from tracker.evidence.models import Account, Bearing, Discrepancy, Indicator, Outcome, Sourcing
from tracker.labs.models import Lab, LabTag, Person
from tracker.letters.models import Asked, Letter, Token
from tracker.reading.models import SearchDocument, StandsCount, StandsNow, StoodThen
from tracker.sources.models import Quotation, Source
from tracker.submissions.models import Submission
from tracker.subscriptions.models import (
    Attempt,
    Endpoint,
    Reader,
    Secret,
    Subscription,
    Watermark,
)

__all__ = [
    "Account",
    "Asked",
    "Assessment",
    "Attempt",
    "Bearing",
    "Change",
    "ChangeTopic",
    "Checkpoint",
    "Clause",
    "Commitment",
    "Criterion",
    "Discrepancy",
    "Dissent",
    "Endpoint",
    "Finding",
    "Indicator",
    "Lab",
    "LabTag",
    "Letter",
    "LifecycleEvent",
    "LogHead",
    "Outcome",
    "Party",
    "Person",
    "Pledge",
    "Quotation",
    "Reader",
    "Reply",
    "SearchDocument",
    "Secret",
    "Source",
    "Sourcing",
    "StandsCount",
    "StandsNow",
    "StoodThen",
    "Submission",
    "Subscription",
    "Token",
    "Undefined",
    "Watermark",
]
