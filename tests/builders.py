"""Records for tests, from plain functions: made-up labs and people, published unless told not to.

    commitment = make_commitment(lab=make_lab(name="Example Lab"))
    assessment = make_assessment(commitment=commitment, values=["met"])

Published records go through `curation`, so that each has its Change.
"""

import itertools
from datetime import date
from typing import Any, TypeVar

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Model

from tracker.assessments.models import Assessment, Finding, Reply
from tracker.commitments.models import Commitment, Criterion, Pledge
from tracker.curation.editing import Actor, publish
from tracker.curation.indexing import append
from tracker.curation.judging import publish_imported
from tracker.curation.roles import PUBLISH
from tracker.evidence.models import (
    Account,
    Bearing,
    Discrepancy,
    Indicator,
    Outcome,
    Sourcing,
)
from tracker.labs.models import Lab, Person
from tracker.records.models import Record
from tracker.sources.models import Quotation, Source

EDITOR = Actor("Eve Editor", rights=frozenset({PUBLISH}))

_numbers = itertools.count(1)


def _next() -> int:
    return next(_numbers)


R = TypeVar("R", bound=Record)


def _checked(record: Model) -> None:
    """Its fields, each and together; the database itself refuses what breaks its constraints.

    To ask it about each of them beforehand takes longer than all the rest of making a record.
    """
    record.full_clean(validate_unique=False, validate_constraints=False)


def _saved(record: R, draft: bool) -> R:
    _checked(record)
    record.save()
    return record if draft else published(record)


def published(record: R) -> R:
    """Publish a draft, with its Change, and return it as it now stands."""
    with transaction.atomic():
        publish(record, by=EDITOR)
    return type(record)._default_manager.get(pk=record.pk)


def make_user(role: str = "", *, name: str = "", superuser: bool = False) -> User:
    """A staff account in one of the roles Curators, Reviewers, Stewards."""
    name = name or f"{role.lower() or 'nobody'}-{_next()}"
    user = User.objects.create_user(
        name, password="a long made-up password", is_staff=True, is_superuser=superuser
    )
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def make_lab(*, draft: bool = False, **fields: Any) -> Lab:
    """Example Lab, numbered."""
    number = _next()
    values = {"slug": f"example-lab-{number}", "name": f"Example Lab {number}", "kind": "ai_lab"}
    return _saved(Lab(**(values | fields)), draft)


def make_person(*, draft: bool = False, **fields: Any) -> Person:
    """Ada Example, numbered."""
    number = _next()
    values = {"slug": f"ada-example-{number}", "name": f"Ada Example {number}"}
    return _saved(Person(**(values | fields)), draft)


def make_source(*, draft: bool = False, **fields: Any) -> Source:
    """A secondary source."""
    number = _next()
    values = {
        "slug": f"example-source-{number}",
        "title": f"Example Source {number}",
        "tier": "secondary",
    }
    return _saved(Source(**(values | fields)), draft)


def make_quotation(*, draft: bool = False, **fields: Any) -> Quotation:
    """Words printed in a source."""
    number = _next()
    fields.setdefault("source", None)
    if fields["source"] is None:
        fields["source"] = make_source()
    values = {"slug": f"example-words-{number}", "exact": "We promise an audit.", "start": 0}
    return _saved(Quotation(**(values | fields)), draft)


def make_pledge(
    *, draft: bool = False, clauses: int = 0, addressed: tuple[Lab, ...] = (), **fields: Any
) -> Pledge:
    """A statement, with numbered clauses and the labs it addresses."""
    number = _next()
    values = {
        "slug": f"example-pledge-{number}",
        "title": f"Example Pledge {number}",
        "kind": "statement",
    }
    pledge = Pledge(**(values | fields))
    _checked(pledge)
    pledge.save()
    for place in range(clauses):
        pledge.clauses.create(number=str(place + 1), title=f"Ask {place + 1}", position=place)
    for lab in addressed:
        pledge.parties.create(lab=lab, role="addressed")
    return pledge if draft else published(pledge)


def make_commitment(*, draft: bool = False, criteria: int = 1, **fields: Any) -> Commitment:
    """A promise with so many criteria of weight 1, without a deadline."""
    number = _next()
    values: dict[str, Any] = {
        "slug": f"example-commitment-{number}",
        "title": f"Publish audit {number}",
        "reported_words": "that it would publish an audit",
        "force": "promise",
        "category": "transparency",
        "obligation": "Publish an audit.",
        "made_on": "2024-01-02",
        "deadline_kind": "undated",
    } | fields
    values.setdefault("lab", None)
    values["lab"] = values["lab"] or make_lab()
    if "words" not in values:
        values["reported_by"] = values.get("reported_by") or make_source()
    commitment = Commitment(**values)
    _checked(commitment)
    commitment.save()
    for position in range(1, criteria + 1):
        make_criterion(commitment=commitment, position=position)
    return commitment if draft else published(commitment)


def make_criterion(*, commitment: Commitment, position: int, **fields: Any) -> Criterion:
    """A question of a draft commitment."""
    values = {
        "question": f"Is part {position} done?",
        "evidence_needed": "The audit itself.",
    }
    criterion = Criterion(commitment=commitment, position=position, **(values | fields))
    _checked(criterion)
    criterion.save()
    return criterion


def make_outcome(
    *,
    draft: bool = False,
    bears_on: Commitment | Indicator | None = None,
    direction: str = "supports",
    sources: tuple[Source, ...] = (),
    **fields: Any,
) -> Outcome:
    """An event, stated by its sources, that may bear on a commitment or an indicator."""
    number = _next()
    values = {
        "slug": f"example-outcome-{number}",
        "title": f"Audit {number} appears",
        "statement": "The lab publishes an audit.",
        "kind": "event",
        "occurred_on": "2024-02-03",
    }
    outcome = Outcome(**(values | fields))
    _checked(outcome)
    outcome.save()
    for source in sources or (make_source(),):
        Sourcing.objects.create(outcome=outcome, source=source)
    if isinstance(bears_on, Commitment):
        Bearing.objects.create(outcome=outcome, commitment=bears_on, direction=direction)
    elif bears_on is not None:
        Bearing.objects.create(outcome=outcome, indicator=bears_on, direction=direction)
    return outcome if draft else published(outcome)


def make_indicator(*, draft: bool = False, **fields: Any) -> Indicator:
    """A question to watch."""
    number = _next()
    values: dict[str, Any] = {
        "slug": f"example-indicator-{number}",
        "title": f"Where auditors go {number}",
        "question": "Do the auditors stay?",
        "confirms": "They leave.",
        "refutes": "They stay.",
    } | fields
    values["source"] = values.get("source") or make_source()
    return _saved(Indicator(**values), draft)


def make_discrepancy(
    *,
    draft: bool = False,
    quotations: tuple[Quotation, ...] = (),
    commitments: tuple[Commitment, ...] = (),
    **fields: Any,
) -> Discrepancy:
    """Two accounts of one thing; of the quotations' wordings where some are given."""
    number = _next()
    values = {
        "slug": f"example-discrepancy-{number}",
        "title": f"On which day audit {number} appeared",
        "question": "On which day did it appear?",
        "kind": "wording" if quotations else "fact",
    }
    discrepancy = Discrepancy(**(values | fields))
    _checked(discrepancy)
    discrepancy.save()
    discrepancy.commitments.set(commitments)
    pairs: list[tuple[Source, Quotation | None]] = [(each.source, each) for each in quotations]
    pairs = pairs or [(make_source(), None), (make_source(), None)]
    for position, (source, quotation) in enumerate(pairs, start=1):
        Account.objects.create(
            discrepancy=discrepancy,
            position=position,
            source=source,
            quotation=quotation,
            says=f"Account {position}.",
        )
    return discrepancy if draft else published(discrepancy)


def make_assessment(
    *,
    commitment: Commitment,
    values: list[str],
    draft: bool = False,
    evidence: tuple[Outcome, ...] = (),
    **fields: Any,
) -> Assessment:
    """A judgement with one finding a criterion; published as an import unless `draft`."""
    own: dict[str, Any] = {
        "slug": f"example-assessment-{_next()}",
        "effective_on": date(2024, 3, 4),
        "rationale": "The audit is there.",
        "confidence": "low",
        "reply_waiver": "A made-up lab has no press office.",
    }
    assessment = Assessment(commitment=commitment, **(own | fields))
    _checked(assessment)
    assessment.save()
    criteria = commitment.criteria.filter(edition=assessment.edition)
    for criterion, value in zip(criteria, values, strict=True):
        finding = Finding.objects.create(
            assessment=assessment, criterion=criterion, value=value, note="As seen."
        )
        finding.evidence.set(Bearing.objects.filter(outcome__in=evidence, commitment=commitment))
    if not draft:
        with transaction.atomic():
            append([publish_imported(assessment, by=EDITOR, batch="tests")])
    return Assessment.objects.get(pk=assessment.pk)


def make_reply(*, commitment: Commitment, draft: bool = False, **fields: Any) -> Reply:
    """A question to a lab, not yet answered."""
    values: dict[str, Any] = {
        "slug": f"example-reply-{_next()}",
        "asked_on": date(2024, 3, 1),
        "asked_of": "the press office",
        "due_on": date(2024, 3, 15),
    }
    return _saved(Reply(commitment=commitment, **(values | fields)), draft)
