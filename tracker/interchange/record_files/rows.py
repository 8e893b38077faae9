"""The records that the file holds, in its order, loaded so that their plain form asks no more."""

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import F, ForeignKey, QuerySet
from django.db.models.functions import Collate

from tracker.assessments.models import Assessment, Reply
from tracker.commitments.models import Clause, Criterion
from tracker.evidence.models import Bearing, Outcome
from tracker.interchange.record_files.order import referred_to_first
from tracker.interchange.record_files.referred import Ids
from tracker.records.fetching import fetch, fetch_lists
from tracker.records.models import Declared, Record, State
from tracker.records.plain import columns, lists, part_model

TOGETHER = 500  # records, which with all that they refer to are in memory at once

#: Where the order of two records means something it is theirs; all others are sorted by slug, so
#: that the same record gives the same file, whatever its history.
_MEANT: dict[type[Record], tuple[str, ...]] = {
    Assessment: ("effective_on", "published_at", "pk"),
    Reply: ("asked_on", "pk"),
}
#: What a reference to a part reads of it.
_KEYS: dict[type, tuple[str, ...]] = {
    Clause: ("number",),
    Criterion: ("position", "edition"),
    Bearing: ("outcome",),
}


def in_lots(model: type[Record], retracted: Ids) -> Iterator[list[Record]]:
    """Every record of the noun that the file holds, TOGETHER at a time, ready for `to_plain`.

    `retracted` are those that it holds although they were retracted.
    """
    ids = _in_order(model, retracted[model])
    for start in range(0, len(ids), TOGETHER):
        lot = ids[start : start + TOGETHER]
        found = {each.pk: each for each in loaded(model, pk__in=lot)}
        yield [found[each] for each in lot]


def count(retracted: Ids) -> int:
    """How many records the file holds."""
    return sum(
        model._default_manager.filter(state=State.PUBLISHED).count() + len(ids)
        for model, ids in retracted.items()
    )


def _in_order(model: type[Record], retracted: set[int]) -> "array[int]":
    """Ids, eight bytes each: of 100,000 records even the slugs would be many megabytes."""
    rows = model._default_manager.filter(state__in=(State.PUBLISHED, State.RETRACTED))
    if model in _MEANT:
        rows = rows.order_by(_by_code_point("commitment__slug"), *_MEANT[model])
    else:
        rows = rows.order_by(_by_code_point("slug"))
    found = rows.values_list("pk", "state").iterator(chunk_size=5000)
    ids = array("q", (pk for pk, state in found if state == State.PUBLISHED or pk in retracted))
    refers = _own_kind(model)
    return referred_to_first(ids, refers) if refers else ids


def _by_code_point(name: str) -> Any:
    """The same order on every database, whatever its locale."""
    return Collate(F(name), "C" if connection.vendor == "postgresql" else "BINARY")


def _own_kind(model: type[Record]) -> dict[int, list[int]]:
    """The ids that each record refers to within its own noun, where it does."""
    found: dict[int, list[int]] = {}
    for column in columns(model):
        if isinstance(column, ForeignKey) and column.related_model is model:
            rows = model._default_manager.filter(**{f"{column.name}__isnull": False}).order_by()
            for row, other in rows.values_list("pk", column.attname).iterator():
                found.setdefault(row, []).append(other)
    for many in lists(model):
        if many.related_model is model:
            through: Any = many.remote_field.through
            near, far = many.m2m_column_name(), many.m2m_reverse_name()
            for row, other in through._default_manager.values_list(near, far).iterator():
                found.setdefault(row, []).append(other)
    return found


def loaded(model: type[Record], **where: Any) -> list[Record]:
    """Records with all that their plain form reads, a query or two for each table."""
    rows = list(_public(model).only(*_names(model), "state", *model.brought).filter(**where))
    _fetch(model, rows)
    return rows


def _fetch(model: type[Declared], rows: Sequence[Any]) -> None:
    """What rows of a record or part refer to, by name alone, and their own parts whole."""
    for column in columns(model):
        if isinstance(column, ForeignKey):
            fetch(rows, column.name, _named(column.related_model))
    for many in lists(model):
        others = fetch_lists(rows, many.name, _named(many.related_model))
        if many.related_model is Bearing:
            fetch(others, "outcome", _named(Outcome))
    for part in model.parts:
        rest = part_model(model, part)
        _fetch(rest, fetch_lists(rows, part, _public(rest).only(*_names(rest), rest.owner)))


def _public(model: type[Declared]) -> QuerySet[Any]:
    rows: QuerySet[Any] = model._default_manager.all()
    return rows


def _names(model: type[Declared]) -> list[str]:
    """The columns of the plain form: a source's archived text, say, is megabytes long."""
    return [column.name for column in columns(model)]


def _named(model: Any) -> QuerySet[Any]:
    """Rows of which only the name is read, as `records.plain.key_of` reads it."""
    return _public(model).only(*_KEYS.get(model, ("slug",))).order_by()
