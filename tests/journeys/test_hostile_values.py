"""What is typed into any field is refused with a sentence, or every view of it stays well formed.

SOAK=1 types 20,000 values.
"""

import csv
import io
import json
import os
import re
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from icalendar import Calendar

from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_source,
)
from tests.web.markup import Markup
from tracker.changes.log import head_sequence
from tracker.curation.roles import NOUNS
from tracker.records.models import Record
from tracker.records.plain import Refused

pytestmark = pytest.mark.django_db

VALUES = 20_000 if os.environ.get("SOAK") == "1" else 150
AT_ONCE = 300  # values between two looks at every view
SEED = int(os.environ.get("HOSTILE_SEED", "11"))

PIECES = [
    "<", ">", "&", '"', "'", "]]>", "<![CDATA[",
    "-->", "<!--", "</script>", "<script>", "<?xml ?>",
    "&amp;", "&#0;", "&#xFFFE;", "&bogus;", "%",
    "%00", "\\", "\\n", "\\u0000", "{{ x }}", "{% y %}",
    "`", "=1+1", "+1", "-1", "@x", "|", ";", ",",
    "\t", "\n", "\r", "\r\n", "\n\n", "\x00", "\x07",
    "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\xa0",
    "\xad", "\u061c", "\u200b", "\u200d", "\u200e",
    "\u2028", "\u2029", "\u202e", "\u2066", "\u2069", "\u3164", "\ufdd0", "\ufeff", "\ufffd",
    "\ufffe", "\uffff", "\U0001fffe", "\U000e0041", "\U0010ffff", "\ud800", "\udfff", "\ue000",
    "e\u0301\u0302\u0303", "﷽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "עברית",
    "界", "ẞß", "İı", "ﬀ", "Ω", " ", "  ", "a", "word",
    "BEGIN:VEVENT", "END:VCALENDAR", "\nEND:VEVENT", "javascript:alert(1)", "http://[", "x" * 70,
    "https://elsewhere.example/?a=1&b=<", "A" * 290,
    "long words " * 60, '","', '"":', "null", "NaN",
]  # fmt: skip
ADDRESSES = [
    "https://example.org/", "http://example.org",
    "javascript:alert(1)", "data:text/html,<b>", "//x",
    "https://example.org/<script>", 'https://example.org/"onload=', "https://a@b:c@example.org/",
    "https://example.org/%zz", "ftp://example.org/", "https://[::1]/", "https://exa mple.org", "",
    "https://example.org/" + "a" * 600,
    "https://пример.example/путь", "HTTPS://EXAMPLE.ORG/?q='&x=>",
    "https://example.org/\n", "https://example.org/\x00",
    "https://example.org/#<", "mailto:a@b.c",
]  # fmt: skip
DATES = [
    "2024", "2024-Q2", "2024-02-29", "2023-02-29",
    "0000", "0001", "9999-12-31", "10000", "2024-13",
    "2024-05-15/2024-05-17", "2024-05-17/2024-05-15",
    "2024-05-20T10:00:00+14:00", "2024-W05", "٢٠٢٤",
    "2024-1-1", "-2024", "2024-05-20T24:00:00Z",
    "1999/2001", "2024-05-20T10:00:00+99:00", "now", " ",
]  # fmt: skip

#: What of each noun is typed; what belongs together by a rule is left to the builders.
TYPED: list[tuple[Any, list[str]]] = [
    (make_lab, ["name", "website", "summary"]),
    (make_person, ["name", "role", "summary"]),
    (make_source, ["title", "medium", "authors", "publisher", "url", "note", "published_on"]),
    (make_quotation, ["exact", "prefix", "suffix", "speaker_note", "note", "said_on"]),
    (make_pledge, ["title", "issued_by", "issued_on", "summary"]),
    (make_commitment, ["title", "reported_words", "obligation", "reading", "made_on"]),
    (make_indicator, ["title", "question", "confirms", "refutes"]),
    (make_outcome, ["title", "statement", "occurred_on"]),
    (make_discrepancy, ["title", "question"]),
]
MODELS: dict[str, type[Record]] = {f"make_{model.noun()}": model for model in NOUNS}


def typed(rng: Random, kind: str) -> str:
    """What somebody, or some program, puts into a field of this kind."""
    if kind == "AddressField":
        return rng.choice(ADDRESSES)
    if kind == "WhenField":
        return rng.choice(DATES)
    text = "".join(rng.choices(PIECES, k=rng.choice([1, 1, 2, 3, 5, 8])))
    if rng.random() < 0.1:
        text += "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(6)))
    return text


def taken(rng: Random, model: type[Record], name: str) -> tuple[str | None, list[str]]:
    """A value as the field keeps it, or None; what the field said of those it refused."""
    field: Any = model._meta.get_field(name)
    try:
        value: str = field.clean(typed(rng, type(field).__name__), None)
    except ValidationError as error:
        return None, list(error.messages)
    return value, []


def is_double(model: type[Record], name: str, value: str) -> bool:
    """Whether another has it already, of what only one may have: a form says so by a query."""
    unique: bool = getattr(model._meta.get_field(name), "unique", False)
    return unique and model._default_manager.filter(**{name: value}).exists()


def enter(rng: Random, wanted: int) -> tuple[int, int]:
    """Publish records with such values, until so many were typed; how many and how many refused."""
    count = refused = 0
    while count < wanted:
        made: dict[str, Any] = {}
        for make, names in TYPED:
            model, values = MODELS[make.__name__], {}
            for name in names:
                value, said = taken(rng, model, name)
                count += 1
                if value is None:
                    refused += 1
                    assert said and all(len(each) > 10 and each[-1] in ".:" for each in said), said
                    assert all(is_printable(each) for each in said), said
                elif not is_double(model, name, value):
                    values[name] = value
            made[make.__name__] = publish(make, values, made)
        commitment = made["make_commitment"]
        if commitment is not None:
            rationale, _ = taken(rng, MODELS["make_assessment"], "rationale")
            told: dict[str, Any] = {"rationale": rationale} if rationale else {}
            make_assessment(commitment=commitment, values=["met"], **told)
    return count, refused


def publish(make: Any, values: dict[str, str], made: dict[str, Any]) -> Any:
    """The record; None where the rules between its fields refuse it, in words."""
    others: dict[str, Any] = {}
    if make is make_quotation and made["make_source"]:
        others["source"] = made["make_source"]
    if make is make_commitment:
        others = {"lab": made["make_lab"], "pledge": made["make_pledge"]}
        others["deadline_kind"], others["deadline_due_on"] = "by_date", "2031-05"
        others["deadline_basis"] = "stated"
    if make is make_outcome and made["make_commitment"]:
        others["bears_on"] = made["make_commitment"]
    try:
        return make(**others, **values)
    except ValidationError as error:
        assert error.messages and all(len(each) > 10 for each in error.messages)
    except Refused as error:
        assert len(str(error)) > 10
    return None


def is_printable(text: str) -> bool:
    text.encode()  # no half of a pair
    return not re.search(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]", text)


# --- The views -----------------------------------------------------------------------------------


def read(url: str, kind: str, body: str) -> list[str]:
    """What a strict parser of that kind has against it."""
    try:
        if kind == "text/html":
            return Markup(body).problems
        if kind.endswith(("+xml", "/xml", "/xsl", "x-opml")):
            ElementTree.fromstring(body.encode())  # noqa: S314 - our own
        elif kind.endswith(("+json", "/json")):
            json.loads(body, parse_constant=refuse)
        elif kind == "application/jsonl":
            for line in body.removesuffix("\n").split("\n"):
                json.loads(line, parse_constant=refuse)
        elif kind == "text/calendar":
            assert all(len(line.encode()) <= 75 for line in body.split("\r\n")), "a line too long"
            calendar = Calendar.from_ical(body)
            assert not [each.errors for each in calendar.walk() if each.errors]
        elif kind == "text/csv":
            rows = list(
                csv.reader(io.StringIO(body.removeprefix("\ufeff"), newline=""), strict=True)
            )
            assert len({len(row) for row in rows}) <= 1, "rows of several lengths"
    except (ValueError, AssertionError, ElementTree.ParseError) as error:
        return [f"{type(error).__name__}: {error}"]
    return []


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def views(after: int) -> list[str]:
    """Every view of what was published after that entry of the log."""
    found = [
        *("/", "/labs/", "/commitments/", "/pledges/", "/people/", "/sources/", "/timeline/"),
        *("/discrepancies/", "/indicators/", "/changes/", "/compare/", "/data/", "/sitemap.xml"),
        *("/feeds/changes.atom", "/feeds/changes.rss", "/feeds/changes.json"),
        *("/feeds/deadlines.ics", "/feeds/feeds.opml", f"/changes/log.jsonl?after={after}"),
        *(f"/search/?q={word}" for word in ("word", "a", "null")),
    ]
    for model in NOUNS:
        name = {"person": "people", "discrepancy": "discrepancies"}.get(model.noun())
        name = name or f"{model.noun()}s"
        if name != "replys":
            found.append(f"/api/v1/{name}/")
        for record in model._default_manager.order_by("-pk")[:3]:
            if model.noun() in ("discrepancy", "indicator", "quotation", "reply"):
                continue
            page = record.get_absolute_url()
            found.append(page)
            if model.noun() == "commitment":
                found += [f"{page}{each}" for each in ("badge.svg", "embed/")]
                found.append(f"/oembed?format=xml&url=http://127.0.0.1:8000{page}")
            if model.noun() == "pledge":
                found.append(f"{page}matrix.csv")
            if model.noun() == "lab":
                found.append(f"{page}badge.svg")
            if model.noun() == "assessment":
                found.append(f"{page}cite.json")
    head = head_sequence()
    return [*found, *(f"/changes/{number}/" for number in range(max(after, head - 12), head + 1))]


def test_what_is_kept_leaves_every_view_well_formed():
    rng, client, typed_in, refused = Random(SEED), Client(), 0, 0
    kinds: set[str] = set()
    found: list[str] = []
    while typed_in < VALUES:
        before = head_sequence()
        more, not_taken = enter(rng, min(AT_ONCE, VALUES - typed_in))
        typed_in, refused = typed_in + more, refused + not_taken
        for url in views(before):
            answer: Any = client.get(url)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            kind = answer["Content-Type"].partition(";")[0]
            kinds.add(kind)
            if answer.status_code != 200:
                found.append(f"{url}: {answer.status_code}")
            found += [f"{url}: {each}" for each in read(url, kind, body.decode())]
            if 'application/ld+json"' in body.decode():
                found += [f"{url}: {each}" for each in linked(body.decode())]
    print(f"{typed_in} values, {refused} refused with a sentence; read as {sorted(kinds)}")
    assert found[:10] == []
    assert 0.1 < refused / typed_in < 0.9
    assert len(kinds) >= 8


def linked(page: str) -> list[str]:
    """What is wrong with the JSON-LD of a page."""
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return [problem for block in blocks for problem in read("", "application/json", block)]
