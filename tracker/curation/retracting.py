"""Retracting what a record file holds as retracted, many records together."""

from collections.abc import Callable, Sequence

from tracker.changes.kinds import Kind
from tracker.curation.editing import lock
from tracker.curation.entries import entry_for
from tracker.curation.gathering import gather
from tracker.curation.history import History
from tracker.curation.resting import holding_on
from tracker.curation.writing import Batch
from tracker.reading.represent import represent
from tracker.records.models import Record, State
from tracker.records.plain import Problem, Refused


def retract_all(
    records: Sequence[Record], batch: Batch, reason: str, known: Callable[[Record], bool]
) -> None:
    """Retract published records; their entries wait in the batch.

    As `editing.retract`, but those that refer to one another go together, and a published record
    that is `known` from the same file may go on referring to them: there it did. Raises Refused,
    and then nothing may be kept.
    """
    history = batch.history or History()
    locked = [lock(record) for record in records]
    before = []
    for record in locked:
        if record.state != State.PUBLISHED:
            raise Refused(f"{record.noun()} {record.slug!r}: only a published one is retracted.")
        gather([record])
        before.append(represent(record))
        record.state = State.RETRACTED
        record.version += 1
        record.save(update_fields=["version", "state"])
    for record, was in zip(locked, before, strict=True):
        for other in holding_on(record):
            named = f"the {other._meta.verbose_name} {other.slug!r}"
            if not known(other):
                raise Refused(
                    f"{record.noun()} {record.slug!r}: it cannot be retracted while {named}, which "
                    "is published here, refers to it."
                )
            history.tell(record, Problem((), f"it is retracted, and {named} refers to it."))
        entry = entry_for(record, Kind.RECORD_RETRACTED, batch.actor.name, was, None, reason)
        batch.entries += [entry]
