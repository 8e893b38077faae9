"""gunicorn's own log without readers' tokens: `gunicorn --logger-class` takes this class."""

import logging
from typing import Any

from gunicorn.glogging import Logger

from tracker.letters.masking import masked


class MaskingLogger(Logger):
    """gunicorn's logger; addresses in its access log and in its errors are masked."""

    def setup(self, cfg: Any) -> None:
        """As gunicorn does it, and every line is looked through."""
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.addFilter(_mask)


def _mask(record: logging.LogRecord) -> bool:
    record.msg, record.args = masked(record.getMessage()), ()
    return True
