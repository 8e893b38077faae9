"""Two to four labs side by side, in the order of their names: nothing here ranks them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from tracker.commitments.enums import Category, PledgeKind
from tracker.commitments.models import Clause, Commitment, Pledge
from tracker.labs.models import Lab, LabKind
from tracker.reading.pages.labs import Call, deadlines, open_calls
from tracker.reading.published import published
from tracker.reading.standing import LabStanding, Standing, lab_standings
from tracker.records.models import State

LEAST, MOST = 2, 4  # labs
SHOWN_CLAUSES = 40  # of one pledge; its own page has all
SHOWN_DUE = 3


@dataclass(frozen=True)
class Column:
    """One lab: where it stands, what it left unanswered, and what it has to do next."""

    standing: LabStanding
    calls: Sequence[Call]
    due: Sequence[Standing]
    due_count: int


@dataclass(frozen=True)
class Cell:
    """What one lab has to show for one clause; `asked` where an open call addressed it."""

    lab: Lab
    standings: Sequence[Standing]
    asked: bool


@dataclass(frozen=True)
class Row:
    """One clause under which several of the labs stand; None: the pledge as a whole."""

    clause: Clause | None
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Shared:
    """A pledge under which several of the labs stand, the first such clauses and their count."""

    pledge: Pledge
    rows: Sequence[Row]
    count: int

    @property
    def is_scorecard(self) -> bool:
        """Measured by a study: percentages, and never the words kept or broken."""
        return self.pledge.kind == PledgeKind.SCORECARD


@dataclass(frozen=True)
class Comparison:
    """The labs side by side; `categories` has each lab's commitments that its score counts."""

    columns: Sequence[Column]
    categories: Sequence[tuple[Category, Sequence[Sequence[Standing]]]]
    shared: Sequence[Shared]


def comparable() -> QuerySet[Lab]:
    """The AI labs, and whatever other organisation has a commitment on record."""
    committed = published(Commitment).order_by().values("lab")
    return published(Lab).filter(Q(kind=LabKind.AI_LAB) | Q(pk__in=committed))


def comparison(labs: Iterable[Lab], day: date) -> Comparison:
    """These labs on a day, by name: five queries whatever their number."""
    standings = lab_standings(sorted(labs, key=lambda lab: (lab.name, lab.slug)), day)
    calls = open_calls(standings, day)
    columns = [_column(standing, calls[standing.lab.pk]) for standing in standings]
    return Comparison(columns, _by_category(standings), _shared(columns))


def _column(standing: LabStanding, calls: Sequence[Call]) -> Column:
    due = deadlines(standing.standings)
    return Column(standing, calls, due[:SHOWN_DUE], len(due))


def _by_category(
    labs: Sequence[LabStanding],
) -> list[tuple[Category, Sequence[Sequence[Standing]]]]:
    found: list[tuple[Category, Sequence[Sequence[Standing]]]] = []
    for category in Category:
        cells = [
            [row for row in lab.standings if row.counts and row.commitment.category == category]
            for lab in labs
        ]
        if any(cells):
            found.append((category, cells))
    return found


def _shared(columns: Sequence[Column]) -> list[Shared]:
    """The same promise, side by side: a clause under which at least two of the labs stand."""
    stand: dict[tuple[int, int | None], dict[int, list[Standing]]] = defaultdict(dict)
    pledges: dict[int, Pledge] = {}
    clauses: dict[int | None, Clause | None] = {}
    for column in columns:
        for row in column.standing.standings:
            pledge, clause = row.commitment.pledge, row.commitment.clause
            if pledge is None or pledge.state != State.PUBLISHED:
                continue
            pledges[pledge.pk] = pledge
            clauses[row.commitment.clause_id] = clause
            of_clause = stand[pledge.pk, row.commitment.clause_id]
            of_clause.setdefault(row.commitment.lab_id, []).append(row)
    rows: dict[int, list[Row]] = defaultdict(list)
    for (pledge_id, clause_id), by_lab in stand.items():
        if len(by_lab) >= LEAST:
            cells = [_cell(column, pledge_id, by_lab) for column in columns]
            rows[pledge_id].append(Row(clauses[clause_id], cells))
    found = [
        Shared(pledges[pledge_id], sorted(of, key=_place)[:SHOWN_CLAUSES], len(of))
        for pledge_id, of in rows.items()
    ]
    return sorted(found, key=lambda each: (each.pledge.title, each.pledge.slug))


def _cell(column: Column, pledge_id: int, by_lab: dict[int, list[Standing]]) -> Cell:
    lab = column.standing.lab
    asked = any(call.pledge.pk == pledge_id for call in column.calls)
    return Cell(lab, by_lab.get(lab.pk, []), asked)


def _place(row: Row) -> tuple[bool, int]:
    """In the pledge's own order, what stands under it as a whole last."""
    return row.clause is None, row.clause.position if row.clause else 0
