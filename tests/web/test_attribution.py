"""What a page says of words that a primary source was read for and does not print."""

import pytest

from tests.builders import make_quotation, make_source
from tests.web.markup import Markup

pytestmark = pytest.mark.django_db

TEXT = "We promise an audit by July, and that is all."


@pytest.mark.parametrize(
    ("check", "said_of_it"),
    [
        ("altered", "altered: this source prints other words"),
        ("not_found", "not found in this source"),
    ],
)
def test_of_words_that_a_primary_source_does_not_print_nothing_false_is_said(
    client, check, said_of_it
):
    source = make_source(tier="primary_lab", archived_text=TEXT)
    quotation = make_quotation(source=source, check_status=check)
    make_quotation(source=source, check_status="verified")
    for url in (source.get_absolute_url(), quotation.get_absolute_url()):
        said = Markup(client.get(url).content.decode()).text
        assert said_of_it in said.lower()
        assert "Attribution reported: not confirmed by the text of a primary source" in said
        assert "Attribution confirmed" in said
        assert "no primary source was read" not in said
