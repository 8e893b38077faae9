"""The mail server is let alone for a while when it does not answer: longer each time."""

import logging
import time

logger = logging.getLogger(__name__)

RESTS = (5.0, 15.0, 60.0, 300.0)  # seconds


class Breaker:
    """Whether to try at all. One a worker: each asks the server again for itself."""

    def __init__(self) -> None:
        self.failures = 0  # in a row
        self.said = ""
        self._until = 0.0

    @property
    def resting(self) -> bool:
        """It is too early to try again."""
        return time.monotonic() < self._until

    def trouble(self, said: str) -> None:
        """Nothing could be sent to anybody."""
        rest = RESTS[min(self.failures, len(RESTS) - 1)]
        self.failures += 1
        self.said = said
        self._until = time.monotonic() + rest
        logger.warning("the mail server cannot be used (%s); again in %.0f s", said, rest)

    def fine(self) -> None:
        """Something was sent, or refused for a reason of its own."""
        self.failures, self.said, self._until = 0, "", 0.0


server = Breaker()
