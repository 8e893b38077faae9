"""A long list: counted only so far, numbered only so far, and walked to its end all the same."""

import re

import pytest

from tests.changes.logs import logged
from tracker.web import paging

NEXT = re.compile(r'<a rel="next" href="(\?[^"]*)"')
ENTRY = re.compile(r'href="/changes/(\d+)/"')


@pytest.fixture()
def long(db, monkeypatch):
    """Thirteen entries of the log, of which six are counted, three a page."""
    monkeypatch.setattr(paging, "ROWS", 3)
    monkeypatch.setattr(paging, "COUNTED", 6)
    logged(13)


def read(client, query: str) -> str:
    answer = client.get(f"/changes/{query}")
    assert answer.status_code == 200, query
    return str(answer.content.decode())


def test_it_is_walked_to_its_end_and_no_row_is_missed_or_met_twice(client, long):
    query, met, pages = "", list[int](), list[str]()
    while True:
        page = read(client, query)
        pages.append(page)
        met += list(dict.fromkeys(int(each) for each in ENTRY.findall(page)))
        found = NEXT.search(page)
        if not found:
            break
        query = found[1].replace("&amp;", "&")
    assert met == list(range(13, 0, -1))
    assert len(pages) == 5
    assert "More than 6 changes, 1 to 3" in pages[0]
    assert "After the first 6" in pages[-1] and ">First page</a>" in pages[-1]


def further_on(page: str) -> str:
    found = NEXT.search(page)
    assert found, "the page leads on"
    return found[1]


def test_what_is_published_meanwhile_moves_no_row_of_the_pages_further_on(client, long):
    query = further_on(read(client, "?page=2"))
    before = ENTRY.findall(read(client, query))
    logged(2)
    assert ENTRY.findall(read(client, query)) == before


def test_numbered_pages_end_where_counting_does(client, long):
    answer = client.get("/changes/?page=3")
    assert answer.status_code == 400
    assert "the numbered pages of this list end at page 2" in answer.content.decode()


@pytest.mark.parametrize("query", ["after=nonsense", "after=1", "after=%00", "after=W10:x&lab="])
def test_a_cursor_that_is_none_is_refused(client, long, query):
    assert client.get(f"/changes/?{query}").status_code == 400


def test_a_cursor_is_good_for_its_own_list_alone(client, long):
    cursor = further_on(read(client, "?page=2"))
    assert client.get(f"/changes/{cursor}&amp;").status_code == 400  # another parameter
    assert client.get(f"/changes/{cursor}&kind=lab_published").status_code == 400
    assert client.get(f"/changes/{cursor}&page=1").status_code == 400
    assert client.get(f"/sources/{cursor}").status_code == 400


def test_a_short_list_is_as_it_was(client, db):
    logged(4)
    page = read(client, "")
    assert "4 changes" in page and "More than" not in page
    assert 'class="pages"' not in page
