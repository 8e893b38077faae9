"""How many sources count apart from one another."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.scoring import voices

pytestmark = pytest.mark.once

reaches = st.lists(st.frozensets(st.sampled_from("abcdef"), min_size=1, max_size=3), max_size=8)


def tried_out(names: list[frozenset[str]]) -> int:
    """The same by trying every choice."""
    for size in range(len(names), 0, -1):
        for chosen in combinations(names, size):
            if all(one.isdisjoint(other) for one, other in combinations(chosen, 2)):
                return size
    return 0


@given(reaches)
def test_it_is_the_most_of_which_no_two_share_an_origin(names: list[frozenset[str]]) -> None:
    assert voices(names) == tried_out(names)


@given(reaches, st.frozensets(st.sampled_from("abcdef"), min_size=1))
def test_another_source_never_makes_them_fewer(
    names: list[frozenset[str]], another: frozenset[str]
) -> None:
    assert voices(names) <= voices([*names, another]) <= voices(names) + 1


def test_a_crowd_is_counted_at_once_and_never_too_high() -> None:
    post = [frozenset({f"paper-{each}", "post"}) for each in range(300)]
    ring = [frozenset({f"link-{each}", f"link-{(each + 1) % 90}"}) for each in range(90)]
    assert voices(post) == 1
    assert voices([*post, *ring]) <= 46
    assert voices([frozenset({str(each)}) for each in range(200)]) == 200
