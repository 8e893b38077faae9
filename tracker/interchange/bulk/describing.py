"""What the package says of itself: datapackage.json (Frictionless), README.txt, the views."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse

from tracker.answers.sharing import LICENCE
from tracker.changes.log import timestamp
from tracker.interchange.bulk.columns import Column, Table
from tracker.interchange.bulk.files import File, csv_name
from tracker.reading.head import Head

NAME = "on-record"
ZIP, DATABASE, SUMS = f"{NAME}.zip", f"{NAME}.sqlite3", "SHA256SUMS"
RECORD, RECORD_SCHEMA, LOG = "record.json", "record.schema.json", "log.jsonl"
DESCRIPTOR, README = "datapackage.json", "README.txt"

CC_BY = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0 International",
    "path": LICENCE,
}

#: What is no table: title, media type.
OTHERS: Mapping[str, tuple[str, str]] = {
    RECORD: ("The whole record, lossless", "application/json"),
    RECORD_SCHEMA: ("The JSON Schema of record.json", "application/schema+json"),
    LOG: ("The log, an entry a line", "application/jsonl"),
    DATABASE: ("The same tables as one SQLite database", "application/vnd.sqlite3"),
}
#: Of every file that is served; what is not named here is a table.
TYPES: Mapping[str, str] = {
    **{name: kind for name, (_, kind) in OTHERS.items()},
    DESCRIPTOR: "application/json",
    README: "text/plain; charset=utf-8",
    SUMS: "text/plain; charset=utf-8",
    ZIP: "application/zip",
}

#: By name, what is asked of the tables most often.
VIEWS: Mapping[str, str] = {
    "standings": (
        "SELECT labs.name AS lab_name, pledges.title AS pledge_title, commitments.* "
        "FROM commitments JOIN labs ON labs.slug = commitments.lab "
        "LEFT JOIN pledges ON pledges.slug = commitments.pledge "
        "WHERE commitments.state = 'published'"
    ),
    "answers": (
        "SELECT commitments.slug AS commitment, commitments.title, criteria.position, "
        "criteria.question, criteria.weight, findings.value, findings.note, findings.met_on, "
        "assessments.slug AS assessment, assessments.effective_on "
        "FROM commitments JOIN assessments ON assessments.slug = commitments.assessment "
        "JOIN findings ON findings.assessment = assessments.slug "
        "JOIN criteria ON criteria.id = findings.criterion_id"
    ),
    "evidence": (
        "SELECT bearings.commitment, bearings.indicator, bearings.criterion_id, "
        "bearings.direction, outcomes.slug AS outcome, outcomes.title, outcomes.occurred_on, "
        "sourcing.source, sources.title AS source_title, sources.effective_tier, "
        "sourcing.quotation, quotations.exact "
        "FROM bearings JOIN outcomes ON outcomes.slug = bearings.outcome "
        "LEFT JOIN sourcing ON sourcing.outcome = outcomes.slug "
        "LEFT JOIN sources ON sources.slug = sourcing.source "
        "LEFT JOIN quotations ON quotations.slug = sourcing.quotation "
        "WHERE outcomes.state = 'published'"
    ),
}


def descriptor(
    head: Head, day: date, tables: Iterable[Table], files: Mapping[str, File]
) -> dict[str, Any]:
    """The Frictionless data package (specs.frictionlessdata.io/data-package)."""
    site = settings.SITE_URL
    described: dict[str, Any] = {
        "profile": "data-package",
        "name": NAME,
        "id": site + reverse("data-file", args=[DESCRIPTOR]),
        "title": f"{settings.SITE_NAME}: what AI labs promised, and what happened next",
        "description": (
            "Public promises of AI labs: the words, what they oblige, the criteria, what was "
            "observed, the verdicts, and every published change. What is computed holds on "
            f"{day.isoformat()} (UTC−12). An empty cell says that there is nothing."
        ),
        "homepage": f"{site}/",
        "version": str(head.sequence),
        "keywords": ["AI labs", "commitments", "pledges", "AI governance", "accountability"],
        "licenses": [CC_BY],
        "sources": [
            {"title": f"The log of {settings.SITE_NAME}", "path": site + reverse("changes")}
        ],
        "contributors": [{"title": settings.SITE_NAME, "path": f"{site}/", "role": "publisher"}],
        "log": {"sequence": head.sequence, "hash": head.hash},
        "as_of": day.isoformat(),
        "release": settings.RELEASE,
    }
    if head.at:
        described["created"] = timestamp(head.at)
    tabular = [_resource(table, files[csv_name(table.name)]) for table in tables]
    others = [_other(name, files[name]) for name in OTHERS]
    return described | {"resources": tabular + others}


def _resource(table: Table, file: File) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in table.columns],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }
    references = [
        {
            "fields": [column.name],
            "reference": {
                "resource": "" if column.refers[0] == table.name else column.refers[0],
                "fields": [column.refers[1]],
            },
        }
        for column in table.columns
        if column.refers
    ]
    if references:
        schema["foreignKeys"] = references
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.title,
        "description": table.description,
        "path": csv_name(table.name),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
        "schema": schema,
    }


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": column.type}
    if column.description:
        field["description"] = column.description
    if column.type == "boolean":
        field |= {"trueValues": ["true"], "falseValues": ["false"]}
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.unique:
        constraints["unique"] = True
    if column.enum:
        constraints["enum"] = list(column.enum)
    if column.pattern:
        constraints["pattern"] = column.pattern
    return field | ({"constraints": constraints} if constraints else {})


def _other(name: str, file: File) -> dict[str, Any]:
    title, kind = OTHERS[name]
    return {
        "profile": "data-resource",
        "type": "file",  # so that nobody takes a schema or the log for a table
        "name": name.lower().replace("_", "-"),
        "title": title,
        "path": name,
        "format": name.rpartition(".")[2],
        "mediatype": kind,
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
    }


def as_json(value: Any) -> str:
    """JSON for files that people open, too."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def readme(head: Head, day: date, tables: Iterable[Table]) -> str:
    """What the package is, for whoever unpacks it."""
    site, name = settings.SITE_URL, settings.SITE_NAME
    at = f", published {timestamp(head.at)}" if head.at else ""
    listed = "\n".join(f"  {csv_name(table.name):28}{table.description}" for table in tables)
    others = "\n".join(f"  {file:28}{title}." for file, (title, _) in OTHERS.items())
    views = ", ".join(VIEWS)
    return f"""{name}: what AI labs promised, and what happened next
{site}/

The whole public record up to entry {head.sequence} of its log{at}
(hash {head.hash}).
Schedules, verdicts and scores are those of {day.isoformat()}, the date at UTC-12.

LICENCE
Creative Commons Attribution 4.0 International, {LICENCE}
Name {name}, link to the page that a row comes from (its column `url`), say what you changed.
Quotations are the words of their speakers and sources, cited for comment and criticism.

FILES
{listed}
{others}
  {DESCRIPTOR:28}Every column of every table: type, meaning, allowed values, keys (Frictionless).
  {SUMS:28}The SHA-256 of each file.

The CSV files are UTF-8 without a byte order mark, with commas, a row of headings, and line ends as
in RFC 4180. An empty cell says that there is nothing. Truth values are true and false; a date is as
exact as it is known: 2027, 2027-Q3, 2027-07, 2027-07-05, or two with a slash for an interval.
A text that begins like a formula (with =, +, -, @, a tab or a line break, after any apostrophes)
has one apostrophe more before it, so that no spreadsheet runs it: take one off to have the text.
{DATABASE} and {RECORD} have it as it stands. In Excel: Data, From Text/CSV, UTF-8.

{DATABASE} has the same tables, with truth values as 1 and 0, and three views: {views}.

CHECK
  sha256sum -c {SUMS}                    nothing was lost on the way
  frictionless validate {DESCRIPTOR}    types, values, keys and references hold
{LOG} is a chain of hashes; how to check it is said at {site}{reverse("data")}
"""
