"""Tables as files: what is written comes back to the last apostrophe; what is no table does not."""

import csv
import io
import string
import zipfile
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.interchange import tables, tables_xlsx
from tracker.interchange.tables import (
    COLUMNS,
    ROWS,
    TableError,
    read_csv,
)
from tracker.interchange.tables_columns import read_table
from tracker.interchange.tables_xlsx import read_xlsx, refuse_bombs, write_xlsx
from tracker.records.cells import quoted, unquoted, write_csv

pytestmark = pytest.mark.once

DANGEROUS = "=+-@\t\r\n"

#: What records can hold: no control characters but tab and line feed.
printable = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
texts = st.text(printable | st.sampled_from("'=+-@\t\n,;\"_x00415F ")) | st.from_regex(
    r"'{0,4}[=+\-@\t]{0,2}[a-z_x0-9F]{0,9}", fullmatch=True
)
cells = st.lists(st.lists(texts, min_size=3, max_size=3), min_size=1, max_size=6)


def xlsx_of(*rows, **names) -> bytes:
    """A workbook as a person makes it, with typed cells and formulas."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cell, format in names.items():
        book.active[cell].number_format = format
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def refused(read, data: bytes) -> str:
    with pytest.raises(TableError) as error:
        read(data)
    return str(error.value)


def kept(rows: list[list[str]]) -> list[list[str]]:
    """Rows in which nothing stands are left out at the end."""
    while rows and not any(rows[-1]):
        rows = rows[:-1]
    return rows


# --- formulas ------------------------------------------------------------------------------------


@given(text=st.text(st.sampled_from(DANGEROUS + "'ab ")) | texts)
def test_a_quoted_text_is_no_formula_and_loses_nothing(text):
    assert unquoted(quoted(text)) == text
    assert not quoted(text).startswith(tuple(DANGEROUS))


@given(one=texts, other=texts)
def test_no_two_texts_are_quoted_alike(one, other):
    assert (quoted(one) == quoted(other)) == (one == other)


@pytest.mark.parametrize("text", [f"{sign}1" for sign in DANGEROUS])
def test_each_sign_is_quoted_and_apostrophes_of_its_own_kept(text):
    assert quoted(text) == f"'{text}"
    assert quoted(f"''{text}") == f"'''{text}"
    assert quoted("'plain") == "'plain"


@given(rows=cells)
def test_a_csv_file_comes_back(rows):
    data = write_csv([["a", "b", "c"], *rows])
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        assert not any(cell.startswith(tuple(DANGEROUS)) for cell in row)
    if kept(rows):
        read = [[cell or "" for cell in row] for row in read_csv(data).rows]
        assert read == kept(rows)


@given(rows=cells)
def test_a_workbook_comes_back_and_holds_no_formula(rows):
    data = write_xlsx("labs", [["a", "b", "c"], *rows])
    if kept(rows):
        read = [[cell or "" for cell in row] for row in read_xlsx(data).rows]
        assert read == kept(rows)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet and b"<f " not in sheet


def test_a_formula_in_a_workbook_is_refused_by_its_cell():
    said = refused(read_xlsx, xlsx_of(["slug", "title"], ["a", "=1+1"], ["b", "#DIV/0!"]))
    assert said.splitlines() == [
        "Cell B2: holds a formula. Put its value there, as text.",
        "Cell B3: holds an error, #DIV/0!.",
    ]


# --- what a spreadsheet makes of a text ----------------------------------------------------------


def test_typed_cells_are_read_as_they_were_typed():
    row = [2027, 1.0, 2.5, True, date(2024, 7, 5), date(2024, 7, 1), date(2024, 1, 1)]
    data = xlsx_of(list("abcdefg"), row, F2="mmm-yy", G2="yyyy")
    assert read_xlsx(data).rows == [[2027, 1.0, 2.5, True, "2024-07-05", "2024-07", "2024"]]


def test_what_the_file_says_of_its_size_is_not_believed():
    data = xlsx_of(["slug", "title"], ["a", "A"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    sheet = files["xl/worksheets/sheet1.xml"]
    for one, other in ((b'ref="A1:B2"', b'ref="A1:XFD1048576"'), (b'ref="A1:B2"', b'ref="A1:A1"')):
        assert one in sheet
        files["xl/worksheets/sheet1.xml"] = sheet.replace(one, other)
        assert read_xlsx(zipped(files)).rows == [["a", "A"]]


def test_rows_that_are_far_away_are_not_waited_for():
    data = xlsx_of(["slug"], ["a"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    sheet = files["xl/worksheets/sheet1.xml"]
    far = sheet.replace(b'r="A2"', b'r="A2000000000"').replace(b'r="2"', b'r="2000000000"')
    assert far != sheet
    files["xl/worksheets/sheet1.xml"] = far
    assert "more than 50,000 rows" in refused(read_xlsx, zipped(files))


# --- shape and size ------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_separators_and_line_ends_are_found_out(delimiter, ends):
    text = ends.join(delimiter.join(row) for row in (["slug", "title"], ["a", "A"]))
    table = read_csv(text.encode())
    assert (table.headings, table.rows) == (["slug", "title"], [["a", "A"]])


def test_blank_rows_keep_their_numbers_and_end_the_table():
    table = read_csv(b"slug,title\na,A\n,\n\nb,B\n,\n\n")
    assert [row[0] for row in table.rows] == ["a", None, None, "b"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no headings"),
        (b"slug,title\n", "no row below its headings"),
        ("slug,title\na,ä\n".encode("latin-1"), "Line 2: is not UTF-8"),
        ("slug,title\na,A\n".encode("utf-16"), "is not UTF-8"),
        (b"slug,title\na\n", "Row 2: has 1 cells where the headings are 2"),
        (b"slug,title\na,A,more\n", "Row 2: has a cell beyond the last heading"),
        (b'slug,title\na,"A\n', "is not CSV"),
        (b'slug,title\na,"A"b\n', "is not CSV"),
        (",".join(["a"] * (COLUMNS + 1)).encode(), f"more than {COLUMNS} columns"),
        (b"slug\n" + b"a\n" * (ROWS + 1), "more than 50,000 rows"),
        (b"PK\x03\x04 and no more", "no Excel workbook"),
    ],
)
def test_what_is_no_table_is_told_why(data, sentence):
    assert sentence in refused(read_table, data)


def test_fifty_thousand_rows_are_read():
    assert len(read_csv(b"slug\n" + b"a\n" * ROWS).rows) == ROWS


def test_at_most_some_problems_are_told():
    lines = refused(read_csv, b"slug,title\n" + b"a\n" * 500).splitlines()
    assert len(lines) == tables.LINES + 1 and lines[-1] == "And 300 more like these."


# --- hostile workbooks ---------------------------------------------------------------------------


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def test_zip_bombs_are_refused_before_they_are_unpacked():
    sparse = zipped({"xl/worksheets/sheet1.xml": b"<a>" + b" " * 5_000_000})
    assert len(sparse) < 50_000
    assert "unpacks to more" in refused(refuse_bombs, sparse)
    many = zipped({f"{number}.xml": b"<a/>" for number in range(tables_xlsx.ENTRIES + 1)})
    assert "unpacks to more" in refused(refuse_bombs, many)


def test_all_files_of_a_workbook_count_together(monkeypatch):
    monkeypatch.setattr(tables_xlsx, "UNPACKED", 1_000)
    text = string.ascii_letters.encode() * 10
    assert "unpacks to more" in refused(refuse_bombs, zipped({"a.txt": text, "b.txt": text}))
    refuse_bombs(zipped({"a.txt": text}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_entity_is_declared(encoding):
    evil = '<?xml version="1.0"?><!-- --><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    if encoding == "utf-16":
        evil = evil.replace('"1.0"', '"1.0" encoding="utf-16"')
    for name in ("xl/workbook.xml", "xl/picture.png"):  # a workbook can call any part its sheet
        data = zipped({name: f"{evil}<a>&b;</a>".encode(encoding)})
        assert "document type" in refused(read_xlsx, data)


@pytest.mark.parametrize(
    "name", ["[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"]
)
@pytest.mark.parametrize("content", [None, b"", b"<a", b"<a/>", b"\x00\xff"])
def test_a_broken_workbook_is_a_sentence(name, content):
    with zipfile.ZipFile(io.BytesIO(xlsx_of(["slug"], ["a"]))) as archive:
        files = {each: archive.read(each) for each in archive.namelist()}
    if content is None:
        del files[name]
    else:
        files[name] = content
    assert refused(read_xlsx, zipped(files))


@given(data=st.binary(max_size=200).map(lambda tail: b"PK\x03\x04" + tail))
def test_bytes_of_any_kind_are_a_sentence(data):
    assert refused(read_table, data)


def test_an_exported_cell_is_formatted_as_text():
    book = openpyxl.load_workbook(
        io.BytesIO(write_xlsx("labs", [["slug", "made_on"], ["a", "2027"]]))
    )
    assert {cell.number_format for row in book.active for cell in row} == {"@"}
    assert book.active["B2"].data_type == "s"
