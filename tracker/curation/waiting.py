"""Entries that wait for the end of an import: on disk beyond a few megabytes, not in memory."""

import pickle
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from weakref import finalize

from tracker.assessments.models import Reply
from tracker.changes.log import Entry
from tracker.commitments.models import Commitment

IN_MEMORY = 8_000_000  # bytes


def subjects_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """By noun and slug, the record that the entry speaks of; of a reply that has gone over from one
    commitment to another, both as well: the one that it has left stands otherwise now."""
    yield entry.subject_type, entry.subject_slug
    if entry.subject_type == Reply.noun() and len(entry.commitments) > 1:
        yield from ((Commitment.noun(), slug) for slug in entry.commitments)


class Waiting:
    """A list of entries to be added to and read again, in order, as often as one likes."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - open as long as this
        self._closing = finalize(self, self._file.close)
        self._count = 0
        self.subjects: dict[str, set[str]] = {}  # the slugs of what they speak of, by noun

    def extend(self, entries: Iterable[Entry]) -> None:
        """Add entries at the end."""
        for entry in entries:
            pickle.dump(entry, self._file, pickle.HIGHEST_PROTOCOL)
            self._count += 1
            for noun, slug in subjects_of(entry):
                self.subjects.setdefault(noun, set()).add(slug)

    def __iadd__(self, entries: Iterable[Entry]) -> "Waiting":
        self.extend(entries)
        return self

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Entry]:
        """Each in turn; nothing may be added meanwhile."""
        self._file.seek(0)
        try:
            for _ in range(self._count):
                yield pickle.load(self._file)  # noqa: S301 - our own, in a file without a name
        finally:
            self._file.seek(0, 2)

    def clear(self) -> None:
        """Forget them all."""
        self._closing()
        self._begin()
