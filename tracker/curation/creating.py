"""Writing many new records at once from their plain forms: a few queries a noun, not a row."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import getitem
from typing import Any

from django.db import connection, models

from tracker.assessments.models import Assessment, Finding
from tracker.changes.log import Entry
from tracker.commitments.models import Clause, Criterion
from tracker.curation.editing import Refused, publication, work_out
from tracker.curation.gathering import gather, gather_named
from tracker.curation.judging import hold_commitments, imported
from tracker.curation.writing import Batch
from tracker.evidence.models import Bearing
from tracker.records.models import Part, Record, State
from tracker.records.plain import (
    Plain,
    Problem,
    columns,
    lists,
    part_model,
    path_of,
)

ROWS = 500  # in one statement

#: The columns of an assessment that are not in its plain form, and that publishing fills.
_WORKED_OUT = (
    *("state", "version", "origin", "batch", "published_at", "content_hash", "ceiling"),
    *("low", "high", "coverage", "verdict", "provisional", "timeliness", "days_late", "working"),
)

Pairs = Sequence[tuple[Any, Plain]]  # a row to be made, and its plain form


def create_all(
    model: type[Record], plains: Sequence[Plain], batch: Batch, *, publish: bool
) -> None:
    """Write complete plain forms (`records.plain.complete`) of slugs that are all free.

    Published as `put_all` publishes, or left as drafts. What they refer to stands already; lists of
    their own kind may name one another. Raises Refused for a broken rule, IntegrityError for a slug
    that was taken meanwhile or a CHECK; then the caller must roll back.

    Nothing of them is kept in memory, however many calls there are on one batch; a caller that has
    very many passes them in lots.
    """
    records: list[Any] = [model() for _ in plains]
    pairs = list(zip(records, plains, strict=True))
    if model is Assessment:
        _create(model, pairs)
        if publish:
            batch.entries += list(_judged(records, batch))
        else:
            gather(records)
            for record in records:
                work_out(record)
            _store(records)
    elif publish:
        # nobody sees them before the end of the transaction, or at all if one is refused
        _set(records, State.PUBLISHED, 2)
        _create(model, pairs)
        _set(records, State.DRAFT, 1)  # what they are until the rules have been asked
        batch.entries += list(_released(records, batch))
    else:
        _create(model, pairs)
    for record in records:
        batch.written.add(record)


def _set(records: Iterable[Record], state: State, version: int) -> None:
    for record in records:
        record.state, record.version = state, version


def _released(records: Sequence[Record], batch: Batch) -> Iterator[Entry]:
    """Check and publish new records, each by the rules for one; what the log says of them."""
    gather(records)
    for record in records:
        with _naming(record):
            entry = publication(record, by=batch.actor, reason=batch.reason, history=batch.history)
        yield entry


def _judged(records: Sequence[Assessment], batch: Batch) -> Iterator[Entry]:
    """The same of judgements, as one that a file brings is published."""
    commitments = {each.commitment_id for each in records}
    hold_commitments(commitments)
    gather(records)
    standing = list(Assessment.objects.filter(state=State.PUBLISHED, commitment__in=commitments))
    gather_named(Assessment, standing)
    others: dict[int, list[Assessment]] = {commitment: [] for commitment in commitments}
    for each in standing:
        others[each.commitment_id].append(each)
    for record in records:
        own = others[record.commitment_id]
        with _naming(record):
            entry = imported(record, own, by=batch.actor, batch=batch.name, history=batch.history)
        own.append(record)
        yield entry
    _store(records)


@contextmanager
def _naming(record: Record) -> Iterator[None]:
    """Whatever is refused says of which record."""
    try:
        yield
    except Refused as refused:
        where = f"{record.noun()} {record.slug!r}"
        raise Refused(*(f"{where}: {problem}" for problem in refused.problems)) from None


def _store(assessments: Sequence[Assessment]) -> None:
    """Write what was worked out, in one statement a lot that the driver repeats."""
    fields: list[Any] = [Assessment._meta.get_field(name) for name in _WORKED_OUT]
    written = ", ".join(f"{each.column} = %s" for each in fields)
    rows = [
        [
            *(each.get_db_prep_save(getattr(row, each.attname), connection) for each in fields),
            row.pk,
        ]
        for row in assessments
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {Assessment._meta.db_table} SET {written} WHERE id = %s",  # noqa: S608 - our own names
            rows,
        )


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
    for name in model.brought:
        for row, plain in pairs:
            if name in plain:
                setattr(row, name, plain[name])
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
