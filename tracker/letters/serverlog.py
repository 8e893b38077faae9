"""gunicorn's own log without readers' tokens: `gunicorn --logger-class` takes this class."""

import logging
import os
from typing import Any

from gunicorn.glogging import Logger

from tracker.letters.masking import JsonFormatter, masked


class MaskingLogger(Logger):
    """gunicorn's logger; addresses in its access log and in its errors are masked.

    LOG_FORMAT is read here from the environment: gunicorn logs before the site is there.
    """

    def setup(self, cfg: Any) -> None:
        """As gunicorn does it, and every line is looked through."""
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            if _mask not in logger.filters:  # set up again when gunicorn reads its settings again
                logger.addFilter(_mask)
            if os.environ.get("LOG_FORMAT") == "json":
                for handler in logger.handlers:
                    handler.setFormatter(JsonFormatter())

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """What a line of the access log may say: nobody's network, query, browser or last page."""
        said: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        path = environ.get("RAW_URI", "").partition("?")[0]
        request = f"{environ.get('REQUEST_METHOD')} {path} {environ.get('SERVER_PROTOCOL')}"
        nobody = dict.fromkeys(("h", "u", "q", "f", "a"), "-")
        kept = {
            name: value
            for name, value in said.items()
            if not name.startswith("{") or name == "{x-request-id}o"
        }
        return kept | nobody | {"r": request}


def _mask(record: logging.LogRecord) -> bool:
    record.msg, record.args = masked(record.getMessage()), ()
    return True
