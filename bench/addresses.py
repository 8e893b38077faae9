"""Which addresses are asked: all pages, feeds and lists of a record, and its lists as filtered.

They are walked off the routes and the filters: each list without a filter, with each filter by
itself, with a bounded choice of two and of three, of values that are on record.
"""

import re
from collections.abc import Sequence
from itertools import combinations
from typing import Any
from urllib.parse import urlencode

PAIRS, TRIPLES = 24, 8  # of a list

#: The lists that take filters, by their address, with the name of their FilterSet.
LISTS = {
    "/commitments/": "filters.CommitmentFilter",
    "/pledges/": "filters.PledgeFilter",
    "/labs/": "filters_labs.LabFilter",
    "/timeline/": "pages.timeline.TimelineFilter",
    "/sources/": "filters.SourceFilter",
    "/discrepancies/": "filters.DiscrepancyFilter",
    "/changes/": "filters.ChangeFilter",
    "/feeds/changes.atom": "filters.ChangeFilter",
    "/feeds/changes.rss": "filters.ChangeFilter",
    "/feeds/changes.json": "filters.ChangeFilter",
    "/feeds/deadlines.ics": "following.DeadlineFilter",
}
#: Beside their filters, and of other addresses.
QUERIES = {
    "/": ("as_of=2024-05-17",),
    "/labs/": ("as_of=2024-05-17",),
    "/commitments/": ("page=2", "as_of=2024-05-17", "sort=newest&page=3"),
    "/timeline/": ("as_of=2024-05-17", "page=2", "show=deadlines&lab=example-lab-1"),
    "/compare/": ("lab=example-lab-1&lab=example-lab-2",),
    "/changes/": ("page=2", "lab=example-lab-1&page=2"),
    "/feeds/changes.atom": ("archive=3",),
    "/sources/": ("page=2",),
    "/search/": (
        "q=audit", "q=audit&noun=commitment", "q=audit+compute", "q=exam*", "q=compute&page=2",
        "q=zyzzyva", "q=lab&noun=lab", "q=example-lab-1",
    ),
    "/sitemap.xml": ("of=commitment", "of=change", "of=source"),
    "/methodology/": ("commitment=example-commitment-3",),
}  # fmt: skip
#: Answered from memory, streamed, of the disk, or not of the record.
LEFT_OUT = re.compile(
    r"^/(?:admin|subscribe|suggest|data/.|static|healthz|readyz|metrics|changes/log\.jsonl|"
    r"\.well-known|oembed|favicon|hooks|letters|websub)"
)


def addresses() -> list[tuple[str, int]]:
    """(address, filters) of all that is asked, from the small record: all of it is in both."""
    from tracker.api.nouns import NOUNS

    found: dict[str, int] = {}
    for route in _routes():
        for address in _examples(route):
            if not LEFT_OUT.match(address):
                found[address] = 0
                for query in QUERIES.get(address, ()):
                    filters = [each for each in query.split("&") if not each.startswith("page=")]
                    found[f"{address}?{query}"] = len(filters)
    for address, name in LISTS.items():
        found |= _filtered(address, _named(f"tracker.reading.{name}"))
    for name, noun in NOUNS.items():
        found |= _filtered(f"/api/v1/{name}/", noun.filterset)
    return list(found.items())


def _named(path: str) -> Any:
    from importlib import import_module

    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def _routes() -> list[str]:
    from tests.admin.public_addresses import routes

    return routes()


def _examples(route: str) -> list[str]:
    """The address of a route, or of one record of it."""
    from tests.admin.public_addresses import COLLECTIONS
    from tracker.records.models import State

    before, _, rest = route.partition("<")
    if not rest:
        return [f"/{route}"]
    parameter, _, after = rest.partition(">")
    collection = before.strip("/").rpartition("/")[2]
    if parameter == "slug:slug" and collection in COLLECTIONS and "<" not in after:
        rows = COLLECTIONS[collection]._default_manager.filter(state=State.PUBLISHED)
        slug = rows.order_by("pk").values_list("slug", flat=True)[min(3, rows.count() - 1)]
        return [f"/{before}{slug}{after}"]
    if parameter == "int:sequence":
        return [f"/{before}3{after}"]
    return []


def _filtered(address: str, filterset: Any) -> dict[str, int]:
    """A list with each of its filters, and some of two and three."""
    values = {name: _values(each) for name, each in filterset.base_filters.items()}
    found = {address: 0}
    for name, some in values.items():
        for value in some:
            found[_with(address, [(name, value)])] = 1
    for count, most in ((2, PAIRS), (3, TRIPLES)):
        chosen = list(combinations([name for name, some in values.items() if some], count))
        step = max(1, len(chosen) // most)
        for place, names in enumerate(chosen[::step][:most]):
            pick = [(name, values[name][place % len(values[name])]) for name in names]
            found[_with(address, pick)] = count
    return found


def _with(address: str, query: Sequence[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(query)}"


def _values(each: Any) -> list[str]:
    """Values of a filter: of a choice the one that most rows have and one that few have."""
    from django.db.models import Count

    from tracker.changes.models import ChangeTopic
    from tracker.reading.filtering import Slug, Sort, Words

    if isinstance(each, Slug):
        rows = each.extra["queryset"](None).order_by("pk")
        return list(rows.values_list("slug", flat=True)[1:4:2])
    if isinstance(each, Words):
        return ["audit", "example", "zyzzyva"]
    if isinstance(each, Sort):
        return list(each.orders)[1:4]
    if not hasattr(each, "extra") or "choices" not in each.extra:
        return ["2022-05"]  # a date near which things are looked for
    known = [str(value) for value, _ in each.extra["choices"] if value]
    name = each.field_name
    if name in ("kind", "significance", "category"):
        rows = ChangeTopic.objects.filter(topic="all").exclude(**{name: ""}).values(name)
        held = [row[name] for row in rows.annotate(n=Count("sequence")).order_by("-n")]
        if set(held) <= set(known):
            return list(dict.fromkeys((held[0], held[len(held) // 2], held[-1])))
    return list(dict.fromkeys((known[0], known[-1])))
