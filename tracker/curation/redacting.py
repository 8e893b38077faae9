"""Redaction: what an entry of the log said becomes unreadable, and a new entry says so and why.

Hashes, headers and numbers stay, so that the chain can still be checked. Nothing brings a body
back, and a redaction is not redacted itself.
"""

import re
from collections.abc import Collection, Sequence

from django.db import transaction

from tracker.changes.kinds import Kind
from tracker.changes.log import Entry
from tracker.changes.models import Change
from tracker.curation.editing import Actor, Refused, Stale, lock
from tracker.curation.emptying import clear_desk_log, empty
from tracker.curation.entries import newest_statement
from tracker.curation.indexing import append, forget
from tracker.curation.roles import NOUNS, REDACT
from tracker.curation.searching import holds, texts_in, texts_of, within
from tracker.reading.represent import represent
from tracker.records.models import Record, State
from tracker.records.plain import Problem

MOST = 200  # entries at once: one transaction, and one page that lists them all
REASON_ASKED = "Say in public why, without repeating what is redacted."
#: Words in a row that nobody writes twice by chance.
ALIKE = 6

_STAYS = {
    Kind.REDACTION: "is a redaction, which stays readable",
    Kind.EPOCH: "begins a new epoch, and stays readable",
}
_BY_NOUN = {model.noun(): model for model in NOUNS}


@transaction.atomic
def redact(
    sequences: Collection[int],
    *,
    by: Actor,
    reason: str,
    text: str = "",
    emptying: Collection[str] | None = None,
) -> Change:
    """Redact these entries of the log, for ever, and return the entry that says so.

    Body and reason of each become null. A record among their subjects that was retracted loses its
    texts too, private ones included; the desk's own log of every subject loses its words. `text`
    are the words that this is about: no subject may still show them, nor the reason repeat them.
    `emptying` are the labels (`label_of`) of the retracted records that the Steward was shown.

    Raises Refused, with a problem for each entry that cannot be redacted; then nothing is done.
    """
    if not by.may(REDACT):
        raise Refused(f"{by.name} may not redact: that takes the Steward right.")
    wanted = sorted(set(sequences))
    if not wanted or len(wanted) > MOST:
        raise Refused(f"Name the entries to redact, at most {MOST} at once.")
    records = [lock(record) for record in subjects(entries(wanted))]
    changes = list(
        # the records first: whoever edits one holds it, and the log's head comes last
        Change.objects.select_for_update(no_key=True)
        .filter(sequence__in=wanted)
        .order_by("sequence")
    )
    problems = [Problem((), each) for each in refusals(changes, text).values()]
    if missing := sorted(set(wanted) - {change.sequence for change in changes}):
        problems += [Problem((), f"Entry {each} is not in the log.") for each in missing]
    if why := _wrong_reason(reason, changes, text):
        problems.append(Problem(("reason",), why))
    if problems:
        raise Refused(*problems)
    retracted = [record for record in records if record.state == State.RETRACTED]
    if emptying is not None and set(emptying) != {label_of(record) for record in retracted}:
        raise Stale(
            "What became of the records has changed since you opened this page: look again at "
            "what would become unreadable. Nothing was redacted."
        )
    Change.objects.filter(sequence__in=wanted).update(body=None, reason=None)
    for record in retracted:
        empty(record)
    for record in records:
        clear_desk_log(record)
    forget(records)
    (redaction,) = append([_entry(changes, by, reason)])
    return redaction


def entries(sequences: Collection[int]) -> list[Change]:
    """Those of the entries that are in the log, in order."""
    return list(Change.objects.filter(sequence__in=sequences).order_by("sequence"))


def subjects(changes: Sequence[Change]) -> list[Record]:
    """The records that the entries are about, in the one order in which they are locked."""
    slugs: dict[str, set[str]] = {}
    for change in changes:
        slugs.setdefault(change.subject_type, set()).add(change.subject_slug)
    return [
        record
        for noun, model in _BY_NOUN.items()
        if noun in slugs
        for record in model._default_manager.filter(slug__in=slugs[noun]).order_by("pk")
    ]


def retracted_among(changes: Sequence[Change]) -> list[Record]:
    """The records whose own texts a redaction of these entries would take away too."""
    return [record for record in subjects(changes) if record.state == State.RETRACTED]


def label_of(record: Record) -> str:
    """A record by noun and slug, which no redaction takes away."""
    return f"{record._meta.verbose_name} {record.slug}"


def refusals(changes: Sequence[Change], text: str = "") -> dict[int, str]:
    """A sentence for each entry that cannot be redacted now, by its number.

    What readers see of a published record is corrected or retracted first. Without `text` that is
    the newest entry which states the record, as a whole. With `text` it is known better: no entry
    of a record that still shows these words; and the newest one too where only what stood there
    before, or the reason, holds them.
    """
    published = {
        (record.noun(), record.slug): record
        for record in subjects(changes)
        if record.state == State.PUBLISHED
    }
    newest = {key: newest_statement(record) for key, record in published.items()}
    shown = {
        key: bool(text.strip())
        and any(within(text, value) for value in texts_in(represent(record)))
        for key, record in published.items()
    }
    found: dict[int, str] = {}
    for change in changes:
        key = (change.subject_type, change.subject_slug)
        if change.kind in _STAYS:
            found[change.sequence] = f"Entry {change.sequence} {_STAYS[Kind(change.kind)]}."
        elif change.body is None:
            found[change.sequence] = f"Entry {change.sequence} is redacted already."
        elif key not in published:
            continue
        elif shown[key]:
            found[change.sequence] = _still_seen(change, published[key], "The words are")
        elif change.sequence == newest[key] and not (text.strip() and holds(change, text)):
            found[change.sequence] = _still_seen(change, published[key], "It is")
    return found


def _still_seen(change: Change, record: Record, what: str) -> str:
    return (
        f"Entry {change.sequence}: {what.lower()} what readers see of the {label_of(record)} "
        f"(“{record}”) now. Correct or retract it first."
    )


def _wrong_reason(reason: str, changes: Sequence[Change], text: str) -> str:
    """What is wrong with a reason, which stays readable for ever; "" where nothing is."""
    if not reason.strip():
        return REASON_ASKED
    if text.strip() and within(text, reason):
        return "The reason repeats the very words that are to be redacted, and it stays for ever."
    addresses = {word.casefold() for word in reason.split() if "@" in word}
    runs = _runs(reason)
    for value in (value for change in changes for value in texts_of(change)):
        said = next((word for word in addresses if word.strip(".,;:()<>") in value.casefold()), "")
        said = said or " ".join(next(iter(runs & _runs(value)), ()))
        if said:
            return f"The reason repeats what is to be redacted (“{said}”), and it stays for ever."
    return ""


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[start : start + ALIKE]) for start in range(len(words) - ALIKE + 1)}


def _entry(changes: Sequence[Change], by: Actor, reason: str) -> Entry:
    """Filed under all that the redacted entries were filed under, so that every feed tells of it.

    An entry has room for one pledge and one category: they are named where the entries agree.
    """
    about = {(change.subject_type, change.subject_slug) for change in changes}
    noun, slug = about.pop() if len(about) == 1 else ("log", "log")
    return Entry(
        kind=Kind.REDACTION,
        subject_type=noun,
        subject_slug=slug,
        actor=by.name,
        labs=[lab for change in changes for lab in change.labs],
        commitments=[each for change in changes for each in change.commitments],
        pledge=_only({change.pledge for change in changes}),
        category=_only({change.category for change in changes}),
        after={"redacted": [change.sequence for change in changes]},
        reason=reason,
    )


def _only(values: set[str]) -> str:
    named = values - {""}
    return named.pop() if len(named) == 1 else ""
