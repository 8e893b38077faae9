"""Changes as readers are told them: the sentence, and apart from it the reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.changes.kinds import Kind
from tracker.changes.log import head_sequence
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.topics import record_topic
from tracker.changes.wording import body_of, changed_fields, reason, statement
from tracker.reading.pages.lookup import Missing

#: The largest that a column of the log can hold (a 64-bit integer).
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Told:
    """One change: what happened, and why."""

    change: Change
    statement: str
    reason: str

    @property
    def subject(self) -> tuple[str, str] | None:
        """(noun, slug) of the page on which its subject stands, as far as the entry tells."""
        return _page_of(self.change)


@dataclass(frozen=True)
class ChangePage:
    """One change whole, with the fields it changed and its neighbours in the log."""

    told: Told
    fields: Sequence[tuple[str, Any, Any]]
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
    return ChangePage(
        tell(change),
        [] if redacts else changed_fields(body.get("before") or {}, body.get("after") or {}),
        not body.get("before"),
        sequence - 1 if sequence > 1 else None,
        sequence + 1 if sequence < head_sequence() else None,
        redacts,
        _redaction_of(change),
    )


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
