"""What deploy/ says, tried: nginx with TLS, two gunicorns and PostgreSQL from these very files."""

import json
import re
import ssl
import threading
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests import both_databases, machine
from tests.absent import left_out
from tests.fronted import grow_old
from tests.journeys.deployed import PASSWORD, SITE, Answer, Deployed, deployed
from tracker.answers.headers import EVERYWHERE, HSTS, PUBLIC

pytestmark = pytest.mark.once

PAGE = "/commitments/example-promise/"
FEED = "/feeds/changes.atom"


@pytest.fixture(scope="module")
def here():
    programs = both_databases.postgres_programs()
    for name, found in (("nginx", both_databases.nginx()), ("postgresql", programs)):
        if not found:
            left_out(name)
    assert programs
    with deployed(programs) as site:
        yield site


def is_as_the_sites_own(answer: Answer) -> None:
    """What nginx says by itself bears the headers of everything else."""
    for name, value in EVERYWHERE.items():
        assert answer[name] == value, name
    assert answer["Content-Security-Policy"] == PUBLIC
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Strict-Transport-Security"] == HSTS


# --- Pages ---


def test_a_page_is_what_the_site_says_and_is_kept(here):
    first, second = here.ask(PAGE), warm(here, PAGE)
    assert (first.status, first.kept, second.kept) == (200, False, True)
    assert first.body == second.body == here.behind(PAGE).body
    for name in ("ETag", "Cache-Control", "Vary", "Content-Security-Policy"):
        assert first[name] and first[name] == second[name], name
    is_as_the_sites_own(second)
    assert first["X-Request-Id"] != second["X-Request-Id"]  # not that of who asked before


def test_it_is_kept_packed_as_well_however_a_browser_names_that(here):
    plain = here.ask(PAGE)
    warm(here, PAGE, Accept_Encoding="gzip, deflate, br, zstd")
    for asked in ("br;q=1.0, gzip;q=0.8", "GZIP"):
        packed = here.ask(PAGE, Accept_Encoding=asked)
        assert (packed.kept, packed["Content-Encoding"]) == (True, "gzip")
        assert packed["ETag"] != plain["ETag"] and len(packed.body) < len(plain.body)
    refused = here.ask(PAGE, Accept_Encoding="br, gzip;q=0")
    assert (refused.kept, refused.body) == (True, plain.body)


@pytest.mark.parametrize("path", [PAGE, FEED, "/api/v1/labs/"])
def test_who_has_it_already_is_told_so(here, path):
    whole = here.ask(path)
    assert here.ask(path, If_None_Match=whole["ETag"]).status == 304
    assert here.ask(path, If_None_Match='"another"').status == 200
    assert here.ask(path, method="HEAD")["Content-Length"] == str(len(whole.body))


def test_a_feed_is_kept_apart_for_who_looks_at_it_in_a_browser(here):
    read, seen = warm(here, FEED), warm(here, FEED, Sec_Fetch_Dest="document")
    assert read["ETag"] != seen["ETag"]
    assert b"<h1>" in seen.body and b"<h1>" not in read.body


def test_nobody_is_told_apart(here):
    """A curator's cookie goes no further than nginx, where pages are concerned."""
    stranger = warm(here, "/labs/")
    curator = here.ask("/labs/", Cookie="__Host-sessionid=abc", Authorization="Basic YTpi")
    assert curator.kept and curator.body == stranger.body
    assert not stranger["Set-Cookie"]
    for path in (PAGE, "/labs/", FEED, "/api/v1/labs/"):
        names = {each.strip().lower() for each in here.ask(path)["Vary"].split(",")}
        assert names <= {"accept-encoding", "sec-fetch-dest"}


@pytest.mark.parametrize(
    "path",
    [
        *("/labs/nothing/", "/labs/?nothing=1", "/changes/head.json", "/changes/log.jsonl"),
        *("/admin/login/", "/subscribe/", "/healthz", "/labs"),
    ],
)
def test_what_is_not_to_be_kept_is_not(here, path):
    answers = [here.ask(path), here.ask(path)]
    assert [each.kept for each in answers] == [False, False]
    assert len({each["X-Request-Id"] for each in answers}) == 2


def test_what_is_published_is_seen_when_what_was_kept_is_no_longer_fresh(here):
    warm(here, "/labs/")
    warm(here, FEED)
    for which in here.sockets:  # each has just seen the log, and goes on with that for a moment
        here.behind("/labs/", which)
    assert here.order("publish", "lab-one") == "published"
    until(here, lambda: all(b"lab-one" in here.behind("/labs/", each).body for each in "ab"))
    assert here.ask("/labs/").kept
    grow_old(here.folder, 31)
    stale = here.ask("/labs/")  # while nginx asks for the newer one
    assert "stale" in stale["Cache-Status"] and b"lab-one" not in stale.body
    until(here, lambda: b"lab-one" in here.ask("/labs/").body)
    grow_old(here.folder, 91)
    assert b"lab-one" in here.ask(FEED).body  # too old to be shown meanwhile


def test_what_has_not_changed_is_not_sent_again_by_the_site_either(here):
    grow_old(here.folder, 91)  # so that what is kept now is of now
    before = warm(here, PAGE)
    grow_old(here.folder, 91)
    again = here.ask(PAGE)
    assert again["Cache-Status"] == "nginx; fwd=stale; fwd-status=304"
    assert again.body == before.body
    assert warm(here, PAGE).body == before.body


# --- Files and downloads ---


def test_files_come_packed_and_for_ever_from_where_they_were_collected(here):
    found = re.search(r'href="(/static/[^"]+\.css)"', here.ask("/").body.decode())
    assert found
    for asked, encoding in (("gzip", "gzip"), ("", "")):
        file = here.ask(found[1], Accept_Encoding=asked)
        assert (file.status, file["Content-Encoding"]) == (200, encoding)
        assert file["Cache-Control"] == "public, max-age=315360000, immutable"
        assert file["Content-Type"] == "text/css; charset=utf-8"
        is_as_the_sites_own(file)
    assert here.ask(found[1], If_None_Match=file["ETag"]).status == 304
    assert here.ask("/static/site.css")["Cache-Control"] == "public, max-age=60"
    missing = here.ask("/static/none.0123456789ab.css")
    assert (missing.status, missing["Cache-Control"]) == (404, "no-store")


def test_every_kind_of_file_that_is_collected_has_its_type(here):
    collected = here.folder / "code" / "var" / "static"
    kinds = {each.suffix: each for each in collected.rglob("*.*") if each.is_file()}
    for suffix in set(kinds) - {".gz", ".br", ".pyc"}:
        if not re.fullmatch(r"\.[0-9a-f]{12}", suffix):
            file = here.ask(f"/static/{kinds[suffix].relative_to(collected)}")
            kind = file["Content-Type"].partition(";")[0]
            assert (file.status, kind == "text/plain") == (200, suffix == ".txt"), suffix


def test_a_download_goes_on_where_it_stopped(here):
    whole = here.ask("/data/labs.csv")
    assert (whole.status, whole["Accept-Ranges"]) == (200, "bytes")
    part = here.ask("/data/labs.csv", Range="bytes=4-", If_Range=whole["ETag"])
    assert (part.status, part.body) == (206, whole.body[4:])
    log = [json.loads(line) for line in here.ask("/changes/log.jsonl").body.splitlines()]
    assert [each["sequence"] for each in log] == list(range(1, len(log) + 1)) != []


# --- The desk ---


def test_a_curator_signs_in_and_stays_so(here):
    login = here.ask("/admin/")
    assert (login.status, login["Location"]) == (302, "/admin/login/?next=/admin/")
    form = here.ask(login["Location"])
    cookies = SimpleCookie(form["Set-Cookie"])
    (csrf,) = cookies.values()
    assert csrf.key.startswith("__Host-") and csrf["secure"]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.body.decode())
    assert token
    told = {"csrfmiddlewaretoken": token[1], "username": "ada", "next": "/admin/"}
    sent = {
        "Content_Type": "application/x-www-form-urlencoded", "Origin": SITE,
        "Cookie": f"{csrf.key}={csrf.value}",
        "X_Forwarded_For": "192.0.2.1", "X_Forwarded_Proto": "http", "X_Forwarded_Host": "evil",
    }  # fmt: skip

    def enter(password: str, **more: str) -> Answer:
        body = urlencode(told | {"password": password})
        answer: Answer = here.ask("/admin/login/", "POST", body=body, **(sent | more))
        return answer

    assert enter("wrong").status == 200
    assert here.order("networks") == "127.0.0.1"  # what a stranger says of the network is not heard
    assert enter(PASSWORD, Origin="https://evil.example").status == 403
    entered = enter(PASSWORD)
    assert (entered.status, entered["Location"]) == (302, "/admin/")
    session = SimpleCookie()
    for each in entered.headers.get_all("Set-Cookie", []):
        session.load(each)
    assert all(each["secure"] for each in session.values())
    desk = here.ask(
        "/admin/", Cookie="; ".join(f"{name}={each.value}" for name, each in session.items())
    )
    assert (desk.status, desk["Cache-Control"]) == (200, "no-store, private")
    assert here.ask("/admin/").status == 302  # a stranger after him


# --- Names and limits ---


def test_only_the_sites_own_name_is_answered(here):
    assert here.ask("/", host="evil.example").status == 421
    assert here.behind("/", host="hostile.example").status == 400
    with pytest.raises(ssl.SSLError):
        here.ask("/", name="evil.example")
    refused = here.ask("/", host="evil.example", tls=False)
    assert refused.status == 421 and refused["Content-Security-Policy"] == PUBLIC
    led = here.ask("/labs/?q=1", tls=False)
    assert (led.status, led["Location"]) == (301, f"{SITE}/labs/?q=1")
    proof = here.folder / "acme" / ".well-known" / "acme-challenge" / "example"
    proof.parent.mkdir(parents=True)
    proof.write_text("proved")
    assert here.ask("/.well-known/acme-challenge/example", tls=False).body == b"proved"


def test_this_machine_alone_is_told_how_the_site_is(here):
    for path in ("/readyz", "/metrics"):
        assert here.ask(path).status == 404
        assert here.ask(path, tls=False, port=here.local).status == 200
    assert here.ask("/", tls=False, port=here.local).status == 404
    assert here.ask("/healthz").body == b"ok"


def test_what_is_too_long_or_too_large_is_refused_in_words(here):
    line = "GET /labs/?q= HTTP/1.1"
    assert here.ask(f"/labs/?q={'x' * (8190 - len(line))}").status == 400  # by the site itself
    long = here.ask(f"/labs/?q={'x' * (8191 - len(line))}")
    assert long.status == 414
    is_as_the_sites_own(long)
    large = here.ask("/labs/", "POST", body="x" * 20_000)
    assert (large.status, large.body) == (413, b"That is more than is taken here.\n")
    assert large["Cache-Control"] == long["Cache-Control"] == "no-store"
    is_as_the_sites_own(large)
    assert here.ask("/suggest/", "POST", body="x" * 300_000).status == 413
    assert here.ask("/admin/login/", "POST", body="x" * 20_000).body == large.body
    assert "not logged in" in here.ask("/admin/", "POST", body="x" * 200_000).body.decode()
    assert here.ask("/labs/", "TRACE").status == 405


def test_restarting_keeps_those_who_ask_meanwhile(here):
    """The unit's socket is systemd's: they wait."""
    here.stop("b")
    answers: list[int] = []
    waits = threading.Thread(target=lambda: answers.append(here.behind("/labs/", "b").status))
    waits.start()
    here.start("b")
    waits.join(timeout=60)
    assert answers == [200]


def test_who_sends_too_fast_is_told_to_wait(here):
    answers = [here.ask("/subscribe/", "POST", body="") for _ in range(30)]
    assert {each.status for each in answers} == {400, 429}
    assert answers[-1]["Retry-After"] == "10"
    is_as_the_sites_own(answers[-1])
    assert here.ask(PAGE).status == 200  # who reads is not concerned


# --- What is lost, and what is not ---


def test_who_reads_does_not_notice_that_one_gunicorn_dies(here):
    stop = threading.Event()
    seen: list[int] = []

    def read() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            seen.append(here.ask(f"/commitments/?q={number}").status)

    reads = threading.Thread(target=read)
    reads.start()
    try:
        until(here, lambda: len(seen) > 3)
        here.kill("a")
        after = len(seen)
        until(here, lambda: len(seen) > after + 8)
    finally:
        stop.set()
        reads.join(timeout=60)
    assert set(seen) == {200}


def test_where_all_are_gone_warm_pages_stay(here):
    before = warm(here, PAGE)
    here.kill("b")
    here.held.close()
    grow_old(here.folder, 3600)
    answer = here.ask(PAGE)
    assert (answer.status, answer.body) == (200, before.body)
    cold = here.ask("/commitments/?q=cold")
    assert (cold.status, cold["Retry-After"], cold["Cache-Control"]) == (503, "5", "no-store")
    is_as_the_sites_own(cold)
    assert here.ask("/static/site.css").status == 200


def test_what_was_logged_is_of_nobody(here):
    here.ask("/subscribe/manage/a-made-up-token/?q=secret")
    path: Path = here.folder / "logs" / "on-record.log"
    until(here, lambda: path.exists() and "manage" in path.read_text())
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {"time", "id", "method", "path", "status", "bytes", "seconds"} <= set(lines[0])
    errors = (here.folder / "logs" / "error.log").read_text()
    for secret in ("127.0.0.1", "192.0.2.1", "made-up-token", "secret", "hostile", PASSWORD):
        assert secret not in path.read_text() + errors + here.complaints()


def warm(here: Deployed, path: str, **headers: Any) -> Answer:
    """As nginx gives it by itself: that is, once another process of it has put the answer in its
    place, for it sends first what it asked for, and keeps it then."""
    answers: list[Answer] = []

    def given() -> bool:
        answers.append(here.ask(path, **headers))
        return answers[-1].kept

    until(here, given)
    return answers[-1]


def until(here: Deployed, true: Callable[[], bool]) -> None:
    machine.until(true, 30, lambda: here.complaints()[-3000:])
