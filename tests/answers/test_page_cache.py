"""Public answers are made once for each state of the record, and are the same for everybody."""

import gzip
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.test.signals import template_rendered
from django.test.utils import CaptureQueriesContext

from tests.answers import outage
from tests.builders import make_commitment, make_lab, make_pledge
from tests.curation.redactions import STEWARD, WHY, correct
from tests.web.world import LISTS, make_world
from tracker.answers import cache
from tracker.answers.kept import PAGES
from tracker.curation.redacting import redact
from tracker.reading import head, validating
from tracker.reading.head import Head
from tracker.records.dates import today

pytestmark = pytest.mark.django_db

#: Not kept: what they show moves without an entry of the log, or is long.
ASKED_ANEW = ("/changes/checkpoints/", "/changes/head.json", "/changes/log.jsonl", "/data/")
MADE_OF_NOTHING = {"/robots.txt", "/methodology/", "/search/", "/api/v1/"}  # in a database
FEEDS = ("/feeds/changes.atom", "/feeds/changes.json", "/feeds/deadlines.ics", "/feeds/feeds.opml")
API = ("/api/v1/", "/api/v1/labs/", "/api/v1/commitments/", "/api/v1/openapi.json", "/api/v1/docs/")
OF_THE_BODY = {"Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition", "Link"}


@pytest.fixture(autouse=True)
def a_cache(settings, monkeypatch):
    settings.PAGE_CACHE_BYTES = 8_000_000
    monkeypatch.setattr(validating, "SETTLED", timedelta(0))  # else Last-Modified comes later


def headers_of(answer: Any) -> dict[str, str]:
    """All of them, but the id of a request that was refused."""
    return {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}


@pytest.fixture
def kept(client) -> list[str]:
    """Addresses of every kind of answer that is kept."""
    pages = [url for url in make_world(2).values() if url not in ASKED_ANEW]
    lab, commitment = make_lab(), make_commitment()
    badge = f"{commitment.get_absolute_url()}badge.svg"
    frame = f"{commitment.get_absolute_url()}embed/"
    told = f"/oembed?url=http://127.0.0.1:8000{commitment.get_absolute_url()}"
    lists = [url for url in LISTS.values() if url not in ASKED_ANEW]
    more = [lab.get_absolute_url(), badge, frame, told, "/robots.txt", "/sitemap.xml"]
    return [*dict.fromkeys([*lists, *pages, *more, *FEEDS, *API])]


def rendered(ask: Any) -> tuple[Any, int, int]:
    """The answer, how many queries it took, and how many templates."""
    templates: list[Any] = []

    def note(template: Any, **_: Any) -> None:
        templates.append(template)

    template_rendered.connect(note)
    try:
        with CaptureQueriesContext(connection) as queries:
            answer = ask()
    finally:
        template_rendered.disconnect(note)
    return answer, len(queries), len(templates)


def test_a_warm_page_asks_for_the_head_and_no_more(client, kept):
    for url in kept:
        first = client.get(url)
        assert (first.status_code, first["Cache-Control"]) == (200, validating.FRESH), url
        again, queries, templates = rendered(lambda url=url: client.get(url))
        assert (again.status_code, queries, templates) == (200, 1, 0), url
        assert again.content == first.content
        assert dict(again.headers) == dict(first.headers), url


def test_who_has_it_is_told_so_and_nothing_is_made(client, kept):
    tags = {url: client.get(url) for url in kept}
    assert len({answer["ETag"] for answer in tags.values()}) == len(kept)
    for warm in (True, False):
        for url, first in tags.items():
            if not warm:
                PAGES.clear()
            for known in (first["ETag"], f'"another", W/{first["ETag"]}'):
                asked = {"If-None-Match": known}
                answer, queries, templates = rendered(lambda: client.get(url, headers=asked))  # noqa: B023
                assert (answer.status_code, queries, templates) == (304, 1, 0), url
                assert answer.content == b""
                expected = {k: v for k, v in first.headers.items() if k not in OF_THE_BODY}
                assert dict(answer.headers) == expected, url
                assert client.head(url, headers=asked).status_code == 304
            # what is known of the headers alone does for nobody else
            assert client.get(url).content == first.content


def test_a_tag_is_good_for_its_own_address_alone(client, kept):
    tag = client.get("/commitments/")["ETag"]
    for url in kept:
        if url != "/commitments/":
            assert client.get(url, headers={"If-None-Match": tag}).status_code == 200, url
    for url in ("/commitments/?x=1", "/commitments/?x=", "/commitments/none/", "/nowhere/"):
        for given in (tag, "*"):
            answer = client.get(url, headers={"If-None-Match": given})
            assert answer.status_code in (400, 404) and "ETag" not in answer, url


@pytest.mark.parametrize("end", ["", "badge.svg", "card.png", "embed/"])
def test_any_tag_will_do_for_what_is_there_and_for_nothing_else(client, end):
    there, draft = make_commitment(), make_commitment(draft=True)
    asked = {"If-None-Match": "*"}
    assert client.get(f"{there.get_absolute_url()}{end}", headers=asked).status_code == 304
    for url in (draft.get_absolute_url(), "/commitments/none/"):
        assert client.get(f"{url}{end}", headers=asked).status_code == 404


def test_publishing_moves_the_page_at_once(client):
    before = client.get("/labs/")
    make_lab(name="Example Newcomer")
    after = client.get("/labs/", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200 and "Example Newcomer" in after.content.decode()


def test_another_day_another_page(client, monkeypatch):
    before = client.get("/")
    later = today() + timedelta(1)
    monkeypatch.setattr(validating, "today", lambda now=None: later)
    assert client.get("/", headers={"If-None-Match": before["ETag"]}).status_code == 200


def test_what_is_asked_by_date_is_there_too(client):
    first = client.get("/labs/")
    asked = {"If-Modified-Since": first["Last-Modified"]}
    assert client.get("/labs/", headers=asked).status_code == 304
    assert client.get("/labs/none/", headers=asked).status_code == 404
    early = {"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}
    assert client.get("/labs/", headers=early).status_code == 200


def test_a_precondition_that_fails_is_kept_nowhere(client):
    for url in ("/labs/", "/feeds/changes.atom", "/api/v1/labs/"):
        for asked in (
            {"If-Match": '"another"'},
            {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
        ):
            cold, warm = client.get(url, headers=asked), client.get(url, headers=asked)
            assert (cold.status_code, cold["Cache-Control"]) == (412, "no-store")
            assert cold.content == warm.content and dict(cold.headers) == dict(warm.headers)
            assert "ETag" not in cold and cold["Content-Length"] == str(len(cold.content))
        assert client.get(url, headers={"If-Match": "*"}).status_code == 200


def test_head_is_get_without_its_body(client, kept):
    for url in kept:
        cold = client.head(url)
        full, warm = client.get(url), client.head(url)
        assert full.content and not cold.content and not warm.content, url
        assert dict(cold.headers) == dict(full.headers) == dict(warm.headers)
        assert full["Content-Length"] == str(len(full.content))


def test_who_reads_gzip_is_given_another_answer_of_the_same_page(client):
    make_lab()
    for _ in range(2):  # cold and warm
        plain = client.get("/labs/")
        packed = client.get("/labs/", headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(packed.content) == plain.content
        assert plain["ETag"] != packed["ETag"] and plain["Vary"] == packed["Vary"]
        assert packed["Content-Length"] == str(len(packed.content))


def test_a_person_and_a_reader_of_feeds_are_not_mixed_up(client):
    make_lab()
    for _ in range(2):
        person = client.get("/feeds/changes.atom", headers={"Sec-Fetch-Dest": "document"})
        reader = client.get("/feeds/changes.atom", headers={"Sec-Fetch-Dest": "empty"})
        assert person["Content-Type"].startswith("application/xml")
        assert reader["Content-Type"].startswith("application/atom+xml")


def test_what_is_not_in_the_log_is_asked_for_anew(client):
    for url in ASKED_ANEW:
        for _ in range(2):
            answer = client.get(url)
            assert answer.status_code == 200 and answer["Cache-Control"] == "no-cache", url
            assert "ETag" not in answer
    assert len(PAGES.memory) == 0


# --- Who asks --------------------------------------------------------------------------------


def test_curator_and_stranger_are_answered_alike_byte_for_byte(client, admin_client, kept):
    admin_client.get("/admin/")
    for url in (*kept, "/data/", "/changes/checkpoints/", "/nowhere/", "/labs/?x=1"):
        answers = []
        for first, second in ((client, admin_client), (admin_client, client)):
            PAGES.clear()
            answers += [first.get(url), second.get(url)]
        for answer in answers:
            assert answer.content == answers[0].content, url
            assert headers_of(answer) == headers_of(answers[0]), url
            assert "Cookie" not in answer.get("Vary", "")
            assert not answer.cookies


def test_a_session_makes_no_difference_and_staff_pages_are_not_kept(client, admin_client):
    assert admin_client.get("/admin/").status_code == 200
    assert client.get("/admin/").status_code == 302
    for url in ("/subscribe/", "/suggest/", "/healthz"):
        assert "ETag" not in client.get(url)
    assert len(PAGES.memory) == 0
    assert get_user_model().objects.count() == 1


def test_a_draft_is_as_unknown_as_nothing_warm_or_cold(client):
    make_lab(draft=True, slug="never-seen")
    known = client.get("/labs/")["ETag"]
    for path in (
        "/labs/{}/",
        "/labs/{}/badge.svg",
        "/api/v1/labs/{}/",
        "/feeds/changes.atom?lab={}",
    ):
        for headers in ({}, {"If-None-Match": "*"}, {"If-None-Match": known}):
            for _ in range(2):
                draft, unknown = (
                    client.get(path.format(slug), headers=headers)
                    for slug in ("never-seen", "never-seen-")  # for which a page suggests the same
                )
                assert draft.status_code == unknown.status_code >= 400
                without = {"Content-Length"}  # an address may be in it
                assert headers_of(draft).keys() == headers_of(unknown).keys()
                for name in headers_of(draft).keys() - without:
                    assert draft[name] == unknown[name]
                assert draft.content == unknown.content.replace(b"never-seen-", b"never-seen")
    assert client.get("/labs/")["ETag"] == known  # a draft moves nothing


# --- Where and how it is asked -------------------------------------------------------------------


def test_an_unknown_host_is_refused_where_the_page_is_warm(client):
    assert client.get("/labs/").status_code == 200
    tag = client.get("/labs/")["ETag"]
    for host in ("elsewhere.example", "testserver@elsewhere.example", "", "testserver:x"):
        for headers in ({"Host": host}, {"Host": host, "If-None-Match": tag}):
            assert client.get("/labs/", headers=headers).status_code == 400, host
    assert client.get("/labs/", headers={"Host": "testserver:8000"}).status_code == 200


def test_plain_http_leads_to_https_where_the_page_is_warm(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    secure = Client()
    for _ in range(2):
        assert secure.get("/labs/", secure=True).status_code == 200
        answer = secure.get("/labs/?kind=")
        assert (answer.status_code, answer["Location"]) == (301, "https://testserver/labs/?kind=")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_pages_are_read_and_nothing_else_where_they_are_warm(client, method):
    tag = client.get("/labs/")["ETag"]
    answer = getattr(client, method)("/labs/", headers={"If-None-Match": tag})
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


# --- Queries -------------------------------------------------------------------------------------


ASKED = (
    "/commitments/?category=&lab=example-lab&q=audit&verdict=",
    "/commitments/?lab=example-lab&as_of=2024-05-06&sort=",
    "/labs/?kind=ai_lab&as_of=2024-05-06",
    "/timeline/?lab=example-lab&q=&since=&show=",
    "/sources/?q=post&tier=",
    "/changes/?lab=example-lab&kind=&significance=",
    "/discrepancies/?lab=&kind=",
    "/compare/?lab=example-lab&lab=example-other&as_of=",
    "/pledges/example-pledge/?lab=example-lab&kind=",
    "/search/?q=audit&noun=",
    "/feeds/changes.atom?lab=example-lab&kind=",
    "/feeds/deadlines.ics?lab=example-lab&category=",
    "/api/v1/commitments/?limit=1&lab=example-lab&category=",
)


@pytest.mark.parametrize("url", ASKED)
def test_order_and_empty_parameters_make_no_other_page(client, url):
    """So that two processes, or a cache in front, never have two answers under one ETag."""
    labs = tuple(make_lab(slug=f"example-{name}") for name in ("lab", "other"))
    make_pledge(slug="example-pledge", addressed=labs, clauses=2)
    for _ in range(2):
        make_commitment(lab=labs[0], title="Publish the audit")
    path, _, query = url.partition("?")
    given = query.split("&")
    full = [each for each in given if not each.endswith("=")]
    answers = []
    for parts in (given, given[::-1], full, sorted(full)):
        if "lab=example-other" in parts and parts.index("lab=example-other") < parts.index(
            "lab=example-lab"
        ):
            continue  # which stands first is another question
        PAGES.clear()
        answers.append(client.get(f"{path}?{'&'.join(parts)}"))
    for answer in answers:
        assert answer.status_code == 200
        assert answer.content == answers[0].content
        assert answer["ETag"] == answers[0]["ETag"]


HOSTILE = (
    "x=1", "x=", "kind=&kind=", "kind=nothing", "kind=%00", "kind=%ff%fe", "%00=1", "?x=1",
    "as_of=0000-01-01",
    "as_of=10000-01-01", "as_of=2024-13-01", "kind[]=1", "=", "=1", "kind=ai_lab&kind=ai_lab",
    "%ED%A0%80=1", "kind=" + "a" * 10_000, "cohort=%2e%2e", "kind=%25", "kind=_%25_", "a;b;c",
)  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_what_cannot_be_read_is_refused_and_never_kept(client, query):
    tag = client.get("/labs/")["ETag"]
    before = len(PAGES.memory)
    for _ in range(2):
        answer = client.get(f"/labs/?{query}", headers={"If-None-Match": tag})
        assert (answer.status_code, answer["Cache-Control"]) == (400, "no-store")
    assert len(PAGES.memory) == before


@pytest.mark.parametrize("url", ["/labs/", "/api/v1/labs/", "/feeds/changes.atom", "/nowhere/"])
def test_more_parameters_than_are_read_are_refused_as_ever(client, settings, url):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 20
    answer = client.get(f"{url}?{'&'.join(f'a{each}=1' for each in range(50))}")
    assert answer.status_code in ((404,) if url == "/nowhere/" else (400,))
    assert answer["Cache-Control"] == "no-store"
    assert "Content-Length" in answer and "Content-Security-Policy" in answer


# --- The database is away ------------------------------------------------------------------------


def test_warm_pages_outlive_the_database(client, kept, monkeypatch):
    first = {url: client.get(url) for url in kept}
    client.raise_request_exception = False

    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(BaseDatabaseWrapper, "cursor", away)
        for url, before in first.items():
            answer = client.get(url)
            assert (answer.status_code, answer.content) == (200, before.content), url
            known = client.get(url, headers={"If-None-Match": before["ETag"]})
            assert known.status_code == 304
        cold = client.get("/labs/?kind=ai_lab")
        assert cold.status_code >= 500 and cold["Cache-Control"] == "no-store"
    make_lab(name="Example Newcomer")
    assert "Example Newcomer" in client.get("/labs/").content.decode()


def test_what_was_made_before_the_last_entry_is_given_while_the_database_is_away(
    client, kept, monkeypatch
):
    first = {url: client.get(url) for url in kept}
    made_anew = set()
    make_lab(name="Example Newcomer")
    client.raise_request_exception = False

    def away(*_: Any, **__: Any) -> Any:
        raise outage.away()

    with monkeypatch.context() as patch:
        patch.setattr(BaseDatabaseWrapper, "cursor", away)
        # the head as another thread has seen it
        patch.setattr(cache, "current", lambda: Head(10**6, None, "f" * 64))
        for url, before in first.items():
            answer = client.get(url)
            assert (answer.status_code, answer.content) == (200, before.content), url
            if answer["ETag"] != before["ETag"]:
                made_anew.add(url)
                continue
            assert "Last-Modified" not in answer
            known = client.get(url, headers={"If-None-Match": before["ETag"]})
            assert (known.status_code, known.content) == (304, b"")
        for url in ("/labs/?kind=ai_lab", "/labs/nobody-has-asked/"):
            cold = client.get(url)
            assert (cold.status_code, cold["Cache-Control"]) == (503, "no-store")
    assert made_anew == MADE_OF_NOTHING
    assert "Example Newcomer" in client.get("/labs/").content.decode()


def test_nothing_from_before_a_redaction_is_given_while_the_database_is_away(client, monkeypatch):
    lab = make_lab(name="Example Lab of Ada Example")
    corrected = correct(lab, name="Example Lab").sequence
    before = client.get("/changes/")
    assert "Ada Example" in before.content.decode()
    change = redact([corrected - 1, corrected], by=STEWARD, reason=WHY, text="Ada Example")
    assert head.current().redaction == change.sequence
    after = client.get("/labs/")
    make_lab(name="Example Newcomer")
    seen = head.current()
    assert seen.sequence > change.sequence == seen.redaction
    client.raise_request_exception = False

    def away(*_: Any, **__: Any) -> Any:
        raise outage.away()

    with monkeypatch.context() as patch:
        patch.setattr(BaseDatabaseWrapper, "cursor", away)
        patch.setattr(cache, "current", lambda: seen)
        cold = client.get("/changes/")
        assert (cold.status_code, cold["Cache-Control"]) == (503, "no-store")
        assert client.get("/labs/").content == after.content
        # a cache in front is not left to what it has from before, but to what it has from after
        for url, tag, status in (
            ("/changes/", before["ETag"], 404),
            ("/changes/", f'W/"x", W/{before["ETag"]}', 404),
            ("/changes/?kind=", after["ETag"], 503),
            ("/changes/", '"none"', 503),
            ("/api/v1/changes/", before["ETag"], 404),
            ("/feeds/changes.atom", before["ETag"], 404),
        ):
            cold = client.get(url, headers={"If-None-Match": tag})
            assert (cold.status_code, cold["Cache-Control"]) == (status, "no-store"), url
            assert cold["Retry-After"] and "does not answer just now" in cold.content.decode()
    assert "Ada Example" not in client.get("/changes/").content.decode()


def test_nobody_waits_for_a_database_that_is_known_to_be_away(client, monkeypatch):
    before = client.get("/labs/")
    make_lab()
    head = Head(10**6, None, "f" * 64)
    monkeypatch.setattr(cache, "current", lambda: head)
    monkeypatch.setattr(cache, "is_away", lambda: True)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/labs/").content == before.content
        cold = client.get("/people/")
        assert (cold.status_code, cold["Cache-Control"]) == (503, "no-store")
        assert cold["Retry-After"] and cold["Content-Security-Policy"]
        assert client.get("/healthz").status_code == 200
    assert len(queries) == 0


def test_without_a_head_ever_seen_what_needs_no_database_is_answered(client, monkeypatch):
    def away() -> Any:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(cache, "current", away)
    answer = client.get("/robots.txt")
    assert answer.status_code == 200 and "ETag" not in answer


def test_the_day_that_is_shown_is_part_of_the_address(client):
    make_lab()
    tags = {
        client.get(f"/labs/{query}")["ETag"]
        for query in ("", "?as_of=2024-05-06", f"?as_of={date(2024, 5, 7)}")
    }
    assert len(tags) == 3
