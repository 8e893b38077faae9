"""The seeds, loaded once for each module that reads them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from tracker.interchange.seeding import seed

SEEDS = Path(__file__).resolve().parents[2] / "seeds"


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The seeds in the database until the module ends; each test still needs `db`."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed(SEEDS)
        yield
        transaction.set_rollback(True)
