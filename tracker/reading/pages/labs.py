"""The labs of the record, and one lab."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber

from tracker.changes.topics import newest, topic
from tracker.commitments.enums import Basis, Category, PartyRole, PledgeKind, Schedule
from tracker.commitments.models import Clause, Commitment, Party, Pledge
from tracker.evidence.models import Discrepancy, Outcome
from tracker.labs.models import Lab, LabKind, Person
from tracker.reading.pages.lookup import one
from tracker.reading.pages.scores import ScorePoint, score_history
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import (
    discrepancies,
    open_on,
    outcomes,
    published,
    surely_by,
)
from tracker.reading.spans import scheduled, spans
from tracker.reading.standing import Standing, in_turn
from tracker.reading.totals import LabTotals, lab_totals
from tracker.records.dates import today
from tracker.records.models import State
from tracker.scoring import GroupMean, mean_of_labs

SHOWN = 12  # events
SHOWN_OF_CATEGORY = 12  # commitments
SHOWN_DISPUTES = 5
SHOWN_DUE = 12


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

    @property
    def unanswered(self) -> Sequence[Ask]:
        """The asks to which no promise is on record."""
        return [ask for ask in self.asks if not ask.answers]


@dataclass(frozen=True)
class OfKind:
    """A lab's commitments of one category, the first of them, and how many there are."""

    category: Category | None
    standings: Sequence[Standing]
    count: int


@dataclass(frozen=True)
class Dispute:
    """A discrepancy, and whether it was open on the day."""

    discrepancy: Discrepancy
    open: bool


@dataclass(frozen=True)
class LabPage:
    """All of one lab's page. `changes` only where the day is today: the log has its own clock."""

    standing: LabTotals
    promised: Sequence[OfKind]
    measured: OfKind
    history: Sequence[ScorePoint]
    deadlines: Sequence[Standing]
    calls: Sequence[Call]
    disputes: Sequence[Dispute]
    dispute_count: int
    outcomes: Sequence[Outcome]
    people: Sequence[Person]
    changes: Sequence[Told]


def ai_labs(labs: QuerySet[Lab], day: date) -> list[LabTotals]:
    """Where the AI labs among `labs` stand, by name, with their tags."""
    return lab_totals(labs.filter(kind=LabKind.AI_LAB).prefetch_related("tags"), day)


def other_organisations(labs: QuerySet[Lab]) -> QuerySet[Lab]:
    """Those among `labs` that act in the record without being AI labs."""
    return labs.exclude(kind=LabKind.AI_LAB)


def mean_of(labs: Iterable[LabTotals]) -> GroupMean:
    """The mean of the labs that have a percentage of their own."""
    return mean_of_labs(lab.score for lab in labs)


def labs_that_promised(day: date) -> QuerySet[Lab]:
    """To choose from in the list of commitments."""
    return published(Lab).filter(Exists(spans(day).filter(lab_slug=OuterRef("slug"))))


def first_promise() -> date | None:
    """The day by which the first promise on record had surely been made."""
    found: date | None = published(Commitment).aggregate(first=Min("made_on_end"))["first"]
    return found and min(found, today())


def all_labs() -> QuerySet[Lab]:
    """To choose from in the list of changes."""
    return published(Lab)


def lab_page(slug: str, day: date) -> LabPage:
    """One lab's page on a day. Raises Missing or Gone."""
    lab = one(published(Lab), slug)
    (totals,) = lab_totals([lab], day)
    rows = spans(day).filter(lab_slug=lab.slug)
    kinds = list(_kinds(rows))
    due = deadlines(lab, day)[:SHOWN_DUE]
    *of_kind, falls_due = in_turn((*(found for _, found, _ in kinds), due), day)
    by_kind = [
        OfKind(Category(kind) if kind else None, standings, count)
        for (kind, _, count), standings in zip(kinds, of_kind, strict=True)
    ]
    measured = next((kind for kind in by_kind if kind.category is None), OfKind(None, (), 0))
    disputed = _disputed(lab, day)
    return LabPage(
        standing=totals,
        promised=[kind for kind in by_kind if kind.category],
        measured=measured,
        history=score_history(lab, day, totals),
        deadlines=falls_due,
        calls=open_calls([lab], day)[lab.pk],
        disputes=disputed[:SHOWN_DISPUTES],
        dispute_count=len(disputed),
        outcomes=list(outcomes(day).filter(_concerning(lab))[:SHOWN]),
        people=list(published(Person).filter(lab=lab)),
        changes=tell_all(newest(topic("lab", lab.slug), 5)) if day >= today() else [],
    )


def in_order(rows: QuerySet[Any]) -> QuerySet[Any, int]:
    """The commitments of these spans, lab by lab, the oldest first."""
    ordered = rows.order_by("lab_slug", "made_on_start", "slug")
    return ordered.values_list("commitment_id", flat=True)


def _concerning(lab: Lab) -> Exists:
    """Of the newest outcomes those of a lab: one after another until there are enough."""
    named = Outcome.labs.through.objects.filter(outcome=OuterRef("pk"), lab=lab)
    return Exists(named)


def _kinds(rows: QuerySet[Any]) -> Iterator[tuple[str, list[int], int]]:
    """The first commitments of each category in the order of the categories, and how many there
    are; at last, under "", of what was measured."""
    kind = Case(When(basis=Basis.MEASURED, then=Value("")), default=F("category"))
    found: dict[str, list[int]] = defaultdict(list)
    counts: dict[str, int] = {}
    for row in firsts(
        rows.annotate(kind=kind), "kind", ("made_on_start", "slug"), SHOWN_OF_CATEGORY
    ):
        found[row["kind"]].append(row["commitment_id"])
        counts[row["kind"]] = row["of_all"]
    for name in (*Category.values, ""):
        if name in found:
            yield name, found[name], counts[name]


def firsts(rows: QuerySet[Any], of: str, order: tuple[str, ...], count: int) -> QuerySet[Any]:
    """The first so many spans of each value of a column, in their order: that value, their
    `commitment_id`, and how many there are of it, `of_all`."""
    numbered = rows.values(of, "commitment_id").annotate(
        place=Window(RowNumber(), partition_by=of, order_by=order),
        of_all=Window(Count("*"), partition_by=of),
    )
    found: QuerySet[Any] = numbered.filter(place__lte=count).order_by(*order)
    return found


def _due(rows: QuerySet[Any], day: date) -> QuerySet[Any]:
    """Of promises what is due, in the order of its day: what is overdue comes first."""
    due = scheduled(Schedule.OVERDUE, day, "") | Q(due_on__gte=day)
    return rows.filter(due, basis=Basis.PROMISED).order_by("due_on", "slug")


def deadlines(lab: Lab, day: date) -> QuerySet[Any, int]:
    """The commitments of a lab that are due, in the order of their days."""
    return _due(spans(day).filter(lab_slug=lab.slug), day).values_list("commitment_id", flat=True)


def open_calls(labs: Sequence[Lab], day: date) -> dict[int, list[Call]]:
    """By lab id: the open calls that addressed each lab by `day`, the oldest first.

    Five queries whatever the number of labs.
    """
    parties = list(
        Party.objects.filter(
            surely_by(day, "pledge__issued_on_end"),
            # most are parties from the first day on, and say no day of their own
            _joined(day),
            lab__in=labs,
            role=PartyRole.ADDRESSED,
            pledge__kind=PledgeKind.OPEN_CALL,
            pledge__state=State.PUBLISHED,
        )
        .select_related("pledge")
        .prefetch_related("pledge__clauses")
        .order_by(F("pledge__issued_on_start").asc(nulls_last=True), "pledge__title")
    )
    calls = {party.pledge_id for party in parties}
    under = spans(day).filter(pledge__in=calls, lab_slug__in=[lab.slug for lab in labs])
    (standings,) = in_turn([in_order(under)], day)
    answers: dict[tuple[int | None, int], list[Standing]] = defaultdict(list)
    for row in standings:
        answers[row.commitment.clause_id, row.commitment.lab_id].append(row)
    found: dict[int, list[Call]] = {lab.pk: [] for lab in labs}
    for party in parties:
        asks = [
            Ask(clause, answers.get((clause.pk, party.lab_id), []))
            for clause in party.pledge.clauses.all()
        ]
        found[party.lab_id].append(Call(party.pledge, asks))
    return found


def _joined(day: date) -> Q:
    # not `Q(...) | surely_by(...)` alone: beside a Q that asks nothing, the other would ask all
    asked = surely_by(day, "joined_on_end")
    return asked | Q(joined_on="") if asked else asked


def _disputed(lab: Lab, day: date) -> list[Dispute]:
    """The discrepancies on which a commitment of the lab stands, those open on the day first."""
    stands = spans(day).filter(commitment=OuterRef("commitment"), lab_slug=lab.slug)
    touched = discrepancies(day).filter(
        Exists(
            Discrepancy.commitments.through.objects.filter(
                Exists(stands), discrepancy=OuterRef("pk")
            )
        )
    )
    found = [Dispute(each, open_on(each, day)) for each in touched.order_by("title", "slug")]
    return sorted(found, key=lambda each: not each.open)
