"""Does this database still hold the log that its saved checkpoints speak of?

A database that was restored from an old backup, or swapped for another, would go on from an entry
that readers know otherwise. So before anything is appended the notes in CHECKPOINT_DIR are held
against the log, each once by every process; where they disagree, publishing is refused until an
`epoch` entry says so in public. A folder without any, while the database knows of some, is refused
as well: its disk may not be mounted.
"""

import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from tracker.changes import notes
from tracker.changes.kinds import Kind
from tracker.changes.models import Change, ChangeTopic, Checkpoint
from tracker.changes.topics import record_topic
from tracker.records.plain import Refused

#: What an `epoch` entry is about.
SUBJECT = ("log", "changes")

_NAME = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z-[0-9]+\.note")
_SETTLED = 2_000_000_000  # nanoseconds after which a folder's time of change tells every change

BEING_SAVED = timedelta(minutes=1)

_WAY_BACK = (
    "Nothing is published until they are there again, or until `manage.py checkpoint --write-back` "
    "saves the database's own in their place."
)
_AT_ONCE = 500  # notes looked up by one query

Names = tuple[str, ...]

_listed: dict[Path, tuple[int, Names]] = {}  # a folder, when it was changed, its notes
_proved: dict[Path, tuple[Names, int]] = {}  # notes that agreed with the log; the last's sequence


class NotContinued(Refused):
    """The log does not continue its checkpoints; nothing is published on top of it."""


@dataclass(frozen=True)
class Saved:
    """A note as it lies in CHECKPOINT_DIR; `note` is None where it is none, or is not ours."""

    file: str
    note: notes.Note | None
    wrong: str  # why there is no note

    @property
    def named(self) -> dict[str, str | int | None]:
        """How an `epoch` entry names it."""
        note = self.note
        return {
            "file": self.file,
            "sequence": note.sequence if note else None,
            "hash": note.hash if note else None,
        }


@dataclass(frozen=True)
class Break:
    """Where log and a note disagree. `saved` is None where the folder has none to be read."""

    saved: Saved | None
    sentence: str


def file_name(note: notes.Note) -> str:
    """Its time and sequence: of two names, the later note's sorts last."""
    return f"{re.sub('[-:]', '', note.time)}-{note.sequence}.note"


def saved_notes() -> Iterator[Saved]:
    """Every note in CHECKPOINT_DIR, newest first. Raises OSError for a folder that is not read."""
    for name in _names(settings.CHECKPOINT_DIR):
        yield _read(settings.CHECKPOINT_DIR / name)


def saved_names() -> Names:
    """The file name of every note, newest first. Cheap: asked at every append.

    Raises OSError for a folder that is not read, also where it was read before.
    """
    folder: Path = settings.CHECKPOINT_DIR
    try:
        changed = folder.stat().st_mtime_ns
        os.scandir(os.path.join(folder, ".")).close()  # noqa: PTH118 - "." asks leave to enter it
    except FileNotFoundError:
        return ()
    if (seen := _listed.get(folder)) and seen[0] == changed:
        return seen[1]
    names = _names(folder)
    _listed.clear()
    if time.time_ns() - changed > _SETTLED:
        _listed[folder] = changed, names
    return names


def require(head: int) -> None:
    """Raise NotContinued where the log, which ends at `head`, does not continue its notes."""
    if broken := find_break(head):
        raise NotContinued(broken.sentence)


def find_break(head: int) -> Break | None:
    """What is wrong with the notes, or between them and the log; None where all is well.

    Notes that have once agreed are not looked at again by this process, unless the log ends before.
    """
    folder: Path = settings.CHECKPOINT_DIR
    try:
        names = saved_names()
    except OSError as error:
        said = f"The folder of saved checkpoints, {folder}, cannot be read ({error.strerror}):"
        return Break(None, f"{said} nothing is published until it can.")
    if not names:
        # the very first is stored a moment before it is saved, while others publish
        made = Checkpoint.objects.filter(made_at__lt=datetime.now(UTC) - BEING_SAVED)
        return Break(None, f"{gone()} {_WAY_BACK}") if made.exists() else None
    proved, last = _proved.get(folder, ((), 0))
    if last > head:
        proved, last = (), 0
    if names == proved:
        return None
    known = frozenset(proved)
    fresh = [_read(folder / name) for name in names if name not in known]
    wrong = disagreeing(fresh)
    for saved in fresh:
        if saved.file in wrong and not explained(saved.named):
            which = "newest checkpoint" if saved.file == names[0] else "checkpoint"
            return Break(
                saved,
                f"The log does not continue its {which}, {saved.file}: {wrong[saved.file]}. "
                "Nothing is published until the database that it speaks of is restored, or "
                "`manage.py epoch --reason …` says in public that the log goes on without it.",
            )
    agreed = (each.note.sequence for each in fresh if each.note and each.file not in wrong)
    _proved.clear()
    _proved[folder] = names, max(agreed, default=last)
    return None


def gone() -> str:
    """What is wrong where no note is left and the database knows of some."""
    return (
        f"The folder of saved checkpoints, {settings.CHECKPOINT_DIR}, is missing or empty, though "
        "checkpoints were made: is its disk mounted?"
    )


def disagreeing(found: Iterable[Saved]) -> dict[str, str]:
    """By file, what is wrong with those that are no notes of ours, or not of this log."""
    found = list(found)
    hashes: dict[int, str] = {}
    wanted = sorted({each.note.sequence for each in found if each.note})
    for start in range(0, len(wanted), _AT_ONCE):
        rows = Change.objects.filter(sequence__in=wanted[start : start + _AT_ONCE])
        hashes |= dict(rows.values_list("sequence", "hash"))
    told = {each.file: each.wrong or _disagreement(each.note, hashes) for each in found}
    return {file: why for file, why in told.items() if why}


def _disagreement(note: notes.Note | None, hashes: dict[int, str]) -> str:
    """Why the log, with these hashes, is not the one of the note, as half a sentence; or ""."""
    if note is None or hashes.get(note.sequence) == note.hash:
        return ""
    if note.sequence in hashes:
        return f"entry {note.sequence} has another hash"
    return f"there is no entry {note.sequence}, so the database is older, or another one"


def explained(named: dict[str, str | int | None]) -> bool:
    """Whether an `epoch` entry says that the note so named is left behind."""
    return named in left_behind()


def left_behind() -> list[dict[str, str | int | None]]:
    """Every checkpoint that an `epoch` entry names as not continued."""
    rows = ChangeTopic.objects.filter(topic=record_topic(*SUBJECT), kind=Kind.EPOCH)
    sequences = rows.values_list("sequence", flat=True)
    bodies = Change.objects.filter(sequence__in=list(sequences), kind=Kind.EPOCH)
    named: list[dict[str, str | int | None]] = []
    for text in bodies.values_list("body", flat=True):
        try:
            named += named_in(text)
        except (ValueError, KeyError, TypeError):
            continue  # tampered with: it explains nothing, and `verify_log` tells of it
    return named


def named_in(body: str | None) -> list[dict[str, str | int | None]]:
    """The checkpoints that one `epoch` entry names, from its body."""
    after = json.loads(body)["after"] if body else {}
    return [after["checkpoint"], *after["older"]] if after else []


def _names(folder: Path) -> Names:
    if not folder.exists():
        return ()
    found = (path.name for path in folder.iterdir() if _NAME.fullmatch(path.name))
    return tuple(sorted(found, reverse=True))


def _read(path: Path) -> Saved:
    try:
        note = notes.read_ours(path.read_bytes().decode())
    except OSError as error:
        return Saved(path.name, None, f"it cannot be read ({error.strerror})")
    except UnicodeDecodeError:
        return Saved(path.name, None, "it is not UTF-8 text")
    except notes.BadNote as error:
        return Saved(path.name, None, str(error))
    return Saved(path.name, note, "")
