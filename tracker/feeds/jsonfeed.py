"""JSON Feed 1.1, with the log's own fields of each entry under `_on_record`."""

import json
from typing import Any

from django.conf import settings

from tracker.changes.log import timestamp
from tracker.feeds.documents import DESCRIPTION, LANGUAGE, Document
from tracker.feeds.entries import Entry, absolute
from tracker.feeds.text import line

NAME = "feed-json"


def json_of(document: Document) -> str:
    """The document as JSON Feed; `next_url` leads back through the archives."""
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": document.title,
        "home_page_url": document.home,
        "feed_url": document.address(NAME, document.archive),
        "description": DESCRIPTION,
        "language": LANGUAGE,
        "authors": [{"name": line(settings.SITE_NAME), "url": absolute("/")}],
    }
    if document.before:
        feed["next_url"] = document.address(NAME, document.before)
    if document.hub:
        feed["hubs"] = [{"type": "WebSub", "url": document.hub}]
    feed["items"] = [_item(entry) for entry in document.entries]
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _item(entry: Entry) -> dict[str, Any]:
    change = entry.change
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": str(entry.html),
        "date_published": timestamp(entry.at),
        "date_modified": timestamp(entry.at),
        "tags": [each.value for each in entry.categories],
        "_on_record": {
            "about": absolute("/changes/"),
            "sequence": change.sequence,
            "kind": change.kind,
            "significance": change.significance,
            "subject": {"type": change.subject_type, "slug": line(change.subject_slug)},
            "labs": [line(slug) for slug in change.labs],
            "commitments": [line(slug) for slug in change.commitments],
            "pledge": line(change.pledge),
            "category": change.category,
            "record": entry.about,
            "hash": change.hash,
        },
    }
