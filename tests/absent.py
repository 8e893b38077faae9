"""What a test does without a program that is not on the machine."""

import os
from typing import NoReturn

import pytest

from tests.both_databases import LEFT_OUT


def left_out(name: str) -> NoReturn:
    """Skip the test that needs it, and say how to get it; fail where REQUIRE_ALL=1."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(LEFT_OUT[name])
    pytest.skip(LEFT_OUT[name])
