"""One entry of the log as every feed tells it: title, words, links; the formats only wrap it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from tracker.changes.models import Change
from tracker.feeds.contents import Links, content_of
from tracker.feeds.text import line
from tracker.reading.grounds import Quoted, quoted_by
from tracker.reading.pages.addresses import address_of
from tracker.reading.pages.told import Told, tell

SUMMARY = 500  # characters


@dataclass(frozen=True)
class Category:
    """A value that entries share, and the axis it is of: kind, significance, category, lab."""

    axis: str
    value: str

    @property
    def scheme(self) -> str:
        """The axis as a URI."""
        return tag(self.axis)

    @property
    def label(self) -> str:
        """The value for readers."""
        return self.value if self.axis == "lab" else self.value.replace("_", " ")


@dataclass(frozen=True)
class Entry:
    """One entry. `at` is when it was published and updated: an entry never changes."""

    change: Change
    id: str
    at: datetime
    title: str
    summary: str
    html: str
    url: str
    about: str  # the page of the record it concerns, "" where there is none
    categories: Sequence[Category]


def entries(changes: Iterable[Change]) -> list[Entry]:
    """The changes as entries, in the order given; a handful of queries whatever their number."""
    changes = list(changes)
    quoted = quoted_by(changes)
    return [_entry(change, quoted.get(change.sequence, ())) for change in changes]


def _entry(change: Change, quoted: Sequence[Quoted]) -> Entry:
    told = tell(change)
    links = Links(absolute(change.get_absolute_url()), _about(told))
    return Entry(
        change=change,
        id=tag(f"changes/{change.sequence}"),
        at=change.at,
        title=line(told.statement),
        summary=line(told.reason or told.statement, SUMMARY),
        html=content_of(change, quoted, links),
        url=links.permanent,
        about=links.about,
        categories=_categories(change),
    )


def _categories(change: Change) -> list[Category]:
    found = [Category("kind", change.kind), Category("significance", change.significance)]
    if change.category:
        found.append(Category("category", change.category))
    return found + [Category("lab", line(slug)) for slug in change.labs]


def _about(told: Told) -> str:
    if told.subject is None:
        return ""
    return absolute(address_of(*told.subject))


def absolute(path: str) -> str:
    """A path of this site as a full address."""
    return settings.SITE_URL + path


def tag(name: str) -> str:
    """A tag URI (RFC 4151) of this site: the same for ever, wherever the site's pages move to."""
    host = (urlsplit(settings.SITE_URL).hostname or "").replace(":", "-")
    return f"tag:{host},2026:{name}"
