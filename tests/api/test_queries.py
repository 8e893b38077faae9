"""A list asks as much of fifty rows as of two."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.asking import get
from tests.web.world import make_world
from tracker.api.nouns import NOUNS

QUERIES = {
    "labs": 5,
    "people": 4,
    "pledges": 7,
    "commitments": 15,
    "sources": 8,
    "quotations": 4,
    "outcomes": 11,
    "assessments": 9,
    "discrepancies": 8,
    "indicators": 4,
    "changes": 3,
}

pytestmark = pytest.mark.django_db


def asked(address: str) -> tuple[int, int]:
    """How many items came, and how many queries that took."""
    with CaptureQueriesContext(connection) as queries:
        found: Any = get(address)
    return len(found["results"]), len(queries)


def test_a_list_asks_as_much_of_many_rows_as_of_few():
    make_world(2)
    few = {noun: asked(f"{noun}/?limit=200") for noun in NOUNS}
    make_world(4)
    many = {noun: asked(f"{noun}/?limit=200") for noun in NOUNS}
    for noun in NOUNS:
        assert many[noun][0] > few[noun][0], noun
    assert {noun: count for noun, (_, count) in many.items()} == QUERIES
    assert {noun: count for noun, (_, count) in few.items()} == QUERIES


def test_who_has_the_newest_costs_no_more_than_finding_that_out(client):
    make_world(2)
    for noun in ("labs", "commitments"):
        tag = client.get(f"/api/v1/{noun}/").headers["ETag"]
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"/api/v1/{noun}/", headers={"if-none-match": tag})
        assert answer.status_code == 304 and len(queries) == 1
