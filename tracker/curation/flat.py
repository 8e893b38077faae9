"""Records as rows of a table: their own columns and lists, read many at a time, without parts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, TypeVar

from django.db import models

from tracker.commitments.models import Commitment, Pledge
from tracker.curation.creating import ROWS
from tracker.evidence.models import Indicator, Outcome
from tracker.labs.models import Lab, Person
from tracker.records.models import Record
from tracker.records.plain import Plain, columns, lists, path_of
from tracker.sources.models import Quotation, Source

#: The nouns whose own columns make a table.
TABULAR: tuple[type[Record], ...] = (
    Lab,
    Person,
    Source,
    Quotation,
    Pledge,
    Commitment,
    Outcome,
    Indicator,
)

Where = tuple[str, ...]  # a column's place in the plain form
Flat = dict[Where, Any]  # the plain form without its parts, by place
T = TypeVar("T")


@dataclass(frozen=True)
class Standing:
    """A record as it stands, read without its parts and its private columns."""

    pk: int
    version: int
    state: str
    flat: Flat


def standing(queryset: models.QuerySet[Any]) -> Iterator[Standing]:
    """The rows of a query set, in its order, a few queries for each five hundred."""
    model = queryset.model
    for ids in batched(list(queryset.values_list("pk", flat=True))):
        found = {each.pk: each for each in read(model, pk__in=ids)}
        yield from (found[pk] for pk in ids if pk in found)


def batched(items: Iterable[T]) -> Iterator[list[T]]:
    """Lists of as many items as go into one statement."""
    rest = iter(items)
    while batch := list(islice(rest, ROWS)):
        yield batch


def read(model: type[Record], **condition: Any) -> Iterator[Standing]:
    """The records that meet the condition, in no order."""
    fields = list(columns(model))
    names = [_lookup(each) for each in fields]
    places = [path_of(model, each.name) for each in fields]
    found = model._default_manager.filter(**condition).order_by()
    rows = list(found.values_list("pk", "version", "state", *names))
    linked = {many.name: _linked(many, [row[0] for row in rows]) for many in lists(model)}
    for pk, version, state, *values in rows:
        flat: Flat = {
            place: value.isoformat() if isinstance(value, date) else value
            for place, value in zip(places, values, strict=True)
        }
        for name, slugs in linked.items():
            flat[(name,)] = sorted(slugs.get(pk, ()))
        yield Standing(pk, version, state, flat)


def _lookup(column: Any) -> str:
    """A column, or what the plain form refers to it by."""
    if not column.is_relation:
        return str(column.name)
    return f"{column.name}__{'slug' if issubclass(column.related_model, Record) else 'number'}"


def _linked(many: models.ManyToManyField, ids: list[int]) -> dict[int, list[str]]:
    through: Any = many.remote_field.through
    near, far = many.m2m_field_name(), many.m2m_reverse_field_name()
    pairs = through._default_manager.filter(**{f"{near}__in": ids})
    linked: dict[int, list[str]] = {}
    for owner, slug in pairs.values_list(f"{near}_id", f"{far}__slug"):
        linked.setdefault(owner, []).append(slug)
    return linked


def at(plain: Plain, place: Where) -> Any:
    """The value at a place of a plain form."""
    value: Any = plain
    for step in place:
        value = value[step]
    return value


def nested(flat: Flat) -> Plain:
    """As the plain form nests it."""
    plain: Plain = {}
    for place, value in flat.items():
        target = plain
        for group in place[:-1]:
            target = target.setdefault(group, {})
        target[place[-1]] = value
    return plain


def differing(before: Flat, after: Flat) -> list[tuple[str, Any, Any]]:
    """(column, old, new) for every place of `after` whose value differs."""
    return [
        (".".join(place), before.get(place), value)
        for place, value in after.items()
        if _said(before.get(place)) != _said(value)
    ]


def _said(value: Any) -> Any:
    """Nothing is nothing, however it is written; 0 is something."""
    return "" if value is None or value == [] else value
