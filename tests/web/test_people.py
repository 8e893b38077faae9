"""One person: what they said, and how surely."""

import pytest

from tests.builders import (
    make_discrepancy,
    make_person,
    make_quotation,
    make_source,
)
from tests.web.markup import Markup

pytestmark = pytest.mark.django_db


def test_words_are_told_apart_by_how_sure_they_are(client):
    person = make_person(name="Ada Example")
    letter = make_source(
        title="The Letter", tier="primary_witness", archived_text="We owe an audit."
    )
    article = make_source(title="The Article", tier="secondary")
    make_quotation(source=letter, speaker=person, exact="We owe an audit.", check_status="verified")
    make_quotation(
        source=article, speaker=person, exact="An audit is due.", check_status="verified"
    )
    wordings = tuple(
        make_quotation(source=make_source(), speaker=person, exact=exact, check_status="verified")
        for exact in ("It is late.", "It was late.")
    )
    dispute = make_discrepancy(quotations=wordings, title="Was it late")
    page = Markup(client.get(person.get_absolute_url()).content.decode())
    assert page.problems == []
    said = page.text
    order = ("In their own words 1", "As others report it 1", "Disputed 2")
    assert [said.index(each) for each in order] == sorted(said.index(each) for each in order)
    # confirmed words stand bare; who reports the others is said before they are
    assert "A primary source prints these words. “We owe an audit.”" in said
    assert "As printed in The Article (secondary, reporting) “An audit is due.”" in said
    assert said.count("Disputed: Was it late") == 2
    assert dispute.get_absolute_url() in page.links


def test_a_person_who_is_not_quoted_and_one_of_whom_a_dispute_is_a_draft(client):
    silent = make_person()
    assert "Nothing is quoted." in client.get(silent.get_absolute_url()).content.decode()
    person = make_person()
    wordings = tuple(make_quotation(speaker=person) for _ in range(2))
    make_discrepancy(draft=True, quotations=wordings, title="Hidden")
    said = client.get(person.get_absolute_url()).content.decode()
    assert "Hidden" not in said
    assert "As others report it" in said
