"""What an entry says, however hostile the text: verdict old and new, reason, words, links."""

import json
from datetime import date

import feedparser
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import (
    make_assessment,
    make_commitment,
    make_lab,
    make_outcome,
    make_person,
    make_quotation,
    make_source,
    published,
)
from tests.feeds.entering import FORMATS, enter, parsed
from tests.feeds.rules import problems
from tests.web.world import make_world
from tracker.changes.kinds import Kind
from tracker.changes.models import Change

pytestmark = pytest.mark.django_db

SITE = "http://127.0.0.1:8000"

HOSTILE = [
    "form feed \x0c, null \x00, escape \x1b, delete \x7f, next line \x85",
    "left \u202e thgir, isolate \u2066 and \u2069",
    "no characters \ufffe \uffff \U0001fffe",
    "]]> <![CDATA[ --> <!-- <?xml ?> &amp; &nbsp; &bogus; %lt;",
    "<script>alert(1)</script><img src=x onerror=alert(1)><style>*{}</style>",
    "🦄👩‍👩‍👧‍👦🏳️‍🌈 ﷽ e\u0301\u0302\u0303 \u200b\u200d",
    "\n\n  lines \r\n and \u2028 separators \u2029 \t",
    "\" ' ` { } \\ / {{ x }} {% y %}",
    "1 MB " + "long & <b>" * 110_000,
    "💣" * 6_000,
]


def item(client, sequence):
    """One entry of the JSON Feed."""
    feed = json.loads(client.get("/feeds/changes.json").content)
    return next(each for each in feed["items"] if each["_on_record"]["sequence"] == sequence)


def plain(text):
    """The words of a title, without the spaces of no width that keep it from being markup."""
    return text.replace("\u200b", "").split()


def judged(words="We promise an audit.", **fields):
    """An assessment, published, that rests on the words, in a source that prints them."""
    source = make_source(slug="the-post", title="The Post")
    speaker = make_person(name="Ada Example")
    quotation = make_quotation(source=source, speaker=speaker, exact=words, check_status="verified")
    commitment = make_commitment(title="Publish the audit")
    outcome = make_outcome(draft=True, bears_on=commitment, sources=(source,))
    outcome.sourcing.update(quotation=quotation)
    outcome = published(outcome)
    make_assessment(commitment=commitment, values=["met"], evidence=(outcome,))
    make_assessment(
        commitment=commitment,
        values=["not_met"],
        evidence=(outcome,),
        effective_on=date(2024, 5, 6),
        rationale="The audit was withdrawn.",
        contest_verdict="unresolved",
        contest_held_by="A fair reader",
        contest_source=source,
        contest_reading="It may come back.",
        **fields,
    )
    return Change.objects.latest("sequence"), quotation


def test_an_assessment_tells_old_and_new_verdict_reason_and_the_words_that_moved_it(client):
    change, _ = judged()
    entry = item(client, change.sequence)
    html = entry["content_html"]
    assert (
        "reported kept (low confidence; 100–100 %) → <b>reported broken (low confidence, " in html
    )
    assert "contested; 0–0 %)</b>" in html
    assert '<span dir="auto">A fair reader</span> reads it as unresolved. It may come back.' in html
    assert "Reason: The audit was withdrawn." in html
    assert "“We promise an audit.”" in html
    assert (
        'Printed in <cite>The Post</cite>, attributed to <span dir="auto">Ada Example</span>.'
        in html
    )
    assert "Imported, not reviewed by two people." in html
    assert f'href="{SITE}/changes/{change.sequence}/"' in html
    assert entry["_on_record"]["record"] == f"{SITE}/assessments/{change.subject_slug}/"
    assert "reported kept" in entry["title"] and "→ reported broken" in entry["title"]


def test_so_far_is_said_while_a_question_is_open(client):
    commitment = make_commitment(criteria=2)
    make_assessment(commitment=commitment, values=["met", "pending"])
    change = Change.objects.latest("sequence")
    assert (
        "<b>reported kept so far (low confidence" in item(client, change.sequence)["content_html"]
    )


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("altered", "Altered: other words are printed in"),
        ("not_found", "Not found in"),
        ("unchecked", "Not yet checked, said to be printed in"),
    ],
)
def test_words_that_were_not_found_are_not_said_to_be_printed(client, check, said):
    make_quotation(source=make_source(title="The Post"), exact="We never.", check_status=check)
    html = item(client, Change.objects.latest("sequence").sequence)["content_html"]
    assert f"<p>“We never.”</p><p>{said} <cite>The Post</cite>.</p>" in html


def test_what_an_entry_rests_on_does_not_change_with_the_record(client):
    change, quotation = judged()
    before = item(client, change.sequence)
    enter(
        kind=Kind.SOURCE_CORRECTED,
        subject=("source", "the-post"),
        before={"title": "The Post"},
        after={"title": "The Daily Post"},
    )
    quotation.exact = "We promised nothing."
    quotation.save()
    assert item(client, change.sequence) == before


def test_redacted_words_are_quoted_nowhere(client):
    change, quotation = judged("A secret of somebody.")
    entry = Change.objects.get(kind=Kind.QUOTATION_PUBLISHED, subject_slug=quotation.slug)
    Change.objects.filter(pk=entry.pk).update(body=None, reason=None)
    for form in FORMATS:
        assert b"A secret" not in client.get(f"/feeds/changes.{form}").content
    assert "Verdict:" in item(client, change.sequence)["content_html"]


def test_a_redacted_entry_reads_well_and_stays_in_its_place(client):
    enter(3)
    change = Change.objects.get(sequence=2)
    before = item(client, 2)
    Change.objects.filter(sequence=2).update(body=None, reason=None)
    after = item(client, 2)
    for name in ("id", "url", "date_published", "date_modified", "tags"):
        assert after[name] == before[name]
    assert after["id"] == "tag:127.0.0.1,2026:changes/2"
    assert "redacted" in after["title"] and "redacted" in after["content_html"]
    assert "Example Labs" not in json.dumps(after)
    assert change.hash == after["_on_record"]["hash"]
    for form in FORMATS:
        url = f"/feeds/changes.{form}"
        answer = client.get(url)
        assert problems(SITE + url, answer["Content-Type"], answer.content) == []


def test_a_correction_tells_field_by_field_what_changed(client):
    enter(
        kind=Kind.COMMITMENT_CORRECTED,
        subject=("commitment", "the-audit"),
        before={"title": "Audit", "deadline": {"due_on": "2027"}, "undefined": [], "same": 1},
        after={"title": "Audit", "deadline": {"due_on": "2028"}, "undefined": ["base"], "same": 1},
        reason="The words say 2028.",
    )
    html = item(client, 1)["content_html"]
    assert "<p>deadline: due on: <del>2027</del> → <ins>2028</ins></p>" in html
    assert "<p>undefined: <del>nothing</del> → <ins>base</ins></p>" in html
    assert "Reason: The words say 2028." in html
    assert "same" not in html


def test_a_long_entry_ends_in_a_link_to_the_whole(client):
    before = {f"field_{each}": "x&" * 9_000 for each in range(60)}
    enter(before=before, after={name: "y" + value for name, value in before.items()}, reason="Why.")
    html = item(client, 1)["content_html"]
    assert len(html.encode()) < 21_000
    assert "Reason: Why." in html
    assert f'<p>… <a href="{SITE}/changes/1/">Entry no. 1 of the public log</a>' in html


@pytest.mark.parametrize("form", FORMATS)
def test_every_feed_of_a_whole_record_keeps_the_rules(client, form):
    world = make_world(2)
    slug = world["lab"].split("/")[-2]
    queries = ("", f"?lab={slug}", "?category=transparency&kind=assessment_published")
    for query in (*queries, "?kind=epoch", "?significance=minor"):
        url = f"/feeds/changes.{form}{query}"
        answer = client.get(url)
        assert problems(SITE + url, answer["Content-Type"], answer.content) == []
        read = feedparser.parse(
            answer.content, response_headers={"content-type": answer["Content-Type"]}
        )
        assert form == "json" or (read.bozo, read.version[:3]) == (
            0,
            form.replace("rss", "rss")[:3],
        )


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_text_leaves_every_feed_well_formed(client, form):
    for text in HOSTILE:
        enter(
            before={"name": "x"}, after={"name": text, "summary": text, "list": [text, {"a": text}]}
        )
        enter(kind=Kind.LAB_PUBLISHED, after={"name": text, "summary": text})
        enter(
            kind=Kind.QUOTATION_PUBLISHED,
            subject=("quotation", "words"),
            after={"exact": text, "source": "s", "speaker_note": text, "check": "verified"},
            reason=text.replace("\x00", ""),  # which PostgreSQL keeps in no column
        )
    url = f"/feeds/changes.{form}"
    answer = client.get(url)
    assert problems(SITE + url, answer["Content-Type"], answer.content) == []
    if form != "json":
        read = feedparser.parse(
            answer.content, response_headers={"content-type": answer["Content-Type"]}
        )
        assert not read.bozo, read.get("bozo_exception")
        assert len(read.entries) == 3 * len(HOSTILE)
        titles = [
            each["title"] for each in json.loads(client.get("/feeds/changes.json").content)["items"]
        ]
        assert [" ".join(plain(each.title)) for each in read.entries] == [
            " ".join(plain(each)) for each in titles
        ]
    assert len(answer.content) < 4_000_000


def test_names_of_site_and_records_are_escaped_in_what_surrounds_the_entries(client, settings):
    settings.SITE_NAME = 'Record "<b>& ]]>\x0c'
    make_lab(slug="example-lab", name='Lab <i>"&')
    for form in FORMATS:
        url = f"/feeds/changes.{form}?lab=example-lab"
        answer = client.get(url)
        assert problems(SITE + url, answer["Content-Type"], answer.content) == []
    for url in ("/feeds/feeds.opml", "/feeds/feed.xsl"):
        assert "<b>& ]]>" in "".join(parsed(client.get(url).content).itertext())


def test_entries_in_any_number_cost_the_same(client):
    change, _ = judged()
    body = json.loads(change.body)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/feeds/changes.atom").status_code == 200
        return len(queries)

    few = cost()
    for _ in range(50):
        enter(
            kind=Kind.ASSESSMENT_PUBLISHED,
            subject=("assessment", change.subject_slug),
            before=body["before"],
            after=body["after"],
        )
    assert cost() == few == 9


def test_an_empty_feed_is_the_same_each_time(client):
    for form in FORMATS:
        url = f"/feeds/changes.{form}"
        first, second = client.get(url), client.get(url)
        assert first.content == second.content
        assert problems(SITE + url, first["Content-Type"], first.content) == []
    assert b"2026-01-01T00:00:00.000000Z" in client.get("/feeds/changes.atom").content


def test_the_hub_is_named_where_there_is_one_and_only_on_what_grows(client, settings):
    enter(101)
    assert b"hub" not in client.get("/feeds/changes.atom").content
    settings.WEBSUB_HUB = "https://hub.example/push?a=1&b=2"
    atom = client.get("/feeds/changes.atom?kind=lab_corrected")
    assert f'<{SITE}/feeds/changes.atom?kind=lab_corrected>; rel="self"' in atom["Link"]
    assert '<https://hub.example/push?a=1&b=2>; rel="hub"' in atom["Link"]
    for form in FORMATS:
        answer = client.get(f"/feeds/changes.{form}")
        assert b"https://hub.example/push?a=1&" in answer.content
        assert "hub.example" in answer["Link"]
        archive = client.get(f"/feeds/changes.{form}?archive=1")
        assert b"hub.example" not in archive.content
        assert "hub.example" not in archive["Link"]


def test_after_a_redaction_of_something_else_the_words_are_still_told(client):
    quotation = make_quotation(slug="the-words", exact="We promise an audit.")
    words = ("quotation", quotation.slug)
    enter(kind=Kind.REDACTION, subject=words, after={"redacted": [1]}, reason="A name.")
    commitment = make_commitment()
    outcome = make_outcome(draft=True, bears_on=commitment, sources=(quotation.source,))
    outcome.sourcing.update(quotation=quotation)
    make_assessment(commitment=commitment, values=["met"], evidence=(published(outcome),))
    change = Change.objects.latest("sequence")
    assert "“We promise an audit.”" in item(client, change.sequence)["content_html"]
