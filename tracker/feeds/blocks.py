"""Which entries stand in which document (RFC 5005, archived feeds).

Archive k of a feed holds whichever of its entries have the sequences (k-1)*100+1 to k*100, once the
log has passed them: nothing is ever added to it. The current document holds the newest fifty and
whatever no archive holds yet, so no document has more than a hundred. Whoever follows the links
back from the current document comes by every entry, also while others are added.
"""

from dataclasses import dataclass

from django.db.models import QuerySet

from tracker.changes.models import ChangeTopic

BLOCK = 100
NEWEST = 50


@dataclass(frozen=True)
class Cut:
    """The sequences in one document, newest first, and the archive before it, if any.

    `archive` is its own number, None for the current document.
    """

    sequences: list[int]
    archive: int | None
    before: int | None


def block_of(sequence: int) -> int:
    """The archive that holds, or will hold, the entry: from 1."""
    return -(-sequence // BLOCK)


def current(rows: QuerySet[ChangeTopic], head: int) -> Cut:
    """The newest of `rows`, which are in descending order; `head` was read before them."""
    found = list(rows.values_list("sequence", flat=True)[:BLOCK])
    head = max([head, *found[:1]])
    archived = head // BLOCK * BLOCK  # the last entry that an archive holds
    shown = [each for place, each in enumerate(found) if place < NEWEST or each > archived]
    rest = found[len(shown) :]
    return Cut(shown, None, block_of(rest[0]) if rest else None)


def is_whole(number: int, head: int) -> bool:
    """Whether a log that has reached `head` adds nothing to this archive any more."""
    return number * BLOCK <= head


def archive(rows: QuerySet[ChangeTopic], number: int) -> Cut:
    """Archive `number` of `rows`, which is whole."""
    first = (number - 1) * BLOCK + 1
    within = rows.filter(sequence__gte=first, sequence__lte=number * BLOCK)
    earlier = rows.filter(sequence__lt=first).values_list("sequence", flat=True).first()
    found = list(within.values_list("sequence", flat=True))
    return Cut(found, number, block_of(earlier) if earlier else None)
