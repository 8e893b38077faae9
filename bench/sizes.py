"""Every page, feed and list of a large record beside the same of a small one, the page cache off.

    python -m bench.sizes --look ADDRESS …      one or more addresses, with their slowest queries
    python -m bench.sizes --look all [PATTERN]  all of them, or those that it matches, a line each

Each database is served by a process of its own (`answering.py`); the two are asked by turns, and of
each the median counts. `addresses.py` says what they are asked: what is on record in both.

As many rows are shown by both: the sizes of pages and other bounds are set to what the small one
shows. Where that cannot be, as on the page of one record, the ratio is divided by that of the bytes
shown; `more` says of each which it was.
"""

import re
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from bench.answering import Served
from bench.drawing import chart
from bench.figures import AT_MOST, SHORT, Figure, Scale
from bench.filling import Pair, pairs
from bench.running import ROOT

ROUNDS, AGAIN = 5, 11  # by turns; the second where the first came near the target
TARGET, TRIPLE = 1.5, 300.0  # the ratio; milliseconds


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
        if not 0 < looked[0]["rows"] < looked[1]["rows"]:
            break
        rows = looked[0]["rows"]  # the value is rarer there
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
    if sys.argv[1:2] == ["--look"]:
        look(sys.argv[2:])
