"""Taking the words out of a retracted record: its own, its parts', the desk's log of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models

from tracker.records.fields import PeriodField, WhenField
from tracker.records.models import Declared, Record

GONE = "[redacted]"

#: Names and dates of the record, not words about the world.
_NO_TEXT = (WhenField, PeriodField)
_KEPT = frozenset({"slug", "state"})


@dataclass(frozen=True)
class Words:
    """One text of a record or of a part: whose, which column, what it says."""

    owner: str
    column: str
    text: str


def words_of(record: Record) -> list[Words]:
    """Every text that `empty` would take away."""
    return [
        Words(
            str(row._meta.verbose_name),
            str(field.verbose_name),
            getattr(row, field.attname),
        )
        for row in _rows(record)
        for field in _texts(row)
    ]


def empty(record: Record) -> None:
    """Blank every text of the record and of its parts, what is private included.

    Where a column must hold something, it holds "[redacted]". Slugs, dates and choices stay: the
    headers of the log and other records refer to them. `record` itself is stale afterwards.
    """
    for row in _rows(record):
        values: dict[str, Any] = {field.name: _nothing(row, field) for field in _texts(row)}
        if isinstance(row, Record):
            values["version"] = row.version + 1
        if values:
            type(row)._default_manager.filter(pk=row.pk).update(**values)


def clear_desk_log(record: Record) -> None:
    """Take the words out of the admin's own log of a record; who did something when stays."""
    record = type(record)._default_manager.get(pk=record.pk)
    kind = ContentType.objects.get_for_model(type(record))
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(record.pk))
    entries.update(object_repr=str(record)[:200], change_message="")


def _rows(record: Record) -> Iterator[Declared]:
    yield record
    for part in record.parts:
        yield from getattr(record, part).all()


def _texts(row: Declared) -> Iterator[models.Field]:
    """The columns of free text that hold something."""
    for field in row._meta.concrete_fields:
        text = isinstance(field, models.CharField | models.TextField)
        if not text or field.choices or isinstance(field, _NO_TEXT) or field.name in _KEPT:
            continue
        if getattr(row, field.attname):
            yield field


def _nothing(row: Declared, field: models.Field) -> str:
    """An empty text where the model and the database take one."""
    checks = [each for each in row._meta.constraints if isinstance(each, models.CheckConstraint)]
    asked_for = any(
        field.name in check.condition.referenced_base_fields
        for check in checks
        if isinstance(check.condition, models.Q)
    )
    if field.blank and not asked_for:
        return ""
    once = field.unique or any(
        field.name in each.fields
        for each in row._meta.constraints
        if isinstance(each, models.UniqueConstraint)
    )
    return f"[redacted {row.pk}]" if once else GONE
