"""Writing records from their plain form: what seeds, imports and restores of old values share."""

from collections.abc import Collection, Iterable, Sequence
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
from tracker.curation.gathering import gather_named
from tracker.curation.history import History
from tracker.curation.indexing import append_waiting
from tracker.curation.judging import publish_imported
from tracker.curation.waiting import Waiting
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

TOGETHER = 200  # records compared at once


class Written:
    """Which records were written, by their ids: the records themselves are not kept alive."""

    def __init__(self) -> None:
        self._ids: dict[type[Record], set[int]] = {}

    def add(self, record: Record) -> None:
        """Note a record that has been saved."""
        self._ids.setdefault(type(record), set()).add(record.pk)

    def __contains__(self, record: object) -> bool:
        return isinstance(record, Record) and record.pk in self._ids.get(type(record), ())

    def of(self, model: type[Record]) -> Collection[int]:
        """The ids of one noun's."""
        return self._ids.get(model, set())


@dataclass
class Batch:
    """One import: who brings it, under which name, and the entries that wait to be appended."""

    actor: Actor
    name: str
    reason: str
    entries: Waiting = field(default_factory=Waiting)
    written: Written = field(default_factory=Written)
    history: History | None = None  # set where the file tells what was published before

    def close(self) -> None:
        """Append what waits, last in the transaction; an import must not hold the log's head."""
        append_waiting(self.entries)


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
    for start in range(0, len(items), TOGETHER):
        _pass_over(model, items[start : start + TOGETHER])
    # Sources can name one another as origins in a ring: all rows first, then their lists.
    for step in (_write_item, _list_own_kind, _release):
        for item in items:
            if not item.problems and item.outcome != "unchanged":
                try:
                    step(model, item, batch)
                except Refused as refused:
                    item.outcome, item.problems = "", refused.problems


def _pass_over(model: type[Record], items: Sequence[Item]) -> None:
    """Mark those that are published just as the file has them."""
    found = model._default_manager.filter(
        slug__in=[item.plain["slug"] for item in items], state=State.PUBLISHED
    )
    records = list(found.defer(*model.private))
    gather_named(model, records)
    stored = {record.slug: to_plain(record) for record in records}
    for item in items:
        if stored.get(item.plain["slug"]) == item.plain:
            item.outcome = "unchanged"


def _write_item(model: type[Record], item: Item, batch: Batch) -> None:
    record = model._default_manager.filter(slug=item.plain["slug"]).first()
    item.outcome = "new" if record is None else "corrected"
    if record is None:
        record = model(slug=item.plain["slug"])
    else:
        item.edit = begin(record, by=batch.actor, reason=batch.reason)
        item.edit.history = batch.history
        refuse_others_work(record, batch)
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
        return [publish_imported(record, by=batch.actor, batch=batch.name, history=batch.history)]
    return publish_later(
        record,
        by=batch.actor,
        reason=batch.reason,
        together=batch.written,
        history=batch.history,
    )


def refuse_others_work(record: Record, batch: Batch) -> None:
    """Raise Refused where somebody other than the batch's actor touched a record last.

    The log tells who that was; a draft was never this batch's.
    """
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
    for name in obj.brought:
        if name in plain:
            setattr(obj, name, plain[name])
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
