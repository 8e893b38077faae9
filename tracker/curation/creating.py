"""Writing many new records at once from their plain forms: a few queries a noun, not a row."""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import getitem
from typing import Any

from django.db import models

from tracker.assessments.models import Assessment, Finding
from tracker.commitments.models import Clause, Criterion
from tracker.curation.editing import Refused, store_judgement
from tracker.curation.writing import Batch, release
from tracker.evidence.models import Bearing
from tracker.records.models import Part, Record
from tracker.records.plain import (
    Plain,
    Problem,
    columns,
    lists,
    part_model,
    path_of,
)

ROWS = 500  # in one statement

Pairs = Sequence[tuple[Any, Plain]]  # a row to be made, and its plain form


def create_all(
    model: type[Record], plains: Sequence[Plain], batch: Batch, *, publish: bool
) -> None:
    """Write complete plain forms (`records.plain.complete`) of slugs that are all free.

    Published as `put_all` publishes, or left as drafts. What they refer to stands already. Raises
    Refused for a broken rule, IntegrityError for a slug that was taken meanwhile or a CHECK; then
    the caller must roll back.
    """
    pairs = [(model(), plain) for plain in plains]
    _create(model, pairs)
    batch.written |= {record for record, _ in pairs}
    for record, plain in pairs:
        try:
            if publish:
                batch.entries += release(record, batch)
            elif isinstance(record, Assessment):
                store_judgement(record)
        except Refused as refused:
            where = f"{record.noun()} {plain['slug']!r}"
            raise Refused(*(f"{where}: {problem}" for problem in refused.problems)) from None


def _create(model: type[Record] | type[Part], pairs: Pairs) -> None:
    """Insert the rows, then what their lists name, then their parts."""
    for column in columns(model):
        where = path_of(model, column.name)
        values = [reduce(getitem, where, plain) for _, plain in pairs]
        if isinstance(column, models.ForeignKey):
            ids = _ids(column, [[] if value is None else [value] for value in values], pairs)
            for (row, _), found in zip(pairs, ids, strict=True):
                setattr(row, column.attname, found[0] if found else None)
        else:
            for (row, _), value in zip(pairs, values, strict=True):
                setattr(row, column.name, column.to_python(value))
    model._default_manager.bulk_create([row for row, _ in pairs], batch_size=ROWS)
    for many in lists(model):
        _link(many, pairs)
    for part in model.parts:
        (name,) = path_of(model, part)
        _create(part_model(model, part), list(_parts(part_model(model, part), name, pairs)))


def _parts(model: type[Part], name: str, pairs: Pairs) -> Iterator[tuple[Part, Plain]]:
    for owner, plain in pairs:
        for place, row in enumerate(plain[name]):
            part = model(**{model.owner: owner})
            if isinstance(part, Clause):
                part.position = place
            yield part, row


def _link(many: models.ManyToManyField, pairs: Pairs) -> None:
    through: Any = many.remote_field.through
    found = _ids(many, [plain[many.name] for _, plain in pairs], pairs)
    near, far = f"{many.m2m_field_name()}_id", f"{many.m2m_reverse_field_name()}_id"
    links = [
        through(**{near: row.pk, far: other})
        for (row, _), others in zip(pairs, found, strict=True)
        for other in others
    ]
    through._default_manager.bulk_create(links, batch_size=ROWS)


def _ids(field: Any, keys: Sequence[Sequence[Any]], pairs: Pairs) -> list[list[int]]:
    """The ids of what each pair's keys name, in one query."""
    if not any(keys):
        return [[] for _ in keys]
    model = field.related_model
    known = _known(model, keys, pairs)
    ids: list[list[int]] = []
    for (row, plain), own in zip(pairs, keys, strict=True):
        ids.append([])
        for key in own:
            names = _names(model, row, plain, key)
            found = next((known[name] for name in names if name in known), None)
            if found is None:
                raise Refused(Problem((field.name,), f"{key!r} names nothing that exists."))
            ids[-1].append(found)
    return ids


def _names(model: Any, row: Any, plain: Plain, key: Any) -> list[tuple[Any, ...]]:
    """What a key can mean, the likeliest first: itself, with the scope in which it is unique."""
    if model is Clause:
        return [(row.pledge_id, key)]
    if model is Criterion and isinstance(row, Finding):
        return [(row.assessment.commitment_id, row.assessment.edition, key)]
    if model is Criterion:
        return [(row.commitment_id, plain["edition"], key)]
    if model is Bearing:  # on the finding's own criterion, or else on the commitment whole
        commitment = row.assessment.commitment_id
        return [(commitment, row.criterion_id, key), (commitment, None, key)]
    return [(key,)]


def _known(model: Any, keys: Sequence[Sequence[Any]], pairs: Pairs) -> dict[tuple[Any, ...], int]:
    """The ids of all rows that `_names` could mean."""
    rows = [row for row, _ in pairs]
    found: Any
    if model is Clause:
        found = Clause.objects.filter(pledge__in={row.pledge_id for row in rows})
        found = found.values_list("pledge", "number", "pk")
    elif model in (Criterion, Bearing):
        within = [row.assessment if isinstance(row, Finding) else row for row in rows]
        found = model.objects.filter(commitment__in={each.commitment_id for each in within})
        scope = ("edition", "position") if model is Criterion else ("criterion", "outcome__slug")
        found = found.values_list("commitment", *scope, "pk")
    else:
        found = model._default_manager.filter(slug__in={key for own in keys for key in own})
        found = found.values_list("slug", "pk")
    return {tuple(row[:-1]): row[-1] for row in found}
