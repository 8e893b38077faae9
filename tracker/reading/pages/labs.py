"""The labs, one lab, and the people of the record."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Prefetch, Q, QuerySet

from tracker.changes.topics import newest, topic
from tracker.commitments.enums import Basis, Category, PartyRole, PledgeKind
from tracker.commitments.models import Clause, Commitment, Party, Pledge
from tracker.evidence.models import Outcome
from tracker.labs.models import Lab, LabKind, Person
from tracker.reading.attribution import Attribution
from tracker.reading.pages.lookup import one
from tracker.reading.pages.quoted import IN_ORDER, attributed, quotations
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import commitments, outcomes, published
from tracker.reading.standing import LabStanding, Standing, lab_standings, standings
from tracker.records.models import State
from tracker.sources.models import Quotation

SHOWN = 30


@dataclass(frozen=True)
class Ask:
    """One clause of an open call, and the commitments that answer it (none: none on record)."""

    clause: Clause
    answers: Sequence[Standing]


@dataclass(frozen=True)
class Call:
    """An open call that addressed a lab."""

    pledge: Pledge
    asks: Sequence[Ask]


@dataclass(frozen=True)
class LabPage:
    """All of one lab's page."""

    standing: LabStanding
    promised: Sequence[tuple[str, Sequence[Standing]]]  # by category
    measured: Sequence[Standing]
    calls: Sequence[Call]
    outcomes: Sequence[Outcome]
    people: Sequence[Person]
    changes: Sequence[Told]


@dataclass(frozen=True)
class PersonPage:
    """All of one person's page."""

    person: Person
    quotations: Sequence[Quotation]
    outcomes: Sequence[Outcome]
    announced: Sequence[Standing]
    attributions: dict[int, Attribution]


def ai_labs(day: date) -> list[LabStanding]:
    """Where every AI lab stands, by name."""
    return lab_standings(published(Lab).filter(kind=LabKind.AI_LAB), day)


def other_organisations() -> QuerySet[Lab]:
    """Those that act in the record without being AI labs."""
    return published(Lab).exclude(kind=LabKind.AI_LAB)


def labs_that_promised() -> QuerySet[Lab]:
    """To choose from in the list of commitments."""
    return published(Lab).filter(pk__in=published(Commitment).order_by().values("lab"))


def labs_of_outcomes() -> QuerySet[Lab]:
    """To choose from in the timeline."""
    return published(Lab).filter(
        pk__in=Outcome.labs.through.objects.filter(outcome__state=State.PUBLISHED).values("lab")
    )


def all_labs() -> QuerySet[Lab]:
    """To choose from in the list of changes."""
    return published(Lab)


def lab_page(slug: str, day: date) -> LabPage:
    """One lab's page on a day. Raises Missing or Gone."""
    lab = one(published(Lab), slug)
    (standing,) = lab_standings([lab], day)
    return LabPage(
        standing=standing,
        promised=_by_category(standing.standings),
        measured=[row for row in standing.standings if row.commitment.basis == Basis.MEASURED],
        calls=_calls(standing),
        outcomes=list(outcomes(day).filter(labs=lab)[:SHOWN]),
        people=list(published(Person).filter(lab=lab)),
        changes=tell_all(newest(topic("lab", lab.slug), 5)),
    )


def _by_category(rows: Sequence[Standing]) -> list[tuple[str, Sequence[Standing]]]:
    by_category: dict[str, list[Standing]] = defaultdict(list)
    for row in rows:
        if row.commitment.basis == Basis.PROMISED:
            by_category[row.commitment.category].append(row)
    return [
        (category.label, by_category[category]) for category in Category if category in by_category
    ]


def _calls(standing: LabStanding) -> list[Call]:
    parties = (
        Party.objects.filter(
            lab=standing.lab,
            role=PartyRole.ADDRESSED,
            pledge__kind=PledgeKind.OPEN_CALL,
            pledge__state=State.PUBLISHED,
        )
        .select_related("pledge")
        .prefetch_related("pledge__clauses")
        .order_by(F("pledge__issued_on_start").asc(nulls_last=True), "pledge__title")
    )
    answers: dict[int | None, list[Standing]] = defaultdict(list)
    for row in standing.standings:
        answers[row.commitment.clause_id].append(row)
    return [
        Call(
            party.pledge,
            [Ask(clause, answers.get(clause.pk, [])) for clause in party.pledge.clauses.all()],
        )
        for party in parties
    ]


def people() -> QuerySet[Person]:
    """Everyone quoted or named, with the number of their published quotations."""
    counted = Count("quotations", filter=Q(quotations__state=State.PUBLISHED))
    rows = published(Person).select_related("lab").annotate(quotation_count=counted)
    # said outright: a grouped query leaves the model's own order out
    return rows.order_by("name", "slug")


def person_page(slug: str, day: date) -> PersonPage:
    """One person's page. Raises Missing or Gone."""
    person = one(published(Person).select_related("lab"), slug)
    said = list(
        quotations()
        .filter(speaker=person)
        .order_by(F("said_on_start").asc(nulls_last=True), "source", *IN_ORDER)
    )
    return PersonPage(
        person=person,
        quotations=said,
        outcomes=list(
            outcomes(day).filter(people=person).prefetch_related(Prefetch("labs", published(Lab)))
        ),
        announced=standings(commitments(day).filter(announced_by=person)),
        attributions=attributed(said),
    )
