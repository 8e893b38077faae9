"""Drawing on a picture of 1200 by 630 pixels, as Open Graph wants it: type, shapes, bars.

Fonts are those found on the machine, by name; where there are none, the one that Pillow brings. A
text is drawn in the one that has most of its characters. The same words on the same machine give
the same bytes.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from tracker.web.sharing.shapes import COLOURS, INK, MUTED, PAPER, RANGE_FILL, RULE

WIDTH, HEIGHT = 1200, 630
MARGIN = 72
ROOM = WIDTH - 2 * MARGIN
LONGEST = 300  # characters of a text that are looked at: as many as a title can have

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Box = tuple[float, float, float, float]

#: Files by their usual names, the preferred first, then those of other scripts.
_ELSEWHERE = (
    "DejaVuSans.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansArabic-Regular.ttf",
    "unifont.ttf",
)
_FILES: dict[str, Sequence[str]] = {
    "serif": (
        "LiberationSerif-Bold.ttf", "NotoSerif-Bold.ttf", "DejaVuSerif-Bold.ttf",
        "NotoSerifCJK-Bold.ttc", *_ELSEWHERE,
    ),
    "sans": ("LiberationSans-Regular.ttf", "NotoSans-Regular.ttf", *_ELSEWHERE),
    "bold": (
        "LiberationSans-Bold.ttf", "NotoSans-Bold.ttf", "DejaVuSans-Bold.ttf",
        "NotoSansCJK-Bold.ttc", *_ELSEWHERE,
    ),
}  # fmt: skip

_TRAILING = " ,;:."  # what stands before no “…”
_NOTHING = "\U0010ffff"  # has no glyph in any font: what a font shows for what it lacks
_FINER = 8  # shapes are drawn so many times as large, then made small: smooth edges


class Canvas:
    """A picture being drawn, on the paper of the site."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        self.draw = ImageDraw.Draw(self.image)

    def line(
        self, x: float, y: float, text: str, style: str, size: int, colour: str = INK
    ) -> float:
        """One line with its baseline at y; returns where it ends."""
        font = font_of(text, style, size)
        self.draw.text((x, y), text, font=font, fill=colour, anchor="ls")
        return x + font.getlength(text)

    def lines(self, y: float, text: str, style: str, size: int, most: int) -> float:
        """At most so many lines from the left margin, the first baseline at y; the last one's."""
        font = font_of(text, style, size)
        height = round(size * 1.17)
        for place, line in enumerate(wrapped(text, font, ROOM, most)):
            self.draw.text((MARGIN, y + place * height), line, font=font, fill=INK, anchor="ls")
            last = y + place * height
        return last

    def rule(self, y: float, colour: str = INK) -> None:
        """A line across, between the margins."""
        self.draw.rectangle((MARGIN, y, WIDTH - MARGIN, y + 1), fill=colour)

    def shape(self, x: int, y: int, tone: str, size: int) -> None:
        """The shape of a verdict, its upper left corner at (x, y)."""
        drawn = _shape(tone, size)
        self.image.paste(drawn, (x, y), drawn)

    def range(self, x: int, y: int, width: int, percent: tuple[int, int]) -> None:
        """A range on a scale from 0 to 100 with the thresholds at 10 and 90, its middle at y."""
        low, high = (x + width * each / 100 for each in percent)
        self.draw.rectangle((x, y - 1, x + width, y + 2), fill=RULE)
        for at in (0.1, 0.9):
            self.draw.rectangle((x + width * at, y - 10, x + width * at + 1, y + 11), fill=MUTED)
        if high - low < 1:
            self.draw.ellipse((low - 10, y - 10, low + 10, y + 10), fill=INK)
        else:
            self.draw.rounded_rectangle(
                (low, y - 12, high, y + 12), 4, fill=RANGE_FILL, outline=INK, width=2
            )

    def png(self) -> bytes:
        """The picture as a file."""
        kept = BytesIO()
        # 64 colours are more than the type and shapes show; a third of the size, in less time
        few = self.image.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(kept, "PNG", compress_level=6)
        return kept.getvalue()


def wrapped(text: str, font: Font, width: float, most: int) -> list[str]:
    """The text in at most so many lines, with “…” where there is more; a long word is broken."""
    lines: list[str] = []
    line = ""
    for word in text[:LONGEST].split(" "):
        longer = f"{line} {word}" if line else word
        if font.getlength(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while font.getlength(word) > width and len(lines) <= most:
            fits = _fitting(word, font, width)
            lines.append(word[:fits])
            word = word[fits:]
        line = word
    lines.append(line)
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and font.getlength(f"{last}…") > width:
        last = last.rpartition(" ")[0] or last[:-1]
    return [*lines[: most - 1], f"{last.rstrip(_TRAILING)}…"]


def _fitting(word: str, font: Font, width: float) -> int:
    """How many characters from the start fit; one at least."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(word[:middle]) <= width else (low, middle - 1)
    return low


def fitting_size(text: str, style: str, width: float, sizes: Sequence[int]) -> int:
    """The largest of the sizes at which the text stays within the width, else the last."""
    for size in sizes:
        if font_of(text, style, size).getlength(text) <= width:
            return size
    return sizes[-1]


def font_of(text: str, style: str, size: int) -> Font:
    """The font of the style that lacks the fewest characters of the text."""
    unusual = sorted({char for char in text[:LONGEST] if ord(char) > 0xFF})
    found = _fonts(style)
    best = min(found, key=lambda name: sum(not _has(name, char) for char in unusual))
    return _font(best, size)


@lru_cache(maxsize=8)
def _fonts(style: str) -> tuple[str, ...]:
    """The files of a style that this machine has, in order; "" is Pillow's own, always there."""
    return (*(name for name in _FILES[style] if _is_here(name)), "")


def _is_here(name: str) -> bool:
    try:
        ImageFont.truetype(name, 16)
    except OSError:
        return False
    return True


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> Font:
    return ImageFont.truetype(name, size) if name else ImageFont.load_default(size)


@lru_cache(maxsize=4096)
def _has(name: str, char: str) -> bool:
    font = _font(name, 24)
    return bytes(font.getmask(char)) != bytes(font.getmask(_NOTHING))


@lru_cache(maxsize=64)
def _shape(tone: str, size: int) -> Image.Image:
    """The shape of `_shape.html`, in its 16 by 16 units, on nothing."""
    unit = _FINER * size / 16
    large = Image.new("RGBA", (_FINER * size, _FINER * size))
    pen = Pen(ImageDraw.Draw(large), unit, COLOURS[tone])
    _DRAWN[tone](pen)
    return large.resize((size, size), Image.Resampling.LANCZOS)


class Pen:
    """Draws in the units of the shapes."""

    def __init__(self, draw: ImageDraw.ImageDraw, unit: float, colour: str) -> None:
        self.draw, self.unit, self.colour = draw, unit, colour
        self.thick = round(1.7 * unit)

    def _box(self, box: Box) -> Box:
        left, top, right, bottom = (each * self.unit for each in box)
        return left, top, right, bottom

    def disc(self, radius: float, colour: str = "") -> None:
        box = self._box((8 - radius, 8 - radius, 8 + radius, 8 + radius))
        self.draw.ellipse(box, fill=colour or self.colour)

    def ring(self) -> None:
        self.draw.ellipse(self._box((1, 1, 15, 15)), outline=self.colour, width=self.thick)

    def half(self) -> None:
        self.draw.pieslice(self._box((1.8, 1.8, 14.2, 14.2)), -90, 90, fill=self.colour)

    def dashes(self) -> None:
        for start in range(0, 360, 45):
            self.draw.arc(
                self._box((1, 1, 15, 15)), start, start + 26, fill=self.colour, width=self.thick
            )

    def square(self, *, full: bool) -> None:
        self.draw.rounded_rectangle(
            self._box((1.5, 1.5, 14.5, 14.5)),
            1.5 * self.unit,
            fill=self.colour if full else None,
            outline=self.colour,
            width=self.thick,
        )

    def stroke(self, *points: tuple[float, float], colour: str = "") -> None:
        places = [(x * self.unit, y * self.unit) for x, y in points]
        self.draw.line(places, fill=colour or self.colour, width=self.thick, joint="curve")
        for x, y in (places[0], places[-1]):  # round ends
            half = self.thick / 2
            self.draw.ellipse((x - half, y - half, x + half, y + half), fill=colour or self.colour)

    def bar(self, box: Box) -> None:
        self.draw.rectangle(self._box(box), fill=self.colour)


_WHITE = "#ffffff"


def _kept(pen: Pen) -> None:
    pen.disc(7)
    pen.stroke((4.6, 8.2), (7, 10.6), (11.4, 5.8), colour=_WHITE)


def _partly(pen: Pen) -> None:
    pen.ring()
    pen.half()


def _crossed(pen: Pen, *, full: bool) -> None:
    pen.square(full=full)
    colour = _WHITE if full else ""
    pen.stroke((5, 5), (11, 11), colour=colour)
    pen.stroke((11, 5), (5, 11), colour=colour)


def _unresolved(pen: Pen) -> None:
    pen.stroke((8, 1.4), (14.6, 8), (8, 14.6), (1.4, 8), (8, 1.4))
    pen.disc(1.7)


def _waiting(pen: Pen) -> None:
    pen.ring()
    pen.stroke((8, 4.4), (8, 8), (10.6, 9.7))


def _measured(pen: Pen) -> None:
    for box in ((2.0, 9.0, 5.0, 14.0), (6.5, 5.5, 9.5, 14.0), (11.0, 2.0, 14.0, 14.0)):
        pen.bar(box)


_DRAWN: dict[str, Callable[[Pen], None]] = {
    "kept": _kept,
    "partly_kept": _partly,
    "broken": lambda pen: _crossed(pen, full=True),
    "unreached": lambda pen: _crossed(pen, full=False),
    "unresolved": _unresolved,
    "not_yet_due": _waiting,
    "measured": _measured,
    "not_assessed": lambda pen: pen.dashes(),
}
