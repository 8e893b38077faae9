"""What the tests of redactions share: who redacts, what, and a record of every noun."""

from datetime import date
from typing import Any

from django.db import transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_reply,
    make_source,
)
from tracker.assessments.models import Dissent
from tracker.changes.log import canonical as canonical_json
from tracker.changes.log import chain_hash, header_of, sha256
from tracker.changes.models import NO_HASH, Change
from tracker.commitments.models import Undefined
from tracker.curation.editing import Actor, begin, finish, retract
from tracker.curation.roles import REDACT
from tracker.records.models import Record

STEWARD = Actor("Stella Steward", rights=frozenset({REDACT}))
WHY = "It printed a private telephone number."
SECRET = "Call Ada Example on 555 0100 at any hour"


def newest() -> Change:
    return Change.objects.latest("sequence")


def correct(record: Record, **fields: Any) -> Change:
    record = type(record)._default_manager.get(pk=record.pk)
    with transaction.atomic():
        edit = begin(record, by=EDITOR, reason="It was wrong.")
        for name, value in fields.items():
            setattr(record, name, value)
        record.save()
        finish(edit, record)
    return newest()


def take_back(record: Record) -> Change:
    retract(record, by=EDITOR, reason="It was another.")
    return newest()


def chain_holds() -> bool:
    """The rule of the log, spelt out once more."""
    previous = NO_HASH
    for place, change in enumerate(Change.objects.order_by("sequence"), start=1):
        assert change.sequence == place
        assert change.header == canonical_json(header_of(change))
        assert change.previous_hash == previous
        assert change.hash == chain_hash(previous, change.header, change.body_sha256)
        assert change.body is None or sha256(change.body) == change.body_sha256
        previous = change.hash
    return True


def one_of_each() -> list[Record]:
    """In an order in which they can be retracted: first what nothing published refers to."""
    lab, person, source = make_lab(), make_person(), make_source()
    pledge = make_pledge(clauses=2, addressed=(lab,))
    commitment = make_commitment(lab=lab)
    supports = make_outcome(
        kind="search", search_where="The site.", search_query="audit", bears_on=commitment
    )
    judged = make_assessment(
        commitment=commitment, values=["met"], draft=False, contest_verdict="unresolved",
        contest_held_by="A reader", contest_reading="Otherwise.", contest_source=source,
    )  # fmt: skip
    for name in ("A second reader", "A third reader"):
        Dissent.objects.create(assessment=judged, held_by=name, verdict="broken", reading="No.")
    Undefined.objects.create(commitment=commitment, aspect="metric", note="Of what?")
    reply = make_reply(
        commitment=commitment, status="replied", words="We did.", received_on=date(2024, 3, 2)
    )
    resolved = make_discrepancy(
        status="resolved", resolution="The first.", resolved_on=date(2024, 3, 2)
    )
    quotation = make_quotation(prefix="before", suffix="after", note="A note.")
    triggered = make_commitment(deadline_kind="trigger", deadline_trigger="A launch.")
    return [
        judged, reply, resolved, supports, make_indicator(), triggered, commitment, pledge,
        quotation, source, person, lab,
    ]  # fmt: skip
