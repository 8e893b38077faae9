"""Every download there is, in one list: for the page that explains them and for its JSON-LD."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from tracker.answers.sharing import LICENCE
from tracker.changes.log import timestamp
from tracker.reading.pages.holdings import Holdings


@dataclass(frozen=True)
class Download:
    """`title` is what rows of the page share, `type` the media type, `format` what people call it.

    `size` is in words, or "". `anchor` is the part of the page that says how to use it.
    """

    title: str
    path: str
    type: str
    format: str
    holds: str
    anchor: str
    size: str = ""

    @property
    def url(self) -> str:
        """Its address, whole."""
        return settings.SITE_URL + self.path


def downloads(held: Holdings) -> Sequence[Download]:
    """The downloads of the whole record: the most at once first, those of one title together."""
    return [*_files(), *_asked(), *_log(held), *_feeds(), *_proofs(held)]


def _file(title: str, name: str, type: str, format: str, holds: str, anchor: str) -> Download:
    return Download(title, reverse("data-file", args=[name]), type, format, holds, anchor)


def _files() -> Sequence[Download]:
    return [
        Download(
            "Everything",
            reverse("data-zip"),
            "application/zip",
            "on-record.zip",
            "the tables, the database, the record file and the log, in one archive",
            "everything",
        ),
        Download(
            "Everything",
            reverse("data-sums"),
            "text/plain",
            "SHA256SUMS",
            "the sums by which you see that a file came whole",
            "everything",
        ),
        _file(
            "Everything",
            "README.txt",
            "text/plain",
            "README.txt",
            "names every table, and says in a line what it holds",
            "everything",
        ),
        _file(
            "Tables",
            "commitments.csv",
            "text/csv",
            "commitments.csv",
            "each commitment with its lab, obligation, verdict, range and confidence",
            "sheets",
        ),
        _file(
            "Tables",
            "datapackage.json",
            "application/json",
            "datapackage.json",
            "names the tables of all nouns, and says what their columns mean",
            "tables",
        ),
        _file(
            "Database",
            "on-record.sqlite3",
            "application/vnd.sqlite3",
            "SQLite",
            "the same tables, to be asked in SQL",
            "sql",
        ),
        _file(
            "Record file",
            "record.json",
            "application/json",
            "record.json",
            "each published record whole; what a copy of this site reads",
            "own",
        ),
        _file(
            "Record file",
            "record.schema.json",
            "application/schema+json",
            "JSON Schema",
            "what may stand where in it",
            "own",
        ),
    ]


def _asked() -> Sequence[Download]:
    return [
        Download(
            "API",
            reverse("api"),
            "application/json",
            "JSON",
            "lists and records of each noun, filtered, in pages, as of a day",
            "in-python",
        ),
        Download(
            "API",
            reverse("openapi"),
            "application/json",
            "OpenAPI 3.1",
            "describes them, for programs",
            "in-python",
        ),
        Download(
            "API",
            reverse("api-docs"),
            "text/html",
            "documentation",
            "explains them, for people",
            "in-python",
        ),
    ]


def _log(held: Holdings) -> Sequence[Download]:
    return [
        Download(
            "The log",
            reverse("log_lines"),
            "application/jsonl",
            "JSON Lines",
            "every published change from the first, with the record before and after it",
            "log",
            f"{held.entries:,} lines, {size_words(held.size)}",
        ),
        Download(
            "The log",
            reverse("log_head"),
            "application/json",
            "where it ends",
            "number, time and hash of the last entry; the key that signs checkpoints",
            "check",
        ),
    ]


def _feeds() -> Sequence[Download]:
    return [
        Download(
            "Changes as a feed",
            reverse("feed-atom"),
            "application/atom+xml",
            "Atom",
            "the newest changes in words; older ones in archives",
            "feeds",
        ),
        Download(
            "Changes as a feed",
            reverse("feed-rss"),
            "application/rss+xml",
            "RSS 2.0",
            "the same",
            "feeds",
        ),
        Download(
            "Changes as a feed",
            reverse("feed-json"),
            "application/feed+json",
            "JSON Feed 1.1",
            "the same",
            "feeds",
        ),
        Download(
            "Changes as a feed",
            reverse("feeds"),
            "text/x-opml",
            "OPML 2.0",
            "a list of all feeds, for readers that import one",
            "feeds",
        ),
        Download(
            "Deadlines",
            reverse("deadlines"),
            "text/calendar",
            "iCalendar",
            "what falls due, with reminders",
            "feeds",
        ),
    ]


def _proofs(held: Holdings) -> Sequence[Download]:
    found = []
    if held.has_checkpoint:
        found.append(
            Download(
                "The newest checkpoint",
                reverse("newest_checkpoint"),
                "text/plain",
                "signed note",
                "the log’s head, signed and dated",
                "check",
            )
        )
    found.append(
        Download(
            "Every address",
            reverse("sitemap"),
            "application/xml",
            "Sitemap",
            "each public page, with the day on which it last changed",
            "crawlers",
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
                "name": f"{each.title}: {each.format}",
                "description": each.holds,
                "encodingFormat": each.type,
                "contentUrl": each.url,
                "license": LICENCE,
            }
            for each in downloads(held)
            if each.type != "text/html"  # a page about data is none
        ],
    }
    if held.since:
        data["temporalCoverage"] = f"{held.since.isoformat()}/.."
    if held.began_at and held.changed_at:
        data["datePublished"] = timestamp(held.began_at)
        data["dateModified"] = timestamp(held.changed_at)
        data["version"] = str(held.entries)
    return data
