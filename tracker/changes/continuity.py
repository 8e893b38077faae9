"""Does this database still hold the log that its newest saved checkpoint speaks of?

A database that was restored from an old backup, or swapped for another, would go on from an entry
that readers know otherwise. So before anything is appended the newest note in CHECKPOINT_DIR is
held against the log; where they disagree, publishing is refused until an `epoch` entry says so in
public.
"""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from tracker.changes import notes
from tracker.changes.kinds import Kind
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import record_topic
from tracker.records.plain import Refused

#: What an `epoch` entry is about.
SUBJECT = ("log", "changes")

_NAME = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z-[0-9]+\.note")
_SETTLED = 2_000_000_000  # nanoseconds after which a folder's time of change tells every change

_listed: dict[Path, tuple[int, str]] = {}  # a folder, when it was changed, its newest note
_proved: dict[Path, int] = {}  # the newest note once it has agreed with the log; its sequence


class NotContinued(Refused):
    """The log does not continue its newest checkpoint; nothing is published on top of it."""


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
    """Where log and newest note disagree. `saved` is None where the folder cannot be read."""

    saved: Saved | None
    sentence: str


def file_name(note: notes.Note) -> str:
    """Its time and sequence: of two names, the later note's sorts last."""
    return f"{re.sub('[-:]', '', note.time)}-{note.sequence}.note"


def saved_notes() -> Iterator[Saved]:
    """Every note in CHECKPOINT_DIR, newest first. Raises OSError for a folder that is not read."""
    for name in sorted(_names(settings.CHECKPOINT_DIR), reverse=True):
        yield _read(settings.CHECKPOINT_DIR / name)


def newest_name() -> str:
    """The newest note's file name, "" where there is none. Cheap: asked at every append."""
    folder: Path = settings.CHECKPOINT_DIR
    try:
        changed = folder.stat().st_mtime_ns
    except FileNotFoundError:
        return ""
    if (seen := _listed.get(folder)) and seen[0] == changed:
        return seen[1]
    newest = max(_names(folder), default="")
    _listed.clear()
    if time.time_ns() - changed > _SETTLED:
        _listed[folder] = changed, newest
    return newest


def require(head: int) -> None:
    """Raise NotContinued where the log, which ends at `head`, does not continue its newest note."""
    if broken := find_break(head):
        raise NotContinued(broken.sentence)


def find_break(head: int) -> Break | None:
    """What is wrong with the newest note, or between it and the log; None where all is well.

    A note that has once agreed is not looked at again by this process, unless the log ends before.
    """
    try:
        name = newest_name()
    except OSError as error:
        said = f"The folder of saved checkpoints cannot be read ({error.strerror}): nothing is"
        return Break(None, f"{said} published until it can.")
    path = settings.CHECKPOINT_DIR / name
    if not name or _proved.get(path, head + 1) <= head:
        return None
    saved = _read(path)
    wrong = saved.wrong or disagreement(saved.note)
    if wrong and not explained(saved.named):
        return Break(
            saved,
            f"The log does not continue its newest checkpoint, {saved.file}: {wrong}. Nothing is "
            "published until the database that it speaks of is restored, or `manage.py epoch "
            "--reason …` says in public that the log goes on without it.",
        )
    _proved.clear()
    _proved[path] = saved.note.sequence if saved.note else 0
    return None


def disagreement(note: notes.Note | None) -> str:
    """Why the log is not the one of the note, as half a sentence; "" where it is."""
    if note is None:
        return ""
    hashes = Change.objects.filter(sequence=note.sequence).values_list("hash", flat=True)
    found = hashes.first()
    if found is None:
        return f"there is no entry {note.sequence}, so the database is older, or another one"
    return "" if found == note.hash else f"entry {note.sequence} has another hash"


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


def _names(folder: Path) -> list[str]:
    if not folder.exists():
        return []
    return [path.name for path in folder.iterdir() if _NAME.fullmatch(path.name)]


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
