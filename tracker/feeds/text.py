"""Text fit for any feed: nothing that XML refuses, nothing that reorders lines, nothing endless."""

import re

from tracker.records.fields import UNPRINTABLE

TITLE = 250  # characters
PROSE = 2_000  # characters of one value


def clean(text: object) -> str:
    """The text with what cannot be shown replaced. The record refuses such characters when it is
    saved; what came about it, such as a database restored from elsewhere, must not break a feed."""
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(text))


def line(text: object, most: int = TITLE) -> str:
    """One line of at most so many characters."""
    return cut(" ".join(clean(str(text)[: 10 * most]).split()), most)


def cut(text: str, most: int = PROSE) -> str:
    """The beginning of the text, with "…" where there is more."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def inert(text: str) -> str:
    """Plain text where a reader may take it for HTML, as many do in titles.

    What looks like a tag or an entity is parted by a space without width.
    """
    return _MARKUP.sub("\\g<0>\N{ZERO WIDTH SPACE}", text)


_MARKUP = re.compile(r"<(?=[/!?]?\w)|&(?=#?\w+;)")
