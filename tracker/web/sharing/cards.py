"""The pictures that a link to a page brings along: what the record says, drawn on this server.

Nothing but the record's own titles stands on them, never words that somebody is said to have said.
"""

import re
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tracker.reading.filtering import BadParameter
from tracker.reading.pages.sharing import lab_standing_of, standing_of, standing_under
from tracker.records.dates import today
from tracker.web.sharing.faces import DOT, Face, LabFace, face_of, lab_face_of, tidy
from tracker.web.sharing.images import (
    HEIGHT,
    MARGIN,
    ROOM,
    WIDTH,
    Canvas,
    fitting_size,
    font_of,
    wrapped,
)
from tracker.web.sharing.serving import shared
from tracker.web.sharing.shapes import COLOURS, INK, MUTED, OPEN_FILL, PAPER

STRAP = "What AI labs promised, and what happened next"
#: Sites keep a picture by its address, so pages name it with what it says (`faces.digest`). An old
#: address gives today's picture.
EDITION = "v"


@shared(EDITION)
def commitment(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture of a commitment."""
    _check(request)
    return _png(commitment_card(face_of(standing_of(slug, today()))))


@shared(EDITION)
def assessment(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture of a commitment under one judgement, which may no longer be that of today."""
    _check(request)
    return _png(commitment_card(face_of(standing_under(slug, today()))))


@shared(EDITION)
def lab(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture of a lab."""
    _check(request)
    return _png(lab_card(lab_face_of(lab_standing_of(slug, today()))))


@shared()
def site(request: HttpRequest) -> HttpResponse:
    """The picture of every other page."""
    return _png(site_card(tidy(settings.SITE_NAME)))


def _check(request: HttpRequest) -> None:
    if not re.fullmatch(r"[0-9a-f]{8}|", request.GET.get(EDITION, "")):
        raise BadParameter(EDITION, "must be eight hexadecimal digits, as a page gives them.")


def _png(content: bytes) -> HttpResponse:
    return HttpResponse(content, content_type="image/png")


@lru_cache(maxsize=64)
def commitment_card(face: Face) -> bytes:
    """A PNG of 1200 by 630 pixels: lab, promise, verdict with all that belongs to it, range."""
    canvas = _headed(face.site)
    above = DOT.join(each for each in (face.lab, face.lifecycle) if each)
    canvas.line(MARGIN, 178, _cut(above, "sans", 30), "sans", 30, MUTED)
    canvas.lines(252, face.title, "serif", 60, 3)
    _chip(canvas, 432, face)
    canvas.line(MARGIN, 570, face.judged, "sans", 26, MUTED)
    if face.percent:
        said = face.range
        x = WIDTH - MARGIN - round(font_of(said, "bold", 28).getlength(said))
        canvas.line(x, 570, said, "bold", 28)
        canvas.range(x - 390, 560, 360, face.percent)
    return canvas.png()


def _chip(canvas: Canvas, y: int, face: Face) -> None:
    """Verdict, “so far”, confidence and contested in one frame, whole at any length."""
    rest = "".join(DOT + each for each in face.also)
    size = fitting_size(face.words, "bold", ROOM - 110, range(38, 9, -2))
    middle = y + 39
    ends = MARGIN + 80 + font_of(face.verdict, "bold", size).getlength(face.verdict)
    ends += font_of(rest, "sans", size).getlength(rest) if rest else 0
    colour = COLOURS[face.tone]
    canvas.draw.rounded_rectangle((MARGIN, y, ends + 24, y + 78), 8, outline=colour, width=4)
    canvas.shape(MARGIN + 20, middle - 22, face.tone, 44)
    x = canvas.line(MARGIN + 80, middle + size * 0.36, face.verdict, "bold", size)
    if rest:
        canvas.line(x, middle + size * 0.36, rest, "sans", size, MUTED)


@lru_cache(maxsize=64)
def lab_card(face: LabFace) -> bytes:
    """A PNG of 1200 by 630 pixels: the distribution first, then the range and the coverage."""
    canvas = _headed(face.site)
    canvas.lines(206, _cut(face.name, "serif", 64), "serif", 64, 1)
    if not face.counts:
        canvas.line(MARGIN, 300, face.words, "sans", 34, MUTED)
        return canvas.png()
    _bar(canvas, 246, face)
    for place, each in enumerate(face.counts):
        x, y = MARGIN + (place % 2) * (ROOM // 2), 368 + (place // 2) * 46
        canvas.shape(x, y - 25, each.tone, 30)
        size = fitting_size(each.said, "sans", ROOM // 2 - 60, (28, 26, 24, 22, 20, 18))
        canvas.line(x + 44, y, each.said, "sans", size)
    if face.total:
        said = DOT.join(
            each for each in (f"{face.rated_words} ({face.coverage} %)", face.range) if each
        )
        canvas.line(MARGIN, 580, said, "bold", 28)
        if face.percent:
            canvas.range(WIDTH - MARGIN - 360, 570, 360, face.percent)
    return canvas.png()


def _bar(canvas: Canvas, y: int, face: LabFace) -> None:
    """The commitments side by side: solid is decided, pale unresolved, hollow to come."""
    whole, x = sum(each.count for each in face.counts), float(MARGIN)
    for each in face.counts:
        width, colour = ROOM * each.count / whole, COLOURS[each.tone]
        hollow = each.tone in ("not_yet_due", "not_assessed")
        fill = PAPER if hollow else OPEN_FILL if each.tone == "unresolved" else colour
        canvas.draw.rectangle(
            (round(x), y, round(x + width) - 1, y + 64), fill=fill, outline=colour, width=2
        )
        said = f"{each.count:,}"
        on = INK if fill != colour else PAPER
        middle = x + width / 2 - font_of(said, "bold", 30).getlength(said) / 2
        canvas.line(middle, y + 43, said, "bold", 30, on)
        x += width


@lru_cache(maxsize=2)
def site_card(name: str) -> bytes:
    """A PNG of 1200 by 630 pixels with the name of the site and what it is."""
    canvas = Canvas()
    canvas.rule(150)
    y = canvas.lines(286, name, "serif", 104, 2)
    canvas.line(MARGIN, y + 84, STRAP, "sans", 38, MUTED)
    for place, tone in enumerate(("kept", "partly_kept", "broken", "unresolved", "not_yet_due")):
        canvas.shape(MARGIN + place * 88, HEIGHT - 130, tone, 60)
    return canvas.png()


def _headed(name: str) -> Canvas:
    canvas = Canvas()
    ends = canvas.line(MARGIN, 86, _cut(name, "serif", 36), "serif", 36)
    if ends < WIDTH // 2 - 60:
        x = WIDTH - MARGIN - font_of(STRAP, "sans", 24).getlength(STRAP)
        canvas.line(x, 86, STRAP, "sans", 24, MUTED)
    canvas.rule(112)
    return canvas


def _cut(text: str, style: str, size: int) -> str:
    """As much of the text as fits into one line."""
    return wrapped(text, font_of(text, style, size), ROOM, 1)[0]
