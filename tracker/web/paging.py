"""Lists in pages of fifty, by `?page=`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

from tracker.reading.filtering import BadParameter

ROWS = 50

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page of a list. `total` counts the whole list; `query` is the rest of the address, `size`
    the most rows that stand on a page."""

    rows: Sequence[M]
    number: int
    total: int
    query: QueryDict
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))

    @property
    def start(self) -> int:
        """How many rows stand on the pages before."""
        return (self.number - 1) * self.size

    @property
    def first(self) -> int:
        """The number of the first row shown, from 1."""
        return self.start + 1

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return self.first + len(self.rows) - 1

    @property
    def previous(self) -> str:
        """The query of the page before, "" on the first."""
        return self._at(self.number - 1) if self.number > 1 else ""

    @property
    def next(self) -> str:
        """The query of the page after, "" on the last."""
        return self._at(self.number + 1) if self.number < self.pages else ""

    def _at(self, number: int) -> str:
        query = self.query.copy()
        query["page"] = str(number)
        return f"?{query.urlencode()}"


def paginate(rows: QuerySet[M], query: QueryDict) -> Page[M]:
    """The page of `rows` that the query asks for. Raises BadParameter where there is none."""
    assert rows.ordered, "pages of an unordered list would overlap"
    place = place_of(rows.order_by().count(), query)
    return replace(place, rows=list(rows[place.start : place.start + ROWS]))


def place_of(total: int, query: QueryDict, size: int | None = None) -> Page[Any]:
    """The page that the query asks for of a list of so many rows, still without them; `size` where
    it is not the usual number of rows.

    Raises BadParameter where there is none.
    """
    place: Page[Any] = Page([], number_of(query), total, query, size or ROWS)
    if place.number > place.pages:
        raise BadParameter("page", f"is {place.number}, but this list ends at page {place.pages}.")
    return place


def number_of(query: QueryDict) -> int:
    """The page that the query asks for, the first where it does not. Raises BadParameter."""
    text = query.get("page", "1")
    # nine digits: larger than any list, and small enough for every database
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise BadParameter("page", "must be a whole number from 1, such as page=2.")
    return int(text)
