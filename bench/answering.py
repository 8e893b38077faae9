"""A database of the bench and the site on it, asked by lines of JSON through the real handler.

    python -m bench.answering      the process that answers, on the database of its environment

Without the page cache, so that each answer is made; of as many rows as it is told to show.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

from bench.addresses import addresses
from bench.running import ROOT, environment

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


class Served:
    """One database and the site on it, without the page cache."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.answering"],
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


if __name__ == "__main__":
    serve()
