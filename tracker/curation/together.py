"""Several drafts on their way at once: all of them, or none."""

from collections.abc import Callable, Sequence

from django.db import transaction

from tracker.assessments.models import Assessment
from tracker.changes.log import Entry
from tracker.curation.editing import Actor, Refused, lock, publish_later
from tracker.curation.indexing import append
from tracker.curation.judging import submit
from tracker.records.models import Record
from tracker.records.plain import Problem

Seen = tuple[Record, int]  # a record, and the version of it that was looked at


class NotTogether(Exception):
    """Some were refused, so that nothing was done; `refused` says by record id why."""

    def __init__(self, refused: dict[int, list[Problem]]) -> None:
        self.refused = refused
        super().__init__(f"{len(refused)} refused")


def publish_together(seen: Sequence[Seen], *, by: Actor, reason: str) -> None:
    """Publish drafts that may refer to one another, with one append. Raises NotTogether."""
    records = {record for record, _ in seen}

    def publish(record: Record) -> list[Entry]:
        return publish_later(record, by=by, reason=reason, together=records)

    _each(seen, publish)


def submit_together(seen: Sequence[Seen], *, by: Actor, reason: str) -> None:
    """Submit assessments for review. Raises NotTogether."""

    def hand_over(record: Record) -> list[Entry]:
        assert isinstance(record, Assessment)
        submit(record, by=by)
        return []

    _each(seen, hand_over)


def _each(seen: Sequence[Seen], run: Callable[[Record], list[Entry]]) -> None:
    refused: dict[int, list[Problem]] = {}
    entries: list[Entry] = []
    with transaction.atomic():
        # in the order of their ids, so that two who do this at once cannot wait for each other
        for record, version in sorted(seen, key=lambda each: each[0].pk):
            try:
                entries += run(lock(record, version=version))
            except Refused as error:
                refused[record.pk] = error.problems
        if refused:
            raise NotTogether(refused)
        append(entries)
