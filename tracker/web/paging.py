"""Lists in pages of fifty: the first by `?page=`, whatever comes after them by `?after=`.

A long list is counted no further than COUNTED rows, and further on its pages begin where the one
before ended: no page costs more because the list is long, or because much of it came before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

from tracker.reading import cursors
from tracker.reading.filtering import BadParameter
from tracker.reading.keyset import Walk, few_or_walked, rows_of

ROWS = 50
COUNTED = 1_000  # rows; of a longer list readers are told that there are more

PAGE, AFTER = "page", "after"
_SALT = "on-record/page/v1"

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page of a list. `query` is the rest of the address, `size` the most rows that stand on a
    page. `total` counts the whole list, up to COUNTED: `more` where there are more than that.

    `number` is None on a page after the numbered ones; `after` the place after the last row shown,
    where only it leads further.
    """

    rows: Sequence[M]
    number: int | None
    total: int
    query: QueryDict
    size: int
    more: bool = False
    after: str = ""

    @property
    def said(self) -> str:
        """How many there are, for readers."""
        return f"more than {self.total:,}" if self.more else f"{self.total:,}"

    @property
    def place(self) -> str:
        """Where this page stands in the list, for readers."""
        if self.number is None:
            return f"After the first {self.total:,}"
        return f"Page {self.number}" if self.more else f"Page {self.number} of {self.pages}"

    @property
    def pages(self) -> int:
        """How many numbered pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))

    @property
    def several(self) -> bool:
        """Whether it is not the whole list."""
        return self.pages > 1 or self.more or self.number is None

    @property
    def start(self) -> int:
        """How many rows stand on the pages before."""
        return ((self.number or 1) - 1) * self.size

    @property
    def first(self) -> int:
        """The number of the first row shown, from 1."""
        return self.start + 1

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return self.first + len(self.rows) - 1

    @property
    def beginning(self) -> str:
        """The query of the first page, from one that has no number; else ""."""
        return "" if self.number else self._at(page=None)

    @property
    def previous(self) -> str:
        """The query of the page before, "" on the first and on those without a number."""
        return self._at(page=self.number - 1) if (self.number or 1) > 1 else ""  # type: ignore[operator]

    @property
    def next(self) -> str:
        """The query of the page after, "" on the last."""
        if self.after:
            return self._at(page=None, after=self.after)
        return self._at(page=self.number + 1) if self.number and self.number < self.pages else ""

    def _at(self, page: int | None, after: str = "") -> str:
        query = self.query.copy()
        for name, value in ((PAGE, page), (AFTER, after)):
            query.pop(name, None)
            if value:
                query[name] = str(value)
        return f"?{query.urlencode()}"


def paginate(
    rows: QuerySet[M],
    query: QueryDict,
    size: int | None = None,
    *,
    found: QuerySet[M] | None = None,
    narrow: bool = False,
) -> Page[M]:
    """The page of `rows` that the query asks for. Raises BadParameter where there is none.

    `narrow` where no index gives the order: the ids alone are sorted, and the rows fetched then.

    `found` are the same rows as they are found where they are few, and `rows` as they are walked in
    their order where they are many, if these are not one.
    """
    assert rows.ordered, "pages of an unordered list would overlap"
    size = size or ROWS
    if query.get(AFTER):
        return _further(rows, query, size)
    if found is None:
        counted = rows.order_by().values("pk")[: COUNTED + 1].count()
    else:
        rows, counted = few_or_walked(found, rows, COUNTED)
    place = place_of(min(counted, COUNTED), query, size, more=counted > COUNTED)
    part = slice(place.start, place.start + place.size)
    shown = rows_of(rows, list(rows.values_list("pk", flat=True)[part])) if narrow else rows[part]
    after = ""
    if place.more and place.number == place.pages:
        walk = Walk(rows)
        for _, last in walk.places(walk.rows[place.start + place.size - 1 :], 1):
            after = _cursor(rows, query, last)
    return replace(place, rows=list(shown), after=after)


def _further(rows: QuerySet[M], query: QueryDict, size: int) -> Page[M]:
    """A page after the numbered ones."""
    if PAGE in query:
        raise BadParameter(AFTER, "does not go with page.")
    walk = Walk(rows)
    left = cursors.after_cursor(_SALT, _list_of(rows, query), query.get(AFTER, ""), walk, AFTER)
    places = walk.places(left, size + 1)
    more = _cursor(rows, query, places[size - 1][1]) if len(places) > size else ""
    shown = rows_of(walk.rows, [pk for pk, _ in places[:size]])
    return Page(shown, None, COUNTED, query, size, more=True, after=more)


def _cursor(rows: QuerySet[Any], query: QueryDict, place: list[Any]) -> str:
    return cursors.cursor_of(_SALT, _list_of(rows, query), place)


def _list_of(rows: QuerySet[Any], query: QueryDict) -> str:
    return cursors.list_of(str(rows.model._meta.model_name), query, (PAGE, AFTER))


def place_of(
    total: int, query: QueryDict, size: int | None = None, *, more: bool = False
) -> Page[Any]:
    """The page that the query asks for of a list of so many rows, still without them; `size` where
    it is not the usual number of rows, `more` where the list has more rows than were counted.

    Raises BadParameter where there is none.
    """
    number = number_of(query)
    place: Page[Any] = Page([], number, total, query, size or ROWS, more)
    if number > place.pages:
        ends = "the numbered pages of this list end" if more else "this list ends"
        raise BadParameter(PAGE, f"is {number}, but {ends} at page {place.pages}.")
    return place


def number_of(query: QueryDict) -> int:
    """The page that the query asks for, the first where it does not. Raises BadParameter."""
    text = query.get(PAGE, "1")
    # nine digits: larger than any list, and small enough for every database
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise BadParameter(PAGE, "must be a whole number from 1, such as page=2.")
    return int(text)
