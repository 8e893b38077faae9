"""Which words went, which came, which stayed."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.reading.wordings import Change, Piece, reworded

pytestmark = pytest.mark.once


def shown(old: str, new: str) -> str:
    """The diff as text: [removed] and {added}."""
    marks = {Change.SAME: "%s", Change.REMOVED: "[%s]", Change.ADDED: "{%s}"}
    return "".join(piece.glue + marks[piece.change] % piece.text for piece in reworded(old, new))


@pytest.mark.parametrize(
    ("old", "new", "diff"),
    [
        ("Publish an audit.", "Publish an audit.", "Publish an audit."),
        (
            "Publish an audit within 30 days.",
            "Publish an audit within 90 days.",
            "Publish an audit within [30] {90} days.",
        ),
        ("Publish an audit.", "Publish an audit every year.", "Publish an audit {every year}."),
        ("Publish a yearly audit.", "Publish an audit.", "Publish [a yearly] {an} audit."),
        ("Audit, then release.", "Audit then release.", "Audit[,] then release."),
        ("An audit (yearly)", "An audit (quarterly)", "An audit ([yearly]{quarterly})"),
        (  # a word long enough to stand by itself does
            "Release within 30 days of launch",
            "Release within 90 days after launch",
            "Release within [30] {90} days [of] {after} launch",
        ),
        ("", "An audit.", "{An audit.}"),
        ("An audit.", "", "[An audit.]"),
        ("", " \n", ""),
        ("Publish  an\naudit", "Publish an audit", "Publish an audit"),
    ],
)
def test_words_are_compared_and_punctuation_apart_from_them(old, new, diff):
    assert shown(old, new) == diff


def test_a_short_word_between_two_changes_does_not_chop_them_up():
    old = "We will publish the report of each audit of models"
    new = "We will share the summary of one audit of models"
    assert shown(old, new) == (
        "We will [publish the report of each] {share the summary of one} audit of models"
    )


def test_texts_with_little_in_common_stand_one_after_the_other():
    assert shown("Publish an audit by the summer", "Hire people by then") == (
        "[Publish an audit by the summer] {Hire people by then}"
    )


def test_texts_too_long_to_compare_keep_their_common_ends():
    old = " ".join(["same"] * 1000 + [f"old{each}" for each in range(600)] + ["end"])
    new = " ".join(["same"] * 1000 + [f"new{each}" for each in range(600)] + ["end"])
    same, removed, added, end = reworded(old, new)
    assert [each.change for each in (same, removed, added, end)] == [
        Change.SAME, Change.REMOVED, Change.ADDED, Change.SAME,
    ]  # fmt: skip
    assert removed.text.startswith("old0 old1")
    assert end.text == "end"
    apart = reworded(old.replace("same", "x"), new)
    assert [each.change for each in apart] == [Change.REMOVED, Change.ADDED]


texts = st.lists(
    st.sampled_from(["an", "audit", "audit,", "(each)", "year", "…", "“so”", ".", "e"])
)


def written(pieces: tuple[Piece, ...], side: Change) -> str:
    """What one side says, without white space, which is folded."""
    return "".join(
        piece.text.replace(" ", "") for piece in pieces if piece.change in (Change.SAME, side)
    )


@given(texts, texts)
def test_either_text_can_be_read_off_the_pieces(old, new):
    pieces = reworded(" ".join(old), "\n".join(new))
    assert written(pieces, Change.REMOVED) == "".join(old)
    assert written(pieces, Change.ADDED) == "".join(new)
    assert all(piece.text and piece.text == piece.text.strip() for piece in pieces)
    changes = [piece.change for piece in pieces]
    assert all(one != other for one, other in pairwise(changes))
    if old == new:
        assert set(changes) <= {Change.SAME}


@given(texts, texts)
def test_new_words_keep_their_spaces(old, new):
    pieces = reworded(" ".join(old), " ".join(new))
    if any(piece.change is Change.REMOVED for piece in pieces):
        return
    assert "".join(piece.glue + piece.text for piece in pieces) == " ".join(new)


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_is_too_strange(old, new):
    pieces = reworded(old, new)
    assert written(pieces, Change.ADDED) == "".join(new.split())
    assert written(pieces, Change.REMOVED) == "".join(old.split())
