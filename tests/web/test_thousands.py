"""Counts of a large record: a comma at the thousands wherever readers meet them."""

import copy
import re

import pytest

from tests.builders import make_assessment, make_commitment, make_lab, make_outcome
from tests.web.markup import Markup
from tracker.evidence.models import Outcome
from tracker.reading import fulltext
from tracker.reading.models import StandsCount

pytestmark = pytest.mark.django_db

#: What stands between tags, and descriptions in attributes; not addresses, nor lengths of bars.
BARE = re.compile(r"\b(?:9000|18000|1000)\b")


def said(client, address: str) -> str:
    """What readers meet of a page, charts and their descriptions included."""
    page = client.get(address).content.decode()
    markup = Markup(page)
    assert markup.problems == []
    told = " ".join([markup.text, *re.findall(r' (?:content|alt|aria-label)="([^"]*)"', page)])
    assert BARE.findall(told) == [], address
    return told


@pytest.fixture()
def many() -> None:
    """Two kinds of commitments of a lab, nine thousand of each."""
    lab = make_lab(slug="example-lab", name="Example Lab")
    make_assessment(commitment=make_commitment(lab=lab), values=["met"])
    make_commitment(lab=lab)
    StandsCount.objects.update(count=9_000)
    make_lab(slug="example-other")


@pytest.mark.usefixtures("many")
def test_how_so_many_commitments_stand(client):
    assert "How 18,000 commitments stand" in said(client, "/")
    lab = said(client, "/labs/example-lab/")
    assert "9,000 rated of 18,000 commitments" in lab
    assert "9,000 of the 18,000 could be rated" in lab
    assert "Of 18,000 commitments on record, 9,000 are" in lab
    assert "18,000 commitments: 9,000 " in lab  # the title of the bar
    assert "9,000 of 18,000 rated" in said(client, "/labs/")
    assert "9,000 of 18,000 rated" in said(client, "/compare/?lab=example-lab&lab=example-other")


@pytest.mark.usefixtures("many")
def test_what_others_put_on_their_pages(client):
    badge = client.get("/labs/example-lab/badge.svg").content.decode()
    assert "9,000 " in badge
    assert not re.search(r">[^<]*\b9000\b", badge)


def test_a_timeline_of_more_than_is_drawn(client):
    one = make_outcome()
    rows = []
    for number in range(1_000):
        row = copy.copy(one)
        row.pk, row.slug = None, f"example-again-{number}"
        row._state = copy.copy(one._state)
        row._state.adding = True
        rows.append(row)
    Outcome.objects.bulk_create(rows)
    page = said(client, "/timeline/?page=20")
    assert "More than 1,000 entries, 951 to 1,000, newest first" in page
    assert "the newest 1,000 of them are drawn and listed" in page
    assert "1,000 entries by " in page
    assert "the highest column is 1,000" in page


def test_more_found_than_are_counted(client, monkeypatch):
    make_lab(name="Wombat Lab")
    monkeypatch.setattr(fulltext, "counts", lambda *_: {"lab": 1_001})
    page = said(client, "/search/?q=wombat")
    assert "More than 1,000 found" in page
    assert "Everything 1,000+" in page
    monkeypatch.setattr(fulltext, "counts", lambda *_: {"lab": 900, "outcome": 600})
    page = said(client, "/search/?q=wombat")
    assert "1,500 found" in page
    assert "Everything 1,500" in page
