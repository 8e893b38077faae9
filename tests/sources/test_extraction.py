"""The text of an uploaded file: what a reader would see, in bounded work, or one clear sentence."""

import zlib
from io import BytesIO

import pytest
from pypdf import PdfWriter

from tracker.records.fields import refuse_unprintable
from tracker.sources import pdf
from tracker.sources.extraction import text_of

pytestmark = pytest.mark.once

DAMAGED = "a.pdf is damaged: it cannot be read as a PDF."
SCAN = "a.pdf holds no text. A scan holds pictures only: paste its words."


def pdf_of(*contents: bytes, flate: bool = False, extra: tuple[bytes, ...] = ()) -> bytes:
    """A PDF by hand: a page for each content stream, in Helvetica; `extra` are further objects."""
    first = 4
    kids = " ".join(f"{first + 2 * at} 0 R" for at in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    forms = " ".join(f"/X{at} {first + 2 * len(contents) + at} 0 R" for at in range(len(extra)))
    for at, content in enumerate(contents):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {first + 2 * at + 1} "
            f"0 R /Resources << /Font << /F1 3 0 R >> /XObject << {forms} >> >> >>".encode()
        )
        packed = zlib.compress(content, 9) if flate else content
        kind = b"/Filter /FlateDecode " if flate else b""
        objects.append(b"<< %s/Length %d >>\nstream\n%s\nendstream" % (kind, len(packed), packed))
    objects += extra
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, len(out))
    )


def saying(words: str) -> bytes:
    return f"BT /F1 12 Tf 50 700 Td ({words}) Tj ET".encode()


def test_plain_text_stays_as_it_stands():
    text = "We promise\n  an “audit”.\tSoon.\n"
    assert text_of("letter.TXT", text.encode()) == text


def test_a_byte_order_mark_and_foreign_line_ends_are_no_text():
    data = b"\xef\xbb\xbf" + b"one\r\ntwo\rthree\x0cfour\x0bfive"
    assert text_of("letter.txt", data) == "one\ntwo\nthree\nfour\nfive"


def test_control_characters_are_cleaned_so_that_the_column_takes_it():
    text = text_of("letter.txt", "a\x00b\x1bc\x7fd\x9fe\ufffef".encode())
    assert text == "a b c d e f"
    refuse_unprintable(text)


def test_html_is_what_a_reader_sees():
    page = """<!doctype html><html><head><title>No</title><style>p{}</style></head><body>
    <script>no()</script><noscript>no</noscript><!-- no --><template><p>no</p></template>
    <h1>A&nbsp;Letter</h1><p>We <b>prom</b><i>ise</i>
    an <a href="#">audit</a>.</p><p hidden>no <script>no</script></p><ul><li>one<li>two</ul>
    last<br>line &amp; end</body></html>"""
    assert text_of("page.html", page.encode()).split("\n") == [
        "A Letter", "We promise an audit.", "one", "two", "last", "line & end"
    ]  # fmt: skip


def test_a_pdf_page_by_page():
    text = text_of("audit.pdf", pdf_of(saying("We promise an audit."), saying("Page two.")))
    assert text == "We promise an audit.\n\nPage two."


def encrypted() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.docx", b"PK", "a.docx: give a .txt, .html or .pdf file."),
        ("txt", b"words", "txt: give a .txt, .html or .pdf file."),
        ("a.txt", b"caf\xe9", "a.txt is not UTF-8 text (byte 3); save it as UTF-8 first."),
        ("a.html", b"<p>caf\xe9", "a.html is not UTF-8 text (byte 6); save it as UTF-8 first."),
        ("a.txt", b" \n\t", "a.txt holds no text."),
        ("a.html", b"<script>no()</script>", "a.html holds no text."),
        ("a.pdf", b"words", "a.pdf is no PDF, whatever its name says."),
        ("a.pdf", b"%PDF-1.7 nothing", DAMAGED),
        ("a.pdf", b"%PDF-1.7\n" + b"\x00\xff" * 999, DAMAGED),
        ("a.pdf", pdf_of(b""), SCAN),
        (
            "a.pdf",
            encrypted(),
            "a.pdf is encrypted; save it without a password, or its text as .txt.",
        ),
        ("a.txt", b"a" * 10_000_001, "a.txt is larger than 10 MB."),
        ("a.txt", b"a" * 4_000_001, "a.txt holds more than 4,000,000 characters of text."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_sentence(name, data, sentence):
    with pytest.raises(ValueError) as told:
        text_of(name, data)
    assert str(told.value) == sentence


def test_every_cut_of_a_pdf_is_text_or_a_sentence():
    whole = pdf_of(saying("We promise an audit."))
    for cut in range(20, len(whole), 180):
        try:
            assert "audit" in text_of("a.pdf", whole[:cut])
        except ValueError as error:
            assert str(error).startswith("a.pdf ") and str(error).endswith(".")


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(ValueError) as told:
        text_of(name, data)
    return str(told.value)


def test_html_made_of_marks_is_refused_before_it_is_parsed():
    assert "more than 200,000 tags" in refusal("a.html", b"<b>" * 200_001)


def test_deep_and_unclosed_marks_take_seconds():
    assert text_of("a.html", b"<div>" * 50_000 + b"words" + b"</b>" * 50_000) == "words"


def test_a_stream_that_unpacks_to_gigabytes_ends_in_a_sentence(monkeypatch):
    monkeypatch.setattr(pdf, "SECONDS", 2)
    bomb = pdf_of(b"(a) Tj " * 12_000_000, flate=True)
    assert len(bomb) < 1_000_000
    told = refusal("a.pdf", bomb)
    assert "too much work" in told or "damaged" in told


def test_forms_that_draw_forms_come_to_an_end(monkeypatch):
    """Ten levels that each draw the next ten times would be ten thousand million drawings.

    The library may stop drawing by itself; if it does not, the process is ended with a sentence.
    """
    monkeypatch.setattr(pdf, "SECONDS", 2)

    def form(at: int) -> bytes:
        body = b"/N Do " * 10 if at < 9 else b"BT /F1 12 Tf (x) Tj ET"
        inner = f"/XObject << /N {7 + at} 0 R >>" if at < 9 else ""
        head = f"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length {len(body)} "
        return (
            f"{head}/Resources << /Font << /F1 3 0 R >> {inner} >> >>".encode()
            + b"\nstream\n" + body + b"\nendstream"
        )  # fmt: skip

    bomb = pdf_of(b"/X0 Do", extra=tuple(form(at) for at in range(10)))
    try:
        assert len(text_of("a.pdf", bomb)) < 1_000_000
    except ValueError as told:
        assert "too much work" in str(told)


def test_more_pages_than_are_read():
    blank = pdf_of(*[b""] * (pdf.MAX_PAGES + 1))
    assert refusal("a.pdf", blank) == "a.pdf has more than 2,000 pages."
