"""The whole log as lines of JSON, for whoever follows or checks it; its head, its checkpoints."""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from tracker.changes import checkpoints, notes
from tracker.changes.log import give_back_connection, head_sequence, timestamp
from tracker.changes.models import Change, Checkpoint, LogHead
from tracker.reading.represent import represent_change

BATCH = 250  # entries, of some kilobytes each


def lines_after(sequence: int) -> Iterator[str]:
    """A line for each entry after this one, up to where the log ends now; a batch at a time.

    Between batches the connection is given back: a slow reader holds none.
    """
    end = head_sequence()
    while sequence < end:
        rows = Change.objects.filter(sequence__gt=sequence, sequence__lte=end)
        batch = list(rows.order_by("sequence")[:BATCH])
        give_back_connection()
        if not batch:
            return
        sequence = batch[-1].sequence
        yield "".join(
            json.dumps(represent_change(change), ensure_ascii=False) + "\n" for change in batch
        )


def log_head() -> dict[str, Any]:
    """Where the log ends, its newest checkpoint, and the key that signs checkpoints."""
    head = LogHead.objects.get(pk=1)
    newest = checkpoints.newest()
    return {
        "sequence": head.sequence,
        "at": timestamp(head.at) if head.at else None,
        "hash": head.hash,
        "checkpoint": _checkpoint(newest) if newest else None,
        "verifier_key": notes.verifier_key(),
    }


def _checkpoint(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "sequence": checkpoint.sequence,
        "hash": checkpoint.hash,
        "made_at": timestamp(checkpoint.made_at),
        "url": reverse("checkpoint", args=[checkpoint.sequence]),
    }


def all_checkpoints() -> QuerySet[Checkpoint]:
    """Every checkpoint, newest first."""
    return Checkpoint.objects.order_by("-made_at")
