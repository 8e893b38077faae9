"""The log: day by day, what changed word by word, and how a stranger checks an entry."""

import hashlib
import io
import json
import re
import sys
from datetime import UTC, date, datetime
from html import unescape
from types import SimpleNamespace

import pytest
from django.db import transaction

from tests.builders import EDITOR, make_assessment, make_commitment, make_lab
from tests.changes.logs import logged, redacted
from tests.web.markup import Markup, read
from tracker.changes.models import Change
from tracker.curation.editing import begin, finish
from tracker.reading.pages.told import change_page, fields_of

pytestmark = pytest.mark.django_db


def test_changes_stand_under_their_days_in_utc(client, monkeypatch):
    for at in (
        datetime(2026, 11, 20, 23, 59, tzinfo=UTC),
        datetime(2026, 11, 21, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 21, 20, 15, tzinfo=UTC),
    ):
        clock = SimpleNamespace(now=lambda zone, at=at: at)
        with monkeypatch.context() as patch:
            patch.setattr("tracker.changes.log.datetime", clock)
            logged(1)
    page = read(client, "/changes/")
    assert [each for each in page.ids if each.startswith("2026")] == ["2026-11-21", "2026-11-20"]
    assert {"#2026-11-20", "#2026-11-21"} <= set(page.links)
    before, _, after = page.text.partition("No. 1 · 23:59 UTC")
    assert "No. 3 · 20:15 UTC" in before
    assert "No. 2 · 00:01 UTC" in before
    assert "20 November 2026" in before  # the heading of the earlier day stands above it
    assert "No. 2" not in after


def test_a_kind_is_said_in_words(client):
    logged(1)
    (change,) = Change.objects.all()
    assert f"UTC {change.get_kind_display()} " in read(client, "/changes/").text


def test_a_long_text_that_changed_is_told_word_by_word(client):
    commitment = make_commitment(
        obligation="Publish an audit of all models every year, done by somebody outside the lab."
    )
    with transaction.atomic():
        edit = begin(commitment, by=EDITOR, reason="The words say models in use.")
        commitment.obligation = (
            "Publish an audit of the models in use every year, done by somebody outside the lab."
        )
        commitment.save()
        finish(edit, commitment)
    page = read(client, Change.objects.latest("sequence").get_absolute_url())
    assert "audit of [removed: all] [added: the] models [added: in use] every year" in page.text
    assert "before Publish an audit of all models every year" in page.text
    assert "after Publish an audit of the models in use every year" in page.text


def test_of_a_judgement_the_verdict_comes_first_and_the_arithmetic_last(client):
    commitment = make_commitment()
    for values, day in (["met"], date(2024, 3, 4)), (["unverifiable"], date(2024, 3, 5)):
        make_assessment(commitment=commitment, values=values, effective_on=day)
    page = change_page(Change.objects.latest("sequence").sequence)
    assert (page.fields[0].name, page.fields[0].old, page.fields[0].new) == (
        "verdict", "kept", "unresolved",
    )  # fmt: skip
    assert {field.name.partition(".")[0] for field in page.working} == {"working"}
    assert not any(field.name.startswith("working") for field in page.fields)
    said = read(client, page.told.change.get_absolute_url()).text
    assert said.index("before kept after unresolved") < said.index("The arithmetic behind it")


def test_of_a_list_only_what_differs_is_told():
    question = "Was the audit of the year published by the end of June?"
    before = {"criteria": [{"question": question, "weight": 1}, {"question": "And?", "weight": 1}]}
    after = {"criteria": [{"question": question, "weight": 2}, {"question": "And?", "weight": 1}]}
    (field,) = fields_of(before, after)
    assert (field.name, field.old, field.new) == ("criteria.1.weight", 1, 2)
    longer = {"criteria": [*before["criteria"], {"question": "Since?", "weight": 1}]}
    (field,) = fields_of(before, longer)
    assert (field.name, field.old, field.new) == (
        "criteria", [], [{"question": "Since?", "weight": 1}],
    )  # fmt: skip
    (field,) = fields_of({"labs": ["a", "b"]}, {"labs": ["b", "a", "b"]})
    assert (field.old, field.new) == (["a", "b"], ["b", "a", "b"])


def test_short_values_and_texts_with_nothing_in_common_are_not_told_word_by_word():
    (short,) = fields_of({"title": "Publish the audit"}, {"title": "Publish an audit"})
    assert not short.pieces
    (new,) = fields_of({"note": ""}, {"note": "word " * 30})
    assert not new.pieces
    (other,) = fields_of({"note": "one " * 30}, {"note": "two " * 30})
    assert not other.pieces


def test_a_stranger_can_work_out_the_hash_from_the_page(client):
    make_lab(name="Example “Lab” & Sons")
    logged(1)
    for change in Change.objects.all():
        html = client.get(change.get_absolute_url()).content.decode()
        header, body, recipe = (
            unescape(each) for each in re.findall(r"<pre.*?>(.*?)</pre>", html, re.S)
        )
        sha = [hashlib.sha256(text.encode()).hexdigest() for text in (header, body)]
        said = Markup(html).text
        assert all(digest in said for digest in (*sha, change.previous_hash))
        digests = change.previous_hash + "".join(sha)
        assert hashlib.sha256(f"on-record/change/v1\n{digests}".encode()).hexdigest() in said
        assert f"/changes/log.jsonl?after={change.sequence - 1}' | head -n 1 |" in recipe


def the_recipe_says(client, change: Change, monkeypatch, capsys, **forged) -> str:
    """What the Python of the page's recipe prints of the entry as the log serves it."""
    html = client.get(change.get_absolute_url()).content.decode()
    recipe = unescape(re.findall(r'<pre class="recipe">(.*?)</pre>', html, re.S)[0])
    program = recipe.partition("python3 -c '")[2].rpartition("'")[0]
    served = client.get(f"/changes/log.jsonl?after={change.sequence - 1}")
    line = json.loads(b"".join(served.streaming_content).split(b"\n")[0])
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(line | forged)))
    exec(program, {})  # noqa: S102 - what readers are told to run
    return str(capsys.readouterr().out).strip()


def test_the_recipe_on_the_page_tells_a_true_entry_from_a_forged_one(client, monkeypatch, capsys):
    first, second = logged(2)
    told = the_recipe_says(client, second, monkeypatch, capsys)
    assert told == "True"
    assert second.body
    forged = {"body": second.body.replace("Sample", "Another") + " "}
    assert the_recipe_says(client, second, monkeypatch, capsys, **forged) == "False"
    forged = {"previous_hash": "0" * 64}
    assert the_recipe_says(client, second, monkeypatch, capsys, **forged) == "False"
    redacted(first.sequence)
    first.refresh_from_db()
    assert the_recipe_says(client, first, monkeypatch, capsys) == "True"
