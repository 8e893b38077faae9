"""Asking the API as a client does."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.test import Client
from jsonschema import Draft202012Validator

from tracker.api.nouns import NOUNS

V1 = "/api/v1"

#: The published records of every noun, by the keys that clients rely on (DESIGN section 8).
CONTRACT = {
    "commitments": {
        "slug", "lab", "pledge", "clause", "title", "obligation", "words", "reported_words",
        "force", "basis", "made_on", "category", "lifecycle", "deadline", "schedule", "verdict",
        "provisional", "timeliness", "confidence", "contested", "url", "score", "criteria",
    },
    "labs": {"slug", "name", "url", "verdicts", "score"},
    "pledges": {"slug", "title", "kind", "clauses", "parties", "totals"},
    "quotations": {
        "id", "exact", "prefix", "suffix", "start", "source", "speaker", "check", "attribution",
    },
    "changes": {
        "sequence", "at", "kind", "significance", "subject", "labs", "commitments", "reason",
        "header", "body", "body_sha256", "previous_hash", "hash",
    },
}  # fmt: skip


def get(address: str, status: int = 200) -> Any:
    """The JSON at an address of the API, which must answer so."""
    answer = Client().get(address if address.startswith(("/", "http")) else f"{V1}/{address}")
    assert answer.status_code == status, (address, answer.status_code, answer.content[:400])
    return answer.json()


def pages(address: str) -> Iterator[list[Any]]:
    """Page after page of a list, by `next`."""
    more: str | None = address
    while more:
        found = get(more)
        yield found["results"]
        more = found["next"]


def walk(address: str) -> list[Any]:
    """The whole list."""
    return [item for page in pages(address) for item in page]


def slugs(items: list[Any]) -> list[Any]:
    """What each is called."""
    return [item.get("slug") or item["sequence"] for item in items]


def problems(noun: str, item: Any) -> list[str]:
    """Where an item is not as its schema says."""
    return [f"{error.json_path}: {error.message}" for error in _checker(noun).iter_errors(item)]


@cache
def _checker(noun: str) -> Any:
    schema = NOUNS[noun].schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
