"""The pictures that a link brings along: whole, of the right size, and never in the way."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from tests.builders import make_lab
from tests.web.judged import judge, judged
from tracker.reading.pages.sharing import lab_standing_of, standing_of
from tracker.records.dates import today
from tracker.web.sharing import images
from tracker.web.sharing.cards import commitment_card, lab_card, site_card
from tracker.web.sharing.faces import Face, LabFace, digest, face_of, lab_face_of
from tracker.web.sharing.images import font_of, wrapped
from tracker.web.sharing.shapes import COLOURS
from tracker.web.tally import Tally

FACE = Face(
    site="On Record",
    lab="Example Lab",
    title="Publish the audit",
    tone="broken",
    verdict="reported broken so far",
    also=("low confidence", "contested"),
    percent=(0, 50),
    judged="Judgement of 31 May 2024",
    lifecycle="",
)
LAB = LabFace("On Record", "Example Lab", (Tally("kept", 1, 0, 0),), None, 1, 1, 100)

TITLES = {
    "long": "Publish the audit of every model " * 9,
    "one word": "W" * 300,
    "right to left": "نشر التدقيق " * 20,
    "no spaces": "監査を公開する" * 40,
    "marks upon marks": "Z" + "\u0351\u0363\u0489" * 90,
    "joined": "\U0001f469\u200d\U0001f4bb" * 60,
    "noncharacters": "\uffff\ufffe\x00\U0010ffff\u202e\u200b",
    "wide": "\ufdfd" * 100,
    "empty": "",
    "one": "…",
    "indic": "ऑडिट प्रकाशित करें " * 12,
}


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    assert (image.format, image.size) == ("PNG", (1200, 630))
    return image.convert("RGB")


def colours(content: bytes) -> set[tuple[int, ...]]:
    found = opened(content).getcolors(maxcolors=100_000) or []
    return {colour for count, colour in found if count > 40 and isinstance(colour, tuple)}


def near(colour: str, among: set[tuple[int, ...]]) -> bool:
    wanted = tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return any(all(abs(a - b) < 12 for a, b in zip(wanted, each, strict=True)) for each in among)


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
def test_no_title_is_too_much(title):
    for content in (
        commitment_card(replace(FACE, title=title, lab=title)),
        lab_card(replace(LAB, name=title, site=title)),
        site_card(title),
    ):
        opened(content)
        assert len(content) < 120_000


@pytest.mark.parametrize("tone", sorted(COLOURS))
def test_each_verdict_shows_in_its_colour_and_by_its_shape(tone):
    content = commitment_card(replace(FACE, tone=tone, verdict="as it is"))
    assert near(COLOURS[tone], colours(content))
    shapes = {each: images._shape(each, 44).tobytes() for each in COLOURS}
    assert len(set(shapes.values())) == len(shapes)


def test_the_same_words_give_the_same_bytes_and_others_do_not():
    commitment_card.cache_clear()
    first = commitment_card(FACE)
    commitment_card.cache_clear()
    assert commitment_card(FACE) == first
    others = [
        replace(FACE, verdict="reported kept"),
        replace(FACE, also=("low confidence",)),
        replace(FACE, percent=(0, 60)),
        replace(FACE, judged="Judgement of 1 June 2024"),
        replace(FACE, lifecycle="withdrawn"),
        replace(FACE, tone="kept"),
        replace(FACE, title="Publish the report"),
    ]
    assert len({first, *(commitment_card(each) for each in others)}) == len(others) + 1
    assert len({digest(FACE), *map(digest, others)}) == len(others) + 1


def test_pillows_own_font_does_where_the_machine_has_none(monkeypatch):
    for found in (images._fonts, commitment_card, site_card):
        found.cache_clear()
    monkeypatch.setattr(images, "_is_here", lambda name: False)
    try:
        opened(commitment_card(FACE))
        opened(site_card("On Record"))
        assert images._fonts("serif") == ("",)
    finally:
        for found in (images._fonts, commitment_card, site_card):
            found.cache_clear()


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
def test_lines_stay_within_their_room(title):
    font = font_of(title, "serif", 60)
    lines = wrapped(title, font, 1056, 3)
    assert 1 <= len(lines) <= 3
    assert all(font.getlength(line) <= 1056 for line in lines)


def test_what_is_cut_says_so():
    font = font_of("a", "serif", 60)
    lines = wrapped("word " * 60, font, 600, 2)
    assert len(lines) == 2 and lines[1].endswith("word…")
    assert wrapped("a few words", font, 1056, 2) == ["a few words"]


@pytest.mark.django_db
def test_a_page_brings_the_picture_of_what_it_says(client):
    commitment = judged("met")
    url = commitment.get_absolute_url()
    for record, face in (
        (commitment, digest(face_of(standing_of(commitment.slug, today())))),
        (commitment.lab, digest(lab_face_of(lab_standing_of(commitment.lab.slug, today())))),
    ):
        picture = f"{record.get_absolute_url()}card.png?v={face}"
        assert (
            f'content="http://127.0.0.1:8000{picture}"'
            in client.get(record.get_absolute_url()).content.decode()
        )
        answer = client.get(picture)
        assert answer["Content-Type"] == "image/png"
        opened(answer.content)
    before = client.get(f"{url}card.png")
    again = client.get(f"{url}card.png", headers={"if-none-match": before["ETag"]})
    assert again.status_code == 304
    judge(commitment, "not_met", effective_on=date(2024, 5, 6))
    after = client.get(f"{url}card.png", headers={"if-none-match": before["ETag"]})
    assert after.status_code == 200 and after.content != before.content
    assert f"card.png?v={face}" not in client.get(url).content.decode()


@pytest.mark.django_db
def test_other_pages_bring_the_picture_of_the_site(client):
    assert 'content="http://127.0.0.1:8000/card.png"' in client.get("/sources/").content.decode()
    opened(client.get("/card.png").content)


@pytest.mark.django_db
def test_refusals(client):
    lab = make_lab()
    for url, status in (
        ("/labs/none/card.png", 404),
        ("/commitments/none/card.png", 404),
        (f"/labs/{lab.slug}/card.png?v=1", 400),
        (f"/labs/{lab.slug}/card.png?width=9999", 400),
        ("/card.png?v=00000000", 400),
    ):
        answer = client.get(url)
        assert (answer.status_code, answer["Cache-Control"]) == (status, "no-store"), url
    assert client.post("/card.png").status_code == 405
    assert client.head("/card.png").content == b""
