"""An index of every room's models, where Django looks for them. Nothing else lives here."""

from tracker.assessments.models import Assessment, Dissent, Finding, Reply
from tracker.changes.models import Change, ChangeTopic, LogHead
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
from tracker.labs.models import Lab, Person
from tracker.sources.models import Quotation, Source

__all__ = [
    "Account",
    "Assessment",
    "Bearing",
    "Change",
    "ChangeTopic",
    "Clause",
    "Commitment",
    "Criterion",
    "Discrepancy",
    "Dissent",
    "Finding",
    "Indicator",
    "Lab",
    "LifecycleEvent",
    "LogHead",
    "Outcome",
    "Party",
    "Person",
    "Pledge",
    "Quotation",
    "Reply",
    "Source",
    "Sourcing",
    "Undefined",
]
