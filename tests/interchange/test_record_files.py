"""The record file: out and in again, with nothing lost and nothing added."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from tests.builders import make_lab
from tests.interchange.recorded import brought_in, empty, everything, exported, scores
from tests.planting import plant
from tracker.assessments.models import Assessment
from tracker.changes.log import canonical
from tracker.changes.models import Change
from tracker.curation.roles import NOUNS
from tracker.interchange.record_files.schema import record_schema
from tracker.interchange.record_files.writing import chunks
from tracker.labs.models import Lab
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db


def round_trip(tmp_path):
    """Export, import into an empty record, export again; both must say and score the same."""
    before, scored = exported(), scores()
    empty()
    assert not Lab.objects.exists() and not Change.objects.exists()
    report = brought_in(tmp_path, before)
    assert exported() == before
    assert scores() == scored
    for command in (("rescore", "--check"), ("verify_log",), ("reindex", "--check")):
        call_command(*command, stdout=StringIO())
    return before, report


def entries() -> int:
    return Change.objects.count()


def test_the_seeds_come_back_byte_for_byte_with_the_same_scores(tmp_path):
    plant()
    data, report = round_trip(tmp_path)
    assert sum(report.new.values()) == entries() == sum(map(len, nouns(data).values()))
    assert not report.history.count
    again = brought_in(tmp_path, data)
    assert sum(again.unchanged.values()) == sum(report.new.values()) == entries()
    assert not again.new and not again.corrected and not again.retracted


def nouns(data: bytes) -> dict[str, list[dict[str, Any]]]:
    return {name: rows for name, rows in json.loads(data).items() if name != "format"}


def test_a_record_to_which_everything_happened_comes_back_the_same(tmp_path):
    everything()
    data, report = round_trip(tmp_path)
    rows = nouns(data)
    gone = {row["slug"] for rows in rows.values() for row in rows if row.get("state")}
    assert gone == {"gone", "gone-too"}
    assert not {"never-seen", "nobody-needs"} & {row["slug"] for row in rows["sources"]}
    assert sum(report.retracted.values()) == 2
    kinds = Change.objects.filter(kind="record_retracted").values_list("reason", flat=True)
    assert (
        list(kinds)
        == ["The record file record.json holds it as retracted; others still refer to it."] * 2
    )
    assert b"Words to be taken out" not in data
    by_two = next(row for row in rows["assessments"] if row["slug"] == "by-two")
    assert (by_two["written_by"], by_two["approved_by"]) == ("ada-example", "bob-example")
    assert "Zürich" in data.decode()
    again = brought_in(tmp_path, data)
    assert sum(again.unchanged.values()) == sum(map(len, rows.values()))
    assert not again.new and not again.corrected and not again.retracted


def test_who_judged_is_kept_as_text_and_shown_as_what_the_file_says(tmp_path, client):
    everything()
    page = client.get(Assessment.objects.get(slug="by-two").get_absolute_url()).content.decode()
    assert "Two people: <bdi>ada-example</bdi> wrote it, <bdi>bob-example</bdi> approved" in page
    data = exported()
    empty()
    brought_in(tmp_path, data)
    assessment = Assessment.objects.get(slug="by-two")
    assert (assessment.origin, assessment.batch) == ("imported", "record file record.json")
    assert assessment.author is None and assessment.reviewer is None
    page = client.get(assessment.get_absolute_url()).content.decode()
    assert "names <bdi>ada-example</bdi> as its author and <bdi>bob-example</bdi>" in page
    assert "nobody here checked that" in page
    body = json.loads(Change.objects.get(subject_slug="by-two").body or "")
    assert body["after"]["written_by"] == "ada-example"


def test_the_order_of_publication_of_one_day_is_kept(tmp_path):
    everything()
    data = exported()
    order = [row["slug"] for row in nouns(data)["assessments"] if row["commitment"] == "b-older"]
    assert order == ["z-first", "m-second", "a-third"]
    empty()
    brought_in(tmp_path, data)
    assert Assessment.objects.filter(commitment__slug="b-older")[0].slug == "a-third"


def test_what_is_referred_to_stands_before_what_refers_to_it():
    everything()
    seen: set[str] = set()
    for name, rows in nouns(exported()).items():
        for row in rows:
            if row["slug"] != "b-first":  # one of a ring has to be first
                named = [row.get(key) for key in ("read_via", "successor", "supersedes")]
                named += row.get("origins", [])
                assert not [each for each in named if each and f"{name} {each}" not in seen]
            seen.add(f"{name} {row['slug']}")


def test_the_file_is_one_record_a_line_and_fits_its_schema():
    plant()
    everything()
    data = exported()
    schema = record_schema()
    Draft202012Validator.check_schema(schema)
    assert not list(Draft202012Validator(schema).iter_errors(json.loads(data)))
    lines = data.decode().split("\n")
    records = [line.removesuffix(",") for line in lines if line.startswith('{"')]
    assert len(records) == sum(map(len, nouns(data).values()))
    assert all(canonical(json.loads(line)) == line for line in records)
    assert list(json.loads(data)) == [
        "format",
        *(str(model._meta.verbose_name_plural) for model in NOUNS),
    ]


def test_an_empty_record_is_a_file_too(tmp_path):
    data = exported()
    assert not any(nouns(data).values())
    report = brought_in(tmp_path, data)
    assert not report.new and not entries()


def test_the_schema_refuses_what_import_refuses():
    make_lab(slug="example-lab")
    good = json.loads(exported())
    validator = Draft202012Validator(record_schema())
    assert validator.is_valid(good)
    for change in ({"kind": "bakery"}, {"slug": "Not A Slug"}, {"more": 1}, {"state": "draft"}):
        bad = good | {"labs": [good["labs"][0] | change]}
        assert not validator.is_valid(bad), change


def test_nothing_private_is_in_the_file():
    plant()
    Source.objects.update(archived_text="PRIVATE WORDS", link_note="PRIVATE NOTE")
    data = exported()
    assert b"PRIVATE" not in data
    keys = {key for rows in nouns(data).values() for row in rows for key in row}
    assert not keys & {"archived_text", "link_note", "link_status", "batch", "origin", "id"}
    assert not keys & {"published_at", "version", "content_hash", "author", "reviewer"}


def queries_for(number: int, queries) -> int:
    for _ in range(number):
        make_lab()
    with queries(1000) as asked:
        exported()
    return len(asked)


def test_questions_to_the_database_do_not_grow_with_the_record(django_assert_max_num_queries):
    everything()
    first = queries_for(1, django_assert_max_num_queries)
    everything_else = queries_for(40, django_assert_max_num_queries)
    plant_labs = list(Lab.objects.all())
    assert len(plant_labs) > 40
    assert everything_else == first


def test_the_file_comes_in_pieces_of_a_moment(monkeypatch):
    monkeypatch.setattr("tracker.interchange.record_files.rows.TOGETHER", 7)
    plant()
    pieces = list(chunks())
    monkeypatch.undo()
    assert len(pieces) > 30 and b"".join(pieces) == exported()
