"""The colours and shapes of verdicts where no style sheet reaches: in badges and pictures."""

import re
from collections.abc import Mapping
from functools import cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

#: The light tokens of site.css: a badge brings its own paper, and so reads on any ground.
PAPER = "#fbfaf6"
INK = "#1c1b19"
MUTED = "#5b5850"
RULE = "#d8d4c9"
RANGE_FILL = "#dcd8cc"
OPEN_FILL = "#e4dff3"

COLOURS: Mapping[str, str] = {
    "kept": "#0d6b5e",
    "partly_kept": "#8a6100",
    "broken": "#a8321f",
    "unresolved": "#5d4f91",
    "unreached": "#45627a",
    "measured": "#45627a",
    "not_yet_due": "#45627a",
    "not_assessed": "#6f6b62",
}

_CLASS = re.compile(r'class="([a-z ]+)"')


@cache
def drawn(tone: str) -> SafeString:
    """The shape of the pages, in 16 by 16 units, coloured by attributes instead of classes."""
    svg = render_to_string("_shape.html", {"tone": tone})
    inside = svg.partition(">")[2].rpartition("</svg>")[0]
    colour = COLOURS[tone]
    line = f'fill="none" stroke="{colour}" stroke-width="1.7" stroke-linecap="round"'
    attributes = {
        "full": f'fill="{colour}"',
        "line": line,
        "line dashed": f'{line} stroke-dasharray="2.6 2.6"',
        "mark": 'fill="none" stroke="#ffffff" stroke-width="1.9" stroke-linecap="round" '
        'stroke-linejoin="round"',
    }
    return mark_safe(_CLASS.sub(lambda found: attributes[found[1]], inside))  # noqa: S308 - ours
