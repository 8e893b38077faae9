"""No answer leaves without what its headers have to say: pages, files, errors, feeds, the desk."""

import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings as site
from django.db import OperationalError
from django.test import Client
from django.urls import Resolver404, resolve

from tests.admin.public_addresses import examples, routes
from tests.answers.observatory import marks, policy_of, redirection, score
from tests.builders import make_commitment, make_user

pytestmark = [pytest.mark.once, pytest.mark.django_db]

HTTPS = {
    "HTTPS": True,
    "SECURE_SSL_REDIRECT": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
}
EVERYWHERE = {
    "X-Content-Type-Options": {"nosniff"},
    "Referrer-Policy": {"same-origin", "no-referrer"},
    "Cross-Origin-Opener-Policy": {"same-origin"},
    "Cross-Origin-Resource-Policy": {"same-origin", "cross-origin"},
}
#: Asked by machines, or by pages of our own: nothing of it is shown elsewhere.
OURS = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/robots.txt",
    "/sitemap.xml",
    "/.well-known/security.txt",
}
#: Beside the addresses of the routes: (method, address, headers), and what each answers.
ELSEWHERE: list[tuple[str, str, dict[str, str], int]] = [
    ("get", "/nowhere/", {}, 404),
    ("get", "/labs", {}, 301),
    ("get", "/api/v1/nothing/", {}, 404),
    ("get", "/feeds/changes.atom?kind=gossip", {}, 400),
    ("get", "/feeds/changes.rss?archive=999", {}, 404),
    ("get", "/data/nothing.csv", {}, 404),
    ("get", "/commitments/?verdict=splendid", {}, 400),
    ("get", "/", {"host": "elsewhere.example"}, 400),
    ("get", "/api/v1/labs/", {"host": "elsewhere.example"}, 400),
    ("get", "/?" + "&".join(f"a{each}=1" for each in range(10_001)), {}, 400),
    ("post", "/", {}, 405),
    ("post", "/feeds/changes.atom", {}, 405),
    ("options", "/api/v1/labs/", {}, 204),
    ("trace", "/", {}, 405),
    ("post", "/suggest/", {"origin": "https://elsewhere.example"}, 403),
    ("get", "/static/site.css", {}, 200),
    ("get", "/static/favicon.svg", {}, 200),
    ("get", "/static/nothing.css", {}, 404),
    ("get", "/static/admin/css/base.css", {}, 200),
    ("get", "/admin/", {}, 302),
    ("get", "/admin", {}, 301),
    ("get", "/admin/login/", {}, 200),
    ("get", "/admin/nowhere/", {}, 302),
    ("get", "/admin/jsi18n/", {}, 302),
]  # fmt: skip


def whole(answer: Any) -> Any:
    """The answer, read to its end: a file stays open until then."""
    if answer.streaming:
        for _ in answer.streaming_content:
            pass
    return answer


def wrong_with(answer: Any, *, framed: bool = False) -> list[str]:
    """What an answer to plain http leaves unsaid."""
    found = [
        f"{name}: {answer.get(name)}"
        for name, allowed in EVERYWHERE.items()
        if answer.get(name) not in allowed
    ]
    if "camera=()" not in answer.get("Permissions-Policy", ""):
        found.append("no Permissions-Policy")
    policy = policy_of(answer)
    if policy.get("default-src") != ["'none'"] or policy.get("base-uri") != ["'none'"]:
        found.append(f"policy {policy}")
    if {each for sources in policy.values() for each in sources} - {"'none'", "'self'"}:
        found.append(f"policy {policy}")
    if framed != ("frame-ancestors" not in policy) or framed != ("X-Frame-Options" not in answer):
        found.append("framing")
    if "Strict-Transport-Security" in answer:
        found.append("HSTS by plain http")
    return found


def addresses() -> Iterator[str]:
    """One address of every route, and that of a file of each kind that `/data/` has."""
    for route in routes():
        yield from examples(route)[:1] if "<" in route else [f"/{route}"]
    yield from examples("data/<name>")


@pytest.mark.usefixtures("seeded")
def test_every_public_address_says_it_all_whatever_it_answers():
    client, found = Client(), {}
    seen: set[int] = set()
    for url in addresses():
        framed = resolve(url).url_name == "embed"
        answer: Any = whole(client.get(url))
        asked = [answer, client.get(f"{url}?nothing=of-this-name"), client.post(url)]
        if tag := answer.get("ETag"):
            asked.append(client.get(url, headers={"if-none-match": tag}))
        for each in asked:
            seen.add(each.status_code)
            if wrong := wrong_with(each, framed=framed and each.status_code in (200, 304)):
                found[url, each.status_code] = wrong
        # what other sites may show or read is open to them, also where they have it already
        page = answer.get("Content-Type", "").startswith("text/html") and not framed
        if answer.status_code == HTTPStatus.OK and not page and url not in OURS:
            for each in (answer, asked[-1]):
                if each.status_code in (200, 304) and (
                    each["Cross-Origin-Resource-Policy"] != "cross-origin"
                ):
                    found[url, "open"] = each.status_code
        elif answer.status_code == 200 and answer["Cross-Origin-Resource-Policy"] != "same-origin":
            found[url, "closed"] = answer.status_code
    assert found == {}
    assert {200, 304, 400, 404, 405} <= seen


@pytest.mark.parametrize(("method", "url", "headers", "status"), ELSEWHERE)
def test_so_do_errors_redirects_files_and_the_desk(method, url, headers, status):
    answer = whole(getattr(Client(enforce_csrf_checks=True), method)(url, headers=headers))
    assert answer.status_code == status
    assert wrong_with(answer) == []


def test_so_do_our_own_failures(monkeypatch):
    client = Client(raise_request_exception=False)

    def fail(*args, **kwargs):
        raise OperationalError("the database is away")

    monkeypatch.setattr("tracker.web.method.page", fail)
    monkeypatch.setattr("tracker.submissions.views.page", fail)
    answers = [client.get(url) for url in ("/methodology/", "/suggest/")]
    assert {each.status_code for each in answers} <= {500, 503}
    assert [wrong_with(each) for each in answers] == [[], []]
    assert {each["Cache-Control"] for each in answers} == {"no-store"}


def test_whoever_is_signed_in_is_told_no_less():
    client = Client()
    client.force_login(make_user("Reviewers"))
    for url in ("/admin/", "/admin/tracker/lab/", "/admin/tracker/lab/add/", "/admin/jsi18n/"):
        answer = client.get(url)
        assert answer.status_code == HTTPStatus.OK, url
        assert wrong_with(answer) == []
        assert policy_of(answer)["script-src"] == ["'self'"]


def test_private_pages_tell_their_address_to_nobody():
    client = Client()
    for url in ("/subscribe/manage/not-a-token/", "/suggest/not-a-token/", "/subscribe/link/"):
        assert client.get(url)["Referrer-Policy"] == "no-referrer", url


def test_no_script_of_ours_or_anybodys_runs_on_a_public_page():
    assert "script-src" not in policy_of(Client().get("/"))
    assert policy_of(Client().get("/feeds/changes.atom"))["script-src"] == ["'self'"]  # its XSL


@pytest.mark.usefixtures("seeded")
def test_the_observatory_gives_the_front_page_its_best_mark_and_no_page_a_bad_one(settings):
    """MDN's HTTP Observatory, on a site at https. The card is there to be framed, and is."""
    for name, value in HTTPS.items():
        setattr(settings, name, value)
    client, found = Client(), {}
    for url in (*addresses(), *(url for method, url, _, _ in ELSEWHERE if method == "get")):
        given = marks(whole(client.get(url, secure=True)))
        if resolve_name(url) == "embed":
            assert given.pop("x-frame-options") == ("anybody frames it", -20)
        if bad := {rule: mark for rule, mark in given.items() if mark[1] < 0}:
            found[url] = bad
    assert found == {}
    plain = redirection(client.get("/"), "testserver")
    home = [*marks(client.get("/", secure=True)).values(), plain]
    assert score(*home) == 130
    login = marks(client.get("/admin/login/", secure=True))
    assert login["cookies"] == ("all are kept in", 5)


def resolve_name(url: str) -> str | None:
    try:
        return resolve(url.partition("?")[0]).url_name
    except Resolver404:
        return None


def test_the_rules_can_be_broken():
    """Else the best of marks would mean nothing."""
    bare: Any = Client().get("/")
    for name in list(bare.headers):
        if name != "Content-Type":
            del bare[name]
    given = marks(bare)
    assert {rule for rule, mark in given.items() if mark[1] < 0} == {
        "content-security-policy",
        "strict-transport-security",
        "x-content-type-options",
        "x-frame-options",
    }
    assert score(*given.values(), ("no redirect to https", -20)) < 50
    bare["Content-Security-Policy"] = "default-src 'self' 'unsafe-inline'"
    bare["Referrer-Policy"] = "unsafe-url"
    bare["Access-Control-Allow-Origin"] = "*"
    bare["Access-Control-Allow-Credentials"] = "true"
    bare.set_cookie("sessionid", "x")
    given = marks(bare)
    for rule in ("content-security-policy", "referrer-policy", "cookies"):
        assert given[rule][1] < 0
    assert given["cross-origin-resource-sharing"][1] < 0


def test_cookies_are_the_hosts_own_where_the_site_is_at_https():
    """Asked of a process with such a site's settings, which are read once at the start."""
    told = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import django; django.setup(); from django.test import Client\n"
            "answer = Client(SERVER_NAME='record.example').get('/admin/login/', secure=True)\n"
            "print(answer.cookies.output()); print(answer['Strict-Transport-Security'])\n"
            "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME,\n"
            "s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE,\n"
            "s.SESSION_COOKIE_DOMAIN, s.SESSION_COOKIE_PATH, s.MESSAGE_STORAGE)",
        ],
        env={
            "DJANGO_SETTINGS_MODULE": "tracker.settings",
            "SECRET_KEY": "x",
            "PATH": "",
            "SITE_URL": "https://record.example",
            "DATABASE_URL": "sqlite://:memory:",
        },
        cwd=site.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    cookie, hsts, session = told.stdout.splitlines()
    assert cookie.startswith("Set-Cookie: __Host-csrftoken=")
    for part in ("HttpOnly", "Path=/", "SameSite=Lax", "Secure"):
        assert f"; {part}" in cookie
    assert "Domain" not in cookie
    assert session.split()[:6] == ["__Host-sessionid", "True", "True", "Lax", "None", "/"]
    assert "session" in session.split()[6]  # messages wait there, in no cookie of their own
    assert hsts == "max-age=31536000; includeSubDomains; preload"


def test_hsts_is_said_by_https_alone_and_only_where_the_site_is_there():
    assert not site.HTTPS
    assert "Strict-Transport-Security" not in Client().get("/", secure=True)


@pytest.mark.parametrize("url", ["/labs/", "/api/v1/labs/", "/feeds/changes.atom", "/card.png"])
def test_so_do_answers_of_the_page_cache(client, url):
    cold = client.get(url)
    warm = client.get(url)
    known = client.get(url, headers={"if-none-match": cold["ETag"]})
    refused = client.get(url, headers={"if-match": '"another"'})
    assert [each.status_code for each in (cold, warm, known, refused)] == [200, 200, 304, 412]
    assert [wrong_with(each) for each in (cold, warm, known, refused)] == [[]] * 4
    shared = {each["Cross-Origin-Resource-Policy"] for each in (cold, warm, known)}
    assert shared == {"same-origin" if url == "/labs/" else "cross-origin"}


def test_the_card_may_be_framed_by_whoever_has_it_already(client):
    url = f"{make_commitment().get_absolute_url()}embed/"
    tag = client.get(url)["ETag"]
    for answer in (client.get(url), client.get(url, headers={"if-none-match": tag})):
        assert answer.status_code in (200, 304)
        assert wrong_with(answer, framed=True) == []
