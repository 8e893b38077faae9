"""One person's address has one spelling, however it is typed."""

import pytest

from tracker.letters.addresses import mailbox_of, one_spelling

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "typed",
    [
        "ada@example.org",
        " Ada@Example.ORG ",
        "ada@ｅxample.org",  # full width
        "ada@ⓔxample.org",  # circled
        "ada@example。org",  # another full stop
        "ada@exam\u00adple.org",  # a soft hyphen
        "ada@exam\u200bple.org",  # a space of no width
        "ada@example.org.",
    ],
)
def test_every_spelling_is_one_address(typed):
    assert one_spelling(typed) == "ada@example.org"


def test_a_name_in_other_letters_is_written_in_ascii():
    assert one_spelling("ada@bücher.example") == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "typed",
    [
        *("", "ada", "@example.org", "ada@", "ada@.", "ada@a..b", "ada@" + "a" * 64 + ".org"),
        *("vi\u017ftim@example.org", "\u212aada@example.org", '"a b"@example.org', "a\nb@e.org"),
        "a" * 300 + "@example.org",
    ],
)
def test_what_cannot_be_written_to_is_refused_with_a_sentence(typed):
    with pytest.raises(ValueError, match=r"^(Give|We cannot) .*\.$"):
        one_spelling(typed)


def test_a_tag_makes_no_other_mailbox():
    assert mailbox_of("Ada+one+two@Example.org") == mailbox_of("ada@example.org")
    assert mailbox_of("+ada@example.org") == "+ada@example.org"
