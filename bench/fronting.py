"""A warm page through the shipped nginx, beside the same bytes from a file of the same nginx.

Both bear the same headers and are packed the same way; the site's own copy of the page is what the
file holds. One gunicorn stands behind, and is asked once.
"""

import gzip
import os
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.figures import Figure, Scale, middle
from bench.running import forked, gunicorn, manage, wrk
from tests import both_databases
from tests.fronted import nginx, rendered
from tests.machine import free_ports, until

PAGE = "/commitments/openai-20-percent-compute/"
ROUNDS = 11  # turns
SETTLING = 90  # seconds at most, until the site says how old its answer is
#: In the site's own server, so that every directive of it holds for the file as well.
FILE = """
location = /file.html {{
    alias {folder}/page;
    types {{ }}
    default_type "text/html; charset=utf-8";
    gzip_static on;
    {headers}
    limit_req zone=asking burst=200 nodelay;
    limit_req zone=sending burst=20 nodelay;
    limit_req zone=signing_in burst=10 nodelay;
    limit_conn connected 100;
}}
"""
#: What nginx writes by itself, or packs.
_OWN = {
    "server", "date", "connection", "content-type", "content-length", "content-encoding",
    "last-modified", "etag", "vary",
}  # fmt: skip


def measure(scale: Scale) -> Iterator[Figure]:
    """One figure: answers a second, nginx's cache beside nginx's file."""
    if both_databases.nginx() is None:
        raise SystemExit("nginx is not on this machine. To get it: apt-get install nginx-light")
    with tempfile.TemporaryDirectory(prefix="on-record-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        database = f"sqlite:///{folder}/site.sqlite3"
        manage(database, "migrate", "-v0")
        manage(database, "seed")
        with gunicorn(database, SITE_URL="http://localhost", PROXIES="1") as (address, _):
            yield _beside(folder, address.removeprefix("http://"), scale)


def _beside(folder: Path, behind: str, scale: Scale) -> Figure:
    port, local = free_ports(2)
    files = rendered(
        folder, HOST="localhost", UPSTREAMS=behind, HTTP=f"127.0.0.1:{port}",
        LOCAL=f"127.0.0.1:{local}", RATE="1000000r/s",
    )  # fmt: skip
    _lay_beside(folder, files, f"http://{behind}{PAGE}")
    site = f"http://localhost:{port}"
    with nginx(folder):
        same = [_told(f"{site}{PAGE}"), _told(f"{site}/file.html")]
        assert same[0] == same[1], [each[1:] for each in same]
        page, file = _Load(folder, f"{site}{PAGE}"), _Load(folder, f"{site}/file.html")
        for _ in range(1 if scale.seconds < 2 else ROUNDS):
            for each in (page, file):
                each.go(max(1, scale.seconds // 4))
    return Figure(
        "warm page through nginx / a file of the same nginx",
        *("SQLite", "answers a second", *middle(page.rates, file.rates)),
        target=0.9,
        limits="nginx reads and parses a kept answer's headers again, a file has none: "
        f"{median(page.costs):.0f} µs of a core an answer, beside {median(file.costs):.0f}",
        more={"ours": page.rates, "other": file.rates}
        | {"ours_microseconds": page.costs, "other_microseconds": file.costs},
    )


@dataclass
class _Load:
    """An address that is asked over and over: answers a second, and what one costs nginx."""

    folder: Path
    address: str
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)  # microseconds of a core

    def go(self, seconds: int) -> None:
        """One round."""
        before = self.used()
        rate = wrk(self.address, seconds, headers={"Accept-Encoding": "gzip, deflate, br"})
        self.rates.append(rate)
        self.costs.append((self.used() - before) / (rate * seconds) * 1e6)

    def used(self) -> float:
        """Seconds of a core that nginx's processes have had."""
        first = int((self.folder / "run" / "nginx.pid").read_text())
        stats = ((each / "stat").read_text().rpartition(")")[2] for each in forked(first))
        ticks = sum(sum(map(int, each.split()[11:13])) for each in stats)
        return ticks / os.sysconf("SC_CLK_TCK")


def _lay_beside(folder: Path, files: Path, page: str) -> None:
    """The page as a file, at an address of the same server."""
    # in the first minute an answer bears no date, as the file does
    until(lambda: "Last-Modified" in _asked(page)[1], SETTLING)
    body, told = _asked(page)
    (folder / "page").write_bytes(gzip.decompress(body))
    (folder / "page.gz").write_bytes(body)
    lines = [
        f"add_header {name} {_quoted(value)} always;"
        for name, value in told.items()
        if name.lower() not in _OWN
    ]
    lines += [
        "add_header X-Request-Id $request_id always;",
        'add_header Cache-Status "nginx; hit";',
    ]
    location = FILE.format(folder=folder, headers="\n    ".join(lines))
    with (files / "nginx" / "site.conf").open("a") as site:
        site.write(location)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _asked(address: str) -> tuple[bytes, dict[str, str]]:
    asked = {"Accept-Encoding": "gzip, deflate, br"}
    request = urllib.request.Request(address, headers=asked)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
        return answer.read(), dict(answer.headers.items())


def _told(address: str) -> tuple[bytes, list[str], str]:
    """What is the same of both: the bytes, the names of the headers, how it is packed."""
    _asked(address)  # it is kept from now on
    body, headers = _asked(address)
    return body, sorted(name.lower() for name in headers), headers["Content-Encoding"]
