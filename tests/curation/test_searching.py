"""Words are found in the log however they are set, and a span at a time."""

import pytest

from tests.builders import EDITOR, make_commitment, make_lab
from tests.curation.redactions import SECRET, STEWARD, WHY, newest
from tracker.curation.editing import publish, retract
from tracker.curation.redacting import redact
from tracker.curation.searching import entries_holding

pytestmark = pytest.mark.django_db


def hits(text: str, before: int | None = None) -> list[int]:
    return [change.sequence for change in entries_holding(text, before).changes]


@pytest.mark.parametrize(
    "text",
    ["555 0100", "555\n  0100", "call ADA example", "“quoted”", '"quoted"', "ÄRGER", "ärger",
     "back\\slash", "100 % of_it", "Прямо", "x"],
)  # fmt: skip
def test_an_entry_is_found_by_the_words_it_holds_however_they_are_set(text):
    make_lab(summary=f"{SECRET}. “Quoted” Ärger, back\\slash, 100 % of_it, прямо x.")
    make_lab()
    assert hits(text) == [1] if text != "x" else 1 in hits(text)


@pytest.mark.parametrize("text", ["%", "555_0100", "5%0", "nonce", "before", "", "  "])
def test_wildcards_and_the_logs_own_words_are_no_words(text):
    make_lab(summary=SECRET, name="Lab", slug="lab")
    assert hits(text) == []


def test_reasons_lists_and_parts_are_looked_through_and_redacted_entries_are_not():
    commitment = make_commitment(draft=True)
    commitment.criteria.update(question=f"Did it? {SECRET}")
    publish(commitment, by=EDITOR)
    number = newest().pk
    retract(commitment, by=EDITOR, reason=f"{SECRET}.")
    assert hits(SECRET) == [number + 1, number]
    redact([number], by=STEWARD, reason=WHY)
    assert hits(SECRET) == [number + 1]


def test_a_long_log_is_looked_through_a_span_at_a_time(monkeypatch):
    monkeypatch.setattr("tracker.curation.searching.SPAN", 4)
    monkeypatch.setattr("tracker.curation.searching.STEP", 3)
    for number in range(10):
        make_lab(summary=SECRET if number in (0, 8) else "")
    first = entries_holding(SECRET)
    assert ([each.pk for each in first.changes], first.further) == ([9], 7)
    second = entries_holding(SECRET, first.further)
    assert (second.changes, second.further) == ([], 3)
    third = entries_holding(SECRET, second.further)
    assert ([each.pk for each in third.changes], third.further) == ([1], None)


def test_more_hits_than_a_page_holds_wait_for_the_next(monkeypatch):
    monkeypatch.setattr("tracker.curation.searching.MOST", 2)
    for _ in range(3):
        make_lab(summary=SECRET)
    first = entries_holding(SECRET)
    assert ([each.pk for each in first.changes], first.further) == ([3, 2], 2)
    assert hits(SECRET, first.further) == [1]
