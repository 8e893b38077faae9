"""One document of one feed, before it is put into a format."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from tracker.changes.topics import changes_of
from tracker.feeds.asking import ARCHIVE, Asked
from tracker.feeds.blocks import archive, current
from tracker.feeds.entries import Entry, absolute, entries, tag
from tracker.feeds.text import line

#: When a feed without entries was last updated: before there could be any, and the same each time.
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)

LANGUAGE = "en-GB"
DESCRIPTION = (
    "What changed in a public record of what AI labs promised and what happened next: "
    "each change with its reason, numbered and never edited."
)


@dataclass(frozen=True)
class Document:
    """Entries newest first. `archive` and `before` are numbers of archives (see `blocks`)."""

    asked: Asked
    entries: Sequence[Entry]
    before: int | None

    @property
    def title(self) -> str:
        return line(self.asked.following.title)

    @property
    def id(self) -> str:
        """The same for all documents and formats of the feed."""
        return tag(f"changes{self.asked.following.query}")

    @property
    def archive(self) -> int | None:
        return self.asked.archive

    @property
    def updated(self) -> datetime:
        return self.entries[0].at if self.entries else BEGAN

    @property
    def home(self) -> str:
        """The same slice as a page."""
        return absolute(self.asked.following.page)

    @property
    def hub(self) -> str:
        """The WebSub hub that tells of news; an archive has none."""
        return "" if self.archive else settings.WEBSUB_HUB

    def address(self, name: str, archive: int | None = None) -> str:
        """The full address of the current document, or of an archive, in one format."""
        query = dict(self.asked.following.chosen)
        if archive:
            query[ARCHIVE] = str(archive)
        said = f"?{urlencode(sorted(query.items()))}" if query else ""
        return absolute(reverse(name) + said)


def document(asked: Asked, head: int) -> Document:
    """The document asked for, of a log that had reached `head`; an archive of it is whole."""
    number = asked.archive
    cut = current(asked.rows, head) if number is None else archive(asked.rows, number)
    return Document(asked, entries(changes_of(cut.sequences)), cut.before)
