"""The seeds in the database in a fraction of a second, from the second time on.

Seeding is checked where it is the subject; elsewhere the rows that it made are what matters.
"""

import fcntl
import pickle
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model

from tests.unguarded import unguarded
from tracker.interchange.seeding import SEEDS_FOLDER, seed

#: Where the processes of one run lay down what the first of them has seeded; set by conftest.py.
shared: Path | None = None

_rows: dict[type[Model], list[Any]] = {}  # as the first seeding left them


def plant() -> None:
    """Put the founding record into a test's database that holds none."""
    # pytest-django makes none unless a test is marked `django_db` or asks for `db`
    assert "test" in Path(connection.settings_dict["NAME"]).name, "this is no test's database"
    if _rows or _found():
        _replant()


def _found() -> bool:
    """Whether another process has seeded; else this one does, and the others wait for it."""
    if shared is None:
        _seed()
        return False
    with (shared / "seeds.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = shared / "seeds"
        if file.exists():
            told = pickle.loads(file.read_bytes())  # noqa: S301 - of this very run
            for model, values in zip(_models(), told, strict=True):
                _rows[model] = [model(**each) for each in values]
            return True
        _seed()
        # as plain values: the tables between two models have no class that pickle finds
        names = [[each.attname for each in model._meta.concrete_fields] for model in _models()]
        told = [
            [{name: getattr(row, name) for name in of} for row in _rows[model]]
            for model, of in zip(_models(), names, strict=True)
        ]
        file.write_bytes(pickle.dumps(told))
        return False


def _seed() -> None:
    seed(SEEDS_FOLDER)
    for model in _models():
        _rows[model] = list(model._base_manager.all())


def _models() -> list[type[Model]]:
    return list(apps.get_app_config("tracker").get_models(include_auto_created=True))


def _replant() -> None:
    using = connection.alias
    with transaction.atomic():
        with unguarded(using):
            for model in _rows:
                model._base_manager.all()._raw_delete(using)  # such as the head of an empty log
            for model, rows in _rows.items():
                model._base_manager.bulk_create(rows)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(_rows)):
                cursor.execute(statement)
