"""What opens something for whoever holds it is struck out of every line that is logged.

So are addresses of e-mail, and the networks that gunicorn names: servers of mail and databases
repeat them in what they complain of.
"""

import json
import logging
import re
from datetime import UTC, datetime

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
#: An address of e-mail, or a user's name and password before a host; and what gunicorn says of the
#: senders of what it cannot read.
_SOMEBODY = re.compile(
    r"(?<![^\s<>\"'(=:,/])[^\s<>\"'()=,/@]+@[\w-]+(?:\.[\w-]+)*|(?<=\bip=)[\w.:]*\w"
)


def masked(text: str) -> str:
    """The text without any token or address of e-mail."""
    return _SOMEBODY.sub(STRUCK, _TOKEN.sub(STRUCK, text))


class Formatter(logging.Formatter):
    """Lines for people: strikes out of the whole line, its traceback included."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line, and behind it what is known of its request."""
        told = getattr(record, "told", {})
        behind = " ".join(f"{name}={value}" for name, value in told.items())
        line = super().formatMessage(record)
        return f"{line} [{behind}]" if behind else line

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        return masked(super().format(record))


class JsonFormatter(logging.Formatter):
    """An object of JSON a line: time (UTC), level, logger, message, what is known of its request
    (request_id, method, route, status, ms), and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        # each by itself: what is struck out of the finished line could be half of an escape
        struck = {
            name: masked(value) if isinstance(value, str) else value for name, value in said.items()
        }
        return json.dumps(struck, ensure_ascii=False)
