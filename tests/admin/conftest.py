"""Who sits at the desk in its tests; what the tests leave behind goes with them."""

import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from tests.admin.forms import signed_in
from tests.builders import make_user


@pytest.fixture(scope="session", autouse=True)
def waiting_imports_go() -> Iterator[None]:
    """Previews that nobody answered; the folder is this process's own."""
    folder = settings.WAITING_IMPORTS
    yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def curator() -> Client:
    """A curator who has signed in."""
    return signed_in(make_user("Curators"))


@pytest.fixture
def reviewer() -> Client:
    """A reviewer who has signed in."""
    return signed_in(make_user("Reviewers", name="rita"))
