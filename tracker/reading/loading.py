"""Loading all that the plain form of many records reads, in one query for each relation."""

from collections.abc import Iterator
from typing import Any

from django.db.models import ForeignKey, Prefetch, QuerySet

from tracker.evidence.models import Bearing
from tracker.records.models import Declared, Record
from tracker.records.plain import columns, lists, part_model


def whole(model: type[Declared]) -> Iterator[Prefetch]:
    """What `records.plain.to_plain` follows from rows of this model.

    For `prefetch_related_objects`: what is loaded already is left as it is.
    """
    for column in columns(model):
        if isinstance(column, ForeignKey):
            yield Prefetch(column.name, _named(column.related_model))
    for many in lists(model):
        yield Prefetch(many.name, _named(many.related_model))
    for part in model.parts:
        of_part = part_model(model, part)
        yield Prefetch(part, of_part._default_manager.prefetch_related(*whole(of_part)))


def _named(model: Any) -> QuerySet[Any]:
    """Of a record no more than its name and state: its own texts can be megabytes long."""
    rows: QuerySet[Any] = model._default_manager.order_by()
    if issubclass(model, Record):
        return rows.only("slug", "state")
    return rows.select_related("outcome") if model is Bearing else rows
