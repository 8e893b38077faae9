"""Checkpoints: the log's head, signed, in the database, in a folder, and on the site.

Whoever keeps one can prove that the log up to there was rewritten. They are made daily while the
log moves, and at every hundredth change at the latest. `make` and `make_if_due` are called outside
any transaction: a file must not speak of what is then rolled back.
"""

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from tracker.changes import continuity, notes
from tracker.changes.kinds import Kind
from tracker.changes.log import Entry, append, timestamp
from tracker.changes.models import Change, Checkpoint, LogHead
from tracker.records.plain import Problem, Refused

EVERY = 100  # changes
DAILY = timedelta(days=1)
OPERATOR = "operator of the site"  # no account can have this name: it holds spaces


def make() -> Checkpoint | None:
    """Sign the head as it stands, store the note and save it as a file; None for an empty log.

    Raises NotContinued where the log does not continue its checkpoints, and OSError where the file
    cannot be written: the next call writes it, or `save_missing` where it would be the first.
    """
    checkpoint = _make(lambda head: head.sequence > 0)
    save_missing()
    return checkpoint


def make_if_due() -> Checkpoint | None:
    """`make` where the log moved and the last is a day or a hundred changes old; else None."""
    checkpoint = _make(_due) if _due(LogHead.objects.get(pk=1)) else None
    # Never by itself into an empty folder: its disk may be away, and with it the notes by which an
    # older database would be known. There `save_missing` is for somebody to decide.
    if checkpoint or continuity.saved_names():
        save_missing()
    return checkpoint


def _due(head: LogHead) -> bool:
    last = newest()
    if last is None:
        return head.sequence > 0
    old = datetime.now(UTC) - last.made_at >= DAILY
    return head.sequence >= last.sequence + (1 if old else EVERY)


def _make(wanted: Any) -> Checkpoint | None:
    with transaction.atomic(durable=True):
        # The head's lock, so that of two who would make one at once the second sees the first's.
        head = LogHead.objects.select_for_update(no_key=True).get(pk=1)
        if not wanted(head):
            return None
        continuity.require(head.sequence)
        made_at = _later_than_all()
        note = notes.Note(notes.origin(), head.sequence, head.hash, timestamp(made_at))
        return Checkpoint.objects.create(
            made_at=made_at, sequence=head.sequence, hash=head.hash, note=notes.sign(note)
        )


def _later_than_all() -> datetime:
    """Now; or, where the clock went back, just after the newest, which must stay the older one."""
    last, moments = newest(), [datetime.now(UTC)]
    if last is not None:
        moments.append(last.made_at + timedelta(microseconds=1))
    if names := continuity.saved_names():
        saved = datetime.strptime(names[0].partition("-")[0], "%Y%m%dT%H%M%S.%fZ").replace(
            tzinfo=UTC
        )
        moments.append(saved + timedelta(microseconds=1))
    return max(moments)


def newest() -> Checkpoint | None:
    """The last one made."""
    return Checkpoint.objects.order_by("-made_at").first()


def of(sequence: int) -> Checkpoint | None:
    """The one made at this entry; of several the last."""
    return Checkpoint.objects.filter(sequence=sequence).order_by("-made_at").first()


def save_missing() -> list[Path]:
    """Write the notes that are stored and not yet files, from the newest back; the files written.

    After a crash between the two that is one; in an empty CHECKPOINT_DIR, all. A stored note that
    is not ours is left where it is; `verify_log` tells of it.
    """
    written = []
    stored = Checkpoint.objects.order_by("-made_at").values_list("note", flat=True)
    for text in stored.iterator(chunk_size=100):
        try:
            path = settings.CHECKPOINT_DIR / continuity.file_name(notes.read_ours(text))
        except notes.BadNote:
            continue
        if path.exists():
            break
        write_whole(path, text)
        written.append(path)
    return written


def write_whole(path: Path, text: str) -> None:
    """Write the file whole, on the disk and not only on its way there, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def begin_epoch(reason: str) -> Change:
    """Say in public that the log goes on without its newest checkpoint, and make a new one.

    The entry names every checkpoint, saved or stored, that the log does not continue. Raises
    Refused without a reason, and where there is nothing to explain.
    """
    if not reason.strip():
        raise Refused(Problem(("reason",), "Say in public why the log does not continue."))
    with transaction.atomic(durable=True):
        head = LogHead.objects.select_for_update(no_key=True).get(pk=1)
        broken = continuity.find_break(head.sequence)
        if broken is None:
            raise Refused("The log continues its newest checkpoint: there is nothing to explain.")
        if broken.saved is None:
            raise Refused(broken.sentence)
        left = broken.saved.named
        noun, slug = continuity.SUBJECT
        entry = Entry(
            kind=Kind.EPOCH,
            subject_type=noun,
            subject_slug=slug,
            actor=OPERATOR,
            after={
                "checkpoint": left,
                "head": {"sequence": head.sequence, "hash": head.hash},
                "older": [each for each in _disagreeing() if each != left],
            },
            reason=reason.strip(),
        )
        (change,) = append([entry], epoch=True)
    make()
    return change


def _disagreeing() -> list[dict[str, str | int | None]]:
    """Every checkpoint, as a file or stored, that the log does not continue."""
    saved = {each.file: each for each in continuity.saved_notes()}
    stored = {}
    for text in Checkpoint.objects.order_by("-made_at").values_list("note", flat=True):
        try:
            note = notes.read(text)
        except notes.BadNote:
            continue  # it names nothing that could be left behind
        file = continuity.file_name(note)
        wrong = "" if notes.is_ours(text) else "it is not ours"
        stored[file] = continuity.Saved(file, note, wrong)
    found = [
        each[file].named
        for each in (saved, stored)
        for file in continuity.disagreeing(each.values())
    ]
    return [named for place, named in enumerate(found) if named not in found[:place]]
