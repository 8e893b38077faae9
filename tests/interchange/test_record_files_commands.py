"""export_record on disk: the file is there whole or as it was; one moment; any record at all."""

import json
import threading
from io import BytesIO, StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import make_lab, make_source
from tests.interchange.recorded import brought_in, empty, exported
from tests.interchange.test_record_files_refused import LAB, text
from tracker.interchange.record_files import exporting
from tracker.interchange.record_files.snapshot import snapshot
from tracker.interchange.record_files.writing import chunks
from tracker.labs.models import Lab


@pytest.mark.django_db
def test_a_file_and_what_is_said(tmp_path):
    make_lab(slug="example-lab")
    out = StringIO()
    call_command("export_record", tmp_path / "record.json", stdout=out)
    assert (tmp_path / "record.json").read_bytes() == exported()
    assert f"{len(exported()):,} bytes." in out.getvalue()
    assert [each.name for each in tmp_path.iterdir()] == ["record.json"]


def broken(failure):
    """Chunks of which the second never comes."""

    def pieces(progress=None):
        yield b"{"
        raise failure

    return pieces


@pytest.mark.django_db
def test_a_failure_loses_nothing(tmp_path, monkeypatch):
    file = tmp_path / "record.json"
    file.write_text("what was there")
    for failure, said in (
        (OSError(28, "No space left on device"), "cannot be written: No space left on device."),
        (KeyboardInterrupt(), "Interrupted. Nothing was written."),
    ):
        monkeypatch.setattr(exporting, "chunks", broken(failure))
        with pytest.raises(CommandError, match=said):
            call_command("export_record", file)
        assert file.read_text() == "what was there"
        assert [each.name for each in tmp_path.iterdir()] == ["record.json"]


@pytest.mark.django_db
def test_a_place_where_no_file_can_be(tmp_path):
    for path in (tmp_path, tmp_path / "no-such-folder" / "record.json"):
        with pytest.raises(CommandError, match="cannot be written: "):
            call_command("export_record", path)
    with pytest.raises(CommandError, match="Give the PATH"):
        call_command("export_record")


@pytest.mark.django_db
def test_to_standard_output_and_the_schema(monkeypatch, capsys):
    make_lab()
    written = BytesIO()
    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=written))
    call_command("export_record", "-")
    assert written.getvalue() == exported()
    out = StringIO()
    call_command("export_record", "--schema", stdout=out)
    assert json.loads(out.getvalue())["$schema"].endswith("2020-12/schema")


@pytest.mark.django_db
def test_progress_is_told_for_every_step(tmp_path):
    make_lab()
    told: list[tuple[int, int]] = []
    data = b"".join(chunks(lambda done, total: told.append((done, total))))
    assert told == [(1, 1)]
    empty()
    said: list[str] = []
    brought_in(tmp_path, data, progress=lambda what, done, total: said.append(f"{done} {what}"))
    assert said == [f"{len(data)} checked, in bytes", "1 records", "1 entries of the log to write"]


@pytest.mark.django_db(transaction=True)
def test_the_file_is_of_one_moment_and_nobody_waits_for_it():
    make_lab(slug="a-lab", name="A")
    pieces = chunks()
    first = next(pieces)

    def publish():
        make_source(slug="published-meanwhile")
        connection.close()

    other = threading.Thread(target=publish)
    other.start()
    other.join(timeout=30)
    assert not other.is_alive(), "publishing waited for an export"
    whole = first + b"".join(pieces)
    assert b"published-meanwhile" not in whole and b'"a-lab"' in whole
    assert b"published-meanwhile" in exported()


@pytest.mark.django_db(transaction=True)
def test_an_export_that_nobody_reads_to_its_end_leaves_no_transaction():
    make_lab()
    pieces: Any = chunks()
    next(pieces)
    within = connection.in_atomic_block
    pieces.close()
    assert (within, connection.in_atomic_block) == (True, False)
    with snapshot() as head:
        assert head == 1
    make_lab()
    assert Lab.objects.count() == 2


lines = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="\u2800\u3164"), min_size=1
).filter(lambda text: any(each.isalnum() for each in text))
proses = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"]) | st.sampled_from("\n\t"))
slugs = [f"s-{number}" for number in range(5)]


@st.composite
def records(draw):
    """Labs, and sources that repeat one another and are read through one another."""
    sources = []
    for number, slug in enumerate(slugs):
        sources.append(
            {
                "slug": slug,
                "title": draw(lines)[:200],
                "note": draw(proses),
                "tier": draw(st.sampled_from(("primary_lab", "tertiary"))),
                "read_via": draw(st.sampled_from(["", *slugs[:number]])),
                "origins": draw(st.lists(st.sampled_from(slugs), max_size=3)),
                "lab": "example-lab",
            }
        )
    return draw(st.permutations(sources))


@pytest.mark.django_db
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records())
def test_any_record_comes_back_as_it_was(tmp_path, sources):
    empty()
    brought_in(tmp_path, text(sources=sources, labs=[LAB]).encode())
    data = exported()
    empty()
    brought_in(tmp_path, data)
    assert exported() == data
    given_notes = {source["slug"]: source["note"] for source in sources}
    assert {row["slug"]: row["note"] for row in json.loads(data)["sources"]} == given_notes
