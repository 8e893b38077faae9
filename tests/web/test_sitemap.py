"""The sitemap: every public page and no other, by the rules of sitemaps.org."""

import re
from datetime import date
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_lab,
    make_outcome,
    make_person,
    make_source,
)
from tests.web.markup import Markup
from tests.web.world import make_world
from tracker.changes.models import Change, LogHead
from tracker.curation.editing import retract
from tracker.curation.roles import NOUNS
from tracker.records.models import State
from tracker.web import sitemaps

pytestmark = pytest.mark.django_db

SITE = "https://record.example"
XMLNS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(autouse=True)
def site(settings) -> None:
    settings.SITE_URL = SITE
    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False


def read(client: Client, query: str = "", root: str = "urlset") -> dict[str, str | None]:
    """The addresses of a file and the day on which each last changed, held against the rules."""
    answer = client.get(f"/sitemap.xml{query}", headers={"host": "other.example"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/xml; charset=utf-8"
    assert len(answer.content) <= 50 * 1024 * 1024
    assert answer.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    tree = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    assert tree.tag == XMLNS + root
    assert 0 < len(tree) <= 50_000
    found: dict[str, str | None] = {}
    for entry in tree:
        assert entry.tag == XMLNS + {"urlset": "url", "sitemapindex": "sitemap"}[root]
        names = [each.tag.removeprefix(XMLNS) for each in entry]
        assert names in (["loc"], ["loc", "lastmod"])
        address, changed = entry.findtext(f"{XMLNS}loc"), entry.findtext(f"{XMLNS}lastmod")
        assert address and address.startswith(f"{SITE}/") and len(address) < 2_048
        assert address.isascii() and address not in found
        assert changed is None or re.fullmatch(r"\d{4}-\d\d-\d\d", changed)
        found[address] = changed
    return found


def test_it_names_every_public_page_once(client):
    make_world(2)
    found = {address.removeprefix(SITE) for address in read(client)}
    own = {
        record.get_absolute_url()
        for noun in NOUNS
        for record in noun._default_manager.filter(state=State.PUBLISHED)
    }
    own = {url for url in own if "#" not in url and "?" not in url}
    changes = {change.get_absolute_url() for change in Change.objects.all()}
    assert own and changes
    assert own | changes <= found
    lists = found - own - changes
    assert {"/", "/labs/", "/commitments/", "/timeline/", "/compare/", "/data/"} <= lists
    for url in lists | {next(iter(changes))}:
        assert client.get(url).status_code == 200, url
    assert not [url for url in found if url.startswith(("/admin", "/subscribe", "/search"))]


def test_drafts_and_what_was_retracted_are_not_in_it(client):
    make_lab(slug="a-draft", draft=True)
    gone, there = make_commitment(slug="retracted"), make_commitment(slug="there")
    with transaction.atomic():
        retract(gone, by=EDITOR, reason="A test.")
    found = " ".join(read(client))
    assert there.get_absolute_url() in found
    assert "a-draft" not in found and "retracted" not in found


def test_a_judgement_whose_commitment_was_retracted_has_no_page_and_no_address(client):
    gone, there = (make_assessment(commitment=make_commitment(), values=["met"]) for _ in range(2))
    with transaction.atomic():
        retract(gone.commitment, by=EDITOR, reason="A test.")
    assert client.get(gone.get_absolute_url()).status_code == 410
    found = read(client)
    assert SITE + there.get_absolute_url() in found
    assert SITE + gone.get_absolute_url() not in found


def test_a_page_changed_when_the_log_last_told_of_it(client):
    lab, person, source = make_lab(), make_person(), make_source()
    commitment = make_commitment(lab=lab)
    days = {}
    for day, change in enumerate(Change.objects.order_by("sequence"), start=1):
        days[change.subject_type] = f"2024-03-{day:02}"
        with connection.cursor() as cursor:  # the log's own guard lets nobody move its hours
            _unguarded(cursor, change.sequence, date(2024, 3, day))
    found = read(client)
    assert found[SITE + person.get_absolute_url()] == days["person"]
    assert found[SITE + source.get_absolute_url()] == "2024-03-03"
    assert found[SITE + commitment.get_absolute_url()] == days["commitment"]
    assert found[SITE + lab.get_absolute_url()] == days["commitment"]  # which is filed under it
    head = LogHead.objects.get().at
    assert head
    assert found[f"{SITE}/"] == found[f"{SITE}/changes/"] == head.date().isoformat()
    assert found[f"{SITE}/methodology/"] is None


def _unguarded(cursor, sequence: int, day: date) -> None:
    from tracker.changes import guard

    guard.remove("default")
    cursor.execute(
        "UPDATE tracker_change SET at = %s WHERE sequence = %s",
        [f"{day.isoformat()} 12:00:00+00:00", sequence],
    )
    guard.install("default")


def test_more_than_a_file_may_hold_are_an_index_of_files(client, monkeypatch):
    make_world(2)
    whole = read(client)
    monkeypatch.setattr(sitemaps, "LIMIT", 4)
    files = read(client, root="sitemapindex")
    pieces: dict[str, str | None] = {}
    for file in files:
        parts = urlsplit(file)
        assert parts.path == "/sitemap.xml"
        piece = read(client, f"?{parts.query}")
        assert len(piece) <= 4 and not set(piece) & set(pieces)
        pieces |= piece
    assert pieces == whole


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?of=rumour", "of: Choose one of: list, lab, commitment"),
        ("?page=2", "page: goes with of="),
        ("?of=lab&page=0", "page: must be a whole number"),
        ("?of=lab&page=2", "page: is 2, but"),
        ("?of=lab&page=999999999", "page: is 999999999, but"),
        ("?of=", "of: Choose one of"),
        ("?p=1", "p: is not a parameter of this page. It takes: of, page."),
    ],
)
def test_a_file_that_is_not_there_is_refused_in_words(client, query, said):
    answer = client.get(f"/sitemap.xml{query}")
    assert answer.status_code == 400
    assert f"The parameter {said}" in Markup(answer.content.decode()).text


def test_robots_are_told_where_it_is(client):
    answer = client.get("/robots.txt", headers={"host": "other.example"})
    assert f"\nSitemap: {SITE}/sitemap.xml\n" in answer.content.decode()


def test_it_asks_as_much_of_a_large_record(client):
    asked = []
    for _ in range(2):
        commitment = make_commitment()
        make_outcome(bears_on=commitment)
        make_assessment(commitment=commitment, values=["met"])
        make_person()
        with CaptureQueriesContext(connection) as queries:
            client.get("/sitemap.xml")
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 30
    assert client.post("/sitemap.xml").status_code == 405
    assert client.head("/sitemap.xml").status_code == 200
