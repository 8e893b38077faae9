"""The log as tables: an entry a row, without the texts that only whoever checks hashes wants."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.urls import reverse

from tracker.changes.models import Change
from tracker.interchange.bulk.columns import Cell, Column, Table, cell_of, field_named

CHANGES = "changes"
_HEX = "[0-9a-f]{64}"
_AMONG = {"labs": "lab", "commitments": "commitment"}  # lists of the header


def _named(name: str) -> Column:
    field = field_named(Change, name)
    enum = tuple(str(value) for value, _ in field.flatchoices) if field.choices else ()
    return Column(name, f"Its {name}.", required=not field.blank, enum=enum)


_COLUMNS = (
    Column("sequence", "Its number: from 1, without a gap.", "integer", True, unique=True),
    Column("at", "When it was published, UTC.", "datetime", True),
    _named("kind"),
    _named("significance"),
    Column("subject_type", "The noun of the record that it is about.", required=True),
    Column("subject_slug", "The slug of that record.", required=True),
    Column("pledge", "The slug of the pledge that it concerns."),
    Column("category", "The category of the commitment that it concerns."),
    Column("actor", "Who did it.", required=True),
    Column("reason", "Why, as it was said in public."),
    Column("redacted", "Whether its body and reason were taken away.", "boolean", True),
    Column("body_sha256", "Of its body in log.jsonl.", required=True, pattern=_HEX),
    Column("previous_hash", "The hash of the entry before.", required=True, pattern=_HEX),
    Column("hash", "Over all of it.", required=True, unique=True, pattern=_HEX),
    Column("url", "The page on which it stands.", required=True),
)
_SEQUENCE = Column(
    "sequence", "The number of the entry.", "integer", True, refers=(CHANGES, "sequence")
)

LOG_TABLES = [
    Table(
        CHANGES,
        "Changes",
        "Every published change, in its order. The record before and after each is in log.jsonl.",
        _COLUMNS,
        ("sequence",),
    ),
    *(
        Table(
            f"change_{name}",
            f"Change {name}",
            f"The {name} that each change concerns, by the slugs of that time.",
            (_SEQUENCE, Column(column, f"The slug of the {column}.", required=True)),
            ("sequence", column),
        )
        for name, column in _AMONG.items()
    ),
]


def rows_of_entry(entry: dict[str, Any]) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """The rows of one line of the log."""
    sequence, subject = entry["sequence"], entry["subject"]
    beside: dict[str, Any] = {
        "subject_type": subject["type"],
        "subject_slug": subject["slug"],
        "redacted": entry["body"] is None,
        "url": settings.SITE_URL + reverse("change", args=[sequence]),
    }
    whole = entry | beside
    yield CHANGES, tuple(cell_of(column, whole[column.name]) for column in _COLUMNS)
    for name in _AMONG:
        for slug in entry[name]:
            yield f"change_{name}", (sequence, slug)
