"""A line of text is what it looks like: nothing in it is there without being seen."""

import pytest
from django.core.exceptions import ValidationError

from tracker.records.fields import refuse_invisible

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "line",
    [
        "Example Lab",
        "پروژه‌های نمونه",  # Persian, with a non-joiner
        "क्‍ष और क्‌ष",  # Hindi, with both
        "നന്‍",  # Malayalam: a joiner after the last virama
        "ශ්‍රී ලංකා",  # Sinhala
        "؁ ٤",  # an Arabic sign before a number
        "עברית \u200f ok",
        "例示研究所",
        "50 %",
        "★",
        "E\u0301cole",
        "I ❤️ examples",
    ],
)
def test_what_can_be_seen_is_a_line(line):
    refuse_invisible(line)


@pytest.mark.parametrize(
    ("line", "place", "code"),
    [
        ("Example\u200bLab", 8, "200B"),
        ("\ufeffExample", 1, "FEFF"),
        ("Exam\u00adple", 5, "00AD"),
        ("Example\u2060", 8, "2060"),
        ("Example\u200e", 8, "200E"),
        ("Example\u061c \u200f", 8, "061C"),
        ("Example\U000e0041", 8, "E0041"),
        ("Exa\u200dmple", 4, "200D"),
        ("Exa\u200cmple", 4, "200C"),
        ("پروژه\u200c", 6, "200C"),
        ("پ\u200c\u200cر", 2, "200C"),
        ("\u3164", 1, "3164"),
        ("A\u2800", 2, "2800"),
    ],
)
def test_what_nobody_sees_is_named(line, place, code):
    with pytest.raises(ValidationError, match=rf"Character {place} is U\+{code}"):
        refuse_invisible(line)


@pytest.mark.parametrize("line", [" ", "\u00a0\u2003", "\u0301", "\ufe0f"])
def test_a_line_of_nothing_is_refused(line):
    with pytest.raises(ValidationError, match="Nothing of it can be seen"):
        refuse_invisible(line)
