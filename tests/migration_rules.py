"""What a new migration may not do to a table that is being read and written (CONTRIBUTING.md)."""

from collections.abc import Iterator
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterIndexTogether,
    AlterModelTable,
    AlterOrderWithRespectTo,
    AlterUniqueTogether,
    CreateModel,
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
    RunPython,
    RunSQL,
    SeparateDatabaseAndState,
)
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, ManyToManyField
from django.db.models.fields import NOT_PROVIDED

from tracker.records.migrating import CheckInTwoSteps, IndexConcurrently

#: Never connected: it tells what PostgreSQL calls a column's type.
POSTGRESQL: Any = DatabaseWrapper(
    {"NAME": "none", "OPTIONS": {}, "TIME_ZONE": None, "CONN_HEALTH_CHECKS": False}
)
CONTRACTING = (
    RemoveField,
    DeleteModel,
    RenameField,
    RenameModel,
    AlterModelTable,
)
SLOW = (AlterUniqueTogether, AlterIndexTogether, AlterOrderWithRespectTo)
BACKFILLS = (RunPython, RunSQL)
ALONE = (IndexConcurrently, CheckInTwoSteps)


def dangers(migration: Migration, before: ProjectState, *, contracts: bool = False) -> list[str]:
    """A sentence for everything that it should do otherwise.

    `contracts` where the release before it no longer uses what it takes away.
    """
    return list(_dangers(migration, before.clone(), contracts))


def _dangers(migration: Migration, state: ProjectState, contracts: bool) -> Iterator[str]:
    made: set[str] = set()
    kinds = {type(each) for each in migration.operations}
    alone = [each for each in migration.operations if isinstance(each, ALONE)]
    if alone and migration.atomic:
        yield "it must say atomic = False: what it does beside others cannot be in a transaction."
    if kinds & set(BACKFILLS):
        if kinds - set(BACKFILLS):
            yield "a backfill is a migration of its own: in one with others it holds their locks."
        if migration.atomic:
            yield "a backfill says atomic = False, and works in lots, each committed."
    for operation in migration.operations:
        old, state = state, _after(operation, state, migration.app_label)
        if isinstance(operation, CreateModel):
            made.add(operation.name_lower)
            continue
        if getattr(operation, "model_name_lower", "") in made:
            continue
        said = _danger(operation, old, migration.app_label)
        if isinstance(operation, CONTRACTING) and not contracts:
            said = "the release that still runs uses it: that is for a later one (contract)."
        if isinstance(operation, BACKFILLS) and not operation.reversible:
            said = "it cannot be taken back: give it a reverse, if only one that does nothing."
        if said:
            yield f"{operation.describe()}: {said}"


def _after(operation: Any, state: ProjectState, app_label: str) -> ProjectState:
    state = state.clone()
    operation.state_forwards(app_label, state)
    return state


def _danger(operation: Any, state: ProjectState, app_label: str) -> str:
    if isinstance(operation, SLOW):
        return "it holds the whole table: make an index with IndexConcurrently instead."
    if isinstance(operation, SeparateDatabaseAndState):
        return "what it does to the database cannot be looked at here."
    if isinstance(operation, AddIndex) and not isinstance(operation, IndexConcurrently):
        return "nobody can write until it is built: use IndexConcurrently."
    if isinstance(operation, AddConstraint) and not isinstance(operation, CheckInTwoSteps):
        if isinstance(operation.constraint, CheckConstraint):
            return "nobody can read while all rows are looked at: use CheckInTwoSteps."
        return "its index holds up writers: put it on a new table, or check it in the code."
    if isinstance(operation, AddField):
        return _danger_of_new(operation.field)
    if isinstance(operation, AlterField):
        model = state.models[app_label, operation.model_name_lower]
        return _danger_of_change(model.get_field(operation.name_lower), operation.field)
    return ""


def _danger_of_new(field: Any) -> str:
    if isinstance(field, ManyToManyField):
        return ""  # a table of its own
    if field.unique or field.db_index:
        return "its index holds up writers: add it with db_index=False, then IndexConcurrently."
    if field.null:
        return ""
    if field.db_default is NOT_PROVIDED:
        return "the release that still runs does not fill it: it needs null=True or a db_default."
    if hasattr(field.db_default, "as_sql") and not hasattr(field.db_default, "value"):
        return "each row is given a value of its own, by writing all of the table again."
    return ""


def _danger_of_change(old: Any, new: Any) -> str:
    if isinstance(new, ManyToManyField):
        return ""
    was, will = old.db_type(POSTGRESQL), new.db_type(POSTGRESQL)
    if was != will and not _only_longer(old, new, was, will):
        return f"from {was} to {will}, all of the table is written again: add a column instead."
    if (new.unique and not old.unique) or (new.db_index and not old.db_index):
        return "its index holds up writers: use IndexConcurrently."
    if old.null and not new.null:
        return "all rows are looked at under a lock: a CheckInTwoSteps that it is not null."
    return ""


def _only_longer(old: Any, new: Any, was: str, will: str) -> bool:
    if will == "text" and was.startswith("varchar"):
        return True
    both = was.startswith("varchar") and will.startswith("varchar")
    return both and (new.max_length or 10**9) >= (old.max_length or 10**9)
