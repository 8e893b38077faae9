"""Two to four labs side by side, in the order of their names: nothing here ranks them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tracker.commitments.enums import Category, PledgeKind
from tracker.commitments.models import Clause, Commitment, Pledge
from tracker.labs.models import Lab, LabKind
from tracker.reading.pages.labs import Call, deadlines, in_order, open_calls
from tracker.reading.published import published
from tracker.reading.spans import spans
from tracker.reading.standing import Alike, Standing, in_turn
from tracker.reading.totals import LabTotals, alike_by_category, lab_totals

LEAST, MOST = 2, 4  # labs
SHOWN_CLAUSES = 40  # of one pledge; its own page has all
SHOWN_DUE = 3
SHOWN_PLEDGES = 6


@dataclass(frozen=True)
class Column:
    """One lab: where it stands, what it left unanswered, and what it has to do next."""

    standing: LabTotals
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
    """The labs side by side; `categories` has each lab's commitments that its score counts,
    `shared` the first pledges under which several stand, `more` where there are others."""

    columns: Sequence[Column]
    categories: Sequence[tuple[Category, Sequence[Sequence[Alike]]]]
    shared: Sequence[Shared]
    more: bool


def comparable() -> QuerySet[Lab]:
    """The AI labs, and whatever other organisation has a commitment on record."""
    committed = published(Commitment).order_by().values("lab")
    return published(Lab).filter(Q(kind=LabKind.AI_LAB) | Q(pk__in=committed))


def comparison(labs: Iterable[Lab], day: date) -> Comparison:
    """These labs on a day, by name: two queries a lab, and as many more whatever their number."""
    labs = sorted(labs, key=lambda lab: (lab.name, lab.slug))
    calls = open_calls(labs, day)
    due = {lab.pk: deadlines(lab, day) for lab in labs}
    first = in_turn((rows[:SHOWN_DUE] for rows in due.values()), day)
    columns = [
        Column(each, calls[each.lab.pk], standings, due[each.lab.pk].order_by().count())
        for each, standings in zip(lab_totals(labs, day), first, strict=True)
    ]
    return Comparison(columns, _by_category(labs, day), *_shared(columns, day))


def _by_category(
    labs: Sequence[Lab], day: date
) -> list[tuple[Category, Sequence[Sequence[Alike]]]]:
    alike = alike_by_category(labs, day)
    found: list[tuple[Category, Sequence[Sequence[Alike]]]] = []
    for category in Category:
        cells = [alike.get((lab.pk, category.value), ()) for lab in labs]
        if any(cells):
            found.append((category, cells))
    return found


def _shared(columns: Sequence[Column], day: date) -> tuple[list[Shared], bool]:
    """The same promise, side by side: clauses under which at least two of the labs stand, of the
    first pledges that have such; and whether others have."""
    slugs = [column.standing.lab.slug for column in columns]
    under = spans(day).filter(lab_slug__in=slugs)
    both = under.filter(pledge=OuterRef("pk")).order_by().values("clause_id")
    both = both.annotate(labs=Count("lab_slug", distinct=True)).filter(labs__gte=LEAST)
    pledges = list(
        published(Pledge).filter(Exists(both)).order_by("title", "slug")[: SHOWN_PLEDGES + 1]
    )
    shown = pledges[:SHOWN_PLEDGES]
    stand: dict[tuple[int, int | None], dict[int, list[Standing]]] = defaultdict(dict)
    for standing in in_turn([in_order(under.filter(pledge__in=shown))], day)[0]:
        commitment = standing.commitment
        assert commitment.pledge_id is not None
        of_clause = stand[commitment.pledge_id, commitment.clause_id]
        of_clause.setdefault(commitment.lab_id, []).append(standing)
    clauses = Clause.objects.in_bulk({clause_id for _, clause_id in stand if clause_id})
    of: dict[int, list[Row]] = defaultdict(list)
    for (pledge_id, clause_id), by_lab in stand.items():
        if len(by_lab) >= LEAST:
            cells = [_cell(column, pledge_id, by_lab) for column in columns]
            of[pledge_id].append(Row(clauses.get(clause_id or 0), cells))
    found = [
        Shared(pledge, sorted(of[pledge.pk], key=_place)[:SHOWN_CLAUSES], len(of[pledge.pk]))
        for pledge in shown
    ]
    return found, len(pledges) > len(shown)


def _cell(column: Column, pledge_id: int, by_lab: dict[int, list[Standing]]) -> Cell:
    lab = column.standing.lab
    asked = any(call.pledge.pk == pledge_id for call in column.calls)
    return Cell(lab, by_lab.get(lab.pk, []), asked)


def _place(row: Row) -> tuple[bool, int]:
    """In the pledge's own order, what stands under it as a whole last."""
    return row.clause is None, row.clause.position if row.clause else 0
