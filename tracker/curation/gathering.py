"""What a record's rules, its representation and its entry read of other rows, fetched at once.

For one record it saves a query here and there; for a lot of them it is a few queries instead of
some for each. Nothing else depends on it: what was not fetched here is asked for when it is read.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import ForeignKey

from tracker.assessments.judging import keep_grounds
from tracker.assessments.models import Assessment, Reply
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import Bearing, Discrepancy, Outcome
from tracker.records.fetching import fetch, fetch_lists
from tracker.records.models import Declared
from tracker.records.plain import columns, lists, part_model
from tracker.sources.models import Source


def gather(records: Sequence[Any]) -> None:
    """Fetch it for these records of one noun, as they stand now: nothing of them may be stale."""
    if not records:
        return
    model = type(records[0])
    if model is Assessment:
        keep_grounds(records)
    gather_named(model, records)
    if model in (Assessment, Reply):
        judged = {each.commitment_id: each.commitment for each in records}.values()
        _file_under(judged)
        if model is Assessment:
            fetch_lists(judged, "replies")
    elif model in (Pledge, Discrepancy):
        fetch(fetch_lists(records, "commitments"), "lab")
    elif model is Outcome:
        fetch(fetch(fetch_lists(records, "bearings"), "commitment"), "lab")


def _file_under(commitments: Iterable[Commitment]) -> None:
    commitments = list(commitments)
    fetch(commitments, "lab")
    fetch(commitments, "pledge")


def gather_named(model: type[Declared], rows: Sequence[Any]) -> None:
    """What the columns, lists and parts of these rows name: all that their plain form reads."""
    for column in columns(model):
        if isinstance(column, ForeignKey):
            private = column.related_model is Source  # and can be megabytes long
            among = Source.objects.defer("archived_text") if private else None
            fetch(rows, column.name, among)
    for many in lists(model):
        named = fetch_lists(rows, many.name)
        if many.related_model is Bearing:  # which is called by its outcome
            fetch(named, "outcome")
    for part in model.parts:
        if of_all := fetch_lists(rows, part):
            gather_named(part_model(model, part), of_all)
