"""Badges: a shape, a colour and words, in one SVG that needs nothing from anywhere."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from tracker.reading.pages.sharing import lab_standing_of, standing_of
from tracker.records.dates import today
from tracker.web.sharing.faces import DOT, Face, LabFace, cut, face_of, lab_face_of
from tracker.web.sharing.serving import shared
from tracker.web.sharing.shapes import COLOURS, INK, MUTED, PAPER, drawn
from tracker.web.tally import Tally

SIZE = 11  # of the letters, in pixels
PAD = 8
SHAPE = 14
LONGEST = 40  # characters of a name of the site or of a lab

#: Widths in thousandths of the size, as Verdana and DejaVu Sans have them; what they lack is let
#: a full square. A reader's other font is drawn to the width reckoned here (`textLength`).
_NARROW = dict.fromkeys("fijlrtI!'(),-./:;[]| ·–’", 440)
_WIDE = dict.fromkeys("mwMWQO@%—", 960)
_PLAIN, _CAPITAL, _SQUARE = 620, 720, 1_000


@dataclass(frozen=True)
class Line:
    """A line of text at a place, with the width it is drawn to."""

    x: int
    y: int
    text: str
    width: int
    shape: str = ""
    shape_x: int = 0


@shared()
def commitment(request: HttpRequest, slug: str) -> HttpResponse:
    """The badge of a commitment: what the record says of it now."""
    return _svg("sharing/badge.svg", _badge(face_of(standing_of(slug, today()))))


@shared()
def lab(request: HttpRequest, slug: str) -> HttpResponse:
    """The badge of a lab: how many commitments under each verdict, and never one number alone."""
    return _svg("sharing/lab_badge.svg", _lab_badge(lab_face_of(lab_standing_of(slug, today()))))


def _svg(template: str, context: dict[str, Any]) -> HttpResponse:
    return HttpResponse(render_to_string(template, context), content_type="image/svg+xml")


def _badge(face: Face) -> dict[str, Any]:
    name = cut(face.site, LONGEST)
    label = Line(PAD, 15, name, width_of(name))
    split = label.width + 2 * PAD
    x = split + PAD + SHAPE + 5
    words = Line(x, 15, face.words, width_of(face.words), drawn(face.tone), split + PAD)
    return {
        "title": face.sentence,
        "label": label,
        "words": words,
        "split": split,
        "width": x + words.width + PAD,
        "colour": COLOURS[face.tone],
        "ink": INK,
        "paper": PAPER,
    }


def _lab_badge(face: LabFace) -> dict[str, Any]:
    name = cut(face.name, LONGEST)
    rows = [_row(place, each) for place, each in enumerate(face.counts)]
    rest = DOT.join(each for each in (face.rated_words if face.total else "", face.range) if each)
    below = 43 + 18 * len(rows)
    last = Line(PAD, below, rest or face.words, width_of(rest or face.words))
    said = f"{cut(face.site, LONGEST)}: {name}"
    title = Line(PAD, 15, said, width_of(said))
    return {
        "title": face.sentence,
        "label": title,
        "rows": rows,
        "last": last,
        "width": max(line.x + line.width for line in (title, last, *rows)) + PAD,
        "height": below + PAD,
        "ink": INK,
        "muted": MUTED,
        "paper": PAPER,
    }


def _row(place: int, each: Tally) -> Line:
    said = each.said
    return Line(PAD + SHAPE + 5, 41 + 18 * place, said, width_of(said), drawn(each.tone), PAD)


def width_of(text: str) -> int:
    """The width in pixels to which a text is drawn."""
    return max(1, sum(_width(char) for char in text) * SIZE // 1_000)


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    if unicodedata.east_asian_width(char) in "WF":
        return _SQUARE
    if char in _NARROW or char in _WIDE:
        return _NARROW.get(char) or _WIDE[char]
    return _CAPITAL if char.isupper() else _PLAIN
