"""Writing the record file, whole and from one moment, a few hundred records in memory at a time."""

from collections.abc import Callable, Iterator
from typing import Any

from tracker.assessments.models import Assessment
from tracker.changes.log import canonical
from tracker.commitments.models import Pledge
from tracker.curation.roles import NOUNS
from tracker.interchange.record_files.format import FORMAT, MADE_BY, STATE, named
from tracker.interchange.record_files.referred import still_referred_to
from tracker.interchange.record_files.rows import count, in_lots
from tracker.interchange.record_files.snapshot import snapshot
from tracker.labs.models import Lab
from tracker.records.models import Record, State
from tracker.records.plain import Plain, to_plain

Progress = Callable[[int, int], None]  # records done, and in all


def chunks(progress: Progress | None = None) -> Iterator[bytes]:
    """The record file, byte for byte as `export_record` writes it.

    All of it is the record of one moment. Read it to its end, or close it, before this thread
    writes to the database: until then a transaction is open.
    """
    with snapshot():
        retracted = still_referred_to()
        total, done = count(retracted) if progress else 0, 0
        yield f'{{\n"format": {canonical(FORMAT)}'.encode()
        for model in NOUNS:
            yield f",\n{canonical(named(model))}: [".encode()
            before = "\n"
            for records in in_lots(model, retracted):
                yield (before + ",\n".join(map(line, records))).encode()
                before = ",\n"
                done += len(records)
                if progress:
                    progress(done, total)
            yield b"]" if before == "\n" else b"\n]"
        yield b"\n}\n"


def line(record: Record) -> str:
    """One record as the file has it: canonical JSON on one line."""
    return canonical(filed(record))


def filed(record: Record) -> Plain:
    """The record's plain form, with what the file says beside it."""
    plain: dict[str, Any] = settled(type(record), to_plain(record))
    if isinstance(record, Assessment):
        plain |= {name: getattr(record, name) for name in MADE_BY}
    if record.state == State.RETRACTED:
        plain[STATE] = str(State.RETRACTED)
    return plain


def settled(model: type[Record], plain: Plain) -> Plain:
    """The same; parts that the database sorts by a name are in an order that no locale changes."""
    if model is Lab:
        return plain | {"tags": sorted(plain["tags"], key=lambda tag: (tag["kind"], tag["name"]))}
    if model is Pledge:
        return plain | {"parties": sorted(plain["parties"], key=lambda party: str(party["lab"]))}
    return plain
