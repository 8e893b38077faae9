"""The desk's evidence tools: a source's text from a file, and words found where they stand."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.admin.forms import (
    add_address,
    address,
    as_shown,
    errors,
    last_change,
    messages,
    save,
)
from tests.builders import make_quotation, make_source
from tracker.admin import sources
from tracker.changes.models import Change
from tracker.sources.models import Quotation, Source

pytestmark = pytest.mark.django_db

TEXT = (
    "  A letter.\n\nThe lab said: “We promise an audit.” Later it said: “We promise two audits.”\n"
)
FILE = TEXT.encode()


def upload(name="letter.txt", data=FILE):
    return SimpleUploadedFile(name, data)


def source_with(text=TEXT, **fields):
    return make_source(archived_text=text, **fields)


# ---------------------------------------------------------------- a source's text


def test_an_uploaded_text_is_archived_with_the_file_s_fingerprint(curator):
    response = save(
        curator, add_address(Source), title="A Letter", slug="a-letter", tier="secondary",
        text_file=upload(),
    )  # fmt: skip
    assert response.status_code == 302, errors(response)
    source = Source.objects.get(slug="a-letter")
    assert source.archived_text == TEXT
    assert source.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()


def test_a_pasted_text_keeps_its_positions_whatever_line_ends_the_browser_sends(curator):
    source = make_source(draft=True, sha256="a" * 64)
    pasted = TEXT.replace("\n", "\r\n") + "page\x0cbreak"
    response = save(curator, address(source), archived_text=pasted)
    assert response.status_code == 302, errors(response)
    source.refresh_from_db()
    assert source.archived_text == TEXT + "page\nbreak"
    assert source.sha256 == "a" * 64  # of the file that was read, not of what was pasted


def test_saving_a_source_untouched_changes_no_character_of_its_text(reviewer):
    source = source_with()
    shown = as_shown(reviewer.get(address(source)))
    shown["archived_text"] = shown["archived_text"].replace("\n", "\r\n")
    response = reviewer.post(address(source), shown | {"reason": "Looked again.", "_save": "1"})
    assert response.status_code == 302
    assert Source.objects.get().archived_text == TEXT
    assert not [each for each in messages(reviewer.get(response.url)) if "quotations" in each]


def test_a_new_text_checks_every_quotation_and_says_what_it_found(reviewer):
    source = make_source()
    true = make_quotation(source=source, start=None)
    wrong = make_quotation(source=source, exact="We promise one audit.", start=None)
    made_up = make_quotation(source=source, exact="Nothing of this kind at all.", start=None)
    response = save(reviewer, address(source), text_file=upload(), reason="Its text was found.")
    assert response.status_code == 302, errors(response)
    (said,) = [m for m in messages(reviewer.get(response.url)) if "were checked" in m]
    assert "Its 3 quotations were checked against the text: 1 verified, 1 altered, 1 not" in said
    assert address(wrong) in said and address(made_up) in said and address(true) not in said
    assert Quotation.objects.get(pk=true.pk).start == TEXT.index("We promise")
    kinds = list(Change.objects.order_by("-sequence").values_list("kind", flat=True)[:4])
    assert kinds.count("quotation_corrected") == 3 and kinds.count("source_corrected") == 1


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (upload("a.docx", b"PK"), "a.docx: give a .txt, .html or .pdf file."),
        (upload("a.txt", b"\xff"), "a.txt is not UTF-8 text"),
        (upload("a.pdf", b"%PDF-1.4"), "a.pdf is damaged"),
        (upload("a.txt", b"x" * 10_000_001), "a.txt is larger than 10 MB."),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence_and_loses_nothing(curator, file, sentence):
    source = source_with(draft=True)
    response = save(curator, address(source), title="A better title", text_file=file)
    assert sentence in errors(response)
    assert "A better title" in response.content.decode()
    assert Source.objects.get().archived_text == TEXT


def test_pasting_and_uploading_at_once_is_refused(curator):
    source = make_source(draft=True)
    response = save(curator, address(source), archived_text="Other words.", text_file=upload())
    assert "Paste the text or upload a file, not both." in errors(response)


def test_a_fingerprint_that_is_not_the_file_s_is_refused(curator):
    source = make_source(draft=True)
    response = save(curator, address(source), sha256="b" * 64, text_file=upload())
    assert "not the one given" in errors(response)


def test_a_text_that_was_read_stays_when_something_else_is_wrong(curator):
    source = make_source(draft=True)
    shown = as_shown(curator.get(address(source)))
    typed = {"url": "no address", "text_file": upload(), "_save": "1"}
    response = curator.post(address(source), shown | typed)
    assert response.status_code == 200
    form = response.context["adminform"].form
    assert form["archived_text"].value() == TEXT
    again = curator.post(
        address(source), as_shown(response) | {"url": "https://a.example/", "_save": "1"}
    )
    assert again.status_code == 302
    source.refresh_from_db()
    assert (source.archived_text, len(source.sha256)) == (TEXT, 64)


def test_a_text_too_long_for_a_form_is_replaced_by_a_file(curator, monkeypatch):
    monkeypatch.setattr(sources, "EDITABLE_BYTES", 20)
    source = source_with(draft=True)
    page = curator.get(address(source))
    assert "archived_text" not in page.context["adminform"].form.fields
    assert "We promise" not in page.content.decode()
    save(curator, address(source), title="A better title")
    assert Source.objects.get().archived_text == TEXT
    save(curator, address(source), text_file=upload(data=b"A quite different letter, later."))
    assert Source.objects.get().archived_text == "A quite different letter, later."


def test_who_may_only_look_is_offered_no_file(curator):
    page = curator.get(address(source_with()))
    assert page.status_code == 200
    assert "text_file" not in page.content.decode()


def test_a_new_address_forgets_what_the_old_one_answered(curator):
    source = make_source(draft=True, url="https://old.example/")
    Source.objects.update(
        link_status="failed", link_note="It answers 404.", link_checked_at="2026-01-02T00:00Z"
    )
    assert "failed on 2026-01-02. It answers 404." in curator.get(address(source)).content.decode()
    save(curator, address(source), note="The same address.")
    assert Source.objects.get().link_status == "failed"
    shown = as_shown(curator.get(address(source)))
    curator.post(address(source), shown | {"url": "https://new.example/", "_save": "1"})
    after = Source.objects.get()
    assert (after.link_status, after.link_note, after.link_checked_at) == ("unchecked", "", None)


# ---------------------------------------------------------------- a quotation's words


def typed(source, **fields):
    return {"source": source.pk, "exact": "We promise an audit.", "slug": "the-words"} | fields


def test_pasted_words_are_found_and_placed(curator):
    response = save(curator, add_address(Quotation), **typed(source_with()))
    assert response.status_code == 302, errors(response)
    words = Quotation.objects.get()
    assert (words.check_status, words.start) == ("verified", TEXT.index("We promise"))
    assert words.prefix.endswith("said: “") and words.suffix.startswith("” Later")


def test_words_that_run_over_a_line_are_taken_from_any_browser(curator):
    source = source_with("It said: we promise\nan audit. So it did.")
    exact = "we promise\r\nan audit."
    response = save(curator, add_address(Quotation), **typed(source, exact=exact))
    assert response.status_code == 302, errors(response)
    assert Quotation.objects.get().check_status == "verified"


def test_altered_words_come_back_with_the_true_ones_and_the_difference(curator):
    source = source_with()
    response = save(curator, add_address(Quotation), **typed(source, exact="We promise an exam."))
    words = Quotation.objects.get()
    assert words.check_status == "altered"
    assert response.url == address(words)
    page = curator.get(response.url)
    assert any("altered: see below" in each for each in messages(page))
    html = page.content.decode()
    assert "<blockquote>We promise an audit.</blockquote>" in html
    assert "<del>exam</del>" in html and "<ins>audit</ins>" in html


def test_words_are_escaped_wherever_they_come_from(curator):
    source = source_with("It said: <b>We promise</b> an <i>audit</i> & more of it.")
    words = make_quotation(
        source=source, exact="<b>We promise</b> an <u>audit</u> & more of it.", draft=True
    )
    html = curator.get(address(words)).content.decode()
    assert "&lt;" in html
    assert "<b>We" not in html and "<u>" not in html and "<i>audit" not in html


def test_changed_words_forget_the_place_of_the_old_ones(curator):
    source = source_with()
    words = make_quotation(source=source, start=TEXT.index("We promise"), draft=True,
                           prefix="said: “", suffix="” Later")  # fmt: skip
    response = save(curator, address(words), exact="We promise two audits.")
    assert response.status_code == 302
    words.refresh_from_db()
    assert (words.check_status, words.start) == ("verified", TEXT.index("We promise two"))
    assert words.prefix.endswith("it said: “")


def test_a_place_that_the_curator_gives_is_taken_at_its_word(curator):
    words = make_quotation(source=source_with(), start=None, draft=True)
    response = save(curator, address(words), exact="We promise two audits.", start="3")
    assert response.url == address(words)
    words.refresh_from_db()
    assert (words.check_status, words.start) == ("not_found", 3)
    html = curator.get(response.url).content.decode()
    assert f"The words stand at {TEXT.index('We promise two')}, not at 3." in html


def test_without_a_text_the_place_stays_with_the_words(curator):
    words = make_quotation(start=41, prefix="said", draft=True)
    save(curator, address(words), exact="We promise an Audit.")
    words.refresh_from_db()
    assert (words.start, words.prefix, words.check_status) == (41, "said", "unchecked")


@pytest.mark.parametrize(
    ("exact", "shown"),
    [
        ("We promise an audit.", "Printed in the source"),
        ("We promise an exam.", "<del>exam</del>"),
        ("Nothing of the kind was ever written.", "Not found."),
        ("...", "holds no words"),
    ],
)
def test_the_words_are_checked_without_saving_anything(curator, exact, shown):
    source = source_with()
    before = Change.objects.count()
    response = save(
        curator, add_address(Quotation), press="_check",
        **typed(source, exact=exact, slug="", note="Typed before."),
    )  # fmt: skip
    assert response.status_code == 200
    html = response.content.decode()
    assert shown in html and exact in html and "Typed before." in html
    assert "errornote" not in html and "errorlist" not in html
    assert not Quotation.objects.exists() and Change.objects.count() == before


def test_checking_changed_words_of_a_published_quotation_saves_nothing(reviewer):
    source = source_with()
    words = make_quotation(source=source, start=TEXT.index("We promise"))
    before = last_change().sequence
    response = save(reviewer, address(words), press="_check", exact="We promise two audits.")
    assert f"from character {TEXT.index('We promise two')} on" in response.content.decode()
    assert Quotation.objects.get().exact == "We promise an audit."
    assert last_change().sequence == before


@pytest.mark.parametrize("missing", ["exact", "source"])
def test_checking_nothing_asks_for_it_and_shows_nothing_old(curator, missing):
    words = make_quotation(source=source_with(), draft=True)
    response = save(curator, address(words), press="_check", **{missing: ""})
    assert response.status_code == 200
    html = response.content.decode()
    assert "This field is required." in html and "Choose the source and paste" in html


def test_a_source_without_a_text_says_so(curator):
    words = make_quotation(draft=True)
    assert "the source has no archived text yet" in curator.get(address(words)).content.decode()


def test_who_may_only_look_has_no_button(curator):
    page = curator.get(address(make_quotation(source=source_with())))
    assert page.status_code == 200
    assert "_check" not in page.content.decode()
    assert curator.post(page.request["PATH_INFO"], {"_check": "1"}).status_code == 403
