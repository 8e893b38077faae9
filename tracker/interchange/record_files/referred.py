"""Retracted records that the file must hold nevertheless: something in it still refers to them.

A judgement is never edited, and outcomes outlive what they bear on, so a published record may name
one that was retracted since (`curation.resting`). Without it the file could not be read back.
"""

from collections.abc import Iterable, Iterator

from django.db.models import QuerySet

from tracker.curation.roles import NOUNS
from tracker.records.models import Declared, Part, Record, State
from tracker.records.plain import columns, lists, part_model

TOGETHER = 500  # ids in one question

Ids = dict[type[Record], set[int]]


def still_referred_to() -> Ids:
    """Ids of the retracted records that a published one refers to, or such a retracted one."""
    gone = {
        model for model in NOUNS if model._default_manager.filter(state=State.RETRACTED).exists()
    }
    paths = [each for each in _paths() if each[2] in gone]
    found: Ids = {model: set() for model in NOUNS}
    newest = found
    for owner, path, target in paths:
        rows = owner._default_manager.filter(state=State.PUBLISHED)
        found[target] |= _retracted(rows, path)
    while any(newest.values()):
        beyond: Ids = {model: set() for model in NOUNS}
        for owner, path, target in paths:
            for some in _some(newest[owner]):
                rows = owner._default_manager.filter(pk__in=some)
                beyond[target] |= _retracted(rows, path)
        newest = {model: ids - found[model] for model, ids in beyond.items()}
        for model, ids in newest.items():
            found[model] |= ids
    return found


def _retracted(rows: QuerySet[Record], path: str) -> set[int]:
    """Ids at the end of the path from these rows, of what was retracted."""
    rows = rows.filter(**{f"{path}__state": State.RETRACTED}).order_by()
    return set(rows.values_list(f"{path}__pk", flat=True).distinct())


def _paths() -> Iterator[tuple[type[Record], str, type[Record]]]:
    """(record, lookup, record) for every reference that a plain form may hold."""
    for model in NOUNS:
        for path, target in _from(model):
            yield model, path, target


def _from(model: type[Declared], before: str = "") -> Iterator[tuple[str, type[Record]]]:
    for field in (*columns(model), *lists(model)):
        target = field.related_model
        if not isinstance(target, type):
            continue
        path = f"{before}{field.name}"
        if issubclass(target, Record):
            yield path, target
        elif issubclass(target, Part):  # which is in the file with the record that it belongs to
            owner = target._meta.get_field(target.owner).related_model
            assert isinstance(owner, type) and issubclass(owner, Record)
            yield f"{path}__{target.owner}", owner
    for part in model.parts:
        yield from _from(part_model(model, part), f"{before}{part}__")


def _some(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), TOGETHER):
        yield ordered[start : start + TOGETHER]
