"""Finding the one record that an address names, and fetching what surrounds it."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from tracker.changes.kinds import Kind
from tracker.changes.models import Change
from tracker.changes.topics import newest, record_topic
from tracker.records.models import Record, State

R = TypeVar("R", bound=Record)
M = TypeVar("M", bound=Model)

#: How far `read_via` is followed in one query; a longer chain costs one query a step.
STEPS = 3


class Missing(Exception):
    """There is no such record, or none that readers may see; the two cannot be told apart."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        super().__init__(f"There is no {noun} of this name.")


class Gone(Exception):
    """The record was published once and has been retracted by `change`."""

    def __init__(self, noun: str, change: Change | None) -> None:
        self.noun = noun
        self.change = change
        super().__init__(f"This {noun} has been retracted.")


def one(rows: QuerySet[R], slug: str) -> R:
    """The record of this slug among `rows`. Raises Gone where it was retracted, else Missing."""
    model = rows.model
    noun = str(model._meta.verbose_name)
    if "\x00" in slug:  # from a query, and PostgreSQL cannot even be asked for it
        raise Missing(noun)
    found = rows.filter(slug=slug).first()
    if found is not None:
        return found
    if model._default_manager.filter(slug=slug, state=State.RETRACTED).exists():
        retraction = newest(record_topic(model.noun(), slug), 1, kind=Kind.RECORD_RETRACTED)
        raise Gone(noun, next(iter(retraction), None))
    raise Missing(noun)


def with_sources(rows: QuerySet[M], *paths: str) -> QuerySet[M]:
    """Fetch the sources at these paths, and those through which they are known, with the rows.

    "" is the row itself. Never their archived text: it is private, and can be megabytes long.
    """
    for path in paths:
        chain = [path] if path else []
        deferred = [f"{path}__archived_text"] if path else ["archived_text"]
        for _ in range(STEPS):
            path = f"{path}__read_via" if path else "read_via"
            chain.append(path)
            deferred.append(f"{path}__archived_text")
        rows = rows.select_related(*chain).defer(*deferred)
    return rows
