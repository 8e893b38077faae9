"""The log for machines: lines that can be resumed, its head, its checkpoints as text."""

import json
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.builders import make_commitment, make_lab
from tests.changes.logs import entry, logged
from tests.web.markup import Markup
from tracker.changes import checkpoints, notes
from tracker.changes.log import append, timestamp
from tracker.changes.models import Change, LogHead
from tracker.reading import stream

pytestmark = pytest.mark.django_db


def lines(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer: Any = client.get(f"/changes/log.jsonl{query}")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()
    assert not text or text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def test_every_entry_is_a_line_of_the_published_shape(client):
    make_commitment(title="Publish the audit — “soon”", lab=make_lab(slug="example"))
    change = Change.objects.latest("sequence")
    told = lines(client)
    assert [each["sequence"] for each in told] == list(range(1, change.sequence + 1))
    assert told[-1] == {
        "sequence": change.sequence,
        "at": timestamp(change.at),
        "kind": "commitment_published",
        "significance": "major",
        "subject": {"type": "commitment", "slug": change.subject_slug},
        "labs": ["example"],
        "commitments": [change.subject_slug],
        "pledge": "",
        "category": "transparency",
        "actor": change.actor,
        "reason": change.reason,
        "header": change.header,
        "body": change.body,
        "body_sha256": change.body_sha256,
        "previous_hash": change.previous_hash,
        "hash": change.hash,
    }
    assert json.loads(told[-1]["body"])["after"]["title"] == "Publish the audit — “soon”"


def test_it_is_resumed_after_any_entry_and_in_batches(client, monkeypatch):
    logged(9)
    monkeypatch.setattr(stream, "BATCH", 2)
    whole = lines(client)
    assert len(whole) == 9
    for after in (0, 1, 4, 8):
        assert lines(client, f"?after={after}") == whole[after:]
    assert lines(client, "?after=9") == lines(client, "?after=9223372036854775807") == []


def test_a_line_ends_only_where_an_entry_does(client):
    """JSON leaves U+2028 as it is; only a line feed ends a line, and no text holds one bare."""
    with transaction.atomic():
        append([entry(after={"name": "Example\u2028Lab\r\nTwo."})])
    answer: Any = client.get("/changes/log.jsonl")
    assert b"".join(answer.streaming_content).count(b"\n") == 1


def test_it_is_streamed_as_lines_of_json_and_asked_for_anew(client):
    logged(1)
    answer: Any = client.get("/changes/log.jsonl")
    assert answer.streaming
    assert answer["Content-Type"] == "application/jsonl"
    assert answer["Cache-Control"] == "no-cache"
    assert client.head("/changes/log.jsonl").status_code == 200


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("after=abc", "after: must be the sequence of an entry"),
        ("after=-1", "after: must be"),
        ("after=1.5", "after: must be"),
        ("after=01", "after: must be"),
        ("after=", "after: must be"),
        ("after=%D9%A1", "after: must be"),
        ("after=9223372036854775808", "after: must be"),
        ("after=" + "9" * 5000, "after: must be"),
        ("after=1&after=2", "after: is given more than once"),
        ("before=1", "before: is not a parameter of this page. It takes: after."),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(client, query, said):
    answer = client.get(f"/changes/log.jsonl?{query}")
    assert answer.status_code == 400
    assert said in Markup(answer.content.decode()).text


def test_the_head_names_the_newest_checkpoint_and_the_key(client):
    empty = client.get("/changes/head.json").json()
    assert (empty["sequence"], empty["at"], empty["hash"]) == (0, None, "0" * 64)
    assert empty["checkpoint"] is None
    logged(3)
    made = checkpoints.make()
    assert made is not None
    logged(1)
    head = LogHead.objects.get()
    assert head.at is not None
    assert client.get("/changes/head.json").json() == {
        "sequence": 4,
        "at": timestamp(head.at),
        "hash": head.hash,
        "checkpoint": {
            "sequence": 3,
            "hash": made.hash,
            "made_at": timestamp(made.made_at),
            "url": "/changes/checkpoints/3",
        },
        "verifier_key": notes.verifier_key(),
    }
    assert client.get("/changes/head.json?x=1").status_code == 400


def test_checkpoints_are_served_as_they_were_signed(client):
    notes_made = []
    for _ in range(2):
        logged(2)
        made = checkpoints.make()
        assert made is not None
        notes_made.append(made.note)
    for url, note in (
        ("/changes/checkpoint", notes_made[1]),
        ("/changes/checkpoints/4", notes_made[1]),
        ("/changes/checkpoints/2", notes_made[0]),
    ):
        answer = client.get(url)
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.content.decode() == note


@pytest.mark.parametrize(
    "url", ["/changes/checkpoint", "/changes/checkpoints/1", "/changes/checkpoints/" + "9" * 30]
)
def test_a_checkpoint_that_is_not_there_is_a_page_that_helps(client, url):
    answer = client.get(url)
    assert answer.status_code == 404
    assert "Nothing stands here" in Markup(answer.content.decode()).text


def test_the_page_lists_them_with_the_key_and_the_verifier(client):
    assert (
        "None has been made yet"
        in Markup(client.get("/changes/checkpoints/").content.decode()).text
    )
    for _ in range(3):
        logged(1)
        checkpoints.make()
    page = Markup(client.get("/changes/checkpoints/").content.decode())
    assert page.problems == []
    assert notes.verifier_key() in page.text
    assert {"/changes/checkpoints/1", "/changes/checkpoints/3", "/changes/checkpoint"} <= {
        *page.links
    }
    assert "/static/verify_record.py" in page.links
    assert "/changes/checkpoints/" in Markup(client.get("/changes/").content.decode()).links


def test_the_verifier_is_served_as_it_is(client):
    from tests.changes.test_tampering import VERIFIER

    answer: Any = client.get("/static/verify_record.py")
    assert b"".join(answer.streaming_content) == VERIFIER.read_bytes()
