"""The two forms of a scorecard sheet, row by row: wide and long come to the same."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tracker.interchange.sheets_cells import (
    ONE,
    not_a_value,
    not_a_weight,
    refusals,
    shown,
    value_of,
    weight_of,
)
from tracker.scoring import FindingValue

WIDE = ("clause", "criterion")  # in this order, at the beginning
LONG = frozenset({"clause", "criterion", "lab", "value"})  # in any order
OPTIONAL = frozenset({"weight", "group"})
HEADER = (
    "the header must begin with the columns clause and criterion, and then name a lab a column; or "
    "name the columns clause, criterion, lab and value."
)


def stripped(cell: str) -> str:
    """A cell without the space around it."""
    return cell.strip(" \t\r\n\u00a0")


def headings(cells: Iterable[str]) -> list[str]:
    """A header as it is compared."""
    return [stripped(cell).casefold() for cell in cells]


def is_long(cells: Sequence[str]) -> bool:
    """Whether a header names each column of a long sheet once, and nothing else."""
    named = headings(cells)
    return len({*named}) == len(named) and LONG <= {*named} <= LONG | OPTIONAL


def is_wide(cells: Sequence[str]) -> bool:
    """Whether a header begins as a wide sheet's."""
    return tuple(headings(cells[:2])) == WIDE


@dataclass
class Asked:
    """A criterion as it has been read: its weight, and each lab's value with its line."""

    line: int
    weight: Decimal
    values: dict[str, tuple[FindingValue, int]] = field(default_factory=dict)


class Table(ABC):
    """What has been read of a sheet, and what is wrong with it.

    `labs` are headings with the place where each first stands; `clauses` has the criteria of each,
    `groups` the section of each, with the line that says so.
    """

    def __init__(self, file: str, header: Sequence[str]) -> None:
        self.file = file
        self.header = header
        self.problems: list[str] = []
        self.labs: dict[str, str] = {}
        self.clauses: dict[str, dict[str, Asked]] = {}
        self.groups: dict[str, tuple[str, int]] = {}
        self.rows = 0

    @property
    @abstractmethod
    def cells(self) -> int:
        """How many cells it has, were it wide."""

    def row(self, line: int, cells: Sequence[str]) -> None:
        """Take in a row that is not empty."""
        self.rows += 1
        if len(cells) != len(self.header):
            self.wrong(
                f"line {line}", f"has {len(cells)} columns; the header has {len(self.header)}."
            )
            return
        self.take(line, cells)

    @abstractmethod
    def take(self, line: int, cells: Sequence[str]) -> None:
        """Take in a row with a cell for each column."""

    def wrong(self, where: str, said: str) -> None:
        """Something is wrong at a place of the file."""
        self.problems.append(f"{self.file}, {where}: {said}")

    def in_order(self) -> list[str]:
        """The clauses as they come, but those of one section together, where its first stands."""
        first: dict[str, int] = {}
        group_of = {clause: self.groups.get(clause, ("", 0))[0] for clause in self.clauses}
        for place, clause in enumerate(self.clauses):
            first.setdefault(group_of[clause], place)
        return sorted(self.clauses, key=lambda clause: first[group_of[clause]])

    def _ask(self, line: int, clause: str, text: str, cells: dict[str, str]) -> tuple[Asked, bool]:
        """The criterion of a row and whether it is new, with what is wrong in these columns."""
        weight = weight_of(cells.get("weight", ""))
        if weight is None:
            self.wrong(f"line {line}, column weight", not_a_weight(cells["weight"]))
        self._stand(line, clause, cells.get("group", ""))
        asked = self.clauses.setdefault(clause, {})
        if found := asked.get(text):
            if weight is not None and weight != found.weight:
                said = f"{weight:f} here, but {found.weight:f} on line {found.line}; "
                self.wrong(f"line {line}, column weight", f"{said}a criterion has one weight.")
            return found, False
        for column, cell in (("clause", cells["clause"]), ("criterion", text)):
            for said in refusals(column, cell):
                self.wrong(f"line {line}, column {column}", said)
        if not text:
            self.wrong(f"line {line}, column criterion", "is blank.")
        asked[text] = Asked(line, weight or ONE)
        return asked[text], True

    def _stand(self, line: int, clause: str, group: str) -> None:
        """A clause stands in one section; a blank says nothing."""
        if not group:
            return
        said, before = self.groups.setdefault(clause, (group, line))
        if said != group:
            self.wrong(
                f"line {line}, column group",
                f"{shown(group)} here, but the clause stands in {shown(said)} on line {before}.",
            )
        elif before == line:
            for refusal in refusals("group", group):
                self.wrong(f"line {line}, column group", refusal)


class WideTable(Table):
    """A row a criterion, a column a lab."""

    def __init__(self, file: str, header: Sequence[str]) -> None:
        super().__init__(file, header)
        self.own = list(WIDE)  # the columns before the labs'
        for heading in headings(header[2:]):
            if heading not in OPTIONAL or heading in self.own:
                break
            self.own.append(heading)
        self.clause = ""  # of the row above
        self.spelt: set[str] = set()  # labs, by their names in small letters
        names = header[len(self.own) :]
        if not names:
            self.wrong("line 1", "names no lab; each column after criterion is headed by one.")
        for place, name in enumerate(names, start=len(self.own) + 1):
            self._head(f"line 1, column {place}", name)

    def _head(self, where: str, name: str) -> None:
        if not name:
            self.wrong(where, "has no heading; head it with a lab's slug or name.")
        elif name.casefold() in self.spelt:
            self.wrong(where, f"{shown(name)} heads another column too.")
        else:
            for said in refusals("lab", name):
                self.wrong(where, said)
            self.labs[name] = where
            self.spelt.add(name.casefold())

    @property
    def cells(self) -> int:
        """Rows times labs."""
        return self.rows * (len(self.header) - len(self.own))

    def take(self, line: int, cells: Sequence[str]) -> None:
        """A criterion, with its value for each lab."""
        named = dict(zip(self.own, cells, strict=False))
        text, self.clause = named["criterion"], named["clause"] or self.clause
        if not self.clause:
            self.wrong(
                f"line {line}, column clause", "is blank, and there is no row above to continue."
            )
        asked, new = self._ask(line, self.clause, text, named)
        if not new:
            said = f"the clause asks this on line {asked.line} already."
            self.wrong(f"line {line}, column criterion", said)
        names, values = self.header[len(self.own) :], cells[len(self.own) :]
        for name, cell in zip(names, values, strict=True):
            if (value := value_of(cell)) is None:
                self.wrong(f"line {line}, column {name}", not_a_value(cell))
            else:
                asked.values.setdefault(name, (value, line))


class LongTable(Table):
    """A row for each criterion and lab; the columns in any order."""

    def __init__(self, file: str, header: Sequence[str]) -> None:
        super().__init__(file, header)
        self.columns = headings(header)
        self.criteria = 0
        self.spelt: dict[str, str] = {}  # labs, by their names in small letters

    @property
    def cells(self) -> int:
        """Criteria times labs; or as many rows, where some say the same twice."""
        return max(self.rows, self.criteria * len(self.labs))

    def take(self, line: int, cells: Sequence[str]) -> None:
        """One value."""
        named = dict(zip(self.columns, cells, strict=True))
        if not named["clause"]:
            self.wrong(
                f"line {line}, column clause", "is blank; each row of a long sheet names it."
            )
        asked, new = self._ask(line, named["clause"], named["criterion"], named)
        self.criteria += new
        lab, value = self._lab(line, named["lab"]), value_of(named["value"])
        if value is None:
            self.wrong(f"line {line}, column value", not_a_value(named["value"]))
        if lab in asked.values:
            before = asked.values[lab][1]
            said = f"the value of {shown(lab)} for this criterion stands on line {before} already."
            self.wrong(f"line {line}, column value", said)
        elif lab:
            asked.values[lab] = (value or FindingValue.NOT_APPLICABLE, line)

    def _lab(self, line: int, name: str) -> str:
        """The lab as the sheet first names it."""
        where = f"line {line}, column lab"
        if not name:
            self.wrong(where, "is blank; write a lab's slug or name.")
            return name
        spelt = self.spelt.setdefault(name.casefold(), name)
        if spelt != name:
            self.wrong(
                where, f"{shown(name)} is spelt {shown(spelt)} on {_line(self.labs[spelt])}."
            )
        elif name not in self.labs:
            self.labs[name] = where
            for said in refusals("lab", name):
                self.wrong(where, said)
        return spelt


def _line(place: str) -> str:
    return place.partition(",")[0]


def table_of(file: str, header: Sequence[str]) -> Table:
    """What takes in the rows below this header."""
    return (LongTable if is_long(header) else WideTable)(file, header)
