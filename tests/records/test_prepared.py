"""Queries whose SQL is made once give what Django's own give."""

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from tests.builders import make_lab
from tracker.labs.models import Lab
from tracker.records import prepared

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", [1, 2, 3, 5])
@pytest.mark.parametrize("column", ["pk", "slug"])
def test_the_rows_are_the_same_again_and_again(number, column):
    labs = [make_lab() for _ in range(6)]
    rows = Lab.objects.exclude(kind="lab").order_by("-slug")
    for first in range(2):
        asked = [getattr(each, column) for each in labs[first : first + number]]
        found = prepared.rows(rows, "tested", column, asked)
        assert found == list(rows.filter(**{f"{column}__in": asked}))
        assert [each.name for each in found] == [each.name for each in reversed(labs)][
            6 - first - number : 6 - first
        ]
    assert prepared.rows(rows, "tested", column, []) == []


def test_values_are_given_as_the_queryset_gives_them():
    labs = [make_lab() for _ in range(3)]
    asked = [each.pk for each in labs]
    named = Lab.objects.order_by("pk").values("slug", "state")
    listed = Lab.objects.order_by("pk").values_list("state", "slug")
    for _ in range(2):
        assert prepared.rows(named, "named", "pk", asked) == list(named.filter(pk__in=asked))
        assert prepared.rows(listed, "listed", "pk", asked) == list(listed.filter(pk__in=asked))


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_a_transaction_only():
    lab = make_lab()
    rows = Lab.objects.select_for_update(no_key=True)
    for _ in range(2):
        with transaction.atomic(), CaptureQueriesContext(connection) as caught:
            assert prepared.rows(rows, "locked in a test", "pk", [lab.pk]) == [lab]
        if connection.features.has_select_for_update:
            assert "FOR NO KEY UPDATE" in caught[-1]["sql"]
        with pytest.raises(TransactionManagementError):
            prepared.rows(rows, "locked in a test", "pk", [lab.pk])
