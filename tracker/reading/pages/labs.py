"""The labs of the record, and one lab."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Min, Q, QuerySet

from tracker.changes.topics import newest, topic
from tracker.commitments.enums import Basis, Category, PartyRole, PledgeKind, Schedule
from tracker.commitments.models import Clause, Commitment, Party, Pledge
from tracker.evidence.models import Discrepancy, Outcome
from tracker.labs.models import Lab, LabKind, Person
from tracker.reading.pages.lookup import one
from tracker.reading.pages.scores import ScorePoint, score_history
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import (
    commitments,
    discrepancies,
    open_on,
    outcomes,
    published,
    surely_by,
)
from tracker.reading.standing import LabStanding, Standing, lab_standings
from tracker.records.dates import today
from tracker.records.models import State
from tracker.scoring import GroupMean, mean_of_labs

SHOWN = 12  # events
SHOWN_OF_CATEGORY = 12  # commitments
SHOWN_DISPUTES = 5


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

    standing: LabStanding
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


def ai_labs(labs: QuerySet[Lab], day: date) -> list[LabStanding]:
    """Where the AI labs among `labs` stand, by name, with their tags."""
    return lab_standings(labs.filter(kind=LabKind.AI_LAB).prefetch_related("tags"), day)


def other_organisations(labs: QuerySet[Lab]) -> QuerySet[Lab]:
    """Those among `labs` that act in the record without being AI labs."""
    return labs.exclude(kind=LabKind.AI_LAB)


def mean_of(labs: Iterable[LabStanding]) -> GroupMean:
    """The mean of the labs that have a percentage of their own."""
    return mean_of_labs(lab.score for lab in labs)


def labs_that_promised(day: date) -> QuerySet[Lab]:
    """To choose from in the list of commitments."""
    return published(Lab).filter(pk__in=commitments(day).order_by().values("lab"))


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
    (standing,) = lab_standings([lab], day)
    rows = standing.standings
    disputed = _disputed(lab, day)
    return LabPage(
        standing=standing,
        promised=_by_category(rows),
        measured=_first(None, [row for row in rows if row.commitment.basis == Basis.MEASURED]),
        history=score_history(lab, day),
        deadlines=deadlines(rows),
        calls=open_calls([standing], day)[lab.pk],
        disputes=disputed[:SHOWN_DISPUTES],
        dispute_count=len(disputed),
        outcomes=list(outcomes(day).filter(labs=lab)[:SHOWN]),
        people=list(published(Person).filter(lab=lab)),
        changes=tell_all(newest(topic("lab", lab.slug), 5)) if day >= today() else [],
    )


def _by_category(rows: Sequence[Standing]) -> list[OfKind]:
    by_category: dict[str, list[Standing]] = defaultdict(list)
    for row in rows:
        if row.commitment.basis == Basis.PROMISED:
            by_category[row.commitment.category].append(row)
    return [
        _first(category, by_category[category]) for category in Category if category in by_category
    ]


def _first(category: Category | None, rows: Sequence[Standing]) -> OfKind:
    return OfKind(category, rows[:SHOWN_OF_CATEGORY], len(rows))


def deadlines(rows: Iterable[Standing]) -> list[Standing]:
    """What is due, in the order of its day: what is overdue comes first."""
    ahead = (Schedule.OVERDUE, Schedule.DUE_SOON, Schedule.UPCOMING)
    found = [
        row for row in rows if row.schedule in ahead and row.commitment.basis == Basis.PROMISED
    ]
    return sorted(found, key=_due)


def _due(row: Standing) -> tuple[date, str]:
    return row.commitment.deadline_due_on_end or date.max, row.commitment.slug


def open_calls(labs: Iterable[LabStanding], day: date) -> dict[int, list[Call]]:
    """By lab id: the open calls that addressed each lab by `day`, the oldest first.

    Two queries whatever the number of labs.
    """
    labs = list(labs)
    parties = (
        Party.objects.filter(
            surely_by(day, "pledge__issued_on_end"),
            # most are parties from the first day on, and say no day of their own
            _joined(day),
            lab__in=[standing.lab for standing in labs],
            role=PartyRole.ADDRESSED,
            pledge__kind=PledgeKind.OPEN_CALL,
            pledge__state=State.PUBLISHED,
        )
        .select_related("pledge")
        .prefetch_related("pledge__clauses")
        .order_by(F("pledge__issued_on_start").asc(nulls_last=True), "pledge__title")
    )
    answers: dict[tuple[int | None, int], list[Standing]] = defaultdict(list)
    for standing in labs:
        for row in standing.standings:
            answers[row.commitment.clause_id, row.commitment.lab_id].append(row)
    found: dict[int, list[Call]] = {standing.lab.pk: [] for standing in labs}
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
    touched = discrepancies(day).filter(
        pk__in=Discrepancy.commitments.through.objects.filter(
            commitment__in=commitments(day).filter(lab=lab).order_by().values("pk")
        ).values("discrepancy")
    )
    found = [Dispute(each, open_on(each, day)) for each in touched.order_by("title", "slug")]
    return sorted(found, key=lambda each: not each.open)
