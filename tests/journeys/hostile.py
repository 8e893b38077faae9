"""What nobody should send, as it would come over the wire: every route, every parameter.

for environ in requests(Random(7), routes, parameters, known): ask(environ)
"""

import io
import re
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import quote, quote_from_bytes

from django.core.handlers.wsgi import WSGIHandler

#: As bytes, before they are %-encoded: lone surrogates and what is no UTF-8 at all included.
VALUES = [
    b"", b" ", b"\x00", b"a\x00b", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xff\xfe", b"\xc0\xaf",
    b"\xf4\x90\x80\x80", "é".encode(), "\u202e\u200b".encode(), "\ufeff".encode(), b"\x1b[31m",
    b"%", b"%00", b"%_%_%", b"_", b"\\", b"'", b'"', b"';--", b"' or 1=1--", b"*", b"a*", b"**",
    b'"', b'"a', b"a:b", b"-a", b"NEAR(a b)", b"a AND",
    b"(((", b")))", b"a & b | !c", b"{}", b"[]",
    b"(a+)+$", b"^(a|a)*$", b"(?:", b"<script>alert(1)</script>",
    b"{{7*7}}", b"{% now %}", b"${7}",
    b"../../etc/passwd", b"..%2f..%2f", b"/", b"//elsewhere.example", b"javascript:alert(1)",
    b"0", b"-0", b"-1", b"1", b"1.5", b"1e9", b"1e999", b"NaN", b"inf", b"0x10", b"1_000", b"+1",
    "٣".encode(), "²".encode(), b"9" * 26, b"1" + b"0" * 26, b"9223372036854775807",
    b"9223372036854775808", b"2147483648", b"9" * 5000, b"1/0", b"1/3", b"0/0", b"-1/2",
    b"0000", b"0000-01-01", b"0001", b"9999",
    b"9999-12-31", b"10000", b"10000-01-01", b"2024-02-30",
    b"2023-02-29", b"2024-13", b"2024-Q5", b"2024-Q2", b"2024-W53", b"-2024", b"+002024-01-01",
    b"2024-05-20T00:00:00+99:99", b"2024-05-15/2024-05-17", b"2024-05-17/2024-05-15", b"9999-12/",
    b"true", b"false", b"None", b"null", b"undefined", b"on", b"a,b", b",", b"a" * 201,
    b"a" * 10_000, "界".encode() * 3_000, b"a " * 5_000, b"%25" * 3_000, "ﷺ".encode() * 500,
    b"=1+1", b"@SUM(1)", b"lab", b"kept", b"broken",
    b"openai", b"compute", b"newest", b"json", b"xml",
    b"openai-20-percent-compute", b"commitment:openai-20-percent-compute", b"commitment:", b":",
    b"http://127.0.0.1:8000/commitments/openai-20-percent-compute/", b"http://[", b"http://[::1",
]  # fmt: skip
#: Beside those that the pages say they take.
NAMES = [
    "page", "q", "lab", "as_of", "sort", "after", "cursor", "limit", "fields", "kind", "archive",
    "finding1", "", "a", "%00", "%ed%a0%80", "q[]", "q.x", "__proto__", "format", "callback",
    "id__regex", "archived_text__regex", "o", "p",
    "e", "_popup", "_to_field", "_changelist_filters",
    "title__iregex", "pk__in", "all", "state__exact", "term", "app_label", "field_name",
]  # fmt: skip
HOSTS = [
    "testserver", "testserver", "testserver:80", "elsewhere.example", "", "a b", "[::1", "é",
    "testserver@elsewhere.example", "testserver:99999999", "x" * 5000, "localhost\x00", "..",
]  # fmt: skip
METHODS = ["GET"] * 40 + ["HEAD"] * 4 + [
    "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND", "X" * 300,
]  # fmt: skip
#: Headers that something here reads, or that something elsewhere believes.
HEADERS = [
    "ACCEPT", "ACCEPT_ENCODING", "ACCEPT_LANGUAGE",
    "IF_NONE_MATCH", "IF_MATCH", "RANGE", "COOKIE",
    "IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE", "IF_RANGE", "ORIGIN", "REFERER", "SEC_FETCH_DEST",
    "SEC_FETCH_SITE", "X_FORWARDED_HOST", "X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_REQUEST_ID",
    "FORWARDED", "AUTHORIZATION", "USER_AGENT", "X_CSRFTOKEN", "EXPECT", "TE", "UPGRADE",
]  # fmt: skip
SAID = [
    "*", '"', 'W/"', '"a", "b', "gzip;q=0", "gzip;q=x", "gzip;q=" + "9" * 400, "application/json",
    "text/*;q=2", "a/b" * 2000, "bytes=0-,1-",
    "bytes=-9999999999999", "Sat, 31 Feb 2024 00:00:00 GMT",
    "Mon, 01 Jan 0000 00:00:00 GMT", "Fri, 31 Dec 99999 23:59:59 GMT", "sessionid=\xff; ;=;",
    "sessionid=" + "a" * 4000, "csrftoken=\x00", "null", "file://", "document", "cross-site",
    "elsewhere.example", "1.2.3.4, ::1, unknown", "999.1.1.1", "\xed\xa0\x80", "", " ", "\t", ",",
    "http://[", "for=\"[::1]\"", "Bearer x",
]  # fmt: skip
BODIES = [
    ("application/x-www-form-urlencoded", b"words=%00&email=%ed%a0%80&stamp=x&about=lab:x"),
    ("application/x-www-form-urlencoded", b"email=a@b&follow=" + b"9" * 9_000),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % each for each in range(500))),
    ("application/x-www-form-urlencoded; charset=utf-7", b"words=+ADw-"),
    ("application/x-www-form-urlencoded; charset=nonsense", b"words=x"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"),
    ("multipart/form-data", b"--"),
    ("multipart/form-data; boundary=" + "x" * 500, b"--x"),
    ("multipart/form-data; boundary=\xe9", b"--x"),
    ("application/json", b"{" * 10_000),
    ("", b"\xff" * 100),
    ("text/plain", b""),
]
SEGMENT = re.compile(r"<(?:\w+:)?\w+>")


def requests(
    rng: Random, routes: list[str], parameters: dict[str, list[str]], known: list[str]
) -> Iterator[dict[str, Any]]:
    """Without an end: a request each, as a WSGI environment (PEP 3333).

    `parameters` are those that a route says it takes, `known` names of records that exist.
    """
    while True:
        route = rng.choice(routes)
        path = SEGMENT.sub(lambda _: _segment(rng, known), route)
        if rng.random() < 0.03:
            path += rng.choice(["/", "%00", "//", "%2e%2e/", "a" * 3000, "%", "%zz", ";x=1", "é"])
        query = _query(rng, parameters.get(route, []), known) if rng.random() < 0.8 else ""
        environ = _environ(rng, "/" + path, query)
        if environ["REQUEST_METHOD"] in ("POST", "PUT", "PATCH"):
            kind, body = rng.choice(BODIES)
            length = rng.choice([str(len(body))] * 5 + ["", "-1", "x", "0", str(10**12)])
            environ |= {"CONTENT_TYPE": kind, "CONTENT_LENGTH": length}
            environ["wsgi.input"] = io.BytesIO(body)
        yield environ


def _segment(rng: Random, known: list[str]) -> str:
    if rng.random() < 0.6:
        return rng.choice(known)
    return quote_from_bytes(rng.choice(VALUES)[:2000], safe="")


def _query(rng: Random, own: list[str], known: list[str]) -> str:
    many = rng.choice([1, 1, 1, 2, 2, 3, 5] + [500] * (rng.random() < 0.02))
    pairs = []
    for _ in range(many):
        name = rng.choice(own) if own and rng.random() < 0.8 else rng.choice(NAMES)
        value = rng.choice(VALUES) if rng.random() < 0.8 else rng.choice(known).encode()
        if many > 5:
            value = value[:20]
        encoded = quote_from_bytes(value, safe="") if rng.random() < 0.9 else _raw(value)
        pairs.append(f"{name}={encoded}" if rng.random() < 0.97 else name)
    return rng.choice(["&"] * 20 + [";", "&&", "?"]).join(pairs)


def _raw(value: bytes) -> str:
    """As it stands, which no browser would send but servers pass on."""
    return re.sub(r"[\s#]", "", value.decode("latin-1"))


def _environ(rng: Random, path: str, query: str) -> dict[str, Any]:
    decoded = re.sub(r"%([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), path)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": rng.choice(METHODS),
        "SCRIPT_NAME": "",
        "PATH_INFO": decoded.encode("utf-8").decode("latin-1")
        if max(decoded) > "\xff"
        else decoded,
        "RAW_URI": f"{path}?{query}",
        "QUERY_STRING": query.encode("utf-8").decode("latin-1"),
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": rng.choice(["HTTP/1.1"] * 9 + ["HTTP/1.0"]),
        "REMOTE_ADDR": rng.choice(["127.0.0.1", "192.0.2.7", "", "2001:db8::1%eth0", "unix:"]),
        "HTTP_HOST": rng.choice(HOSTS) if rng.random() < 0.1 else "testserver",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(b""),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for _ in range(rng.choice([0, 0, 1, 2, 4])):
        environ[f"HTTP_{rng.choice(HEADERS)}"] = rng.choice(SAID)
    return environ


def ask(app: WSGIHandler, environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body, as a server would be given them."""
    told: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], *args: Any) -> Any:
        told[:] = [status, headers]
        return None

    answer: Any = app(environ, start_response)
    body = b"".join(answer)
    answer.close()
    for name, value in told[1]:
        name.encode("ascii")
        assert value == value.encode("latin-1").decode("latin-1"), name
        assert not re.search(r"[\r\n\0]", name + value), name
    return int(told[0][:3]), dict(told[1]), body


def describe(environ: dict[str, Any]) -> str:
    """The request in a line, to be sent again."""
    said = {name: value[:80] for name, value in environ.items() if name.startswith("HTTP_")}
    return (
        f"{environ['REQUEST_METHOD'][:20]} {quote(environ['RAW_URI'][:300], safe='/?&=%')} {said}"
    )
