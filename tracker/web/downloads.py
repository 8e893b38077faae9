"""Every download there is, in one list: for the page that explains them and for its JSON-LD."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from tracker.changes.log import timestamp
from tracker.reading.pages.holdings import Holdings
from tracker.web.jsonld import LICENCE


@dataclass(frozen=True)
class Download:
    """`type` is its media type, `format` what people call it, `size` in words or ""."""

    title: str
    path: str
    type: str
    format: str
    holds: str
    size: str = ""
    anchor: str = ""  # the part of the page that says how to use it

    @property
    def url(self) -> str:
        """Its address, whole."""
        return settings.SITE_URL + self.path


def downloads(held: Holdings) -> Sequence[Download]:
    """The downloads of the whole record, largest first."""
    found = [
        Download(
            "The log",
            reverse("log_lines"),
            "application/jsonl",
            "JSON Lines, UTF-8",
            "every published change from the first, with the record before and after it",
            f"{held.entries:,} lines, {size_words(held.size)}",
            "log",
        ),
        Download(
            "Changes as a feed",
            reverse("feed-atom"),
            "application/atom+xml",
            "Atom",
            "the newest changes in words; older ones in archives",
            anchor="feeds",
        ),
        Download(
            "Changes as a feed",
            reverse("feed-rss"),
            "application/rss+xml",
            "RSS 2.0",
            "the same",
            anchor="feeds",
        ),
        Download(
            "Changes as a feed",
            reverse("feed-json"),
            "application/feed+json",
            "JSON Feed 1.1",
            "the same",
            anchor="feeds",
        ),
        Download(
            "Deadlines",
            reverse("deadlines"),
            "text/calendar",
            "iCalendar",
            "what falls due, with reminders",
            anchor="feeds",
        ),
        Download(
            "All feeds",
            reverse("feeds"),
            "text/x-opml",
            "OPML 2.0",
            "the list of the feeds, for readers that import one",
            anchor="feeds",
        ),
        Download(
            "Where the log ends",
            reverse("log_head"),
            "application/json",
            "JSON",
            "number, time and hash of the last entry; the key that signs checkpoints",
            anchor="check",
        ),
    ]
    if held.has_checkpoint:
        found.append(
            Download(
                "The newest checkpoint",
                reverse("newest_checkpoint"),
                "text/plain",
                "signed note",
                "the log’s head, signed and dated",
                anchor="check",
            )
        )
    found.append(
        Download(
            "Every address",
            reverse("sitemap"),
            "application/xml",
            "Sitemap",
            "each public page, with the day on which it last changed",
            anchor="crawlers",
        )
    )
    return found


def size_words(size: int) -> str:
    """“about 1.2 MB”, of 1,000,000 bytes each."""
    if size < 1_000_000:
        return f"about {max(1, round(size / 1_000))} kB"
    return f"about {size / 1_000_000:.1f} MB"


def dataset(held: Holdings) -> dict[str, Any]:
    """The whole record as a schema.org Dataset, with what Google asks of one.

    https://schema.org/Dataset, https://developers.google.com/search/docs/appearance/structured-data/dataset
    """
    page = settings.SITE_URL + reverse("data")
    us = {"@type": "Organization", "name": settings.SITE_NAME, "url": f"{settings.SITE_URL}/"}
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": page,
        "name": f"{settings.SITE_NAME}: what AI labs promised, and what happened next",
        "description": "Public promises of AI labs, each with the words as they were said, what "
        "they oblige, the criteria that decide, what was observed and by which sources, and the "
        "verdict with its range, its confidence and who contests it. Every published change is an "
        "entry of a numbered, hash-chained log.",
        "url": page,
        "license": LICENCE,
        "isAccessibleForFree": True,
        "inLanguage": "en",
        "creator": us,
        "publisher": us,
        "keywords": [
            "AI labs",
            "commitments",
            "pledges",
            "AI safety",
            "AI governance",
            "accountability",
            "scorecard",
        ],
        "measurementTechnique": settings.SITE_URL + reverse("methodology"),
        "variableMeasured": [
            "verdict",
            "range of the score",
            "coverage",
            "confidence",
            "timeliness",
            "schedule",
            "lifecycle",
        ],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": each.title,
                "description": each.holds,
                "encodingFormat": each.type,
                "contentUrl": each.url,
                "license": LICENCE,
            }
            for each in downloads(held)
        ],
    }
    if held.since:
        data["temporalCoverage"] = f"{held.since.isoformat()}/.."
    if held.began_at and held.changed_at:
        data["datePublished"] = timestamp(held.began_at)
        data["dateModified"] = timestamp(held.changed_at)
        data["version"] = str(held.entries)
    return data
