"""Entries of the log in any number, and feeds read back: what the tests of feeds share."""

import json
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.conf import settings
from django.db import transaction
from django.test import Client

from tracker.changes.kinds import Kind
from tracker.changes.log import Entry, append
from tracker.changes.models import Change

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"

FORMATS = ("atom", "rss", "json")


def enter(
    count: int = 1,
    *,
    kind: Kind = Kind.LAB_CORRECTED,
    subject: tuple[str, str] = ("lab", "example-lab"),
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    **fields: Any,
) -> list[Change]:
    """So many entries, by default corrections of a lab's name; `before` is given with `after`."""
    if after is None:
        before, after = {"name": "Example Lab"}, {"name": "Example Labs"}
    noun, slug = subject
    entry = Entry(kind, noun, slug, "Eve Editor", before=before, after=after, **fields)
    with transaction.atomic():
        return append([entry] * count)


def local(address: str | None) -> str:
    """The path and query of one of our own full addresses."""
    assert address is not None and address.startswith(settings.SITE_URL + "/"), address
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def sequence_of(identifier: str) -> int:
    return int(identifier.rpartition("/")[2])


class Read:
    """One document of a feed: its bytes, the sequences it holds, the archive before it."""

    def __init__(self, client: Client, url: str) -> None:
        answer = client.get(url)
        assert answer.status_code == 200, (url, answer.content)
        self.bytes = answer.content
        self.answer = answer
        reader = {"atom": self._atom, "rss": self._rss, "json": self._json}
        identifiers, before = reader[urlsplit(url).path.rpartition(".")[2]]()
        self.sequences = [sequence_of(each) for each in identifiers]
        self.before = local(before) if before else ""

    def _atom(self) -> tuple[list[str], str | None]:
        root = parsed(self.bytes)
        found = [str(each.text) for each in root.findall(f"{ATOM}entry/{ATOM}id")]
        return found, href(root, "prev-archive")

    def _rss(self) -> tuple[list[str], str | None]:
        channel = parsed(self.bytes)[0]
        found = [str(each.text) for each in channel.findall("item/guid")]
        return found, href(channel, "prev-archive")

    def _json(self) -> tuple[list[str], str | None]:
        feed = json.loads(self.bytes)
        return [each["id"] for each in feed["items"]], feed.get("next_url")


def parsed(text: bytes) -> ElementTree.Element:
    """The root of a document of our own making."""
    return ElementTree.fromstring(text)  # noqa: S314 - our own feeds


def href(element: ElementTree.Element, relation: str) -> str | None:
    """The address of the only Atom link of this relation, None where there is none."""
    found = [each for each in element.findall(f"{ATOM}link") if each.get("rel") == relation]
    assert len(found) <= 1, relation
    return found[0].get("href") if found else None
