"""The pledges, and one pledge as a matrix of clauses and labs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce

from tracker.commitments.enums import Basis, PartyRole, PledgeKind
from tracker.commitments.models import Clause, Commitment, Party, Pledge
from tracker.labs.models import Lab, TagKind
from tracker.reading.filters_labs import named
from tracker.reading.history import history_of
from tracker.reading.pages.lookup import one, with_sources
from tracker.reading.pages.told import Told, tell_all
from tracker.reading.published import commitments, published
from tracker.reading.standing import Standing, standings
from tracker.records.dates import parse_when, words
from tracker.records.models import State
from tracker.scoring import GroupMean, PooledShare, mean_of_totals, pooled_share


class Absence(StrEnum):
    """Why nothing stands in a cell. Silence is not refusal, and not every lab was asked."""

    NO_PROMISE = "no_promise_on_record"  # asked of it, and looked for
    NOT_ENTERED = "no_commitment_entered"  # it is bound, but by this clause nothing is on record
    NOT_ADDRESSED = "not_addressed"
    NOT_MEASURED = "not_measured"  # by the study


@dataclass(frozen=True)
class Column:
    """One lab of the matrix, and its tie to the pledge, if it has any."""

    lab: Lab
    party: Party | None
    standings: Sequence[Standing]
    without: int  # clauses under which nothing of it stands

    @property
    def label(self) -> str:
        """Its name, and that it left: “Example Lab (left May 2024)”."""
        if self.party is None or not self.party.left_on:
            return self.lab.name
        return f"{self.lab.name} (left {words(parse_when(self.party.left_on))})"


@dataclass(frozen=True)
class Cell:
    """What one lab has to show for one clause: commitments, or the reason why there are none."""

    column: Column
    standings: Sequence[Standing]
    absence: Absence | None


@dataclass(frozen=True)
class Row:
    """One clause across the labs; `clause` is None for what stands under the pledge as a whole."""

    clause: Clause | None
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Group:
    """Rows that stand one below the other under one heading, "" for none."""

    name: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class GroupOfLabs:
    """Labs with the same tag, and the mean of their totals on a scorecard."""

    kind: TagKind
    name: str
    mean: GroupMean


@dataclass(frozen=True)
class PledgePage:
    """All of one pledge's page. Only for a scorecard: `totals`, of the labs shown, and
    `group_means`, of each group among all its labs.

    `labs` are the labs shown, `known` all that it could show; `names` are what these are tagged
    with.
    """

    pledge: Pledge
    parties: Sequence[Party]
    known: Sequence[Lab]
    columns: Sequence[Column]
    rows: Sequence[Row]
    totals: Sequence[tuple[Lab, PooledShare]]
    group_means: Sequence[GroupOfLabs]
    mean_of_all: GroupMean
    changes: Sequence[Told]

    @property
    def labs(self) -> Sequence[Lab]:
        """The labs of the matrix, in its order."""
        return [column.lab for column in self.columns]

    @property
    def mean(self) -> GroupMean:
        """The mean of the labs shown."""
        return mean_of_totals(total for _, total in self.totals)

    @property
    def names(self) -> Mapping[str, Sequence[str]]:
        """What the labs of this pledge are tagged with, by kind of tag."""
        return named((tag.kind, tag.name) for lab in self.known for tag in lab.tags.all())

    @property
    def groups(self) -> Sequence[Group]:
        """The rows under the headings that their clauses name, in the clauses' order."""
        named = groupby(self.rows, key=lambda row: row.clause.group if row.clause else "")
        return [Group(name, list(rows)) for name, rows in named]

    @property
    def clause_count(self) -> int:
        """How many clauses it has; what stands under the pledge as a whole is none."""
        return sum(row.clause is not None for row in self.rows)

    @property
    def narrowed(self) -> bool:
        """Whether labs are left out."""
        return len(self.columns) < len(self.known)

    @property
    def is_scorecard(self) -> bool:
        """Measured, not promised: percentages, and never the words kept or broken."""
        return self.pledge.kind == PledgeKind.SCORECARD

    @property
    def was_promised(self) -> bool:
        """A study of what labs did promise, which a scorecard usually is not."""
        return any(
            standing.commitment.basis == Basis.PROMISED
            for column in self.columns
            for standing in column.standings
        )

    @property
    def is_open_call(self) -> bool:
        """Asked of labs by others."""
        return self.pledge.kind == PledgeKind.OPEN_CALL


def pledges() -> QuerySet[Pledge]:
    """Every pledge, newest first, counting its clauses, labs and published commitments."""
    return (
        published(Pledge)
        .annotate(
            clause_count=_count(Clause.objects.all()),
            lab_count=_count(Party.objects.all()),
            commitment_count=_count(published(Commitment)),
        )
        .order_by(F("issued_on_start").desc(nulls_last=True), "title", "slug")
    )


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many of `rows` belong to each pledge. Each by itself: joined, they would multiply."""
    counted = rows.filter(pledge=OuterRef("pk")).order_by().values("pledge")
    return Coalesce(Subquery(counted.annotate(count=Count("pk")).values("count")), 0)


def parties_of_pledges() -> QuerySet[Lab]:
    """The labs that are tied to a pledge, by name."""
    tied = Party.objects.filter(pledge__state=State.PUBLISHED).values("lab")
    return published(Lab).filter(pk__in=tied).order_by("name", "slug")


def pledge_page(
    slug: str,
    day: date,
    chosen: Sequence[str] = (),
    among: Collection[int] | None = None,
) -> PledgePage:
    """One pledge's page on a day, of all its labs, or of those `chosen` by slug and those whose ids
    are `among` these.

    Raises Missing or Gone, and ValueError for a chosen lab that the pledge does not have.
    """
    pledge = one(with_sources(published(Pledge), "source"), slug)
    parties = list(pledge.parties.select_related("lab"))
    clauses = list(pledge.clauses.all())
    under = standings(commitments(day).filter(pledge=pledge))
    known = sorted(
        {party.lab for party in parties} | {row.commitment.lab for row in under},
        key=lambda lab: (lab.name, lab.slug),
    )
    if strangers := {*chosen} - {lab.slug for lab in known}:
        raise ValueError(sorted(strangers)[0])
    prefetch_related_objects(known, "tags")
    every = _columns(known, parties, under, clauses)
    columns = [
        column
        for column in every
        if (not chosen or column.lab.slug in chosen) and (among is None or column.lab.pk in among)
    ]
    totals = _totals(every) if pledge.kind == PledgeKind.SCORECARD else {}
    return PledgePage(
        pledge=pledge,
        parties=parties,
        known=known,
        columns=columns,
        rows=_matrix(pledge, clauses, columns),
        totals=[(column.lab, totals[column.lab]) for column in columns if totals],
        group_means=list(_group_means(totals)),
        mean_of_all=mean_of_totals(totals.values()),
        changes=tell_all(history_of(pledge, 5)),
    )


def _columns(
    labs: Sequence[Lab],
    parties: Iterable[Party],
    under: Iterable[Standing],
    clauses: Sequence[Clause],
) -> list[Column]:
    party_of = {party.lab_id: party for party in parties}
    of: dict[int, list[Standing]] = defaultdict(list)
    for row in under:
        of[row.commitment.lab_id].append(row)
    numbers = {clause.pk for clause in clauses}
    return [
        Column(
            lab,
            party_of.get(lab.pk),
            of[lab.pk],
            len(numbers - {row.commitment.clause_id for row in of[lab.pk]}),
        )
        for lab in labs
    ]


def _matrix(pledge: Pledge, clauses: Sequence[Clause], columns: Sequence[Column]) -> list[Row]:
    cells: dict[tuple[int | None, int], list[Standing]] = defaultdict(list)
    for column in columns:
        for standing in column.standings:
            cells[standing.commitment.clause_id, column.lab.pk].append(standing)
    rows: list[Clause | None] = list(clauses)
    if any(clause is None for clause, _ in cells):
        rows.append(None)
    return [
        Row(
            clause,
            [
                _cell(pledge, column, cells.get((clause.pk if clause else None, column.lab.pk), []))
                for column in columns
            ],
        )
        for clause in rows
    ]


def _cell(pledge: Pledge, column: Column, found: Sequence[Standing]) -> Cell:
    return Cell(column, found, None if found else _absence(pledge, column.party))


def _absence(pledge: Pledge, party: Party | None) -> Absence:
    if pledge.kind == PledgeKind.SCORECARD:
        return Absence.NOT_MEASURED
    if party is None:
        return Absence.NOT_ADDRESSED
    if pledge.kind == PledgeKind.OPEN_CALL and party.role == PartyRole.ADDRESSED:
        return Absence.NO_PROMISE
    return Absence.NOT_ENTERED


def _totals(columns: Iterable[Column]) -> dict[Lab, PooledShare]:
    """Each lab's share, pooled over all its criteria in the study."""
    return {column.lab: pooled_share(row.judged for row in column.standings) for column in columns}


def _group_means(totals: Mapping[Lab, PooledShare]) -> Iterable[GroupOfLabs]:
    """Of each group, the kinds in their order and the names in theirs."""
    of: dict[tuple[str, str], list[PooledShare]] = defaultdict(list)
    for lab, total in totals.items():
        for tag in lab.tags.all():
            of[tag.kind, tag.name].append(total)
    for kind, names in named(of).items():
        for name in names:
            yield GroupOfLabs(TagKind(kind), name, mean_of_totals(of[kind, name]))
