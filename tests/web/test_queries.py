"""Each page asks the database so many questions, and no more when there are more rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.web.world import make_world

HEAD = "FROM tracker_loghead WHERE id = 1"
QUERIES = {
    "home": 15,
    "labs": 5,
    "commitments": 6,
    "compare": 2,
    "pledges": 3,
    "timeline": 13,
    "people": 2,
    "sources": 6,
    "discrepancies": 7,
    "indicators": 3,
    "changes": 4,
    "checkpoints": 2,
    "methodology": 0,
    "search": 0,
    "data": 15,
    "found": 5,
    "sensitivity": 4,
    "arithmetic": 3,
    "lab": 24,
    "lab as of a day": 17,
    "compared": 20,
    "person": 10,
    "source": 35,
    "pledge": 8,
    "commitment": 23,
    "commitment as of a day": 21,
    "outcome": 15,
    "assessment": 18,
    "change": 2,
}


def asked(queries: CaptureQueriesContext) -> int:
    """How many, beside the look at the log's head that is taken before every public answer."""
    found = [each["sql"] for each in queries]
    assert len([sql for sql in found if sql.endswith(HEAD)]) == 1
    return len(found) - 1


def count(client, urls: dict[str, str]) -> dict[str, int]:
    counts = {}
    for name, url in urls.items():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200, url
        counts[name] = asked(queries)
    return counts


@pytest.mark.django_db
def test_a_page_asks_as_much_of_three_rows_as_of_two(client):
    few = count(client, make_world(2))
    many = count(client, make_world(3))
    assert many == few
    assert few == QUERIES


def test_pages_without_content_of_the_record_ask_nothing(client, db):
    for url in ("/robots.txt", "/methodology/", "/search/", "/..."):
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        assert asked(queries) == 0, url
    with CaptureQueriesContext(connection) as queries:
        client.get("/healthz")
    assert len(queries) == 0


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("/nowhere/", 1),  # for titles that hold the word
        ("/nowhere-to-be-found/", 2),  # all of the words, then any
        ("/outcomes/nowhere/", 3),  # first whether it stands there, or was retracted
    ],
)
def test_an_address_that_leads_nowhere_asks_for_its_words_and_no_more(client, db, url, number):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 404
    assert asked(queries) == number
