"""Appending to the log (DESIGN section 7): one locked head, a gapless sequence, a hash chain."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, connections

from tracker.changes import continuity
from tracker.changes.kinds import Kind, Significance, significance_of
from tracker.changes.models import Change, ChangeTopic, LogHead
from tracker.changes.storing import TOGETHER, locked_head, store
from tracker.changes.topics import topics_of

_CANONICAL = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
)

HASH_DOMAIN = "on-record/change/v1\n"

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """What is about to be said in public. `before` and `after` are public representations."""

    kind: Kind
    subject_type: str
    subject_slug: str
    actor: str
    labs: Sequence[str] = ()
    commitments: Sequence[str] = ()
    pledge: str = ""
    category: str = ""
    before: Plain | None = None
    after: Plain | None = None
    reason: str = ""
    significance: Significance | None = None


def append(entries: Iterable[Entry], *, epoch: bool = False) -> list[Change]:
    """Write the entries at the end of the log and return them.

    Call it last in the transaction that writes the record: the head's row is the last lock taken,
    so that nobody waits for it while others work. RuntimeError outside a transaction, since a
    record without its change, or a change without its record, must be impossible. NotContinued,
    and nothing may be kept, where the log does not continue its newest checkpoint; only the `epoch`
    that says so is written then.
    """
    changes: list[Change] = []
    for some in _appended(entries, epoch):
        changes += some
    return changes


def append_many(entries: Iterable[Entry]) -> None:
    """As `append`, for more entries than one would hold in memory."""
    for _ in _appended(entries, epoch=False):
        pass


def _appended(entries: Iterable[Entry], epoch: bool) -> Iterator[list[Change]]:
    """In lots, each written before the next is made."""
    if not connection.in_atomic_block:
        raise RuntimeError("The log is appended to inside the transaction that writes the record.")
    left = iter(entries)
    # made before the head is locked, which others wait for: what does not depend on it
    some = [_change(entry) for entry in islice(left, TOGETHER)]
    if not some:
        return
    head = locked_head()
    if not epoch:
        continuity.require(head.sequence)
    while some:
        changes: list[Change] = []
        for change in some:
            _chain(change, head)
            head.sequence, head.at, head.hash = change.sequence, change.at, change.hash
            changes.append(change)
        store(changes, [row for change in changes for row in topic_rows(change)], head)
        yield changes
        some = [_change(entry) for entry in islice(left, TOGETHER)]


def _change(entry: Entry) -> Change:
    """The entry as it stands in the log, all but its place there."""
    significance = entry.significance or significance_of(entry.kind)
    change = Change(
        kind=entry.kind.value,
        significance=significance.value,
        subject_type=entry.subject_type,
        subject_slug=entry.subject_slug,
        labs=sorted(set(entry.labs)),
        commitments=sorted(set(entry.commitments)),
        pledge=entry.pledge,
        category=entry.category,
        actor=entry.actor,
        reason=entry.reason,
        body=canonical(
            {
                "before": entry.before,
                "after": entry.after,
                "reason": entry.reason,
                # so that a redacted body cannot be guessed back from its hash
                "nonce": secrets.token_hex(16),
            }
        ),
    )
    change.body_sha256 = sha256(change.body or "")
    return change


def _chain(change: Change, head: LogHead) -> None:
    """Give it its place: the next after the head."""
    now = datetime.now(UTC)
    change.at = now if head.at is None else max(now, head.at + timedelta(microseconds=1))
    change.sequence = head.sequence + 1
    change.previous_hash = head.hash
    change.header = canonical(header_of(change))
    change.hash = chain_hash(change.previous_hash, change.header, change.body_sha256)


def header_of(change: Change) -> dict[str, Any]:
    """The header's content, from the columns."""
    return {
        "sequence": change.sequence,
        "at": timestamp(change.at),
        "kind": change.kind,
        "significance": change.significance,
        "subject": {"type": change.subject_type, "slug": change.subject_slug},
        "labs": change.labs,
        "commitments": change.commitments,
        "pledge": change.pledge,
        "category": change.category,
        "actor": change.actor,
    }


def chain_hash(previous_hash: str, header: str, body_sha256: str) -> str:
    """SHA-256 over domain, previous hash and the two digests, as lowercase hexadecimal text."""
    return sha256(HASH_DOMAIN + previous_hash + sha256(header) + body_sha256)


def canonical(value: Any) -> str:
    """Canonical JSON: sorted keys, UTF-8 as it is, no spaces, no NaN."""
    return _CANONICAL.encode(value)


def sha256(text: str) -> str:
    """Lowercase hexadecimal SHA-256 of the text's UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def timestamp(at: datetime) -> str:
    """UTC with microseconds always written, as in 2026-11-21T20:15:00.123456Z, so texts sort."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def topic_rows(change: Change) -> list[ChangeTopic]:
    """One row a topic under which the change can be found."""
    return [
        ChangeTopic(
            topic=topic,
            sequence=change.sequence,
            kind=change.kind,
            significance=change.significance,
            category=change.category,
        )
        for topic in sorted(topics_of(change))
    ]


def give_back_connection() -> None:
    """Between two batches of a long read: nothing is held while nothing is asked."""
    for each in connections.all(initialized_only=True):
        if not each.in_atomic_block:
            each.close_if_unusable_or_obsolete()


def head_sequence() -> int:
    """The sequence of the last entry, 0 before the first.

    Raises LogHead.DoesNotExist on a database not migrated.
    """
    return LogHead.objects.values_list("sequence", flat=True).get(pk=1)
