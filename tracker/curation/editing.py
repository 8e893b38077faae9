"""One edit of one record, from the lock on its row to the entry in the log.

    edit = begin(record, by=actor, version=seen, reason="…")   # locks, refuses a stale version
    … write the record and its parts …
    finish(edit, record)                                       # checks, scores, appends the Change

Everything between happens in the caller's one transaction; the append comes last.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import ProtectedError

from tracker.assessments.judging import judge
from tracker.assessments.models import Assessment, Reply
from tracker.changes.kinds import Kind
from tracker.changes.log import Entry
from tracker.changes.models import Change
from tracker.curation import quoting
from tracker.curation.entries import NOTHING_TOUCHED, Touched, entry_for, kind_of_edit, touches
from tracker.curation.freezing import cited_bearings, frozen_criteria, lost_evidence
from tracker.curation.gathering import gather
from tracker.curation.history import History, remaining
from tracker.curation.indexing import append
from tracker.curation.resting import still_referring
from tracker.curation.roles import PUBLISH
from tracker.curation.rules import problems_of
from tracker.reading.represent import represent
from tracker.records.models import Record, State
from tracker.records.plain import Plain, Problem
from tracker.records.plain import Refused as Refused  # as this room's callers know it
from tracker.records.prepared import Prepared, update
from tracker.sources.models import Quotation, Source


class Stale(Refused):
    """Somebody else saved the record since this editor opened it."""


@dataclass(frozen=True)
class Actor:
    """Who writes: an account, or a named batch such as `seed` with its operator's rights."""

    name: str
    user: User | None = None
    rights: frozenset[str] = frozenset()

    @classmethod
    def of(cls, user: Any) -> "Actor":
        """A signed-in account, under the name that the public log will show.

        The user name is part of it: it is one account's alone, and holds neither space nor bracket,
        so that no full name can pass for another account or for a batch.
        """
        assert isinstance(user, User)
        name, full = user.get_username(), user.get_full_name()
        return cls(f"{full[: 197 - len(name)]} ({name})" if full else name, user)

    def may(self, right: str) -> bool:
        """True where the account, or the batch, holds the right."""
        return right in self.rights or (self.user is not None and self.user.has_perm(right))


@dataclass
class Edit:
    """An edit under way."""

    actor: Actor
    reason: str
    version: int = 0
    published: bool = False
    before: Plain | None = None
    private: Plain | None = None
    cited: dict[int, Plain] = field(default_factory=dict)
    words: quoting.Words | None = None
    touched: Touched = NOTHING_TOUCHED
    history: History | None = None


def refuse_stale(record: Record, version: int) -> None:
    """Raise Stale unless `record`, as it has just been read, still is the version that was seen."""
    if record.version != version:
        raise Stale(
            f"Somebody else saved this {record._meta.verbose_name} while you were editing it "
            f"(you opened version {version}, it is now version {record.version}). Nothing of yours "
            "was saved."
        )


def lock(record: Record, *, version: int | None = None) -> Record:
    """Lock the record's row until the transaction ends and return it as it stands.

    `no_key`, here and in every room: rows that refer to this one may still be written meanwhile.
    PostgreSQL checks those references at commit, after the log's head was locked, and would
    deadlock with a full lock.

    Raises Stale where it is no longer the `version` that was seen, or is gone.
    """
    found: list[Record] = _locked(type(record)).rows([record.pk])
    if not found:
        raise Stale(f"Somebody else deleted this {record._meta.verbose_name} in the meantime.")
    (locked,) = found
    if version is not None:
        refuse_stale(locked, version)
    return locked


@cache
def _locked(model: type[Record]) -> Prepared:
    return Prepared(lambda: model._default_manager.select_for_update(no_key=True), "pk")


@cache
def _read(model: type[Record]) -> Prepared:
    return Prepared(model._default_manager.all, "pk")


def begin(record: Record, *, by: Actor, reason: str = "", version: int | None = None) -> Edit:
    """Lock the record and check that `by` may change it now.

    `version` is the one that the editor saw; None for a writer that has just read it itself. Raises
    Stale or Refused.
    """
    if record.pk is None:
        return Edit(by, reason)
    locked = lock(record, version=version)
    if locked.state == State.RETRACTED:
        raise Refused("A retracted record is not edited; it stays as it was retracted.")
    if locked.state == State.IN_REVIEW:
        raise Refused("It is in review, and what was submitted stays; send it back to edit it.")
    words = quoting.words_of(locked) if isinstance(locked, Quotation) else None
    if locked.state == State.DRAFT:
        return Edit(by, reason, version=locked.version, private=_private(locked), words=words)
    if isinstance(locked, Assessment):
        raise Refused("A published assessment is never edited: write one that supersedes it.")
    _require(by, PUBLISH, "change a published record")
    if not reason.strip():
        raise Refused(Problem(("reason",), "Say in public why the published record changes."))
    private = _private(locked)
    gather([locked])
    return Edit(
        by,
        reason,
        version=locked.version,
        published=True,
        before=represent(locked),
        private=private,
        cited=cited_bearings(locked),
        words=words,
        touched=touches(locked),
    )


def finish(edit: Edit, record: Record) -> list[Change]:
    """Check and log what was written since `begin`; after Refused nothing may be kept."""
    return append(finish_later(edit, record))


def finish_later(edit: Edit, record: Record) -> list[Entry]:
    """As `finish`, leaving the append to a caller that writes many records first."""
    (record,) = _read(type(record)).rows([record.pk])
    if isinstance(record, Assessment):
        store_judgement(record)
    if isinstance(record, Quotation):
        quoting.check(record, edit.words)
        record.save()
    private_changed = edit.private is not None and edit.private != _private(record)
    rechecked = quoting.recheck(record) if isinstance(record, Source) and private_changed else []
    entries = [
        entry_for(
            quotation,
            Kind.QUOTATION_CORRECTED,
            edit.actor.name,
            before,
            represent(quotation),
            "Checked against the archived text of its source.",
        )
        for quotation, before in rechecked
    ]
    if not edit.published:
        _bump(record, edit.version)
        return entries
    gather([record])
    after = represent(record)
    if after == edit.before:
        if private_changed:  # no entry, and yet a stale save is refused
            _bump(record, edit.version)
        return entries
    frozen = frozen_criteria(record, edit.before or {}, after) + lost_evidence(record, edit.cited)
    _refuse_if(remaining(record, problems_of(record), edit.history) + frozen)
    _bump(record, edit.version)
    kind = kind_of_edit(record, edit.before or {}, after)
    return [
        entry_for(record, kind, edit.actor.name, edit.before, after, edit.reason, edit.touched),
        *entries,
    ]


@transaction.atomic
def publish(record: Record, *, by: Actor, reason: str = "") -> list[Change]:
    """Make a draft public. Assessments go through `submit` and `approve` instead."""
    return append(publish_later(record, by=by, reason=reason))


def publish_later(
    record: Record,
    *,
    by: Actor,
    reason: str = "",
    together: Container[Record] = (),
    history: History | None = None,
) -> list[Entry]:
    """As `publish`, leaving the append to a caller that publishes many records together."""
    _require(by, PUBLISH, "publish")
    record = lock(record)
    if record.state != State.DRAFT:
        raise Refused(f"Only a draft can be published; this one is {State(record.state).label}.")
    if isinstance(record, Assessment):
        raise Refused("An assessment is submitted by one person and approved by another.")
    gather([record])
    entry = publication(record, by=by, reason=reason, together=together, history=history)
    update(record, "version", "state")
    return [entry]


def publication(
    record: Record,
    *,
    by: Actor,
    reason: str,
    together: Container[Record] = (),
    history: History | None = None,
) -> Entry:
    """Check a draft at hand and make it public, all but the saving; what the log says of it."""
    _require(by, PUBLISH, "publish")
    _refuse_if(remaining(record, problems_of(record, together), history))
    record.state = State.PUBLISHED
    record.version += 1
    kind = Kind.REPLY_REQUESTED if isinstance(record, Reply) else Kind(f"{record.noun()}_published")
    return entry_for(record, kind, by.name, None, represent(record), reason)


@transaction.atomic
def retract(record: Record, *, by: Actor, reason: str) -> list[Change]:
    """Take a published record out of the public pages; its history stays in the log.

    Refused while a published record that can be corrected still refers to it (`curation.resting`).
    """
    _require(by, PUBLISH, "retract")
    if not reason.strip():
        raise Refused(Problem(("reason",), "Say in public why the record is retracted."))
    record = type(record)._default_manager.select_for_update(no_key=True).get(pk=record.pk)
    if record.state != State.PUBLISHED:
        raise Refused("Only a published record can be retracted.")
    gather([record])
    before = represent(record)
    record.state = State.RETRACTED
    _bump(record, record.version)
    _refuse_if(still_referring(record))
    return append([entry_for(record, Kind.RECORD_RETRACTED, by.name, before, None, reason)])


@transaction.atomic
def discard(record: Record, *, version: int | None = None) -> None:
    """Delete a draft. What readers have seen is retracted instead; what is in review, sent back."""
    record = lock(record, version=version)
    if record.state != State.DRAFT:
        raise Refused("Only a draft is deleted; a published record is retracted, with a reason.")
    if isinstance(record, Assessment) and (dissent := record.dissents.first()):
        raise Refused(
            f"{dissent.held_by} dissents from this draft, and those words are not yours to delete: "
            "it is deleted once the dissent is taken back."
        )
    try:
        record.delete()
    except ProtectedError:
        raise Refused("Something else refers to this draft; change that first.") from None


def store_judgement(assessment: Assessment) -> None:
    """Work out the assessment and write the computed columns."""
    work_out(assessment)
    assessment.save()


def work_out(assessment: Assessment) -> None:
    """Set the computed columns; the caller saves."""
    for name, value in judge(assessment).columns().items():
        setattr(assessment, name, value)


def _private(record: Record) -> Plain:
    """The columns that no reader sees."""
    return {name: getattr(record, name) for name in record.private}


def _bump(record: Record, version: int) -> None:
    record.version = version + 1
    update(record, "version", "state")


def _require(actor: Actor, right: str, verb: str) -> None:
    if not actor.may(right):
        raise Refused(f"{actor.name} may not {verb}: that takes the Reviewer right.")


def _refuse_if(problems: list[Problem]) -> None:
    if problems:
        raise Refused(*problems)
