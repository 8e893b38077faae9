"""What opens something for whoever holds it is struck out of every line that is logged."""

import logging
import re

STRUCK = "…"
#: A token as `letters.tokens` makes it, wherever it stands; and whatever stands in its place in an
#: address, since a token cut short or run together with something is still most of a token.
_TOKEN = re.compile(
    r"(?<![\w-])[A-Za-z0-9_-]{43}(?![\w-])"
    r"|(?<=/subscribe/stop/)[^\s/\"'?]+"
    r"|(?<=/subscribe/confirm/)[^\s/\"'?]+"
    r"|(?<=/subscribe/manage/)[^\s/\"'?]+"
    r"|(?<=/subscribe/webhooks/)[^\s/\"'?]+"
    r"|(?<=/subscribe/owner/)[^\s/\"'?]+"
    r"|(?<=/suggest/)[^\s/\"'?]+"
)


def masked(text: str) -> str:
    """The text without any token."""
    return _TOKEN.sub(STRUCK, text)


class Formatter(logging.Formatter):
    """Strikes tokens out of the whole line, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        return masked(super().format(record))
