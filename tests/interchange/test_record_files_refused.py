"""A record file that cannot be brought in: a sentence with line and field, and nothing written."""

import gzip
import json
import os
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tests.builders import EDITOR, make_assessment, make_commitment, make_lab, make_source
from tests.curation.redactions import correct
from tests.interchange.recorded import exported, take_back
from tracker.changes.models import Change
from tracker.curation.roles import NOUNS
from tracker.curation.writing import Batch
from tracker.interchange.record_files.format import FORMAT
from tracker.labs.models import Lab

pytestmark = pytest.mark.django_db

LAB = {"slug": "example-lab", "name": "Example Lab", "kind": "ai_lab"}
SOURCE = {"slug": "example-source", "title": "Example Source", "tier": "tertiary"}
COMMITMENT: dict[str, Any] = {
    "slug": "example-commitment",
    "lab": "example-lab",
    "title": "Publish the audit",
    "reported_words": "that it would publish an audit",
    "reported_by": "example-source",
    "force": "promise",
    "category": "transparency",
    "obligation": "Publish an audit.",
    "made_on": "2024-01",
    "deadline": {"kind": "undated"},
    "criteria": [{"position": 1, "question": "Did it?", "evidence_needed": "The audit."}],
}
PERSON = {"slug": "ada", "name": "Ada Example"}


def text(*, format=FORMAT, **nouns) -> str:
    """A record file, pretty-printed, so that its records stand on lines that one can count."""
    return json.dumps({"format": format} | nouns, ensure_ascii=False, indent=1)


def good(**changes) -> str:
    return text(**{"labs": [LAB], "sources": [SOURCE], "commitments": [COMMITMENT]} | changes)


def counts() -> dict[str, int]:
    return {model.noun(): model._default_manager.count() for model in NOUNS} | {
        "changes": Change.objects.count()
    }


def refused(tmp_path, data, *options) -> str:
    """What the command says; and nothing may be written."""
    file = tmp_path / "record.json"
    file.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
    before = counts()
    with pytest.raises(CommandError) as caught:
        call_command("import_record", file, *options, stdout=StringIO(), stderr=StringIO())
    assert counts() == before, "something was written although the file was refused"
    said = str(caught.value)
    assert caught.value.returncode == 1
    assert said.endswith("\nNothing was written.")
    assert all(line.startswith("record.json") for line in said.splitlines()[:1])
    assert said.isprintable() or "\n" in said
    return said


def imported(tmp_path, data: str, *options) -> str:
    file = tmp_path / "record.json"
    file.write_text(data)
    out = StringIO()
    call_command("import_record", file, *options, stdout=out, stderr=out)
    return out.getvalue()


def test_a_file_by_hand_may_leave_out_what_has_a_default_and_stand_in_any_order(tmp_path):
    nouns = {"commitments": [COMMITMENT], "labs": [LAB], "sources": [SOURCE], "format": FORMAT}
    said = imported(tmp_path, json.dumps(nouns, indent=4).replace("\n", "\r\n"))
    assert "New: 1 lab, 1 source, 1 commitment." in said
    assert Change.objects.count() == 3


LINES = good().split("\n")
DAMAGED = {
    "nothing": ("", "record.json: is empty."),
    "only spaces": (" \n\n", "record.json, line 3: is no record file"),
    "a list": ("[]", "line 1: is no record file: that is a JSON object, which begins with {."),
    "cut off in a record": ("\n".join(LINES[:8]), "line 8: ends too early"),
    "cut off in a text": ("\n".join(LINES[:6]) + '\n"kind": "ai_', "line 4: ends in the middle"),
    "cut off after a record": (good()[: good().index("}") + 1], "line 8: ends too early"),
    "cut off at the end": (good().rstrip("}\n"), "ends"),
    "BOM": ("\ufeff" + good(), "record.json: begins with a byte order mark"),
    "UTF-16": (good().encode("utf-16"), "is UTF-16 text; save it as UTF-8."),
    "Latin-1": (
        good(labs=[LAB | {"summary": "für"}]).encode("latin-1"),
        "record.json, line 8: is not UTF-8 text (byte ",
    ),
    "gzip": (gzip.compress(good().encode()), "is compressed with gzip; unpack it first."),
    "zip": (b"PK\x03\x04 and so on", "is a ZIP archive"),
    "database": (b"SQLite format 3\x00", "is an SQLite database, not a record file."),
    "no JSON": (
        good().replace('"name":', '"name"'),
        "line 6: is not JSON: expecting ':' delimiter",
    ),
    "a comma too many": (good().replace('"ai_lab"', '"ai_lab",'), "line 8: is not JSON"),
    "a comma too few": (good().replace('"Example Lab",', '"Example Lab"'), "line 7: is not JSON"),
    "a control character": (good().replace("Example Lab", "Ex\x01ample"), "line 6: is not JSON"),
    "no colon": (good().replace('"labs":', '"labs"'), "line 3: is not JSON: a colon is missing"),
    "no comma between lists": (good().replace("],\n", "]\n"), "line 10: is not JSON: a comma or }"),
    "more after the end": (good() + "{}", "goes on after its end."),
    "deep": (
        good(people=[]).replace('"people": []', '"people": [' + "[" * 100_000),
        "is nested too deeply.",
    ),
    "deep but closed": (
        good().replace('"Example Lab"', "[" * 900 + "]" * 900),
        "labs 'example-lab', name: must be text",
    ),
    "another version": (good(format="on-record/record/v2"), "line 2: its format is 'on-record/rec"),
    "another format": (good(format=["x"]), "line 3: its format is 'x'; this version reads"),
    "no format": (json.dumps({"labs": [LAB]}), '"format" is missing; a record file says'),
}


@pytest.mark.once
@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_refused_in_a_sentence(tmp_path, name):
    data, said = DAMAGED[name]
    assert said in refused(tmp_path, data)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown noun": ({"lab": []}, "line 40: 'lab' is no noun. Did you mean 'labs'?"),
    "no list": ({"people": {"slug": "x"}}, "people: must be a list of records."),
    "no record": ({"people": ["x"]}, "line 41, people '?': must be a record, in braces."),
    "unknown field": (
        {"labs": [LAB | {"sumary": "x"}]},
        "line 4, labs 'example-lab', sumary: is not a field of this record. Did you mean 'summary'",
    ),
    "missing": ({"people": [{"slug": "ada"}]}, "line 41, people 'ada', name: is required."),
    "no slug": ({"people": [{"name": "Ada"}]}, "people '?', slug: is required."),
    "bad slug": ({"people": [PERSON | {"slug": "A B"}]}, "people 'A B', slug: Use lowercase"),
    "wrong type": ({"people": [PERSON | {"name": 7}]}, "'ada', name: must be text, not 7."),
    "a megabyte": (
        {"people": [PERSON | {"summary": "x" * 1_000_000}]},
        "'ada', summary: Ensure this value has at most 20000 characters (it has 1000000).",
    ),
    "a lone surrogate": ({"people": [PERSON | {"name": "\ud800"}]}, "is not UTF-8 text"),
    "a control character": ({"people": [PERSON | {"name": "a\x00b"}]}, "Character 2 is U+0000"),
    "twice": ({"people": [PERSON, PERSON]}, "line 45, people 'ada', slug: the record in line 41"),
    "nobody": (
        {"people": [PERSON | {"lab": "no-lab"}]},
        "line 41, people 'ada', lab: there is no lab 'no-lab'.",
    ),
    "no such state": ({"labs": [LAB | {"state": "draft"}]}, 'state: must be "retracted", or left'),
    "no such maker": (
        {"assessments": [{"slug": "x", "written_by": 7}]},
        "assessments 'x', written_by: must be text.",
    ),
    "30 February": (
        {"commitments": [COMMITMENT | {"made_on": "2024-02-30"}]},
        "line 18, commitments 'example-commitment', made_on: '2024-02-30' is not a date",
    ),
    "a check of the database": (
        {"commitments": [COMMITMENT | {"deadline": {"kind": "by_date"}}]},
        "line 18, commitments 'example-commitment': A date, window or recurring deadline needs",
    ),
    "a rule of the house": (
        {"commitments": [COMMITMENT | {"criteria": []}]},
        "commitments 'example-commitment', criteria: A commitment needs a criterion",
    ),
    "no such clause": (
        {
            "pledges": [{"slug": "p", "title": "P", "kind": "statement"}],
            "commitments": [COMMITMENT | {"pledge": "p", "clause": "7"}],
        },
        "commitments 'example-commitment', clause: names nothing that exists.",
    ),
    "two labs of one name": (
        {"labs": [LAB, LAB | {"slug": "another"}]},
        "Lab with this Name already exists.",
    ),
    "read via one another": (
        {
            "sources": [
                SOURCE | {"read_via": "b"},
                SOURCE | {"slug": "b", "read_via": "example-source"},
            ]
        },
        "sources refer in a ring: ",
    ),
    "succeeding one another": (
        {
            "commitments": [
                COMMITMENT | {"successor": "b", "relation": "restated"},
                COMMITMENT
                | {"slug": "b", "successor": "example-commitment", "relation": "weakened"},
            ]
        },
        "commitments refer in a ring: ",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_line_and_field(tmp_path, name):
    changes, said = WRONG[name]
    assert said in refused(tmp_path, good(**changes))


ODD = {
    "NaN": ("NaN", "NaN is no number of JSON."),
    "Infinity": ("-Infinity", "-Infinity is no number of JSON."),
    "too large": ("1e999", "1e999 is too large a number."),
    "too long": ("9" * 5000, "a number of 5000 digits is too long."),
    "twice": ('1, "weight": 2', "'weight' is there more than once."),
}


@pytest.mark.once
@pytest.mark.parametrize("name", ODD)
def test_what_json_leaves_open_is_refused(tmp_path, name):
    value, said = ODD[name]
    criterion = COMMITMENT["criteria"][0] | {"weight": "WEIGHT", "weight_reason": "So."}
    data = good(commitments=[COMMITMENT | {"criteria": [criterion]}])
    assert said in refused(tmp_path, data.replace('"WEIGHT"', value))


def test_every_problem_is_named_and_of_very_many_the_number(tmp_path):
    people = [{"slug": f"p-{number}", "name": 7} for number in range(250)]
    lines = refused(tmp_path, good(people=people, labs=[])).splitlines()
    assert len([line for line in lines if "name: must be text" in line]) == 200
    assert lines[-2] == "And 51 more problems."  # one of them: there is no lab


def test_a_list_that_is_there_twice(tmp_path):
    data = good().rstrip("}\n") + ', "labs": []}'
    assert "'labs' is there more than once." in refused(tmp_path, data)


def test_what_somebody_changed_since_is_not_undone(tmp_path):
    imported(tmp_path, good())
    correct(Lab.objects.get(), name="Sample Lab")
    said = refused(tmp_path, good())
    assert "line 4, labs 'example-lab': lab 'example-lab' differs from the file" in said
    assert "last changed by Eve Editor" in said
    assert Lab.objects.get().name == "Sample Lab"


def test_a_curators_draft_is_not_undone(tmp_path):
    Lab.objects.create(slug="example-lab", name="A curator's draft", kind="ai_lab")
    assert "a curator, as a draft" in refused(tmp_path, good())


def test_what_was_retracted_here_does_not_come_back(tmp_path):
    imported(tmp_path, good(labs=[LAB, LAB | {"slug": "other", "name": "Other Lab"}]))
    take_back(Lab.objects.get(slug="other"))
    said = refused(tmp_path, good(labs=[LAB, LAB | {"slug": "other", "name": "Other Lab"}]))
    assert "labs 'other': was retracted here, and what is retracted neither comes back" in said


def test_nothing_is_retracted_that_others_here_refer_to(tmp_path):
    imported(tmp_path, good())
    person = {"people": [PERSON | {"lab": "example-lab"}]}
    imported(tmp_path, good(**person))
    said = refused(tmp_path, text(labs=[LAB | {"state": "retracted"}]))
    assert "while the person 'ada', which is published here, refers to it." in said


def test_a_published_judgement_stays(tmp_path):
    assessment = make_assessment(commitment=make_commitment(), values=["met"])
    data = exported().decode()
    said = refused(tmp_path, data.replace("The audit is there.", "It is not."))
    assert f"assessments '{assessment.slug}'" in said
    assert "A published assessment is never edited" in said


def test_what_the_file_changes_is_a_correction(tmp_path):
    imported(tmp_path, good())
    said = imported(tmp_path, good(labs=[LAB | {"summary": "A made-up lab."}]))
    assert 'labs \'example-lab\': summary: "" -> "A made-up lab."' in said
    assert "Corrected: 1 lab.\n" in said and "Unchanged: 1 source, 1 commitment." in said
    change = Change.objects.order_by("-sequence")[0]
    assert (change.kind, change.actor) == ("lab_corrected", "record file")
    assert change.reason == "Imported from the record file record.json."


def test_of_a_long_text_it_shows_what_is_not_the_same(tmp_path):
    long = "A made-up lab. " * 20
    imported(tmp_path, good(labs=[LAB | {"summary": f"{long}It tests. {long}".strip()}]))
    changed = good(labs=[LAB | {"summary": f"{long}It rests. {long}".strip()}])
    said = imported(tmp_path, changed, "--dry-run")
    old, new = said.split("summary: ")[1].partition("\n")[0].split(" -> ")
    assert "It tests." in old and "It rests." in new
    longer = good(labs=[LAB | {"summary": f"{long}It tests. {long}It ends.".strip()}])
    assert "It ends." in imported(tmp_path, longer, "--dry-run").partition(" -> ")[2]


def test_a_dry_run_says_what_would_change_and_changes_nothing(tmp_path):
    imported(tmp_path, good())
    before, log = exported(), Change.objects.count()
    new = LAB | {"slug": "new", "name": "New Lab"}
    changed = good(labs=[LAB | {"name": "Renamed Lab"}, new], people=[PERSON])
    said = imported(tmp_path, changed, "--dry-run")
    assert 'labs \'example-lab\': name: "Example Lab" -> "Renamed Lab"' in said
    assert "New: 1 lab, 1 person.\nCorrected: 1 lab." in said
    assert said.endswith("Nothing was written.\n")
    assert (exported(), Change.objects.count()) == (before, log)
    assert "there is no lab" in refused(
        tmp_path, good(labs=[]).replace("example-lab", "x"), "--dry-run"
    )


def test_a_published_record_that_the_file_retracts_is_retracted(tmp_path):
    imported(tmp_path, text(labs=[LAB]))
    said = imported(tmp_path, text(labs=[LAB | {"state": "retracted"}]))
    assert said.startswith("labs 'example-lab': retracted\n") and "Retracted: 1 lab." in said
    assert Lab.objects.get().state == "retracted"
    assert "Unchanged: 1 lab." in imported(tmp_path, text(labs=[LAB | {"state": "retracted"}]))


def test_an_interrupted_import_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(Batch, "close", interrupted)
    file = tmp_path / "record.json"
    file.write_text(good())
    with pytest.raises(CommandError) as caught:
        call_command("import_record", file, stdout=StringIO())
    assert caught.value.returncode == 130
    assert not Lab.objects.exists() and not Change.objects.exists()


def test_no_file_and_a_folder(tmp_path):
    for path, said in ((tmp_path / "none.json", "none.json: cannot be read: No such file"),
                       (tmp_path, "cannot be read: Is a directory")):  # fmt: skip
        with pytest.raises(CommandError, match=said):
            call_command("import_record", path)


def test_a_name_of_a_file_that_cannot_be_said_is_left_out(tmp_path):
    file = tmp_path / "re\u202ecord\n.json"
    file.write_text(good())
    call_command("import_record", file, stdout=StringIO())
    reasons = set(Change.objects.values_list("reason", flat=True))
    assert reasons == {"Imported from the record file."}


def test_a_curator_is_held_to_every_rule_all_the_same(tmp_path):
    """What history lets through is for files alone: here the lab's own draft is refused."""
    source = make_source()
    take_back(source)
    with (
        pytest.raises(Exception, match="was retracted; rest on something else"),
        transaction.atomic(),
    ):
        make_commitment(reported_by=source)
    assert make_lab() and EDITOR.may("tracker.publish")


def test_a_value_of_none_of_the_choices_and_a_database_without_tables(tmp_path, monkeypatch):
    said = refused(tmp_path, good(labs=[LAB | {"kind": "lab"}]))
    assert "kind: must be one of: ai_lab, company, public_body, publisher, other." in said
    monkeypatch.setattr(connection.introspection, "table_names", list)
    assert "run `manage.py migrate` first" in refused(tmp_path, good())


@pytest.mark.parametrize("weight", ["٣", "1e3", "1_000", " 1", "NaN", ""])
def test_a_weight_is_digits(tmp_path, weight):
    criteria = [COMMITMENT["criteria"][0] | {"weight": weight}]
    said = refused(tmp_path, good(commitments=[COMMITMENT | {"criteria": criteria}]))
    assert "criteria[1].weight: must be a number in digits" in said


def test_places_that_are_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CommandError, match="is a pipe"):
        call_command("import_record", tmp_path / "pipe")
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    for place in (tmp_path / "ring", "a\0b"):
        with pytest.raises(CommandError, match="names no place"):
            call_command("export_record", place)
