"""Work that waits in a table, for any number of workers: claimed, done, settled.

A claim moves `due_at` into the future and leaves its mark. Who dies with a claim loses it when that
moment comes, and the work is done again: at least once, never never. Nothing is sent inside a
transaction.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connections, models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from tracker.records.fields import LINE_LENGTH, UNPRINTABLE_IN_LINE


class Queued(models.Model):
    """A row that a worker may have to act on; `due_at` is null where it has not."""

    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)  # in a row
    said = models.CharField(max_length=LINE_LENGTH, blank=True, editable=False)  # by the last one

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=("due_at",), condition=Q(due_at__isnull=False), name="%(class)s_due"
            )
        ]


R = TypeVar("R", bound=Queued)


def claim(rows: QuerySet[R], count: int, seconds: float, **columns: Any) -> list[R]:
    """At most `count` of the rows that are due, the longest waiting first, ours for `seconds`.

    Rows that another worker is about to claim are passed by (PostgreSQL), or waited for (SQLite,
    which lets one write at a time). `columns` are written with the claim.
    """
    database = connections[rows.db]
    now, mark = timezone.now(), uuid.uuid4()
    due = rows.filter(due_at__lte=now).order_by("due_at", "pk")
    if not due.exists():  # an idle worker must not take SQLite's one write lock every second
        return []
    with transaction.atomic():
        locked = due.select_for_update(
            of=("self",) if database.features.has_select_for_update_of else (),
            no_key=database.features.has_select_for_no_key_update,
            skip_locked=database.features.has_select_for_update_skip_locked,
        )
        found = list(locked[:count])
        until = now + timedelta(seconds=seconds)
        rows.model._default_manager.filter(pk__in=[row.pk for row in found]).update(
            due_at=until, claim=mark, **columns
        )
    for row in found:
        row.due_at, row.claim = until, mark
    return found


def settle(row: Queued, *, due_at: Any = None, **columns: Any) -> bool:
    """Give a claimed row back with what has become of it; False where the claim was lost.

    `due_at` may be an expression, so that what arrived meanwhile is taken into account.
    """
    ours = type(row)._default_manager.filter(pk=row.pk, claim=row.claim)
    return ours.update(due_at=due_at, claim=None, **columns) == 1


def put_off(row: Queued, until: datetime, said: str, **columns: Any) -> bool:
    """Give a claimed row back after a failure, to be tried again at `until`."""
    return settle(row, due_at=until, failures=row.failures + 1, said=line(said), **columns)


def line(text: str) -> str:
    """A stranger's words (a server's answer) as one line that can be stored and shown."""
    return UNPRINTABLE_IN_LINE.sub(" ", text)[:LINE_LENGTH]
