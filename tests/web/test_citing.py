"""Citations: pinned to a judgement, readable by people, TeX and reference managers."""

import json
import re
from datetime import UTC, date

import pytest
from django.template.loader import render_to_string

from tests.builders import make_commitment, make_lab, make_quotation, make_source
from tests.web.judged import deny, judge, judged
from tests.web.markup import Markup
from tracker.changes.models import Change
from tracker.commitments.models import Commitment
from tracker.reading.pages.sharing import standing_of
from tracker.records.dates import today
from tracker.web.sharing.citing import citation_of, tex

pytestmark = pytest.mark.django_db

SITE = "http://127.0.0.1:8000"
HOSTILE = '100 % of {models} & \\input{/etc/passwd} #1 $x_1$ ~^ }{ "quoted" é 公開 @misc{x,'

#: Of CSL's data schema, version 1.0.2: what an item of ours may hold.
CSL_FIELDS = {
    "id", "type", "title", "author", "container-title", "issued", "accessed", "URL", "language",
    "note",
}  # fmt: skip


def files(client, commitment: Commitment):
    slug = standing(commitment).assessment.slug
    bib = client.get(f"/assessments/{slug}/cite.bib")
    csl = client.get(f"/assessments/{slug}/cite.json")
    assert bib.status_code == csl.status_code == 200
    return bib, csl


def standing(commitment: Commitment):
    return standing_of(commitment.slug, today())


def entry(bibtex: str) -> tuple[str, dict[str, str]]:
    """The key and the fields of the one entry of a file, read by counting braces as BibTeX does."""
    found = re.fullmatch(r"@misc\{([a-z0-9-]+),\n(.*)\n\}\n", bibtex, re.DOTALL)
    assert found, bibtex
    fields = {}
    rest = found[2]
    while rest:
        begun = re.match(r"\s*([a-z]+) = ", rest)
        assert begun, rest
        rest = rest[begun.end() :]
        length = _value(rest)
        fields[begun[1]] = rest[:length].removeprefix("{").removesuffix("}")
        rest = rest[length:].removeprefix(",")
    return found[1], fields


def _value(text: str) -> int:
    """How long the value is with which the text begins: a word, or what its braces enclose."""
    if text[0] != "{":
        word = re.match(r"[a-z]+", text)
        assert word, text
        return word.end()
    depth = 0
    for place, char in enumerate(text):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if depth == 0:
            return place + 1
    raise AssertionError(f"never closed: {text}")


def untex(text: str) -> str:
    """What TeX prints for a value."""
    names = {
        "textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}",
        "textasciitilde": "~", "textasciicircum": "^",
    }  # fmt: skip
    return re.sub(r"\\(?:([a-z]+)\{\}|([%&#$_]))", lambda found: found[2] or names[found[1]], text)


def test_a_citation_is_pinned_to_a_judgement_and_its_entry_of_the_log(client):
    commitment = judged("met", lab=make_lab(name="Example Lab"), title="Publish the audit")
    assessment = standing(commitment).assessment
    published = Change.objects.get(subject_type="assessment", subject_slug=assessment.slug)
    on = assessment.published_at.astimezone(UTC).date()
    bib, csl = files(client, commitment)

    key, fields = entry(bib.content.decode())
    assert key == assessment.slug
    assert fields["author"] == "{On Record}"
    assert fields["title"].strip("{}") == (
        "Example Lab: Publish the audit: reported kept · low confidence, range 100–100 \\%"
    )
    assert fields["url"] == f"{SITE}{assessment.get_absolute_url()}"
    assert (fields["year"], fields["day"]) == (str(on.year), str(on.day))
    assert fields["month"] == on.strftime("%b").lower()
    assert f"Log entry {published.sequence}, SHA-256 {published.hash}" in fields["note"]

    (item,) = json.loads(csl.content)
    assert set(item) <= CSL_FIELDS
    assert item["id"] == assessment.slug
    assert item["type"] == "webpage"
    assert item["URL"] == fields["url"]
    assert item["author"] == [{"literal": "On Record"}]
    assert item["issued"] == {"date-parts": [[on.year, on.month, on.day]]}
    (accessed,) = item["accessed"]["date-parts"]
    assert date(*accessed) >= on  # of two calendars: nobody reads what is not there yet
    assert published.hash in item["note"]
    assert all(isinstance(value, str | list | dict) for value in item.values())


def test_the_files_say_what_they_are_and_may_be_kept_a_while(client):
    bib, csl = files(client, judged("met"))
    assert bib["Content-Type"] == "application/x-bibtex; charset=utf-8"
    assert csl["Content-Type"] == "application/vnd.citationstyles.csl+json"
    for answer, ends in ((bib, '.bib"'), (csl, '.json"')):
        assert answer["Content-Disposition"].startswith("attachment; filename=")
        assert answer["Content-Disposition"].endswith(ends)
        assert "max-age=30" in answer["Cache-Control"]
        assert not answer.cookies


def test_an_older_judgement_is_cited_as_it_was(client):
    commitment = judged("met")
    first = standing(commitment).assessment
    judge(commitment, "not_met", effective_on=date(2024, 5, 6))
    (item,) = json.loads(client.get(f"/assessments/{first.slug}/cite.json").content)
    assert "reported kept" in item["title"]
    assert item["note"].startswith("Judgement of 4 March 2024")


def test_contested_so_far_and_confidence_are_cited_with_the_verdict(client):
    commitment = judged("not_met", "pending")
    deny(commitment)
    _, csl = files(client, commitment)
    (item,) = json.loads(csl.content)
    assert "reported broken so far · low confidence · contested" in item["title"]


def test_hostile_titles_are_printed_by_tex_as_they_are(client):
    commitment = judged("met", lab=make_lab(name="}{\\"), title=HOSTILE)
    bib, csl = files(client, commitment)
    _, fields = entry(bib.content.decode())
    assert HOSTILE in untex(fields["title"])
    assert set(fields) == {"author", "title", "year", "month", "day", "url", "urldate", "note"}
    (item,) = json.loads(csl.content)
    assert HOSTILE in item["title"]


@pytest.mark.parametrize("char", "\\{}%&#$_^~")
def test_what_tex_takes_for_its_own_comes_back(char):
    for text in (char, f"a{char}b", char * 3, f"{char}{{"):
        assert untex(tex(text)) == text
        assert tex(text).count("{") == tex(text).count("}")
        assert not re.search(r"(?<!\\)[%&#$_^~]", tex(text))


def test_no_citation_quotes_words_that_somebody_is_said_to_have_said(client):
    words = make_quotation(exact="We shall surely do it.", source=make_source(tier="secondary"))
    commitment = judged("met", words=words, reported_words="that it would do it at once")
    answers = [answer.content.decode() for answer in files(client, commitment)]
    answers.append(citation_of(standing(commitment)).plain)
    for said in answers:
        assert "surely" not in said and "at once" not in said


def test_the_page_offers_all_three_forms_and_the_log_entry():
    commitment = judged("met", title="Publish <b>the</b> audit & its report")
    cited = citation_of(standing(commitment))
    page = render_to_string("sharing/_cite.html", {"citation": cited})
    read = Markup(f"<!doctype html><h1>Page</h1>{page}")
    assert read.problems == []
    assert set(read.links) == {
        f"/changes/{cited.entry}/",
        f"/assessments/{cited.id}/cite.bib",
        f"/assessments/{cited.id}/cite.json",
    }
    for form in (cited.plain, cited.bibtex, cited.csl):
        assert " ".join(form.split()) in read.text
    assert cited.url in cited.plain and cited.hash in cited.plain


def test_what_nobody_judged_is_cited_by_its_own_entry():
    commitment = make_commitment(lab=make_lab(name="Example Lab"), title="Publish the audit")
    cited = citation_of(standing(commitment))
    assert cited.url == SITE + commitment.get_absolute_url()
    assert cited.entry is not None
    assert Change.objects.get(sequence=cited.entry).subject_slug == commitment.slug
    assert "Example Lab: Publish the audit. Not judged yet: not assessed." in cited.plain
    page = render_to_string("sharing/_cite.html", {"citation": cited})
    assert "Nobody has judged it yet" in page and "cite.bib" not in page


def test_what_is_not_there_is_not_cited(client):
    slug = standing(judged("met")).assessment.slug
    assert client.get("/assessments/none/cite.bib").status_code == 404
    assert client.get("/assessments/none/cite.json").status_code == 404
    assert client.get(f"/assessments/{slug}/cite.json?style=apa").status_code == 400
