"""What is found, and where in it: the same on both databases."""

import random

import pytest
from django.db import OperationalError, transaction

from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_source,
)
from tracker.reading import fulltext
from tracker.reading.folding import MOST, folded, places_of, words_of
from tracker.reading.search import EXCERPT, find, suggested, terms_of


def found(query: str, noun: str = "") -> list[tuple[str, str]]:
    terms = terms_of(query)
    return [(each.noun, each.slug) for each in find(terms, noun, 1).found] if terms.terms else []


def slugs(query: str, noun: str = "") -> set[str]:
    return {slug for _, slug in found(query, noun)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Publish the AUDIT, now!", "publish the audit now"),
        ("naïve Ångström coöperation", "naive angstrom cooperation"),
        ("nai\u0308ve", "naive"),
        ("the lab’s promise, the labs' and don't", "the lab promise the labs and dont"),
        ("GPT-4 and/or o1_preview", "gpt 4 and or o1 preview"),
        ("20 % of 1,000.5", "20 of 1 000 5"),
        ("ﬁne Straße", "fine strasse"),
        ("½ of it", "1 2 of it"),
        ("安全 first", "安 全 first"),
        ("re\u00adsearch", "research"),
        ("?! … \u202f", ""),
    ],
)
def test_words_are_folded(text, words):
    assert folded(text) == words


def test_each_word_knows_where_it_stands_as_written():
    text = "L’Ångström’s ½ ﬁne 安全 o1-x"
    spans = [(word, text[start:end]) for word, start, end in places_of(text)]
    assert spans == [
        ("langstrom", "L’Ångström’s"),
        *(("1", "½"), ("2", "½"), ("fine", "ﬁne"), ("安", "安"), ("全", "全")),
        *(("o1", "o1"), ("x", "x")),
    ]


def test_folded_text_has_an_end():
    assert len(folded("word " * MOST)) <= MOST
    assert folded("x" * (MOST + 1)) == ""
    assert len(folded("\ufdfa " * MOST)) <= MOST  # one character that folds to eighteen


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("compute team", [(("compute",), False), (("team",), False)]),
        ('"safety culture" now', [(("safety", "culture"), False), (("now",), False)]),
        ("«safety culture»", [(("safety", "culture"), False)]),
        ('open "and never closed', [(("open",), False), (("and", "never", "closed"), False)]),
        ("GPT-4", [(("gpt", "4"), False)]),
        ("comput*", [(("comput",), True)]),
        ('"safety cult*"', [(("safety", "cult"), True)]),
        ("twice twice", [(("twice",), False)]),
        ("title_words:x NEAR(a", [(("title", "words", "x"), False), (("near", "a"), False)]),
        ('" * - % ( "', []),
        ("", []),
    ],
)
def test_a_query_is_words_and_nothing_else(query, terms):
    assert [(term.words, term.open) for term in terms_of(query).terms] == terms


# --- What both databases find --------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(django_db_setup, django_db_blocker):
    """One record of every noun, each with words of its own, until the module ends."""
    with django_db_blocker.unblock(), transaction.atomic():
        write()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def record(written, db):
    """The same for a test that asks the database."""


def write():
    lab = make_lab(slug="example-lab", name="Exämple Lab", summary="It trains models in Zürich.")
    ada = make_person(slug="ada-example", name="Ada Éxample", role="Head of audits", lab=lab)
    source = make_source(
        slug="the-letter", title="A Letter on Whistleblowing", authors="Bea Writer",
        publisher="Example Press", archived_text="Secretly we hold wombats.", tier="primary_lab",
        lab=lab,
    )  # fmt: skip
    words = make_quotation(
        slug="the-words", source=source, speaker=ada, exact="We promise 20 % of our compute."
    )
    pledge = make_pledge(slug="the-pledge", title="Voluntary pledge", clauses=0, draft=False)
    commitment = make_commitment(
        slug="give-compute", lab=lab, title="Dedicate compute to alignment", words=words,
        reported_words="", obligation="Set aside a fifth.\nReport on GPT-4 each year.",
        pledge=pledge,
    )  # fmt: skip
    outcome = make_outcome(
        slug="it-came", title="Audits appear", statement="The auditors’ report is published.",
        bears_on=commitment, sources=(source,),
    )  # fmt: skip
    make_assessment(
        slug="the-judgement", commitment=commitment, values=["met"], evidence=(outcome,),
        rationale="Figures were released, and not met.",
    )  # fmt: skip
    make_discrepancy(slug="which-day", title="On which weekday", question="Was it a Tuesday?")
    make_indicator(slug="to-watch", title="Departures", question="Do researchers leave?")


FINDS = [
    # singular and plural, endings
    ("audit", {"ada-example", "it-came"}),
    ("audits", {"ada-example", "it-came"}),
    ("departure", {"to-watch"}),
    ("researcher", {"to-watch"}),
    ("promises", {"the-words", "give-compute"}),
    ("promising", {"the-words", "give-compute"}),
    # accents and case, either way
    ("Zurich", {"example-lab"}),
    ("ZÜRICH", {"example-lab"}),
    ("éxample läb zurich", {"example-lab"}),
    # all words, in any order, in any column
    ("alignment compute", {"give-compute"}),
    ("compute wombat", set()),
    ("report fifth", {"give-compute"}),
    # words in quotes, and the parts of one word
    ('"our compute"', {"the-words", "give-compute"}),
    ('"compute our"', set()),
    ("“20 % of our”", {"the-words", "give-compute"}),
    ("GPT-4", {"give-compute"}),
    ("gpt 4", {"give-compute"}),
    ("4-GPT", set()),
    ("20%", {"the-words", "give-compute"}),
    # words that full text likes to leave out
    ('"not met"', {"the-judgement"}),
    ("not", {"the-judgement"}),
    # words that go on
    ("whistle*", {"the-letter"}),
    ('"voluntary pled*"', {"the-pledge"}),
    ("tues*", {"which-day"}),
    # what a record concerns
    ("example lab figures", {"the-judgement"}),
    ("ada compute", {"the-words"}),
    ("Example Press", {"the-letter"}),
    ("bea writer", {"the-letter"}),
    # the private text of a source
    ("wombats", set()),
    ("secretly", set()),
]


@pytest.mark.parametrize(("query", "expected"), FINDS)
def test_both_databases_find_the_same(record, query, expected):
    own = slugs(query) - {"example-source"}
    assert {slug for slug in own if not slug.startswith("example-source-")} == expected


def test_words_that_only_begin_so_are_found_where_nothing_holds_them_whole(record):
    result = find(terms_of("whistleblo"), "", 1)
    assert (result.begun, [each.slug for each in result.found]) == (True, ["the-letter"])
    assert not find(terms_of("whistleblowing"), "", 1).begun
    assert find(terms_of("nothinglikeit"), "", 1).found == []


def test_a_noun_narrows_and_every_noun_is_counted(record):
    result = find(terms_of("compute"), "quotation", 1)
    assert [each.slug for each in result.found] == ["the-words"]
    # the judgement is of a commitment whose name holds the word
    assert result.counts == {"commitment": 1, "quotation": 1, "assessment": 1}
    assert result.total == 1


def test_the_title_weighs_more_than_the_text(db):
    make_outcome(slug="aside", statement="Somebody spoke of wombats once.")
    make_outcome(slug="whole", title="Wombats")
    assert [slug for _, slug in found("wombats")] == ["whole", "aside"]


def marked(pieces):
    return "".join(f"[{piece.text}]" if piece.met else piece.text for piece in pieces)


@pytest.mark.parametrize("query", ['"broken promises"', '"broken prom*"', "broken-promises"])
def test_words_that_follow_one_another_are_of_one_text(db, query):
    lab = make_lab(name="Example Lab Broken", summary="Promises are kept here.")
    other = make_lab(name="Another Lab", summary="Of broken promises nothing is known.")
    assert slugs(query, "lab") == {other.slug}
    assert slugs("broken promises", "lab") == {lab.slug, other.slug}
    (hit,) = find(terms_of(query), "lab", 1).found
    assert marked(hit.excerpt) == "Of [broken] [promises] nothing is known."


def test_what_was_met_is_marked_as_it_is_written(record):
    (hit,) = find(terms_of("fifth dedicating"), "", 1).found
    assert marked(hit.title) == "[Dedicate] compute to alignment"
    assert marked(hit.excerpt) == "Set aside a [fifth]."
    (hit,) = find(terms_of("zurich exampl*"), "lab", 1).found
    assert marked(hit.title) == "[Exämple] Lab"
    assert marked(hit.excerpt) == "It trains models in [Zürich]."


def test_an_excerpt_is_cut_between_words_of_one_line(db):
    long = "First line.\n" + "before " * 60 + "the wombat’s burrow " + "after " * 60
    make_outcome(statement=long)
    (hit,) = find(terms_of("wombat"), "", 1).found
    text = marked(hit.excerpt)
    assert text.startswith("…before ") and text.endswith(" after…")
    assert "the [wombat’s] burrow" in text and "First" not in text
    assert len(text) <= EXCERPT + len("[]……")


def test_said_and_reported_words_are_found_and_not_shown(record):
    make_commitment(slug="told", reported_words="They spoke of pangolins.")
    (hit,) = find(terms_of("pangolins"), "", 1).found
    assert hit.slug == "told" and "pangolin" not in marked(hit.excerpt)


# --- What nobody should have sent ----------------------------------------------------------------

HOSTILE = [
    *('"', '""', "*", "**", "-", "- -", "NEAR(", "NEAR(a b)", "title_words:a", "a AND", "OR"),
    *("a OR OR b", "{title}: x", "^a", "a + b", "'", "''; DROP TABLE x", "\\", "a\\", ":*", "a:*"),
    *("a & b", "a | !b", "<->", "a <2> b", "(", ")", "%_%_%", "%s %(x)s", "{}", "🎃", "a🎃b"),
    *("\u202eabc", "NOT", "مرحبا", "नमस्ते", "ᏣᎳᎩ", "\U0001e900\U0001e901", "ª²½№", "\u0378"),
    " ".join(chr(0x4E00 + each) for each in range(200))[:200],
    *("a " * 100, "x" * 200, '"' * 200, "*" * 200, "a* " * 60, "安" * 200, "\ufdfa" * 200),
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_no_sign_means_anything_to_the_database(record, query):
    terms = terms_of(query)
    if terms.terms:
        find(terms, "", 1)
    suggested(f"/commitments/{query}/")


def test_signs_at_random_do_no_harm(record):
    at = random.Random(5)
    alphabet = "abé0 \"'*-+:()^{}%_&|!<>\\\t\u00ad\u0301\u200d\u2028安🎃\u0627\U0001e900"
    for _ in range(150):
        query = "".join(at.choice(alphabet) for _ in range(at.randrange(1, 60)))
        terms = terms_of(query)
        if terms.terms:
            find(terms, at.choice(["", "lab"]), 1)
        suggested(f"/x/{query}")


# --- An address that leads nowhere ---------------------------------------------------------------


def test_the_words_of_an_address_suggest_titles(record):
    words, found = suggested("/commitments/alignment-compute/")
    assert (words, [each.slug for each in found]) == ("alignment compute", ["give-compute"])
    assert found[0].url == "/commitments/give-compute/"


def test_some_words_of_an_address_are_enough(record):
    _, found = suggested("/labs/the-zurich-office-page/")
    assert "example-lab" in [each.slug for each in found]


def test_nothing_is_suggested_whose_words_need_an_attribution(record):
    _, found = suggested("/x/promise-compute")
    assert {each.noun for each in found} == {"commitment"}
    assert suggested("/x/released")[1] == []


def test_suggestions_are_few(db):
    for each in range(7):
        make_outcome(title=f"Wombat {each}")
    assert len(suggested("/wombat")[1]) == 5


def test_without_a_database_nothing_is_suggested(monkeypatch):
    def away(*_args, **_kwargs):
        raise OperationalError("away")

    monkeypatch.setattr(fulltext, "titles", away)
    assert suggested("/commitments/compute/") == ("compute", [])


def test_a_page_lists_what_it_counts(db):
    for each in range(23):
        make_outcome(title=f"Wombat {each}")
    terms = terms_of("wombat")
    first, second = find(terms, "", 1), find(terms, "", 2)
    assert (len(first.found), len(second.found), first.total) == (20, 3, 23)
    assert not {each.slug for each in first.found} & {each.slug for each in second.found}


def test_words_alone_reach_the_database():
    for query in HOSTILE:
        for term in terms_of(query).terms:
            assert all(word.isalnum() for word in term.words)
            assert list(term.words) == [each for word in term.words for each in words_of(word)]
