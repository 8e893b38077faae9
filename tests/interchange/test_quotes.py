"""Every quotation of the record, against the documents that print it."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.builders import make_quotation, make_source
from tests.planting import plant
from tracker.sources.checking import sha256_text

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ROOT.parent / "shared" / "seeds"

TEXT = "The lab said: “We promise an audit.” Nothing more was printed."


def printed(tmp_path: Path, **fields) -> Path:
    (tmp_path / "document.txt").write_text(TEXT)
    source = make_source(sha256=sha256_text(TEXT.encode()))
    values: dict[str, Any] = {
        "exact": "We promise an audit.",
        "start": TEXT.index("We"),
        "suffix": "” Nothing",
    }
    make_quotation(source=source, **(values | fields))
    return tmp_path


def report(capsys, *args: str) -> Any:
    call_command("check_quotes", "--json", *args)
    return json.loads(capsys.readouterr().out)


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the founding documents are not at hand")
def test_every_quotation_of_the_founding_documents_is_printed_where_we_say(capsys):
    plant()
    rows = report(capsys, "--documents", str(DOCUMENTS))
    assert len(rows) >= 30
    assert {row["status"] for row in rows} == {"verified"}
    assert set(rows[0]) == {"id", "source", "exact", "start", "status"}
    texts = [file.read_bytes().decode() for file in DOCUMENTS.glob("*.txt")]
    for row in rows:
        at = slice(row["start"], row["start"] + len(row["exact"]))
        assert any(text[at] == row["exact"] for text in texts), row["id"]


def test_a_true_quotation_is_verified(tmp_path, capsys):
    (row,) = report(capsys, "--documents", str(printed(tmp_path)))
    assert (row["status"], row["start"]) == ("verified", TEXT.index("We"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"exact": "We promise one audit."}, "altered"),
        ({"exact": "Nobody ever said anything of this kind."}, "not_found"),
        ({"prefix": "The lab denied: “"}, "not_found"),
        ({"start": None}, "unchecked"),
    ],
)
def test_a_false_quotation_fails_the_command(tmp_path, capsys, fields, said):
    folder = printed(tmp_path, **fields)
    with pytest.raises(CommandError, match="0 of 1 quotations verified"):
        call_command("check_quotes", "--json", "--documents", str(folder))
    (row,) = json.loads(capsys.readouterr().out)
    assert row["status"] == said


def test_without_the_document_nothing_is_claimed(tmp_path, capsys):
    printed(tmp_path)
    with pytest.raises(CommandError, match="Give --documents"):
        call_command("check_quotes")
    assert "unchecked" in capsys.readouterr().out


def test_the_archived_text_serves_where_no_document_is_given(capsys):
    source = make_source(archived_text=TEXT)
    make_quotation(source=source, start=TEXT.index("We"))
    (row,) = report(capsys)
    assert row["status"] == "verified"


def test_bad_folders_and_empty_records_are_said(tmp_path):
    with pytest.raises(CommandError, match="is no folder"):
        call_command("check_quotes", "--documents", str(tmp_path / "none"))
    (tmp_path / "bad.txt").write_bytes(b"\xff")
    with pytest.raises(CommandError, match="is not UTF-8"):
        call_command("check_quotes", "--documents", str(tmp_path))
    with pytest.raises(CommandError, match="no published quotation"):
        call_command("check_quotes")


@pytest.mark.parametrize(
    ("words", "status", "true_words"),
    [
        ("We promise an audit.", "verified", "We promise an audit."),
        ("We promise one audit.", "altered", "We promise an audit."),
        ("Nobody ever said anything of this kind.", "not_found", ""),
    ],
)
def test_one_quotation_is_checked_from_the_shell(tmp_path, capsys, words, status, true_words):
    document = tmp_path / "document.txt"
    document.write_text(TEXT)
    try:
        call_command("check_quote", words, document=document)
    except CommandError:
        assert status != "verified"
    answer = json.loads(capsys.readouterr().out)
    assert (answer["status"], answer["true_words"]) == (status, true_words)
    assert set(answer) == {"status", "start", "true_words", "similarity"}


def test_a_document_that_is_not_there_and_words_that_are_none_are_said(tmp_path):
    (tmp_path / "document.txt").write_text(TEXT)
    with pytest.raises(CommandError, match="No such file"):
        call_command("check_quote", "words", document=tmp_path / "none.txt")
    with pytest.raises(CommandError):
        call_command("check_quote", " ", document=tmp_path / "document.txt")
