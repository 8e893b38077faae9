"""The whole log, checked against itself and against every checkpoint: nothing was edited silently.

It reads in batches by key, one statement each, and holds no transaction open: entries may be
appended and redacted meanwhile. Memory does not grow with the log, but by a number for each
thousand entries and for each redacted one.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, connection

from tracker.changes import continuity, notes
from tracker.changes.filing import Filing
from tracker.changes.kinds import Kind
from tracker.changes.log import (
    canonical,
    chain_hash,
    give_back_connection,
    header_of,
    sha256,
    timestamp,
)
from tracker.changes.models import NO_HASH, Change, Checkpoint, LogHead

BATCH = 1_000  # entries
KEPT = 1_000  # problems told; beyond them only counted
UNSIGNED = "does not bear a valid signature by this site's key."
COLUMNS = [str(each.column) for each in Change._meta.concrete_fields]

Problem = tuple[int, str]
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Given:
    """A note that somebody kept, and its name in messages. An epoch does not excuse it."""

    name: str
    note: notes.Note
    signed: bool  # by this site's key


@dataclass
class Verification:
    """What was found. `problems` are (sequence, sentence), 0 for the log as a whole."""

    entries: int = 0
    last: int = 0
    hash: str = NO_HASH
    checkpoints: int = 0
    redacted: int = 0
    left_behind: int = 0  # checkpoints that an epoch entry says are not continued
    problems: list[Problem] = field(default_factory=list)
    more: int = 0  # problems beyond those kept

    @property
    def well(self) -> bool:
        """True where nothing at all is wrong."""
        return not self.problems

    def add(self, sequence: int, sentence: str) -> None:
        """Keep a problem, or count it."""
        if len(self.problems) < KEPT:
            self.problems.append((sequence, sentence))
        else:
            self.more += 1


def verify(given: Iterable[Given] = (), progress: Progress | None = None) -> Verification:
    """Check everything. `progress` is told the last entry read, every some thousand."""
    return _Verifying(given, progress).run()


@dataclass
class _Expected:
    """A checkpoint that the log must agree with; `named` as an epoch entry would name it."""

    name: str
    hash: str
    named: dict[str, str | int | None] | None


class _Verifying:
    """One pass over the entries, then one over the topics."""

    def __init__(self, given: Iterable[Given], progress: Progress | None) -> None:
        self.found = Verification()
        self.progress = progress
        self.filing = Filing(_reread)
        self.at = ""
        self.unexplained: set[int] = set()  # redacted, and not yet named by a later redaction
        self.left: list[dict[str, str | int | None]] = []
        self.broken: list[tuple[int, str, _Expected]] = []
        self.expected: dict[int, list[_Expected]] = {}
        for each in given:
            self._expect(each.note, each.name, None)
            if not each.signed:
                self.found.add(0, f"{each.name} {UNSIGNED}")
        self._collect()

    def run(self) -> Verification:
        """Entries, then what only the end of the log decides, then topics."""
        head, found = self._read_all(), self.found
        for sequence in sorted(self.unexplained):
            found.add(sequence, "its body is empty, and no later redaction names it.")
        self._head(head)
        self._checkpoints()
        for sequence, sentence in self.filing.problems(found.last):
            found.add(sequence, sentence)
        return found

    def _head(self, head: LogHead) -> None:
        found = self.found
        if (head.sequence, head.hash) != (found.last, found.hash):
            found.add(
                0,
                f"The head says that the log ends at {head.sequence} with {head.hash}; it ends at "
                f"{found.last} with {found.hash}.",
            )
        elif found.last and _stamp(head.at) != self.at:
            found.add(0, "The head's time is not that of the last entry.")

    # --- checkpoints -----------------------------------------------------------------------------

    def _checkpoints(self) -> None:
        """Those that disagree, but for the stored and saved ones that an epoch leaves behind."""
        found = self.found
        for sequence in sorted(each for each in self.expected if each > found.last):
            for expected in self.expected[sequence]:
                self._disagrees(sequence, expected, "the log does not reach that far.")
        left = {(each["sequence"], each["hash"]) for each in self.left}
        for sequence, sentence, expected in self.broken:
            if expected.named in self.left:
                found.left_behind += 1
            elif (sequence, expected.hash) in left:
                found.add(sequence, f"{sentence} An epoch entry of the log says so too.")
            else:
                found.add(sequence, sentence)

    def _collect(self) -> None:
        """Every note that is stored or saved; what is wrong with one by itself."""
        seen = set()
        try:
            for row in Checkpoint.objects.order_by("made_at").iterator(chunk_size=BATCH):
                seen.add(self._stored(row))
        except (DatabaseError, TypeError, ValueError):
            self.found.add(0, "The stored checkpoints hold what is no time, or no text.")
        try:
            if self.found.checkpoints and not continuity.saved_names():
                self.found.add(0, continuity.gone())
            for saved in continuity.saved_notes():
                said = f"The saved checkpoint {saved.file}"
                if saved.note is None:
                    expected = _Expected(said, "", saved.named)
                    self.broken.append((0, f"{said}: {saved.wrong}.", expected))
                elif saved.file not in seen:
                    self.found.checkpoints += 1
                    self._expect(saved.note, said, saved.named)
        except OSError as error:
            self.found.add(0, f"The saved checkpoints cannot be read: {error.strerror}.")

    def _stored(self, row: Checkpoint) -> str:
        """One row: its note, and the columns beside it. Returns the file that the note goes by."""
        self.found.checkpoints += 1
        said = f"The stored checkpoint of entry {row.sequence}"
        try:
            note = notes.read(row.note)
        except notes.BadNote as error:
            self.found.add(0, f"{said} is none: {error}.")
            return ""
        file = continuity.file_name(note)
        named = continuity.Saved(file, note, "").named
        if (row.sequence, row.hash, _stamp(row.made_at)) != (note.sequence, note.hash, note.time):
            self.found.add(note.sequence, f"{said} says otherwise than its own signed note.")
        if not notes.is_ours(row.note):
            wrong = f"{said} {UNSIGNED}"
            self.broken.append((note.sequence, wrong, _Expected(said, note.hash, named)))
        self._expect(note, said, named)
        return file

    def _expect(
        self, note: notes.Note, name: str, named: dict[str, str | int | None] | None
    ) -> None:
        self.expected.setdefault(note.sequence, []).append(_Expected(name, note.hash, named))

    def _disagrees(self, sequence: int, expected: _Expected, why: str) -> None:
        """Kept until the end: an epoch entry, which may come later, explains it."""
        self.broken.append((sequence, f"{expected.name} is not of this log: {why}", expected))

    # --- entries ---------------------------------------------------------------------------------

    def _read_all(self) -> LogHead:
        """Read to the end; the head as it stood when there was nothing more to read."""
        found = self.found
        seen: Any = -1
        while True:
            rows = list(_batch(seen))
            if not rows:
                head = LogHead.objects.filter(pk=1).first() or LogHead()
                # entries and head are written together, so a head beyond them means one more batch
                if head.sequence == found.last or not (rows := list(_batch(seen))):
                    return head
            for seen, row in rows:
                if isinstance(row, Change):
                    self._entry(row)
                elif isinstance(seen, int):
                    found.add(seen, row)
                    found.last = seen
                else:  # SQLite keeps what it is given
                    found.add(0, f"{seen!r} is no sequence.")
            give_back_connection()
            if self.progress:
                self.progress(found.last)

    def _entry(self, row: Change) -> None:
        found = self.found
        sequence = row.sequence
        if sequence != found.last + 1:
            gap = "" if sequence == found.last + 2 else f" to {sequence - 1}"
            found.add(sequence, f"entry {found.last + 1}{gap} before it is missing.")
        if row.previous_hash != found.hash:
            found.add(sequence, "its previous hash is not the hash of the entry before it.")
        self._columns(row)
        if chain_hash(row.previous_hash, row.header, row.body_sha256) != row.hash:
            found.add(sequence, "its hash is not that of its header, its body and the one before.")
        self._body(row)
        for expected in self.expected.get(sequence, ()):
            if expected.hash != row.hash:
                self._disagrees(sequence, expected, f"entry {sequence} has another hash.")
        self.filing.expect(row)
        found.entries += 1
        found.last, found.hash = sequence, row.hash

    def _columns(self, row: Change) -> None:
        """The columns against the header, which is hashed; the time against the one before."""
        told = header_of(row)
        try:
            header = canonical(told)
        except (TypeError, ValueError):
            header = ""
        if header != row.header:
            for name, says in _differences(row.header, told):
                self.found.add(row.sequence, f"its {name} is not what its header says{says}.")
        if told["at"] <= self.at:
            self.found.add(row.sequence, "its time is not after that of the entry before it.")
        self.at = told["at"]

    def _body(self, row: Change) -> None:
        found, body = self.found, row.body
        if body is None:
            found.redacted += 1
            self.unexplained.add(row.sequence)
            if row.reason is not None:
                found.add(row.sequence, "its body is redacted, and its reason is not.")
            if row.kind == Kind.REDACTION:
                found.add(row.sequence, "it is a redaction, and is itself redacted.")
            return
        if sha256(body) != row.body_sha256:
            found.add(row.sequence, "its body is not the one that was hashed.")
        # Canonical JSON sorts its keys, so that the reason stands last; no text within the body can
        # look like it, since a quotation mark in a text is written with a backslash.
        if not body.endswith(f',"reason":{canonical(row.reason)}}}'):
            found.add(row.sequence, "its reason is not the one in its body.")
        if row.kind in (Kind.REDACTION, Kind.EPOCH):
            try:
                self._special(row, body)
            except (ValueError, KeyError, TypeError):
                found.add(row.sequence, f"its body does not say what a {row.kind} says.")

    def _special(self, row: Change, body: str) -> None:
        """What a redaction empties, and what an epoch leaves behind."""
        if row.kind == Kind.EPOCH:
            self.left += continuity.named_in(body)
            return
        for sequence in json.loads(body)["after"]["redacted"]:
            if sequence in self.unexplained:
                self.unexplained.remove(sequence)
            elif not 0 < sequence < row.sequence:
                self.found.add(row.sequence, f"it redacts {sequence}, which is not before it.")
            elif Change.objects.filter(pk=sequence, body__isnull=False).exists():
                self.found.add(sequence, f"its body is there, though {row.sequence} redacts it.")


def _differences(header: Any, told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    try:
        said = json.loads(header)
        assert isinstance(said, dict)
    except (TypeError, ValueError, AssertionError):
        yield "header", ", which is no JSON object"
        return
    names = [name for name in {**said, **told} if said.get(name) != told.get(name)]
    for name in names:
        yield name, ""
    if not names:
        yield "header", ", byte for byte"


def _stamp(at: datetime | None) -> str:
    return timestamp(at) if at else ""


# --- reading rows as they are stored -------------------------------------------------------------


def _batch(after: Any) -> Iterator[tuple[Any, Change | str]]:
    """The next entries by sequence; a sentence instead of one that cannot be read at all."""
    try:
        yield from [(row[0], _change(row)) for row in _select("sequence > %s", after)]
    except DatabaseError:  # text that is none, which SQLite keeps without asking
        keys = Change.objects.filter(sequence__gt=after).order_by("sequence")
        for sequence in list(keys.values_list("sequence", flat=True)[:BATCH]):
            try:
                yield sequence, _change(_select("sequence = %s", sequence)[0])
            except DatabaseError:
                yield sequence, "it cannot be read: a column holds what is not text."


def _reread(first: int, last: int) -> Iterator[Change]:
    for after in range(first - 1, last, BATCH):
        for _, row in _batch(after):
            if isinstance(row, Change) and row.sequence <= last:
                yield row


def _select(where: str, value: Any) -> list[tuple[Any, ...]]:
    """Rows with times and lists as text: what is stored, not what it would be turned into."""
    lists = {"labs", "commitments"} if connection.vendor == "postgresql" else set()
    as_text = {"at"} | lists
    columns = ", ".join(f"CAST({each} AS text)" if each in as_text else each for each in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM tracker_change WHERE {where} "  # noqa: S608 - no outside text
            f"ORDER BY sequence LIMIT {BATCH}",
            [value],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _change(row: tuple[Any, ...]) -> Change | str:
    for name, value in zip(COLUMNS[1:], row[1:], strict=True):
        if not isinstance(value, str) and not (value is None and name in ("body", "reason")):
            return f"it cannot be read: its {name} is not text."
    # A million entries: the row as a bare object, past all that a model's __init__ does.
    change = Change.__new__(Change)
    change.__dict__ = dict(zip(COLUMNS, row, strict=True))
    change.at = _moment(row[1])
    change.labs, change.commitments = _list(change.labs), _list(change.commitments)
    return change if isinstance(row[0], int) else ""


#: For a stored time that is none: before every entry, so that it is found.
NEVER = datetime(1, 1, 1, tzinfo=UTC)


def _moment(text: Any) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return NEVER


@lru_cache(maxsize=4096)
def _list(text: Any) -> Any:
    """The list, which nobody changes: of a million entries most name what others named."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text
