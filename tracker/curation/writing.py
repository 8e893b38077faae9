"""Writing records from their plain form: what seeds, imports and restores of old values share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import ProtectedError

from tracker.assessments.models import Assessment, Finding
from tracker.changes.log import Entry
from tracker.changes.models import Change
from tracker.commitments.models import Clause, Commitment, Criterion
from tracker.curation.editing import Actor, Edit, Refused, begin, finish_later, publish_later
from tracker.curation.entries import newest_statement
from tracker.curation.indexing import append
from tracker.curation.judging import publish_imported
from tracker.evidence.models import Bearing
from tracker.records.models import Part, Record, State
from tracker.records.plain import (
    Path,
    Plain,
    Problem,
    columns,
    identity_of,
    lists,
    part_model,
    path_of,
    to_plain,
)


@dataclass
class Batch:
    """One import: who brings it, under which name, and the entries that wait to be appended."""

    actor: Actor
    name: str
    reason: str
    entries: list[Entry] = field(default_factory=list)
    written: set[Record] = field(default_factory=set)

    def close(self) -> None:
        """Append what waits, last in the transaction; an import must not hold the log's head."""
        append(self.entries)


@dataclass
class Item:
    """One complete plain form on its way into the record, and what became of it."""

    plain: Plain
    outcome: str = ""  # new, corrected, unchanged; "" where it was refused
    problems: list[Problem] = field(default_factory=list)
    record: Record | None = None
    edit: Edit | None = None


def put_all(model: type[Record], items: Sequence[Item], batch: Batch) -> None:
    """Write and publish the plain forms of one noun, those they refer to first.

    Each item learns its outcome, or its problems: a broken rule, a published judgement that would
    change, or a record that somebody other than this batch's actor has changed since (their work is
    not undone). After any problem the caller must roll back.
    """
    # Sources can name one another as origins in a ring: all rows first, then their lists.
    for step in (_write_item, _list_own_kind, _release):
        for item in items:
            if not item.problems and item.outcome != "unchanged":
                try:
                    step(model, item, batch)
                except Refused as refused:
                    item.outcome, item.problems = "", refused.problems


def _write_item(model: type[Record], item: Item, batch: Batch) -> None:
    record = model._default_manager.filter(slug=item.plain["slug"]).first()
    item.outcome = "new" if record is None else "corrected"
    if record is None:
        record = model(slug=item.plain["slug"])
    elif to_plain(record) == item.plain and record.state == State.PUBLISHED:
        item.outcome = "unchanged"
        return
    else:
        item.edit = begin(record, by=batch.actor, reason=batch.reason)
        _refuse_others_work(record, batch)
        item.edit.words = None  # the file answers for the checks that it brings
    _write(record, item.plain)
    item.record = record
    batch.written.add(record)


def _list_own_kind(model: type[Record], item: Item, batch: Batch) -> None:
    for many in lists(model):
        if many.related_model is model:
            assert item.record is not None
            _set_list(item.record, many, item.plain, ())


def _release(model: type[Record], item: Item, batch: Batch) -> None:
    record = item.record
    assert record is not None
    if item.edit is not None:
        entries = finish_later(item.edit, record)
        batch.entries += entries
        if item.edit.published and not entries:
            item.outcome = "unchanged"  # the same parts in another order
    if not (item.edit and item.edit.published):
        batch.entries += release(record, batch)


def release(record: Record, batch: Batch) -> list[Entry]:
    """Publish a record that a file brought; the caller appends the entries."""
    if isinstance(record, Assessment):
        return [publish_imported(record, by=batch.actor, batch=batch.name)]
    return publish_later(record, by=batch.actor, reason=batch.reason, together=batch.written)


def _refuse_others_work(record: Record, batch: Batch) -> None:
    """The log tells who last touched a record; a draft was never this batch's."""
    last = newest_statement(record)
    actor = Change.objects.values_list("actor", flat=True).get(pk=last) if last else ""
    if actor != batch.actor.name:
        raise Refused(
            f"{record.noun()} {record.slug!r} differs from the file and was last changed by "
            f"{actor or 'a curator, as a draft'}; it is left as it is. Bring the file into line "
            "with the record, or correct the record in the admin."
        )


def rewrite(record: Record, plain: Plain) -> None:
    """Write a complete plain form over a record that `begin` has locked."""
    _write(record, plain)
    for many in lists(type(record)):
        if many.related_model is type(record):
            _set_list(record, many, plain, ())


def _write(record: Record, plain: Plain) -> None:
    """Save the record, its lists and its parts as the plain form says."""
    _save(record, plain, ())
    for part in record.parts:
        (name,) = path_of(type(record), part)
        _write_parts(record, part, plain[name], (name,))


def _write_parts(owner: Any, part: str, rows: list[Plain], path: Path) -> None:
    model = part_model(type(owner), part)
    kept: dict[tuple[Any, ...], Part] = {
        identity_of(model, to_plain(row)): row for row in getattr(owner, part).all()
    }
    for place, plain in enumerate(rows):
        row = kept.pop(identity_of(model, plain), None)
        if row is None:
            row = model()
            setattr(row, model.owner, owner)
        if isinstance(row, Clause):
            row.position = place
        _save(row, plain, (*path, place))
    for row in kept.values():
        try:
            row.delete()
        except ProtectedError:
            raise Refused(
                Problem(path, f"{row} cannot be taken away: something else rests on it.")
            ) from None


def _save(obj: Record | Part, plain: Plain, path: Path) -> None:
    """Set the columns, check the row as a form would, save it and then its lists."""
    problems: list[Problem] = []
    for column in columns(type(obj)):
        where = path_of(type(obj), column.name)
        value: Any = plain
        for step in where:
            value = value[step]
        if isinstance(column, models.ForeignKey) and value is not None:
            value = _find(obj, column.related_model, value, plain)
            if value is None:
                problems.append(Problem(path + where, "names nothing that exists."))
                continue
        setattr(obj, column.name, column.to_python(value) if not column.is_relation else value)
    if problems:
        raise Refused(*problems)
    try:
        obj.full_clean()
    except ValidationError as error:
        raise Refused(*_problems(obj, error, path)) from None
    obj.save()
    for many in lists(type(obj)):
        if many.related_model is not type(obj):
            _set_list(obj, many, plain, path)


def _set_list(obj: Record | Part, many: models.ManyToManyField, plain: Plain, path: Path) -> None:
    getattr(obj, many.name).set(_find_all(obj, many, plain[many.name], (*path, many.name)))


def _problems(obj: Record | Part, error: ValidationError, path: Path) -> Iterable[Problem]:
    for name, messages in error.message_dict.items():
        where = () if name == "__all__" else path_of(type(obj), name)
        for message in messages:
            yield Problem(path + where, message)


def _find(obj: Record | Part, model: Any, key: Any, plain: Plain) -> Any:
    """The row that a reference means, or None."""
    if issubclass(model, Record):
        return model._default_manager.filter(slug=key).first()
    if model is Clause:
        assert isinstance(obj, Commitment)
        return Clause.objects.filter(pledge=obj.pledge, number=key).first()
    assert model is Criterion
    if isinstance(obj, Finding):
        criteria = Criterion.objects.filter(
            commitment=obj.assessment.commitment, edition=obj.assessment.edition
        )
    else:
        assert isinstance(obj, Bearing)
        criteria = Criterion.objects.filter(commitment=obj.commitment, edition=plain["edition"])
    return criteria.filter(position=key).first()


def _find_all(obj: Record | Part, many: Any, keys: list[str], path: Path) -> list[Any]:
    found = []
    for place, key in enumerate(keys):
        if many.related_model is Bearing:
            row = _bearing(obj, key)
        else:
            row = many.related_model._default_manager.filter(slug=key).first()
        if row is None:
            raise Refused(Problem((*path, place), _nothing(many, key)))
        found.append(row)
    return found


def _nothing(many: models.ManyToManyField, key: str) -> str:
    if many.related_model is Bearing:
        return f"{key!r} is no outcome that bears on this commitment."
    return f"{key!r} names nothing that exists."


def _bearing(obj: Record | Part, outcome: str) -> Bearing | None:
    """The outcome's bearing on the finding's own criterion, or else on the commitment whole."""
    assert isinstance(obj, Finding)
    bearings = list(
        Bearing.objects.filter(
            outcome__slug=outcome, commitment=obj.assessment.commitment
        ).select_related("criterion")
    )
    own = [each for each in bearings if each.criterion == obj.criterion]
    whole = [each for each in bearings if each.criterion is None]
    return next(iter(own + whole), None)
