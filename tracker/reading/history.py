"""The log as readers see it: every change, and the history of one record."""

from django.db.models import QuerySet

from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import newest, record_topic, topic
from tracker.records.models import Record


def topics() -> QuerySet[ChangeTopic]:
    """All topic rows; narrow them with `filters.ChangeFilter`."""
    return ChangeTopic.objects.all()


def history_of(record: Record, count: int = 50) -> list[Change]:
    """The newest changes of one record; a commitment's include its assessments and replies."""
    of = topic if record.noun() == "commitment" else record_topic
    return newest(of(record.noun(), record.slug), count)
