"""What a scorecard sheet would make, shown before anything is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from tracker.records.models import Record
from tracker.scoring import PooledShare


def number_words(number: Decimal) -> str:
    """Without zeros at its end, and never in powers of ten."""
    return f"{number.normalize():f}"


@dataclass(frozen=True)
class LookedClause:
    """A clause as it would be numbered: how many criteria, what they weigh, each lab's share."""

    number: int
    name: str
    group: str
    criteria: int
    weight: Decimal
    shares: Sequence[PooledShare]

    @property
    def weighs(self) -> str:
        """The weight as it is written."""
        return number_words(self.weight)


@dataclass(frozen=True)
class Looked:
    """What `bring_in` would make of a sheet.

    `labs` are names with whether the lab is new; the shares of each clause, and the `totals` of
    all, stand in the order of `labs`.
    """

    counts: Mapping[type[Record], int]
    labs: Sequence[tuple[str, bool]]
    clauses: Sequence[LookedClause]
    totals: Sequence[PooledShare]
    weighted: bool

    @property
    def asked(self) -> int:
        """How many criteria there are."""
        return sum(clause.criteria for clause in self.clauses)

    @property
    def weight(self) -> str:
        """What they weigh together."""
        return number_words(sum((clause.weight for clause in self.clauses), Decimal()))

    @property
    def groups(self) -> Sequence[tuple[str, Sequence[LookedClause]]]:
        """The clauses under the sections that they stand in, "" for none."""
        return [
            (group, list(clauses))
            for group, clauses in groupby(self.clauses, key=lambda clause: clause.group)
        ]
