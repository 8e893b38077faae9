"""Links are asked politely and never at an address off the public internet."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from ipaddress import ip_address, ip_network

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from tests.builders import make_source
from tracker.changes.models import Change
from tracker.curation.linking import keep
from tracker.records.plain import to_plain
from tracker.sources import links
from tracker.sources.links import (
    Answer,
    Failed,
    Forbidden,
    as_asked,
    check_link,
    check_links,
    fetch,
    is_public,
    public_address,
)
from tracker.sources.models import LinkStatus, Source

FORBIDDEN = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
    *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:2::/48"),
    *("2001:10::/28", "2001:20::/28", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16"),
    *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    *("::ffff:127.0.0.0/104", "::ffff:8.8.8.0/120", "64:ff9b::7f00:0/104"),
]
ADDRESSES = sorted(
    {
        str(network[at % network.num_addresses])
        for network in map(ip_network, FORBIDDEN)
        for at in (0, 1, 254, 2**19 + 5, 2**70 + 9, -1)
    }
    | {"169.254.169.254", "fd00:ec2::254", "::1", "::", "255.255.255.255", "::ffff:169.254.169.254"}
)
SPELLINGS = [
    *("2130706433", "0x7f000001", "017700000001", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1"),
    *("127.0.0.01", "1.2.3.4.5", "0", "0x", "134744072", "8.8.8.8.", "", ".", "localhost.0x7f"),
]


@pytest.fixture
def no_connect(monkeypatch):
    def connect(*args):
        raise AssertionError(f"connected to {args[1:]}")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)


def leading_to(address):
    return lambda *_: [address]


def test_two_hundred_forbidden_addresses_are_refused_without_a_connect(no_connect):
    assert len(ADDRESSES) >= 150
    tried = 0
    for address in ADDRESSES:
        host = f"[{address}]" if ":" in address else address
        for url in (f"http://{host}/", f"https://{host}/latest/meta-data/"):
            with pytest.raises(Forbidden):
                fetch(url, seconds=1)
            tried += 1
        with pytest.raises(Forbidden):  # and as what a name leads to
            public_address("name.example", 443, lookup=leading_to(address))
    assert tried >= 200


@pytest.mark.parametrize("host", SPELLINGS)
def test_numbers_in_disguise_are_no_host_names(no_connect, host):
    with pytest.raises(Forbidden):
        public_address(host, 80)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://example.com",
            "javascript:alert(1)",
        ),
        *("http://example.com:22/", "https://example.com:8443/", "http://example.com:0/"),
        *("http://example.com:99999/", "http://user:pass@example.com/", "http://@example.com/"),
        *("http://[::1/", "http:///path", "//example.com", "", "http://[fe80::1%25eth0]/"),
        *("http://[::ffff:127.0.0.1]/", "http://a" + "b" * 70 + ".example/"),
    ],
)
def test_what_is_no_web_address_is_refused(no_connect, url):
    with pytest.raises(Forbidden):
        fetch(url)


def test_the_sentence_does_not_say_what_an_inner_name_leads_to():
    with pytest.raises(Forbidden) as refused:
        public_address("intranet.example", 443, lookup=leading_to("10.1.2.3"))
    assert str(refused.value) == "intranet.example is not on the public internet."


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("HTTPS://Example.ORG", "https://example.org/"),
        ("https://example.org:443/a b?c=d e#f", "https://example.org/a%20b?c=d%20e"),
        ("http://example.org.:443/", "http://example.org:443/"),
        ("https://b\u00fccher.example/\u00fc", "https://xn--bcher-kva.example/%C3%BC"),
        ("http://[2001:4860::8888]/", "http://[2001:4860::8888]/"),
    ],
)
def test_an_address_as_it_is_asked(url, asked):
    assert as_asked(url) == asked
    assert as_asked(asked) == asked


@pytest.mark.parametrize(
    "url",
    [
        *("https://example.org:8443/", "https://ada@example.org/", "https:///hook", "https://./"),
        *(
            "http://2130706433/",
            "http://0x7f.1/",
            "ftp://example.org/",
            "https://example.org:99999/",
        ),
    ],
)
def test_what_is_never_asked_is_refused_without_looking_it_up(url):
    with pytest.raises(Forbidden, match=r"\.$"):
        as_asked(url)


def test_public_addresses_pass():
    for address in ("8.8.8.8", "1.1.1.1", "151.101.1.1", "2606:4700::1111", "2a00:1450::1"):
        assert is_public(ip_address(address))
        assert public_address(address, 443) == address


def test_a_name_is_looked_up_once_and_its_public_address_taken():
    asked = []

    def lookup(host, port):
        asked.append(host)
        return ["10.0.0.1", "8.8.8.8"]

    assert public_address("name.example", 443, lookup=lookup) == "8.8.8.8"
    assert asked == ["name.example"]


# ---------------------------------------------------------------- against a server of this machine


class Server(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, dict[str, str]]] = []

    def handle_error(self, request, client_address):
        pass  # a client that goes away is expected here


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self):
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        if self.path == "/trickle":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(100):
                time.sleep(0.05)
                self.wfile.write(b"X-Slow: 1\r\n")
            return
        head_refused = self.command == "HEAD" and self.path == "/no-head"
        status = 405 if head_refused else {"/gone": 410, "/moved": 302, "/busy": 429}.get(
            self.path, 200
        )  # fmt: skip
        self.send_response(status)
        if self.path == "/moved":
            self.send_header("Location", "/new place\x01")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"x" * 100_000)

    do_GET = do_POST = do_HEAD

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def ask(server):
    """`fetch`, with a guard that leads every name to the test's own server."""

    def asked(path, host="name.example", **kwargs):
        url = path if path.startswith("http") else f"http://{host}{path}"
        port = server.server_address[1]
        url = url.replace(".example", f".example:{port}", 1)
        return fetch(url, guard=lambda host, port: "127.0.0.1", **kwargs)

    return asked


def test_the_link_s_own_name_is_sent_and_little_is_read(server, ask, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    answer = ask("/a page?q=ü&b=1")
    assert (answer.status, len(answer.body)) == (200, 4_096)
    method, path, headers = server.seen[0]
    assert (method, path) == ("GET", "/a%20page?q=%C3%BC&b=1")
    assert headers["Host"].startswith("name.example:")
    assert headers["User-Agent"] == "on-record-link-check/1"


def test_a_body_and_headers_can_be_sent(server, ask):
    assert ask("/hook", method="POST", body=b"{}", headers={"X-Mine": "1"}).status == 200
    method, _, headers = server.seen[0]
    assert (method, headers["Content-Length"], headers["X-Mine"]) == ("POST", "2", "1")


def test_a_redirect_is_told_and_not_followed(server, ask):
    checked = check_link(1, "http://name.example/moved", ask)
    assert checked.status == LinkStatus.REDIRECTED
    assert checked.note.endswith("/new place ") or checked.note.endswith("/new place")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("path", "status", "note", "methods"),
    [
        ("/", "ok", "", ["HEAD"]),
        ("/no-head", "ok", "", ["HEAD", "GET"]),
        ("/gone", "failed", "It answers 410.", ["HEAD"]),
        ("/busy", "failed", "It answers 429.", ["HEAD"]),
    ],
)
def test_head_then_get_where_head_is_refused(server, ask, path, status, note, methods):
    checked = check_link(1, f"http://name.example{path}", ask)
    assert (checked.status, checked.note) == (status, note)
    assert [method for method, *_ in server.seen] == methods


def test_an_answer_that_trickles_in_is_cut_off(ask):
    with pytest.raises(Failed, match=r"No answer within 0\.5 seconds\."):
        ask("/trickle", seconds=0.5)


def test_a_handshake_that_never_ends_is_cut_off():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(Failed):
            fetch(f"https://name.example:{port}/", guard=lambda *_: "127.0.0.1", seconds=0.5)


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Failed, match="refused"):
        fetch(f"http://name.example:{port}/", guard=lambda *_: "127.0.0.1")


def test_one_request_at_a_time_for_a_host_and_eight_hosts_at_once():
    lock, worst, total, most = threading.Lock(), 0, 0, 0
    now: dict[str, int] = {}

    def slow(url, **kwargs):
        nonlocal worst, total, most
        host = url.split("/")[2]
        with lock:
            now[host] = now.get(host, 0) + 1
            total += 1
            worst, most = max(worst, now[host]), max(most, total)
        time.sleep(0.01)
        with lock:
            now[host] -= 1
            total -= 1
        return Answer(200)

    wanted = [(at, f"https://{'abcdefghijklmnop'[at % 16]}.example/{at}") for at in range(96)]
    done = list(check_links(wanted, fetch=slow, pause=0))
    assert sorted(each.source for each in done) == list(range(96))
    assert worst == 1 and 2 <= most <= 8


# ---------------------------------------------------------------- the command


def run(monkeypatch, answers, **options):
    def answer(url, **kwargs):
        found = answers[url]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(
        "tracker.management.commands.check_links.check_links",
        lambda wanted: check_links(wanted, fetch=answer, pause=0),
    )
    out = StringIO()
    call_command("check_links", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_keeps_the_results_privately(monkeypatch):
    fine = make_source(url="https://fine.example/")
    moved = make_source(url="https://moved.example/", draft=True)
    make_source(url="")
    changes, plain = Change.objects.count(), to_plain(fine)
    told = run(
        monkeypatch,
        {
            fine.url: Answer(200),
            moved.url: Answer(301, "https://new.example/"),
        },
    )
    assert told.splitlines()[-1] == "2 links: 1 ok, 1 redirected."
    fine, moved = Source.objects.get(pk=fine.pk), Source.objects.get(pk=moved.pk)
    assert (fine.link_status, fine.link_note, fine.version) == ("ok", "", 2)
    assert fine.link_checked_at is not None
    assert (moved.link_status, moved.link_note) == ("redirected", "https://new.example/")
    assert Change.objects.count() == changes and to_plain(fine) == plain
    assert not [name for name in plain if name.startswith("link")]


@pytest.mark.django_db
def test_links_that_fail_are_named_and_fail_the_command(monkeypatch):
    gone, inside = make_source(url="https://a.example/"), make_source(url="http://10.0.0.1/")
    answers = {gone.url: Answer(404), inside.url: Forbidden("It is not public.")}
    with pytest.raises(CommandError, match=r"^2 links: 1 failed, 1 refused\.$"):
        run(monkeypatch, answers)
    statuses = dict(Source.objects.values_list("slug", "link_note"))
    assert statuses == {gone.slug: "It answers 404.", inside.slug: "It is not public."}


@pytest.mark.django_db
def test_one_source_only(monkeypatch):
    one, other = make_source(url="https://a.example/"), make_source(url="https://b.example/")
    assert "1 links: 1 ok." in run(monkeypatch, {one.url: Answer(200)}, source=one.slug)
    assert Source.objects.get(pk=other.pk).link_status == "unchecked"
    with pytest.raises(CommandError, match="There is no source 'nobody'"):
        run(monkeypatch, {}, source="nobody")
    bare = make_source()
    with pytest.raises(CommandError, match="has no address"):
        run(monkeypatch, {}, source=bare.slug)


@pytest.mark.django_db
def test_a_result_for_an_address_that_changed_meanwhile_is_dropped():
    source = make_source(url="https://new.example/")
    keep(links.Checked(source.pk, "https://old.example/", LinkStatus.FAILED, "No."))
    assert Source.objects.get(pk=source.pk).link_status == "unchecked"


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{"link_status": "ok"}, {"link_status": "fine"}])
def test_the_database_refuses_a_result_without_its_time_or_of_no_kind(values):
    source = make_source()
    with pytest.raises(IntegrityError), transaction.atomic():
        Source.objects.filter(pk=source.pk).update(**values)
