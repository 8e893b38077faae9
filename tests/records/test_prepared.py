"""Queries whose SQL is made once give what Django's own give."""

from datetime import date
from typing import Any

import pytest
from django.db import NotSupportedError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from tests.builders import make_lab
from tracker.labs.models import Lab
from tracker.reading.models import SearchDocument, StandsCount
from tracker.records import prepared
from tracker.records.prepared import Prepared, insert, update

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", [1, 2, 3, 5])
@pytest.mark.parametrize("column", ["pk", "slug"])
def test_the_rows_are_the_same_again_and_again(number, column):
    labs = [make_lab() for _ in range(6)]
    rows = Lab.objects.exclude(kind="lab").order_by("-slug")
    asking = Prepared(lambda: rows, column)
    for first in range(2):
        asked = [getattr(each, column) for each in labs[first : first + number]]
        found = asking.rows(asked)
        assert found == list(rows.filter(**{f"{column}__in": asked}))
        assert [each.name for each in found] == [each.name for each in reversed(labs)][
            6 - first - number : 6 - first
        ]
    assert asking.rows([]) == []


@pytest.mark.parametrize("lock", [False, True])
def test_more_values_than_one_query_takes_are_asked_for_in_lots(monkeypatch, lock):
    monkeypatch.setattr(prepared, "MOST", 2)
    labs = [make_lab() for _ in range(5)]
    rows = Lab.objects.order_by("-slug")
    asking = Prepared(lambda: rows.select_for_update(no_key=True) if lock else rows, "pk")
    with CaptureQueriesContext(connection) as caught:
        found = asking.rows(each.pk for each in labs)
    assert found == [labs[number] for number in (1, 0, 3, 2, 4)]  # in order, lot after lot
    assert len(caught) == 3
    if connection.features.has_select_for_update:
        assert ["NO KEY UPDATE" in each["sql"] for each in caught] == [lock] * 3


def test_what_the_server_has_planned_gives_the_rows_of_now():
    asking = Prepared(Lab.objects.all, "pk")
    for number in range(12):  # beyond `databases.PREPARED`, and what the server looks at itself
        lab = make_lab()
        update(lab, "state")
        lab.name = f"Example Lab, the {number}th"
        update(lab, "name", "summary")
        (found,) = asking.rows([lab.pk])
        assert found.name == lab.name


def test_values_are_given_as_the_queryset_gives_them():
    labs = [make_lab() for _ in range(3)]
    asked = [each.pk for each in labs]
    named = Lab.objects.order_by("pk").values("slug", "state")
    listed = Lab.objects.order_by("pk").values_list("state", "slug")
    for rows in (named, listed):
        asking = Prepared(rows.all, "pk")
        for _ in range(2):
            assert asking.rows(asked) == list(rows.filter(pk__in=asked))


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_a_transaction_only():
    lab = make_lab()
    asking = Prepared(lambda: Lab.objects.select_for_update(no_key=True), "pk")
    for _ in range(2):
        with transaction.atomic(), CaptureQueriesContext(connection) as caught:
            assert asking.rows([lab.pk]) == [lab]
        if connection.features.has_select_for_update:
            assert "FOR NO KEY UPDATE" in caught[-1]["sql"]
        with pytest.raises(TransactionManagementError):
            asking.rows([lab.pk])


def test_a_constant_that_stands_for_a_value_is_no_value():
    """It is refused where it is made, instead of being another's row."""
    asking = Prepared(lambda: Lab.objects.exclude(pk=-1), "pk")
    with pytest.raises(AssertionError):
        asking.rows([make_lab().pk])


def test_rows_are_written_over_those_alike():
    first, second, third = (
        SearchDocument(noun="lab", slug=slug, title=title, text="", more_words="")
        for slug, title in (("a", "One"), ("b", "Two"), ("a", "Three"))
    )
    insert([first, second])
    insert([third], unique=("noun", "slug"), written=("title",))
    insert([])
    titles = SearchDocument.objects.order_by("slug").values_list("slug", "title")
    assert list(titles.filter(slug__in=["a", "b"])) == [("a", "Three"), ("b", "Two")]


def test_numbers_are_added_to_those_of_rows_alike():
    lab, other = make_lab(), make_lab()
    names = ("verdict", "provisional", "confidence", "contested", "aim", "whole")
    same: dict[str, Any] = dict.fromkeys(names, 0) | {"verdict": "kept", "confidence": "high"}
    same |= {"from_day": date(2026, 1, 1), "until_day": date(2026, 2, 1)}
    unique = ("lab_id", "from_day", "until_day", *names)

    def add(of: Lab, count: int, low: int, high: int) -> None:
        row = StandsCount(lab=of, count=count, low=low, high=high, **same)
        insert([row], unique=unique, written=("high",), added=("count", "low"))

    add(lab, 1, 10, 20)
    add(other, 5, 6, 7)
    add(lab, 2, -3, 4)
    kept = StandsCount.objects.filter(lab__in=(lab, other)).order_by("lab_id")
    assert list(kept.values_list("lab", "count", "low", "high")) == [
        *((lab.pk, 3, 7, 4), (other.pk, 5, 6, 7)),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="It plans nothing ahead.")
def test_a_column_altered_by_a_migration_is_refused_once_and_then_read():
    def altered(length):
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute(f"ALTER TABLE tracker_lab ALTER COLUMN name TYPE varchar({length})")
        other.close()

    lab, asking = make_lab(), Prepared(Lab.objects.all, "pk")
    known = Lab._meta.get_field("name").max_length or 0
    for _ in range(12):
        asking.rows([lab.pk])
    altered(known + 1)
    try:
        with pytest.raises(NotSupportedError):
            asking.rows([lab.pk])
        assert asking.rows([lab.pk]) == [lab]
    finally:
        altered(known)
        connection.close()
