"""The mail server that this folder's tests send by."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.mailserver import Postbox, postbox, use
from tracker.letters.breaker import server


@pytest.fixture
def post(settings: Any) -> Iterator[Postbox]:
    """A real SMTP server on this machine; the site's worker sends by it."""
    with postbox() as kept:
        use(settings, kept.port)
        server.fine()
        yield kept
        server.fine()
