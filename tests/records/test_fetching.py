"""What is fetched for many rows at once is what Django gives of each."""

import pytest
from django.db.models import Prefetch

from tests.builders import make_commitment, make_lab
from tracker.commitments.models import Commitment
from tracker.labs.models import Lab
from tracker.records import prepared
from tracker.records.fetching import fetch, fetch_lists, held

pytestmark = pytest.mark.django_db


@pytest.fixture
def labs():
    found = [make_lab(name=f"Example Lab {number}") for number in range(3)]
    for lab in found:
        for title in ("A promise", "Another promise"):
            make_commitment(lab=lab, title=title)
    return found


AMONG = {
    "all": lambda: Commitment.objects.order_by("pk"),
    "ordered": lambda: Commitment.objects.order_by("title", "pk"),
    "reversed": lambda: Commitment.objects.order_by("title", "pk").reverse(),
    "filtered": lambda: Commitment.objects.filter(title="A promise").order_by("pk"),
    "distinct": lambda: Commitment.objects.order_by("pk").distinct(),
    "extra": lambda: Commitment.objects.order_by("pk").extra(where=["title LIKE 'A p%%'"]),
    "prefetched": lambda: Commitment.objects.order_by("pk").prefetch_related(
        Prefetch("criteria", to_attr="told")
    ),
}


@pytest.mark.parametrize("first", AMONG)
@pytest.mark.parametrize("most", [2, 1000])
def test_each_queryset_gives_its_own_rows_whatever_was_asked_before(labs, monkeypatch, first, most):
    """Two that differ in more than their columns and their order are not taken for the same."""
    monkeypatch.setattr(prepared, "MOST", most)
    for among in (AMONG[first], *AMONG.values()):
        rows = list(Lab.objects.filter(pk__in=[each.pk for each in labs]).order_by("-pk"))
        fetch_lists(rows, "commitments", among())
        for lab in rows:
            expected = list(among().filter(lab=lab))
            assert expected and list(held(lab, "commitments")) == expected
            for ours, own in zip(held(lab, "commitments"), expected, strict=True):
                assert vars(ours).get("told") == vars(own).get("told")


@pytest.mark.parametrize("most", [2, 1000])
def test_what_many_refer_to_is_fetched_once(labs, monkeypatch, most, django_assert_max_num_queries):
    monkeypatch.setattr(prepared, "MOST", most)
    rows = list(Commitment.objects.filter(lab__in=labs))
    with django_assert_max_num_queries(2):
        assert set(fetch(rows, "lab")) == set(labs)
        assert len({id(row.lab) for row in rows}) == len(labs)


def test_a_slice_is_refused():
    commitment = make_commitment()
    with pytest.raises(TypeError):
        fetch_lists([commitment.lab], "commitments", Commitment.objects.all()[:1])
