"""The page of downloads: all it promises is there, and its commands do what it says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_lab,
    make_outcome,
    make_pledge,
)
from tests.web.examples import Shell, blocks, shell_in
from tests.web.markup import Markup
from tracker.changes import checkpoints
from tracker.changes.log import timestamp
from tracker.changes.models import LogHead
from tracker.curation.editing import begin, finish, retract
from tracker.curation.roles import NOUNS
from tracker.reading.represent import represent
from tracker.records.models import State

pytestmark = pytest.mark.django_db


def read(client: Client) -> Markup:
    answer = client.get("/data/")
    assert answer.status_code == 200
    return Markup(answer.content.decode())


def linked_data(client: Client) -> dict[str, Any]:
    (found,) = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>',
        client.get("/data/").content.decode(),
        re.DOTALL,
    )
    data: dict[str, Any] = json.loads(found)
    return data


def small_record() -> None:
    """Something for every part of the page."""
    lab = make_lab()
    make_pledge(clauses=1, addressed=(lab,), kind="statement")
    make_outcome(bears_on=make_commitment(lab=lab))


def test_every_download_is_there_in_the_format_that_is_said(client, settings):
    small_record()
    checkpoints.make()
    answer = client.get("/data/")
    downloads = answer.context["downloads"]
    assert len({each.path for each in downloads}) == len(downloads) >= 9
    for each in downloads:
        got = client.get(each.path)
        assert got.status_code == 200, each
        assert got["Content-Type"].partition(";")[0] == each.type, each
        assert f'id="{each.anchor}"' in answer.content.decode(), each


def test_every_link_of_the_page_leads_somewhere(client):
    small_record()
    page = read(client)
    assert page.problems == []
    own = {link for link in page.links if link.startswith(("/", "#"))}
    assert {"/sitemap.xml", "/changes/log.jsonl", "#licence"} <= own
    for link in own:
        if link.startswith("#"):
            assert link[1:] in page.ids, link
        else:
            got: Any = client.get(link.partition("#")[0])
            assert got.status_code == 200, link
            if got.streaming:  # a file that wants to be closed
                assert b"".join(got.streaming_content)


def test_it_says_how_much_there_is(client):
    empty = read(client).text
    assert "0 organisations, 0 commitments" in empty and "0 lines" in empty
    assert "No commitment is published yet." in empty
    small_record()
    whole: Any = client.get("/changes/log.jsonl")
    text = b"".join(whole.streaming_content)
    size = client.get("/data/").context["held"].size
    assert 0.7 * len(text) < size < 1.4 * len(text)
    assert f"{LogHead.objects.get().sequence:,} lines, about" in read(client).text


def test_what_a_study_measured_is_no_commitment_there_and_no_example(client):
    promise = make_commitment(made_on="2023-05")
    pledge = make_pledge(clauses=1, addressed=(promise.lab,))
    make_commitment(lab=promise.lab, pledge=pledge, basis="measured", made_on="2024-05")
    page = read(client)
    assert "1 commitments, 1 measurements of what nobody promised, " in page.text
    assert f"/commitments/{promise.slug}/badge.svg" in page.links


@pytest.fixture
def shell(settings, live_server, tmp_path: Path) -> Shell:
    """Runs what the page says, in a folder of its own, against a live site."""
    settings.SITE_URL = live_server.url
    return shell_in(tmp_path)


@pytest.mark.django_db(transaction=True)
def test_its_commands_follow_rebuild_and_check_a_record_with_corrections(client, shell):
    """And with retractions; the other examples are run in test_examples.py."""
    lab = make_lab(name="Example Läb")
    commitment = make_commitment(lab=lab, title="Publish the audit")
    make_assessment(
        commitment=commitment,
        values=["met"],
        evidence=(make_outcome(bears_on=commitment),),
    )
    make_pledge(clauses=2, addressed=(lab,), kind="open_call", checked_on="2024-05-06")
    gone = make_lab()
    with transaction.atomic():
        editing = begin(lab, by=EDITOR, reason="A test.")
        lab.summary = "Another summary."
        lab.save()
        finish(editing, lab)
    with transaction.atomic():
        retract(gone, by=EDITOR, reason="A test.")
    without = blocks(client.get("/data/").content.decode())["verify"]
    checkpoints.make()

    told = blocks(client.get("/data/").content.decode())
    followed = shell.run(told["follow-log"])
    assert followed.stderr == ""
    assert (shell.folder / "slept").read_text() == "..."  # and nothing came twice:
    lines = (shell.folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == LogHead.objects.get().sequence

    assert without != told["verify"]
    for code in (without, told["verify"]):
        checked = shell.run(code)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    (shell.folder / "log.jsonl").write_text("\n".join(lines[1:]) + "\n", encoding="utf-8")
    assert shell.run("python3 verify_record.py log.jsonl checkpoint").returncode == 1
    (shell.folder / "log.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")

    code = told["rebuild"]
    assert shell.right(shell.python(code)) == f"{lab.slug}\tPublish the audit\n"
    dump = "print(json.dumps([[*name, record] for name, record in records.items()]))"
    rebuilt = json.loads(shell.right(shell.python(f"{code}\n{dump}\n")).split("\n")[-2])
    records = {
        (model.noun(), record.slug): json.loads(json.dumps(represent(record), default=str))
        for model in NOUNS
        for record in model._default_manager.filter(state=State.PUBLISHED)
    }
    assert {(noun, slug): record for noun, slug, record in rebuilt} == records


def test_without_a_checkpoint_it_does_not_send_for_one(client):
    page = client.get("/data/").content.decode()
    assert "checkpoint" not in blocks(page)["verify"]
    assert "/changes/checkpoint" not in Markup(page).links


def test_search_engines_are_told_of_the_whole_as_a_dataset(client, settings):
    settings.SITE_URL = "https://record.example"
    settings.SITE_NAME = "Rec & </script>Ord"
    commitment = make_commitment(made_on="2023-07")
    make_outcome(bears_on=commitment, occurred_on="2021-05-04/2021-05-06")
    head = LogHead.objects.get()
    assert head.at
    data = linked_data(client)
    assert data["@context"] == "https://schema.org" and data["@type"] == "Dataset"
    assert data["name"] == "Rec & </script>Ord: what AI labs promised, and what happened next"
    assert 50 <= len(data["description"]) <= 5000
    assert data["url"] == "https://record.example/data/"
    assert data["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert data["isAccessibleForFree"] is True
    assert data["dateModified"] == timestamp(head.at)
    assert data["temporalCoverage"] == "2021-05-04/.."
    for role in ("creator", "publisher"):
        assert data[role] == {
            "@type": "Organization",
            "name": "Rec & </script>Ord",
            "url": "https://record.example/",
        }
    assert "AI labs" in data["keywords"]
    files = {each["contentUrl"]: each["encodingFormat"] for each in data["distribution"]}
    assert files["https://record.example/changes/log.jsonl"] == "application/jsonl"
    assert files["https://record.example/feeds/changes.atom"] == "application/atom+xml"
    assert files["https://record.example/data/on-record.zip"] == "application/zip"
    assert files["https://record.example/data/record.json"] == "application/json"
    assert files["https://record.example/data/record.schema.json"] == "application/schema+json"
    assert files["https://record.example/data/on-record.sqlite3"] == "application/vnd.sqlite3"
    assert files["https://record.example/data/commitments.csv"] == "text/csv"
    assert "text/html" not in files.values()
    names = [each["name"] for each in data["distribution"]]
    assert len(set(names)) == len(names)
    for address in files:
        answer: Any = client.get(address.removeprefix("https://record.example"))
        assert answer.status_code == 200, address


def test_of_nothing_it_claims_no_time(client):
    assert {"temporalCoverage", "dateModified", "datePublished"}.isdisjoint(linked_data(client))


def test_it_takes_no_parameter(client):
    assert client.get("/data/?page=2").status_code == 400
