"""Changes as readers are told them: the sentence, and apart from it the reason."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from tracker.changes.kinds import Kind
from tracker.changes.log import head_sequence
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import record_topic
from tracker.changes.wording import body_of, changed_fields, reason, statement
from tracker.reading.pages.lookup import Missing
from tracker.reading.wordings import Change as Fate
from tracker.reading.wordings import Piece, reworded

#: The largest that a column of the log can hold (a 64-bit integer).
LARGEST = 2**63 - 1

#: Characters from which a text is long enough to be compared word by word as well.
LONG = 60

#: Fields that a reader looks for first.
FIRST = ("verdict", "provisional", "confidence", "contested", "status", "title", "name")


@dataclass(frozen=True)
class Told:
    """One change: what happened, and why."""

    change: Change
    statement: str
    reason: str

    @property
    def day(self) -> date:
        """The day of the entry in UTC, as the log tells time."""
        return self.change.at.astimezone(UTC).date()

    @property
    def subject(self) -> tuple[str, str] | None:
        """(noun, slug) of the page on which its subject stands, as far as the entry tells."""
        return _page_of(self.change)


@dataclass(frozen=True)
class Field:
    """One field, before and after; `pieces` the same word by word, where that helps."""

    name: str
    old: Any
    new: Any
    pieces: Sequence[Piece] = ()


@dataclass(frozen=True)
class ChangePage:
    """One change whole, with the fields it changed and its neighbours in the log.

    `working` are those of a judgement's arithmetic, which follow from the others; `header_sha256`
    is worked out anew from the header, for whoever checks the hash by hand.
    """

    told: Told
    fields: Sequence[Field]
    working: Sequence[Field]
    header_sha256: str
    is_new: bool  # nothing stood there before
    previous: int | None
    next: int | None
    redacts: Sequence[int] = ()  # the entries that this one redacted
    redacted_by: Told | None = None  # where this one was redacted


def tell(change: Change) -> Told:
    """The change in words, what happened and why apart."""
    return Told(change, statement(change), reason(change))


def tell_all(changes: Iterable[Change]) -> list[Told]:
    """The changes in words, in the order given."""
    return [tell(change) for change in changes]


def change_page(sequence: int) -> ChangePage:
    """The change of this number. Raises Missing."""
    change = None
    if 0 < sequence <= LARGEST:
        change = Change.objects.filter(sequence=sequence).first()
    if change is None:
        raise Missing("change")
    body = body_of(change)
    redacts = _redacts(change)
    fields = [] if redacts else fields_of(body.get("before") or {}, body.get("after") or {})
    return ChangePage(
        tell(change),
        sorted((each for each in fields if not _is_working(each)), key=_verdict_first),
        [each for each in fields if _is_working(each)],
        hashlib.sha256(change.header.encode()).hexdigest(),
        not body.get("before"),
        sequence - 1 if sequence > 1 else None,
        sequence + 1 if sequence < head_sequence() else None,
        redacts,
        _redaction_of(change),
    )


def fields_of(before: Any, after: Any) -> list[Field]:
    """Every field that differs. Of lists only what differs in them: place by place where they are
    as long as each other (“criteria: 2: question”), else what went and what came."""
    rows: list[Field] = []
    for name, old, new in changed_fields(before, after):
        if not (isinstance(old, list) and isinstance(new, list)):
            rows.append(_field(name, old, new))
        elif len(old) == len(new):
            for place, (one, other) in enumerate(zip(old, new, strict=True), start=1):
                rows += [_field(*row) for row in changed_fields(one, other, f"{name}.{place}")]
        else:
            gone = [each for each in old if each not in new]
            come = [each for each in new if each not in old]
            rows.append(Field(name, *((gone, come) if gone or come else (old, new))))
    return rows


def _is_working(field: Field) -> bool:
    return field.name.split(".")[0] == "working"


def _verdict_first(field: Field) -> int:
    """What a reader looks for stands first, the rest by name."""
    return FIRST.index(field.name) if field.name in FIRST else len(FIRST)


def _field(name: str, old: Any, new: Any) -> Field:
    if not (isinstance(old, str) and isinstance(new, str)) or max(len(old), len(new)) < LONG:
        return Field(name, old, new)
    pieces = reworded(old, new)
    kept = any(piece.change == Fate.SAME for piece in pieces)
    return Field(name, old, new, pieces if kept else ())


def _redacts(change: Change) -> Sequence[int]:
    if change.kind != Kind.REDACTION:
        return ()
    after = body_of(change).get("after") or {}
    return tuple(after.get("redacted", ()))


def _redaction_of(change: Change) -> Told | None:
    """The later entry that redacted this one: filed under its record, or under the log itself."""
    if change.body is not None:
        return None
    own = record_topic(change.subject_type, change.subject_slug)
    later = ChangeTopic.objects.filter(
        topic__in=(own, record_topic("log", "log")),
        kind=Kind.REDACTION,
        sequence__gt=change.sequence,
    )
    redactions = Change.objects.filter(sequence__in=later.values("sequence")).order_by("sequence")
    return next((tell(each) for each in redactions if change.sequence in _redacts(each)), None)


#: Nouns that have a page of their own, or an anchor on one.
_PAGES = frozenset(
    {"lab", "person", "source", "pledge", "commitment", "outcome", "assessment"}
    | {"discrepancy", "indicator"}
)


def _page_of(change: Change) -> tuple[str, str] | None:
    if change.subject_type in _PAGES:
        return change.subject_type, change.subject_slug
    if change.subject_type == "reply" and change.commitments:
        return "commitment", change.commitments[0]
    if change.subject_type == "quotation":
        body = body_of(change)
        source = (body.get("after") or body.get("before") or {}).get("source")
        return ("source", source) if source else None
    return None
