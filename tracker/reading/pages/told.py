"""Changes as readers are told them: the sentence, and apart from it the reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.changes.models import Change, ChangeTopic, LogHead
from tracker.changes.wording import body_of, changed_fields, sentence
from tracker.reading.history import changes_of
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
class Entry:
    """One change whole, with the fields it changed and its neighbours in the log."""

    told: Told
    fields: Sequence[tuple[str, Any, Any]]
    is_new: bool  # nothing stood there before
    previous: int | None
    next: int | None


def tell(change: Change) -> Told:
    """The change in words. `wording.sentence` ends in the reason; here the two stand apart."""
    reason = (change.reason or "").strip()
    return Told(change, sentence(change).removesuffix(f" Reason: {reason}"), reason)


def tell_all(changes: Iterable[Change]) -> list[Told]:
    """The changes in words, in the order given."""
    return [tell(change) for change in changes]


def latest_under(topic: str, count: int) -> list[Told]:
    """The newest changes filed under a topic such as `lab:example-lab`."""
    rows = ChangeTopic.objects.filter(topic=topic).order_by("-sequence")
    return tell_all(changes_of(rows.values_list("sequence", flat=True)[:count]))


def entry(sequence: int) -> Entry:
    """The change of this number. Raises Missing."""
    change = None
    if 0 < sequence <= LARGEST:
        change = Change.objects.filter(sequence=sequence).first()
    if change is None:
        raise Missing("change")
    body = body_of(change)
    return Entry(
        tell(change),
        changed_fields(body.get("before") or {}, body.get("after") or {}),
        not body.get("before"),
        sequence - 1 if sequence > 1 else None,
        sequence + 1 if sequence < head() else None,
    )


def head() -> int:
    """The number of the newest change. Raises LogHead.DoesNotExist on a database not migrated."""
    return LogHead.objects.values_list("sequence", flat=True).get(pk=1)


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
