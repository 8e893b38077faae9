"""Text as people type it, and text that nobody can read."""

import pytest
from django.core.exceptions import ValidationError

from tracker.records.fields import AddressField, LineField, PeriodField, ProseField

pytestmark = pytest.mark.once


def test_lines_typed_in_a_browser_are_kept_as_lines():
    assert ProseField().clean("one\r\ntwo", None) == "one\ntwo"


@pytest.mark.parametrize(
    "character", ["\x00", "\x0c", "\r", "\x85", "\u202e", "\u2066", "\ud800", "\ufffe"]
)
def test_what_nobody_can_read_is_refused_with_its_place(character):
    for field in (ProseField(), LineField()):
        with pytest.raises(ValidationError, match="Character 3"):
            field.clean(f"ab{character}c", None)


@pytest.mark.parametrize("character", ["\n", "\t", "\u2028"])
def test_a_line_is_one_line(character):
    with pytest.raises(ValidationError, match="Character 3"):
        LineField().clean(f"ab{character}c", None)


@pytest.mark.parametrize("text", ["Ümläut — “quoted” 😀", "עברית \u200f ok"])
def test_what_people_write_is_kept(text):
    assert LineField().clean(text, None) == text


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/", "example.org"]
)
def test_only_web_addresses_are_addresses(address):
    with pytest.raises(ValidationError, match="full web address"):
        AddressField().clean(address, None)
    assert AddressField().clean("https://example.org/a?b=c", None)


def test_a_megabyte_is_refused():
    with pytest.raises(ValidationError, match="20000"):
        ProseField().clean("x" * 1_000_000, None)


def test_periods_are_iso_8601():
    assert PeriodField().clean("P1Y6M", None) == "P1Y6M"
    with pytest.raises(ValidationError):
        PeriodField().clean("yearly", None)
