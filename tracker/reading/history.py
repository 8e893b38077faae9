"""The log as readers see it: pages of changes, and the history of one record."""

from collections.abc import Iterable

from django.db.models import QuerySet

from tracker.changes.models import Change, ChangeTopic
from tracker.records.models import Record


def topics() -> QuerySet[ChangeTopic]:
    """All topic rows; narrow them with `filters.ChangeFilter`."""
    return ChangeTopic.objects.all()


def changes_of(sequences: Iterable[int]) -> list[Change]:
    """The changes of these sequences, newest first."""
    return list(Change.objects.filter(sequence__in=list(sequences)).order_by("-sequence"))


def latest(count: int, significance: str = "") -> list[Change]:
    """The newest changes, of one significance if asked."""
    rows = ChangeTopic.objects.filter(topic="all").order_by("-sequence")
    if significance:
        rows = rows.filter(significance=significance)
    return changes_of(rows.values_list("sequence", flat=True)[:count])


def history_of(record: Record, count: int = 50) -> list[Change]:
    """The newest changes of one record; a commitment's include its assessments and replies."""
    topic = f"record:{record.noun()}:{record.slug}"
    if record.noun() == "commitment":
        topic = f"commitment:{record.slug}"
    rows = ChangeTopic.objects.filter(topic=topic).order_by("-sequence")
    return changes_of(rows.values_list("sequence", flat=True)[:count])
