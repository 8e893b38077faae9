"""What a feed cannot read it names, in plain words; and what it is asked again it does not redo."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.http import http_date

from tests.builders import make_commitment, make_lab
from tests.feeds.entering import FORMATS, enter
from tracker.changes.models import LogHead
from tracker.curation.editing import Actor, retract
from tracker.curation.roles import PUBLISH
from tracker.reading import validating
from tracker.records.dates import today

pytestmark = pytest.mark.django_db

FEEDS = [f"/feeds/changes.{form}" for form in FORMATS]
ADDRESSES = [*FEEDS, "/feeds/deadlines.ics", "/feeds/feeds.opml", "/feeds/feed.xsl"]

REFUSED = [
    ("lab=nobody", "lab: There is no lab of this name."),
    ("lab=%00", "lab: "),
    ("commitment=nothing", "commitment: There is no commitment of this name."),
    ("pledge=nothing", "pledge: There is no pledge of this name."),
    ("category=cookery", "category: Choose one of: compute"),
    ("kind=gossip", "kind: Choose one of: lab_published"),
    ("significance=huge", "significance: Choose one of: major"),
    ("kind=epoch&kind=epoch", "kind: is given more than once."),
    ("colour=red", "colour: is not a parameter of this page."),
    ("page=2", "page: is not a parameter of this page."),
    ("archive=0", "archive: must be a whole number from 1"),
    ("archive=-1", "archive: must be"),
    ("archive=", "archive: must be"),
    ("archive=1.5", "archive: must be"),
    ("archive=9999999999", "archive: must be"),
    ("archive=%D9%A1", "archive: must be"),  # an Arabic-Indic one
    ("archive=" + "9" * 5000, "archive: must be"),
    ("%00%1b=1", "is not a parameter of this page."),
]


@pytest.mark.parametrize("url", FEEDS)
@pytest.mark.parametrize(("query", "said"), REFUSED)
def test_a_parameter_that_cannot_be_read_is_named(client, url, query, said):
    answer = client.get(f"{url}?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert "ETag" not in answer
    assert said in answer.content.decode()
    assert "\0" not in answer.content.decode()


@pytest.mark.parametrize("url", ADDRESSES)
def test_no_cache_keeps_a_precondition_that_fails(client, url):
    answer = client.get(url, headers={"if-match": '"another"'})
    assert (answer.status_code, answer["Cache-Control"]) == (412, "no-store")


@pytest.mark.parametrize("query", ["lab=nobody", "kind=epoch", "x=1"])
def test_the_calendar_and_the_list_of_feeds_refuse_alike(client, query):
    for url in ADDRESSES[3:]:
        answer = client.get(f"{url}?{query}")
        assert answer.status_code == 400
        assert answer["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("url", ADDRESSES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_feeds_are_read_and_nothing_else(client, url, method):
    answer = getattr(client, method)(url)
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("url", ADDRESSES)
def test_head_is_answered_as_get_but_without_a_body(client, url):
    enter(3)
    got, head = client.get(url), client.head(url)
    assert head.status_code == 200
    assert not head.content
    assert [head[name] for name in ("ETag", "Content-Type")] == [
        got[name] for name in ("ETag", "Content-Type")
    ]


@pytest.mark.parametrize("url", ADDRESSES)
def test_who_has_the_newest_is_told_so_by_one_query(client, url):
    enter(3)
    first = client.get(url)
    assert first["Cache-Control"] == "public, max-age=30, stale-while-revalidate=60"
    with CaptureQueriesContext(connection) as queries:
        again = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert not again.content
    assert len(queries) == 1
    assert again["ETag"] == first["ETag"]
    for name in ("Cache-Control", "Vary"):
        assert again[name] == first[name]
    enter()
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_etag_is_of_the_query_whatever_its_order(client, settings):
    make_lab(slug="example-lab")
    url = "/feeds/changes.atom"
    tags = [
        client.get(url + query)["ETag"]
        for query in (
            "?lab=example-lab&kind=lab_published",
            "?kind=lab_published&lab=example-lab",
            "?kind=lab_published&lab=example-lab&category=",
            "?kind=lab_published",
            "",
        )
    ]
    assert tags[0] == tags[1] == tags[2]
    assert len(set(tags)) == 3
    settings.WEBSUB_HUB = "https://hub.example/"
    assert client.get(url)["ETag"] != tags[-1]
    settings.RELEASE = "another"
    assert client.get(url)["ETag"] not in tags


def test_the_etag_changes_with_the_day(client, monkeypatch):
    first = client.get("/feeds/deadlines.ics")["ETag"]
    later = today() + timedelta(1)
    monkeypatch.setattr(validating, "today", lambda now=None: later)
    assert client.get("/feeds/deadlines.ics")["ETag"] != first


def test_a_reader_who_asks_by_date_alone_misses_no_second_entry_of_the_same_second(
    client, monkeypatch
):
    enter()
    at = LogHead.objects.get(pk=1).at
    assert at is not None
    yesterday = (at - timedelta(1)).date()
    clock: datetime = at

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return clock

    monkeypatch.setattr(validating, "datetime", Clock)
    monkeypatch.setattr(validating, "_since", lambda site: at - timedelta(1))
    monkeypatch.setattr(validating, "today", lambda now=None: yesterday)
    asked = {"If-Modified-Since": http_date(at.timestamp())}

    def ask(**headers: str) -> Any:
        return client.get("/feeds/changes.rss", headers=headers)

    clock = at + timedelta(seconds=50)  # a replica that lags has received the first of two by now
    assert ask().status_code == ask(**asked).status_code == 200
    assert "Last-Modified" not in ask()
    before = {"If-Unmodified-Since": http_date(at.timestamp() - 60)}
    assert ask(**before).status_code == 200
    assert ask(**{"If-None-Match": ask()["ETag"]}).status_code == 304
    clock = at + timedelta(seconds=60)
    assert ask()["Last-Modified"] == asked["If-Modified-Since"]
    assert ask(**asked).status_code == 304
    assert ask(**before).status_code == 412


@pytest.mark.parametrize(
    ("url", "status"),
    [(f"{FEEDS[0]}?{query}", 400) for query in ("lab=nobody", "archive=", "x=", "kind=&kind=")]
    + [(f"{url}?archive=7", 404) for url in FEEDS]
    + [(f"{url}?lab=nobody", 400) for url in ADDRESSES],
)
def test_what_is_no_feed_is_never_not_modified(client, url, status):
    enter(3)
    known = client.get(url.partition("?")[0])
    for headers in (
        {"If-None-Match": "*"},
        {"If-None-Match": known["ETag"]},
        {"If-Modified-Since": "Fri, 31 Dec 9999 23:59:59 GMT"},
    ):
        answer = client.get(url, headers=headers)
        assert (answer.status_code, answer["Cache-Control"]) == (status, "no-store"), headers
        assert "ETag" not in answer and "Last-Modified" not in answer


def test_who_asks_by_date_alone_is_given_what_a_setting_changed(client, settings, monkeypatch):
    enter()
    client.get(FEEDS[0])
    soon = datetime.now(UTC) + timedelta(minutes=2)

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return soon

    monkeypatch.setattr(validating, "datetime", Clock)
    later = client.get(FEEDS[0])["Last-Modified"]
    assert client.get(FEEDS[0], headers={"If-Modified-Since": later}).status_code == 304
    settings.SITE_NAME = "Another Record"
    assert client.get(FEEDS[0], headers={"If-Modified-Since": later}).status_code == 200


def test_a_draft_is_as_unknown_as_nothing(client):
    make_lab(slug="hidden-lab", draft=True)
    make_commitment(slug="hidden-promise", draft=True)
    for query in ("lab=hidden-lab", "commitment=hidden-promise"):
        noun = query.partition("=")[0]
        answers = {
            client.get(f"/feeds/changes.atom?{each}").content
            for each in (query, f"{noun}=nothing-of-this-name")
        }
        assert len(answers) == 1
    for url in ADDRESSES:
        assert b"hidden" not in client.get(url).content


def test_who_follows_a_record_learns_that_it_was_retracted(client):
    lab = make_lab(slug="example-lab")
    retract(lab, by=Actor("Eve Editor", rights=frozenset({PUBLISH})), reason="A mistake.")
    answer = client.get("/feeds/changes.atom?lab=example-lab")
    assert answer.status_code == 200
    assert "Lab retracted" in answer.content.decode()
    assert client.get("/feeds/deadlines.ics?lab=example-lab").status_code == 200
