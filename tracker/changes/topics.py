"""Under which topics the log is filed, and the entries filed under one."""

from collections.abc import Iterable

from tracker.changes.models import Change, ChangeTopic

ALL = "all"


def topic(noun: str, slug: str) -> str:
    """All that concerns a lab, a commitment or a pledge, such as its assessments and replies."""
    return f"{noun}:{slug}"


def record_topic(noun: str, slug: str) -> str:
    """What happened to one record itself."""
    return f"record:{noun}:{slug}"


def topics_of(change: Change) -> set[str]:
    """Every topic under which a change can be found."""
    topics = {ALL, record_topic(change.subject_type, change.subject_slug)}
    topics |= {topic("lab", slug) for slug in change.labs}
    topics |= {topic("commitment", slug) for slug in change.commitments}
    return topics | ({topic("pledge", change.pledge)} if change.pledge else set())


def newest(under: str, count: int, **alike: str) -> list[Change]:
    """The newest changes under a topic, of one `kind` or `significance` if asked; newest first."""
    rows = ChangeTopic.objects.filter(topic=under, **alike).order_by("-sequence")
    return changes_of(rows.values_list("sequence", flat=True)[:count])


def changes_of(sequences: Iterable[int]) -> list[Change]:
    """The changes of these sequences, newest first."""
    return list(Change.objects.filter(sequence__in=list(sequences)).order_by("-sequence"))
