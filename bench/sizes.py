"""Every page, feed and list of a large record beside the same of a small one, the page cache off.

    python -m bench.sizes --look ADDRESS …      one or more addresses, with their slowest queries
    python -m bench.sizes --look all [PATTERN]  all of them, or those that it matches, a line each

Each database is served by a process of its own through the site's real handler and middlewares; the
two are asked by turns, and of each the median counts. The addresses are walked off the routes and
the filters: each list without a filter, with each filter by itself, with a bounded choice of two
and of three, of values that are on record in both.

As many rows are shown by both: the sizes of pages and other bounds are set to what the small one
shows. Where that cannot be, as on the page of one record, the ratio is divided by that of the bytes
shown; `more` says of each which it was.
"""

import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any
from urllib.parse import urlencode

from bench.drawing import chart
from bench.figures import AT_MOST, SHORT, Figure, Scale
from bench.filling import Pair, pairs
from bench.running import ROOT, environment

ROUNDS, AGAIN = 5, 11  # by turns; the second where the first came near the target
TARGET, TRIPLE = 1.5, 300.0  # the ratio; milliseconds
PAIRS, TRIPLES = 24, 8  # of a list

#: What bounds the rows of an answer, and is set to what the small record shows.
BOUNDS = (
    ("tracker.web.paging", "ROWS"),
    ("tracker.web.evidence", "DISPUTES"),
    ("tracker.reading.search", "PAGE"),
    ("tracker.feeds.blocks", "NEWEST"),
    ("tracker.web.sitemaps", "LIMIT"),
)
#: Likewise, of what is listed apart from the rows.
WHOLES = (
    ("tracker.reading.pages.timeline", "LISTED"),
    ("tracker.feeds.calendars", "LISTED"),
    ("tracker.reading.following", "LISTED"),
    ("tracker.reading.pages.evidence", "SIGNALS"),
    ("tracker.reading.pages.evidence", "NAMED"),
)

#: How many rows an answer shows, by what it is written in.
_ROWS = (
    ("text/calendar", re.compile(rb"BEGIN:VEVENT")),
    ("application/atom+xml", re.compile(rb"<entry>")),
    ("application/rss+xml", re.compile(rb"<item>")),
    ("application/xml", re.compile(rb"<url>")),
    ("text/x-opml", re.compile(rb"xmlUrl=")),
)

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


@dataclass
class Measured:
    """One address: what it costs on both, in milliseconds, and what it shows and asks."""

    address: str
    filters: int
    big: float
    small: float
    rows: tuple[int, int]
    size: tuple[int, int]
    queries: tuple[int, int]
    times: list[tuple[float, float]] = field(default_factory=list)

    @property
    def scaled(self) -> float:
        """By how much more the big one shows, where they could not be made alike."""
        if self.rows[0] == self.rows[1]:
            return 1.0 if self.rows[0] else max(1.0, self.size[0] / self.size[1])
        return max(1.0, self.rows[0] / max(1, self.rows[1]))

    @property
    def ratio(self) -> float:
        """Big to small, for as many rows."""
        return self.big / self.small / self.scaled

    def told(self) -> dict[str, Any]:
        """For the JSON."""
        return {
            "address": self.address, "filters": self.filters, "ratio": round(self.ratio, 3),
            "ms": [round(self.big, 2), round(self.small, 2)], "scaled": round(self.scaled, 3),
            "rows": self.rows, "bytes": self.size, "queries": self.queries,
        }  # fmt: skip


# --- a database, served in a process of its own ---------------------------------------------------


class Served:
    """One database and the site on it, without the page cache."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.sizes", "--serve"],
            cwd=ROOT, env=environment(url), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, what: str, **asked: Any) -> Any:
        """What the process answers."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"what": what} | asked) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"The site has ended: {asked}")
        return json.loads(line)

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def serve() -> None:
    """The process: a line of JSON asked, a line of JSON answered."""
    import django
    from django.conf import settings

    django.setup()
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if not each.endswith("PageCache")]
    settings.HEAD_SECONDS = 0  # asked for each time, so that queries can be counted
    settings.ALLOWED_HOSTS = ["*"]
    from django.core.handlers.wsgi import WSGIHandler

    handler = WSGIHandler()
    told, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        asked = json.loads(line)
        what = asked.pop("what")
        answer = addresses() if what == "addresses" else _answer(handler, **asked)
        told.write(json.dumps(answer) + "\n")
        told.flush()


def _answer(
    handler: Any,
    address: str,
    rows: int | None = None,
    whole: int | None = None,
    look: bool = False,
) -> dict[str, Any]:
    """Milliseconds of one answer; where it is looked at, its queries, rows and size instead."""
    from django.db import connection
    from django.test import RequestFactory
    from django.test.utils import CaptureQueriesContext

    _bound(BOUNDS, rows)
    _bound(WHOLES, whole)
    path, _, query = address.partition("?")
    request = RequestFactory().get(path, QUERY_STRING=query)
    if not look:
        began = time.perf_counter()
        answer = handler.get_response(request)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        took = 1000 * (time.perf_counter() - began)
        answer.close()
        return {"ms": took, "status": answer.status_code}
    with CaptureQueriesContext(connection) as queries:
        answer = handler.get_response(request)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    slow = sorted(queries.captured_queries, key=lambda each: -float(each["time"]))[:3]
    return {
        "status": answer.status_code, "queries": len(queries), "bytes": len(body),
        "rows": _shown(answer.get("Content-Type", ""), body),
        "slow": [f"{each['time']} {each['sql'][:1500]}" for each in slow],
    }  # fmt: skip


_USUAL: dict[tuple[str, str], Any] = {}


def _bound(names: Iterable[tuple[str, str]], value: int | None) -> None:
    """Set these to the value, at most to what they are; None: to what they are."""
    from importlib import import_module

    for module, name in names:
        held = import_module(module)
        if (module, name) not in _USUAL:
            _USUAL[module, name] = getattr(held, name, None)
        usual = _USUAL[module, name]
        if usual is not None:
            setattr(held, name, usual if value is None else max(1, min(usual, value)))


def _shown(content_type: str, body: bytes) -> int:
    """How many rows an answer shows, 0 where it is no list."""
    for kind, row in _ROWS:
        if content_type.startswith(kind):
            return len(row.findall(body))
    if "json" in content_type:
        plain = json.loads(body)
        rows = plain.get("results", plain.get("items")) if isinstance(plain, dict) else None
        return len(rows or ())
    # a page says which of its rows it shows: “1,200 changes, 1 to 50”, or how many there are
    said = re.search(rb'<p class="count" role="status">(.*?)</p>', body)
    if not said:
        return 0
    words = re.sub(rb"<[^>]*>", b"", said[1]).replace(b",", b"")
    if part := re.search(rb"(\d+) to (\d+)", words):
        return int(part[2]) - int(part[1]) + 1
    whole = re.search(rb"\d+", words)
    return int(whole[0]) if whole else 0


# --- which addresses ------------------------------------------------------------------------------


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


# --- measuring ------------------------------------------------------------------------------------


def measured(big: Served, small: Served, address: str, filters: int) -> Measured | None:
    """One address on both; None where it is not there on the small one, or shows nothing on it."""
    first, _ = (each.ask("look", address=address, look=True) for each in (small, big))
    if first["status"] != 200:
        return None
    told, rows = address, first["rows"] or None
    for _ in range(2):
        if address.startswith("/api/v1/") and rows:
            told = f"{address}{'&' if '?' in address else '?'}limit={rows}"
        # the pages after the first are of the usual size, or there would be none
        rows = None if "page=" in address or told != address else rows
        asked = {"address": told, "rows": rows, "whole": rows}
        looked = [each.ask("look", look=True, **asked) for each in (big, small)]
        if looked[0]["status"] != 200:
            raise RuntimeError(f"{told}: {looked[0]['status']} on the big record.")
        if not looked[0]["rows"] < looked[1]["rows"]:
            break
        rows = max(1, looked[0]["rows"])  # the value is rarer there
    both = [tuple(each[name] for each in looked) for name in ("rows", "bytes", "queries")]
    found = Measured(address, filters, 0.0, 0.0, *both)  # type: ignore[arg-type]
    for rounds in (ROUNDS, AGAIN):
        for _ in range(rounds):
            found.times.append(tuple(each.ask("time", **asked)["ms"] for each in (big, small)))
        found.big, found.small = (
            statistics.median(some) for some in zip(*found.times, strict=True)
        )
        if found.ratio < TARGET * 0.85:
            break
    return found


def measure(scale: Scale) -> Iterator[Figure]:
    """The worst of each database, and how many are beyond the target."""
    with pairs(scale, engines=1 if scale == SHORT else 2) as found:
        for pair in found:
            yield from _of(pair, some=12 if scale == SHORT else None)
    if scale != SHORT:
        yield from _growing(scale)


def _of(pair: Pair, some: int | None) -> Iterator[Figure]:
    with closing(Served(pair.big)) as big, closing(Served(pair.small)) as small:
        asked = small.ask("addresses")
        if some:
            asked = asked[:: max(1, len(asked) // some)]
        rows = [one for each in asked if (one := measured(big, small, *each))]
    upto = [each for each in rows if each.filters <= 2]
    three = [each for each in rows if each.filters > 2]
    worst = max(upto, key=lambda each: each.ratio)
    over = [each for each in upto if each.ratio > TARGET]
    uneven = [each for each in upto if each.queries[0] != each.queries[1]]
    yield Figure(
        f"the worst of {len(upto)} pages, feeds and lists, big to small: {worst.address}",
        pair.engine, "ms", worst.big / worst.scaled, worst.small, AT_MOST, TARGET,
        more={"all": [each.told() for each in sorted(rows, key=lambda each: -each.ratio)]},
    )  # fmt: skip
    yield Figure(
        f"of {len(upto)}, how many cost over {TARGET:g} times as much",
        pair.engine, "addresses", len(over), None, AT_MOST, 0,
        more={"over": [each.told() for each in over]},
    )  # fmt: skip
    yield Figure(
        f"of {len(upto)}, how many ask another number of queries",
        pair.engine, "addresses", len(uneven), None, AT_MOST, 0,
        more={"uneven": [each.told() for each in uneven]},
    )  # fmt: skip
    if three:
        slowest = max(three, key=lambda each: each.big)
        yield Figure(
            f"the slowest of {len(three)} with three filters: {slowest.address}",
            pair.engine, "ms", slowest.big, None, AT_MOST, TRIPLE,
        )  # fmt: skip


# --- cost against size ----------------------------------------------------------------------------

DRAWN = (
    "/", "/commitments/", "/commitments/?sort=newest&category=compute", "/changes/",
    "/changes/?kind=criteria_revised&category=compute", "/timeline/", "/search/?q=audit",
    "/feeds/changes.atom", "/api/v1/outcomes/?lab=example-lab-1",
)  # fmt: skip


def _growing(scale: Scale) -> Iterator[Figure]:
    """A handful of addresses at four sizes, drawn."""
    sizes = [scale.commitments // 10**step for step in (3, 2, 1, 0)]
    lines: dict[str, list[float]] = {each: [] for each in DRAWN}
    for size in sizes:
        one = Scale(size, 10 * size, small_commitments=size, small_changes=10 * size)
        with pairs(one, engines=1) as found, closing(Served(found[0].big)) as served:
            for address in DRAWN:
                served.ask("look", address=address, look=True)
                times = [served.ask("time", address=address)["ms"] for _ in range(ROUNDS)]
                lines[address].append(statistics.median(times))
    target = ROOT / "var" / "bench" / "sizes.svg"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(chart("Milliseconds to make a page, by commitments on record", sizes, lines))
    yield Figure(
        f"the chart of cost against size is {target.relative_to(ROOT)}",
        "SQLite", "addresses", len(lines), more={"sizes": sizes, "ms": lines},
    )  # fmt: skip


def look(asked: Sequence[str]) -> None:
    """Print what addresses cost on each engine; of named ones also the slowest queries."""
    with pairs(Scale()) as found:
        for pair in found:
            print(pair.engine, flush=True)
            _look_on(pair, asked)


def _look_on(pair: Pair, asked: Sequence[str]) -> None:
    with closing(Served(pair.big)) as big, closing(Served(pair.small)) as small:
        known = [tuple(each) for each in small.ask("addresses")] if asked[:1] == ["all"] else []
        wanted = [each for each in known if re.search("|".join(asked[1:]), each[0])]
        for address, filters in wanted or [(each, 0) for each in asked]:
            found = measured(big, small, address, filters)
            if found is None:
                print(f"    -  {address}", flush=True)
                continue
            mark = "!" if found.ratio > TARGET else "q" if len({*found.queries}) > 1 else " "
            print(
                f"{mark} {found.ratio:6.2f} {found.big:8.1f} {found.small:7.1f} "
                f"rows {found.rows} queries {found.queries} {address}",
                flush=True,
            )
            if not wanted:
                for each in big.ask("look", address=address, look=True)["slow"]:
                    print(f"      {each}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        serve()
    elif sys.argv[1:2] == ["--look"]:
        look(sys.argv[2:])
