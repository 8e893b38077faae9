"""Each page asks the database so many questions, and no more when there are more rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.web.world import make_world

QUERIES = {
    "home": 8,
    "labs": 4,
    "commitments": 4,
    "pledges": 2,
    "timeline": 5,
    "people": 2,
    "sources": 2,
    "discrepancies": 5,
    "indicators": 2,
    "changes": 4,
    "checkpoints": 2,
    "methodology": 0,
    "lab": 9,
    "person": 7,
    "source": 14,
    "pledge": 7,
    "commitment": 27,
    "outcome": 11,
    "assessment": 17,
    "change": 2,
}


def count(client, urls: dict[str, str]) -> dict[str, int]:
    counts = {}
    for name, url in urls.items():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200, url
        counts[name] = len(queries)
    return counts


@pytest.mark.django_db
def test_a_page_asks_as_much_of_five_rows_as_of_two(client):
    few = count(client, make_world(2))
    many = count(client, make_world(5))
    assert many == few
    assert few == QUERIES


def test_pages_without_content_of_the_record_ask_nothing(client, db):
    for url in ("/healthz", "/robots.txt", "/methodology/", "/nowhere/"):
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        assert len(queries) == 0, url
