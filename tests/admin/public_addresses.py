"""Every public address of the site, found from its routes, and what each answers."""

import os
import re
from collections.abc import Iterator
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tracker.api.nouns import NOUNS as API_NOUNS
from tracker.changes.log import head_sequence
from tracker.curation.roles import NOUNS
from tracker.records.models import Record, State

EVERY = 1 if os.environ.get("SOAK") == "1" else 5
UNKNOWN = "unknown-to-everybody"
STRANGE_WORD = "zyzzyva"  # stands in every draft, and nowhere else

HOUR = re.compile(rb'name="stamp" value="[^"]*"')

#: By the segment of an address that stands before the slug.
COLLECTIONS: dict[str, type[Record]] = {
    {"person": "people", "discrepancy": "discrepancies"}.get(
        model.noun(), f"{model.noun()}s"
    ): model
    for model in NOUNS
}

#: What readers may ask of the lists, by their route.
QUERIES = {
    "commitments/": (
        "sort=newest", "sort=due&contested=true", "verdict=broken&basis=promised", "q=compute",
        f"q={STRANGE_WORD}", "lab=openai&force=promise", "lab=draft-lab-1", f"lab={UNKNOWN}",
        "pledge=draft-pledge-1", "page=2",
    ),
    "labs/": ("as_of=2024-05-20",),
    "compare/": (
        "lab=anthropic&lab=openai", "lab=draft-lab-1&lab=openai", f"lab=openai&lab={UNKNOWN}",
    ),
    "timeline/": (
        "kind=search", f"q={STRANGE_WORD}", "commitment=draft-commitment-1", "show=deadlines",
        "show=judgements", "since=2024&until=2024-Q2",
    ),
    "changes/": ("significance=major", "lab=openai&page=2", "commitment=draft-commitment-1"),
    "sources/": ("page=2", "tier=tertiary&known=through", f"q={STRANGE_WORD}", "q=draft"),
    "discrepancies/": ("page=2", "kind=wording&status=open", "lab=openai", "lab=draft-lab-1"),
    "methodology/": (
        "commitment=openai-20-percent-compute&finding1=met", "commitment=draft-commitment-1",
        f"commitment={UNKNOWN}", f"finding1={STRANGE_WORD}",
    ),
    "methodology/sensitivity/": ("partly=1/3&weights=equal&lab=openai", "lab=draft-lab-1"),
    "oembed": ("url=http%3A%2F%2F127.0.0.1%3A8000%2Fcommitments%2Fopenai-20-percent-compute%2F",),
    "search/": (
        "q=compute", "q=draft", f"q={STRANGE_WORD}", f"q={STRANGE_WORD[:4]}*", "q=lab&noun=lab",
        "q=draft&noun=commitment", "q=compute&page=2", "noun=reply",
    ),
    "api/v1/commitments/": (
        "limit=2&sort=newest", "fields=slug,verdict&basis=promised", f"q={STRANGE_WORD}",
        "lab=draft-lab-1", f"lab={UNKNOWN}", "cursor=not-a-cursor",
    ),
    "api/v1/labs/": ("as_of=2024-05-20", "fields=slug,score&kind=ai_lab"),
    "api/v1/sensitivity/": ("partly=1/3&weights=equal&lab=openai", "lab=draft-lab-1"),
    "api/v1/changes/": ("after=3&limit=2", "commitment=draft-commitment-1", "significance=major"),
    "suggest/": ("about=commitment:draft-commitment-1", f"about=commitment:{UNKNOWN}"),
}  # fmt: skip


def routes() -> list[str]:
    """The routes that anybody may ask, as the address configuration has them."""
    found = _walk(get_resolver().url_patterns)
    return [each for route in found if not route.startswith("admin/") for each in _by_noun(route)]


def _by_noun(route: str) -> list[str]:
    """The routes that the API has for every noun, once for each."""
    if "<noun:noun>" not in route:
        return [route]
    named = [route.replace("<noun:noun>", name) for name in API_NOUNS]
    return [each.replace("/changes/<slug:slug>", "/changes/<int:sequence>") for each in named]


def _walk(patterns: list[Any], before: str = "") -> Iterator[str]:
    for each in patterns:
        route = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, route)
        else:
            assert isinstance(each, URLPattern)
            yield route


def standing(route: str) -> list[str]:
    """The address of a route that names no record, plain, queried, and as of a day."""
    if "<" in route:
        return []
    return [
        f"/{route}",
        *(f"/{route}?{query}" for query in (*QUERIES.get(route, ()), "as_of=2024")),
    ]


def examples(route: str) -> list[str]:
    """Addresses of a route that names a record: public ones, drafts to come, none at all.

    Of the public ones every fifth, of the API every twenty-fifth, and with SOAK=1 all.
    Raises LookupError for a route of a kind that is not known here.
    """
    before, _, rest = route.partition("<")
    parameter, _, after = rest.partition(">")
    values: list[Any]
    collection = before.strip("/").rpartition("/")[2]
    if parameter == "slug:slug" and collection in COLLECTIONS:
        model = COLLECTIONS[collection]
        rows = model._default_manager.filter(state=State.PUBLISHED)
        step = EVERY**2 if before.startswith("api/") else EVERY
        values = list(rows.order_by("slug").values_list("slug", flat=True))[::step]
        values += [f"draft-{model.noun()}-{number}" for number in (1, 2, 3)] + [UNKNOWN]
    elif parameter == "int:sequence":
        head = head_sequence()
        values = [*range(1, head, max(1, head // 10)), head, head + 1, head + 2]
    elif route == "data/<name>":
        values = ["commitments.csv", "record.json", "log.jsonl", "README.txt", "on-record.sqlite3"]
        values += ["datapackage.json", "draft-commitment-1.csv", UNKNOWN]
    elif parameter == "str:token":
        values = ["not-a-token"]  # readers' letters are no part of the record
    else:
        raise LookupError(f"Say in tests/admin/public_addresses.py how to ask {route!r}.")
    if "<" in after:
        raise LookupError(f"Say in tests/admin/public_addresses.py how to ask {route!r}.")
    return [f"/{before}{value}{after}" for value in values]


def answer(client: Client, address: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers but the date and the request's id, and body; the hour at which a form was
    opened left out."""
    response: Any = client.get(address, REMOTE_ADDR="192.0.2.7")  # figures are for this machine
    assert not response.cookies, address
    body = b"".join(response.streaming_content) if response.streaming else response.content
    body = HOUR.sub(b"", body)
    own = ("Date", "X-Request-Id")
    headers = {name: value for name, value in response.headers.items() if name not in own}
    return response.status_code, headers, body
