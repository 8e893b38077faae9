"""The page that searches, and the page of an address that leads nowhere."""

import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import quote, urlencode

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_reply,
    make_source,
)
from tests.web.markup import Markup, read
from tracker.assessments.models import Assessment
from tracker.curation.editing import retract
from tracker.reading import search
from tracker.reading.documents import MODELS
from tracker.reading.folding import places_of
from tracker.reading.models import SearchDocument
from tracker.reading.search import MOST, PAGE

pytestmark = pytest.mark.django_db


def asked(client, query: str, **more: str) -> Markup:
    return read(client, f"/search/?{urlencode({'q': query, **more})}")


def wombats(rows: int) -> None:
    """So many of every noun, each about wombats."""
    for each in range(rows):
        lab = make_lab(name=f"Wombat Lab {rows}.{each}")
        speaker = make_person(name=f"Wombat Example {each}", lab=lab)
        via = make_source(title=f"Wombats compiled {each}", tier="tertiary")
        source = make_source(title=f"Wombat Letter {each}", tier="primary_lab", read_via=via)
        words = make_quotation(source=source, speaker=speaker, exact="We like wombats.")
        make_pledge(title=f"Wombat Pledge {each}", clauses=1)
        commitment = make_commitment(lab=lab, title=f"Keep wombats {each}", words=words)
        outcome = make_outcome(title=f"Wombat seen {each}", bears_on=commitment)
        outcome.labs.add(lab)
        make_assessment(commitment=commitment, values=["met"], rationale="Wombats are there.")
        make_discrepancy(title=f"How many wombats {each}", quotations=(words, words))
        make_indicator(title=f"Wombats to come {each}")


# --- The form and the answer ---------------------------------------------------------------------


def test_the_form_stands_on_every_page_and_finds(client):
    make_lab(name="Wombat Lab", slug="wombat-lab")
    page = client.get("/").content.decode()
    assert 'action="/search/"' in page and 'name="q"' in page
    assert "/labs/wombat-lab/" in asked(client, "wombats").links


def test_without_words_it_says_how_to_search(client):
    page = asked(client, "")
    assert "Every word must occur" in page.text
    assert "?q=whistle*" in page.links


@pytest.mark.parametrize("query", ["?!", '"', "* - (", "🎃", "%"])
def test_signs_alone_are_nothing_to_search_for(client, query):
    assert "needs at least one letter or digit" in asked(client, query).text


def test_nothing_found_is_no_statement_about_the_world(client):
    page = asked(client, "zyzzyva")
    assert "Nothing on record holds this." in page.text
    assert "does not mean that it did not happen" in page.text


def test_every_noun_is_found_with_what_its_card_shows(client):
    wombats(1)
    page = asked(client, "wombat")
    assert "11 found" in page.text
    for said in (
        *("Lab", "Person", "Source", "Quotation", "Pledge", "Commitment", "Outcome"),
        *("Assessment", "Discrepancy", "Indicator"),
    ):
        assert said in page.text
    assert "Judgement of 4 March 2024: Keep wombats 0" in page.text
    assert page.text.count("reported kept · low confidence") == 2  # the commitment, the judgement
    assert "known through Wombats compiled 0" in page.text
    assert page.headings[0] == 1 and page.headings.count(1) == 1


def test_quoted_words_stand_with_speaker_source_and_attribution(client):
    source = make_source(title="The Compilation", tier="tertiary")
    speaker = make_person(name="Ada Example")
    make_quotation(source=source, speaker=speaker, exact="We like wombats.")
    page = asked(client, "wombats")
    assert (
        "“We like wombats.” Ada Example. Not yet checked against this source: The Compilation"
        in (page.text.replace("  ", " "))
    )
    assert "Attribution reported: not confirmed by the text of a primary source." in page.text
    assert page.links.count(f"/sources/{source.slug}/#example-words") == 0  # the whole slug
    assert any(link.startswith(f"/sources/{source.slug}/#") for link in page.links)


def test_what_was_met_is_marked_and_nothing_else_is_markup(client):
    name = "<script>alert('&\"')</script> wombat <mark>"
    make_outcome(title=name, statement=name)
    answer = client.get("/search/", {"q": "wombats"}).content.decode()
    assert answer.count("<mark>wombat</mark>") == 2
    assert answer.count("<mark>") == 2
    assert "<script>alert" not in answer
    assert name in asked(client, "wombat").text
    typed = client.get("/search/", {"q": '"><script>x</script>'}).content.decode()
    assert "<script>x" not in typed


def test_a_noun_narrows(client):
    wombats(1)
    page = asked(client, "wombat", noun="quotation")
    assert "1 found" in page.text
    assert "?q=wombat&noun=lab" in page.links  # the others can still be chosen
    assert "?q=wombat" in page.links
    assert "None of this kind" in asked(client, "compiled", noun="pledge").text


def test_long_answers_are_paged(client):
    for each in range(PAGE + 1):
        make_outcome(title=f"Wombat {each}")
    page = asked(client, "wombat")
    assert f"{PAGE + 1} found, 1 to {PAGE}." in page.text
    assert "?q=wombat&page=2" in page.links
    page = asked(client, "wombat", page="2")
    assert f"{PAGE + 1} to {PAGE + 1}" in page.text
    assert client.get("/search/?q=wombat&page=3").status_code == 400


def test_very_long_answers_end_and_say_so(client, monkeypatch):
    monkeypatch.setattr("tracker.reading.search.MOST", PAGE)
    for each in range(PAGE + 1):
        make_outcome(title=f"Wombat {each}")
    page = asked(client, "wombat")
    newest = "of each kind the newest, those with the words in their title first"
    assert f"{PAGE + 1} found; " in page.text
    assert f"only {PAGE} are listed, {newest}, so another word would help" in page.text
    assert MOST > PAGE and client.get("/search/?q=wombat&page=2").status_code == 400


REFUSED = [
    ("q=" + "a" * 201, "q: may have 200 characters, not 201."),
    ("q=" + "%F0%9F%98%80" * 201, "q: may have 200 characters, not 201."),
    ("q=" + "x" * 10_000, "q: may have 200 characters, not 10000."),
    ("q=%00", "q: Character 1 is U+0000"),
    ("q=a%1Bb", "q: Character 2 is U+001B"),
    ("q=%E2%80%AEabc", "q: Character 1 is U+202E"),
    ("q=a&q=b", "q: is given more than once."),
    ("q=a&noun=reply", "noun: Choose one of: lab, person"),
    ("q=a&noun=%00", "noun: Choose one of"),
    ("q=a&page=0", "page: must be"),
    ("q=a&page=2", "page: is 2, but this list ends at page 1."),
    ("q=a&page=999999999", "page: is 999999999, but"),
    ("search=a", "search: is not a parameter of this page. It takes: q, noun, page."),
]


@pytest.mark.parametrize(("query", "said"), REFUSED)
def test_what_cannot_be_read_is_named(client, query, said):
    answer = client.get(f"/search/?{query}")
    assert answer.status_code == 400
    assert answer["Cache-Control"] == "no-store"
    page = Markup(answer.content.decode())
    assert page.problems == [] and said in page.text.replace("The parameter ", "")


@pytest.mark.parametrize(
    "typed",
    [
        *('"', '"a', "NEAR(a b)", "a AND", "OR", "title:a", "-a", "^a", "a*b*", "'; --", "%_%_%"),
        *("{a}", "a | b & !c", ":*", "\\", "שלום עולם", "مرحبا", "नमस्ते", "🎃 wombat", "a" * 200),
        *("\u2028".join("ab")[:1], "\ud800".encode("utf-8", "replace").decode()),
    ],
)
def test_no_sign_is_an_order(client, typed):
    make_outcome(title="Wombat")
    asked(client, typed)


def test_bytes_that_are_no_text_are_read_as_such(client):
    assert client.get("/search/?q=%ED%A0%80%FF").status_code in (200, 400)
    assert client.get("/search/?q=%C3%28wombat").status_code == 200


# --- What must not be found ----------------------------------------------------------------------


def test_drafts_retracted_records_and_archived_texts_are_not_found(client):
    make_outcome(draft=True, title="Wombat in a draft")
    gone = make_lab(name="Wombat Lab gone")
    retract(gone, by=EDITOR, reason="It was another.")
    make_source(archived_text="It tells of a wombat.")
    empty = client.get("/search/", {"q": "zyzzyva"}).content
    assert client.get("/search/", {"q": "wombat"}).content == empty.replace(b"zyzzyva", b"wombat")


def test_a_document_that_should_not_be_there_shows_nothing(client):
    draft = make_outcome(draft=True, title="Wombat in a draft", slug="draft")
    with transaction.atomic():
        SearchDocument.objects.create(
            noun="outcome", slug=draft.slug, title="Secret title", title_words="wombat"
        )
    page = client.get("/search/", {"q": "wombat"}).content.decode()
    assert "Secret title" not in page and "Wombat in a draft" not in page


# --- What it costs -------------------------------------------------------------------------------

#: The log's head and three to find; then the records, and what their cards show.
COSTS = {
    "lab": 5,
    "person": 5,
    "commitment": 6,
    "pledge": 5,
    "outcome": 6,
    "assessment": 7,
    "discrepancy": 5,
    "quotation": 6,
    "source": 5,
    "indicator": 5,
}


def test_five_of_a_noun_cost_no_more_than_two(client):
    def costs() -> dict[str, int]:
        found = {}
        for noun in MODELS:
            with CaptureQueriesContext(connection) as queries:
                asked(client, "wombat", noun=noun)
            found[noun] = len(queries)
        return found

    wombats(2)
    assert costs() == COSTS
    wombats(3)
    assert costs() == COSTS


# --- An address that leads nowhere ---------------------------------------------------------------


def lost(client, path: str, status: int = 404) -> Markup:
    answer = client.get(path)
    assert (answer.status_code, answer["Cache-Control"]) == (status, "no-store")
    page = Markup(answer.content.decode())
    assert page.problems == []
    return page


def test_an_unknown_address_is_searched_for(client):
    lab = make_lab(name="Wombat Lab", slug="wombat-lab")
    make_commitment(lab=lab, title="Give 20 percent to wombats", slug="wombat-lab-20-percent")
    page = lost(client, "/commitments/20-percent/")
    assert "It may be one of these" in page.text
    assert "/commitments/wombat-lab-20-percent/" in page.links
    assert "/labs/wombat-lab/" in lost(client, "/nowhere/of/wombats").links
    assert "/commitments/" in page.links and "/search/" not in page.links  # a form


def test_the_words_of_the_address_stand_in_the_field(client):
    answer = client.get("/commitments/20-percent/").content.decode()
    assert 'value="20 percent"' in answer
    assert "It may be one of these" not in answer


def test_a_retracted_record_is_searched_for_too(client):
    gone = make_lab(name="Wombat Lab", slug="wombat-lab")
    make_lab(name="Wombat Laboratory", slug="wombat-laboratory")
    retract(gone, by=EDITOR, reason="It was another.")
    page = lost(client, "/labs/wombat-lab/", 410)
    assert "has been retracted" in page.text
    assert "/labs/wombat-laboratory/" in page.links and "/labs/wombat-lab/" not in page.links


def test_a_draft_and_nothing_are_answered_alike(client):
    make_outcome(title="Wombat seen", slug="seen")
    make_commitment(draft=True, title="Keep a wombat", slug="keep-a-wombat")
    draft = client.get("/commitments/keep-a-wombat/").content
    nothing = client.get("/commitments/wombat-a-keep/").content
    assert draft == nothing.replace(b"wombat a keep", b"keep a wombat")
    assert b"Keep a wombat" not in draft and b"Wombat" in draft


@pytest.mark.parametrize(
    "path",
    [
        "/" + quote("<script>alert(1)</script>"),
        "/x/" + quote('"; DROP TABLE tracker_lab; --'),
        "/x/" + quote('" OR title_words:* NEAR('),
        *("/x/%00", "/x/%ED%A0%80", "/x/%FF%FE", "/x/%F0%9F%8E%83", "/x/%_%_%", "/x//////"),
        "/x/" + quote("\u202ewombat\u0007"),
        *("/" + "wombat-" * 1500, "/" + "a/" * 2000, "/wp-login.php", "/.env", "/..;/..;/"),
    ],
)
def test_no_address_is_an_order(client, path):
    make_outcome(title="Wombat")
    assert "Nothing stands here" in lost(client, path).text


def test_a_noun_whose_words_need_an_attribution_is_not_suggested(client):
    make_quotation(exact="We like wombats.", slug="wombat-words")
    page = lost(client, "/wombat-words/")
    assert "We like" not in page.text


def test_a_judgement_that_is_not_in_force_says_so(client):
    commitment = make_commitment(title="Audit yearly")
    first = make_assessment(
        commitment=commitment, values=["pending"], rationale="Nothing on wombats is due.",
        effective_on=date(2024, 3, 4), slug="first",
    )  # fmt: skip
    make_assessment(
        commitment=commitment, values=["met"], rationale="The wombats are audited.",
        effective_on=date(2024, 5, 6), slug="second", supersedes=first,
    )  # fmt: skip
    said = asked(client, "wombats").text
    assert said.count("not the judgement in force") == 1
    assert "not the judgement in force Nothing on" in said
    assert "range 100–100 % coverage 100 % The" in said


def test_a_denial_is_of_the_judgement_that_held_then(client):
    commitment = make_commitment(title="Audit yearly")
    # the second took the place of the first on the day of its own, after a second look
    for rationale, day in (("Wombats.", 4), ("Wombats again.", 5), ("Wombats anew.", 5)):
        make_assessment(
            commitment=commitment, values=["met"], rationale=rationale,
            effective_on=date(2024, 3, day),
        )  # fmt: skip
    make_reply(
        commitment=commitment, asked_on=date(2024, 4, 1), due_on=date(2024, 4, 30),
        status="replied", received_on=date(2024, 4, 2), words="No.", denies=True,
    )  # fmt: skip
    said = asked(client, "wombats").text
    assert said.count("low confidence · contested") == 1
    assert re.search(r"contested [^.]*Wombats anew\.", said)
    for judgement in Assessment.objects.all():
        card = client.get(f"{judgement.get_absolute_url()}cite.json").content.decode()
        assert ("contested" in card) == (judgement.rationale == "Wombats anew.")


def test_a_long_text_is_read_no_further_than_an_excerpt_takes(client, monkeypatch):
    lines = ["so it is", "so it is, and so it stays", *["so it is"] * 2_000]
    make_outcome(title="Of many lines", statement="\n".join(lines))
    taken = 0

    def counted(text: str) -> Iterator[tuple[str, int, int]]:
        nonlocal taken
        for place in places_of(text):
            taken += 1
            yield place

    monkeypatch.setattr(search, "places_of", counted)
    assert "so it is, and so it stays" in asked(client, "so").text
    assert taken < 1_000
