"""A chart of cost against size as SVG, both axes in powers of ten."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDE, HIGH, LEFT, TOP, UNDER = 860, 420, 60, 40, 50
NAMES = 330  # pixels at the right, for the names of the lines
_COLOURS = (
    *("#1b6ca8", "#c1440e", "#2d7d46", "#7a3e9d", "#b8860b"),
    *("#008b8b", "#a0225a", "#4b5320", "#555555", "#00008b"),
)


def chart(title: str, sizes: Sequence[int], lines: Mapping[str, Sequence[float]]) -> str:
    """One line for each name, a point for each size; values above 0."""
    values = [value for line in lines.values() for value in line]
    low = math.floor(math.log10(min(values)))
    high = max(low + 1, math.ceil(math.log10(max(values))))
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])

    def across(size: float) -> float:
        return LEFT + (math.log10(size) - first) / (last - first) * (WIDE - LEFT - NAMES)

    def up(value: float) -> float:
        return HIGH - UNDER - (math.log10(value) - low) / (high - low) * (HIGH - UNDER - TOP)

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>'
        f'<text x="{LEFT}" y="20" font-size="14">{escape(title)}</text>'
    ]
    for power in range(low, high + 1):
        y = up(10.0**power)
        drawn.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDE - NAMES}" stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} ms</text>'
        )
    for size in sizes:
        x = across(size)
        drawn.append(f'<text x="{x:.1f}" y="{HIGH - 20}" text-anchor="middle">{size:,}</text>')
    places = sorted(lines, key=lambda name: -lines[name][-1])
    for place, name in enumerate(places):
        colour = _COLOURS[place % len(_COLOURS)]
        points = " ".join(
            f"{across(size):.1f},{up(value):.1f}"
            for size, value in zip(sizes, lines[name], strict=True)
        )
        y = TOP + 20 * place
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{WIDE - NAMES + 14}" y="{y}" fill="{colour}">{lines[name][-1]:.1f} ms '
            f"{escape(name)}</text>"
        )
    return "\n".join([*drawn, "</svg>", ""])
