"""The pledges, and one pledge as a matrix of clauses and labs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Count, F, Q, QuerySet

from tracker.commitments.enums import Basis, PartyRole, PledgeKind
from tracker.commitments.models import Clause, Party, Pledge
from tracker.labs.models import Lab
from tracker.reading.history import history_of
from tracker.reading.pages.lookup import one, with_sources
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import commitments, published
from tracker.reading.standing import Standing, standings
from tracker.records.models import State
from tracker.scoring import FindingValue, Judged, PooledShare, pooled_share


@dataclass(frozen=True)
class Cell:
    """What one lab has to show for one clause: commitments, or the reason why there are none."""

    lab: Lab
    standings: Sequence[Standing]
    party: Party | None


@dataclass(frozen=True)
class Row:
    """One clause across the labs; `clause` is None for what stands under the pledge as a whole."""

    clause: Clause | None
    cells: Sequence[Cell]


@dataclass(frozen=True)
class PledgePage:
    """All of one pledge's page. `totals` only for a scorecard."""

    pledge: Pledge
    parties: Sequence[Party]
    labs: Sequence[Lab]
    rows: Sequence[Row]
    totals: Sequence[tuple[Lab, PooledShare]]
    changes: Sequence[Told]

    @property
    def is_scorecard(self) -> bool:
        """Measured, not promised: percentages, and never the words kept or broken."""
        return self.pledge.kind == PledgeKind.SCORECARD

    @property
    def was_promised(self) -> bool:
        """A study of what labs did promise, which a scorecard usually is not."""
        return any(
            standing.commitment.basis == Basis.PROMISED
            for row in self.rows
            for cell in row.cells
            for standing in cell.standings
        )

    @property
    def is_open_call(self) -> bool:
        """Asked of labs by others."""
        return self.pledge.kind == PledgeKind.OPEN_CALL

    @property
    def addressed(self) -> Sequence[Party]:
        """The labs that were asked."""
        return [party for party in self.parties if party.role == PartyRole.ADDRESSED]


def pledges() -> QuerySet[Pledge]:
    """Every pledge, newest first, with the number of its clauses and published commitments."""
    return (
        published(Pledge)
        .annotate(
            clause_count=Count("clauses", distinct=True),
            commitment_count=Count(
                "commitments", filter=Q(commitments__state=State.PUBLISHED), distinct=True
            ),
        )
        .order_by(F("issued_on_start").desc(nulls_last=True), "title", "slug")
    )


def pledge_page(slug: str, day: date) -> PledgePage:
    """One pledge's page on a day. Raises Missing or Gone."""
    pledge = one(with_sources(published(Pledge), "source"), slug)
    parties = list(pledge.parties.select_related("lab"))
    clauses = list(pledge.clauses.all())
    under = standings(commitments(day).filter(pledge=pledge))
    labs = sorted(
        {party.lab for party in parties} | {row.commitment.lab for row in under},
        key=lambda lab: (lab.name, lab.slug),
    )
    return PledgePage(
        pledge=pledge,
        parties=parties,
        labs=labs,
        rows=_matrix(clauses, labs, parties, under),
        totals=_totals(labs, under) if pledge.kind == PledgeKind.SCORECARD else [],
        changes=tell_all(history_of(pledge, 5)),
    )


def _matrix(
    clauses: Sequence[Clause],
    labs: Sequence[Lab],
    parties: Sequence[Party],
    under: Iterable[Standing],
) -> list[Row]:
    party_of = {party.lab_id: party for party in parties}
    cells: dict[tuple[int | None, int], list[Standing]] = defaultdict(list)
    for row in under:
        cells[row.commitment.clause_id, row.commitment.lab_id].append(row)
    rows: list[Clause | None] = list(clauses)
    if any(clause is None for clause, _ in cells):
        rows.append(None)
    return [
        Row(
            clause,
            [
                Cell(
                    lab,
                    cells.get((clause.pk if clause else None, lab.pk), []),
                    party_of.get(lab.pk),
                )
                for lab in labs
            ],
        )
        for clause in rows
    ]


def _totals(labs: Sequence[Lab], under: Sequence[Standing]) -> list[tuple[Lab, PooledShare]]:
    """Each lab's share, pooled over all its criteria in the study."""
    return [
        (lab, pooled_share(_judged(row) for row in under if row.commitment.lab_id == lab.pk))
        for lab in labs
    ]


def _judged(standing: Standing) -> list[Judged] | None:
    if standing.assessment is None:
        return None
    return [
        Judged(FindingValue(line["value"]), Fraction(line["weight"]))
        for line in standing.assessment.working.get("lines", [])
    ]
