"""What tests of the desk leave behind goes with them."""

import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings


@pytest.fixture(scope="session", autouse=True)
def waiting_imports_go() -> Iterator[None]:
    """Previews that nobody answered; the folder is this process's own."""
    folder = settings.WAITING_IMPORTS
    yield
    shutil.rmtree(folder, ignore_errors=True)
