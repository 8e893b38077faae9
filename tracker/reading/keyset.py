"""Walking a sorted list by where the last row stood, not by how many rows came before: no row is
missed or met twice because another was published meanwhile, and the thousandth step costs no more
than the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy

from tracker.reading import replica

M = TypeVar("M", bound=Model)

#: Under these names a step's rows hold the values that they are sorted by.
_NAME = "keyset_{}"

NOTHING = Q(pk__in=[])


@dataclass(frozen=True)
class Column:
    """One column that a list is sorted by. `nulls_last` where it may be null and those come last,
    so that they come after every value."""

    name: str
    descending: bool
    nulls_last: bool

    def same(self, value: Any) -> Q:
        """Rows that this column does not tell from one that has `value`."""
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def beyond(self, value: Any) -> Q:
        """Rows that come after it."""
        if value is None:
            return NOTHING if self.nulls_last else Q(**{f"{self.name}__isnull": False})
        return self._or_null(Q(**{f"{self.name}__{'lt' if self.descending else 'gt'}": value}))

    def from_there(self, value: Any) -> Q:
        """Rows that come after it, and those that it does not tell from it."""
        if value is None:
            return self.same(None) if self.nulls_last else Q()
        return self._or_null(Q(**{f"{self.name}__{'lte' if self.descending else 'gte'}": value}))

    def _or_null(self, condition: Q) -> Q:
        return condition | self.same(None) if self.nulls_last else condition


class Walk:
    """A sorted queryset, and where its rows stand in it."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        orders = [_order(each) for each in rows.query.order_by or rows.model._meta.ordering or ()]
        assert orders, "an unordered list cannot be walked"
        named = {_NAME.format(place): order for place, order in enumerate(orders)}
        rows = rows.annotate(**{name: order.expression for name, order in named.items()})
        self.rows = rows.order_by(*(_again(order, name) for name, order in named.items()))
        self.columns = [
            Column(name, order.descending, self._may_be_null(name) and _nulls_last(order))
            for name, order in named.items()
        ]

    def after(self, place: Sequence[Any]) -> QuerySet[Any]:
        """The rows that come after one that stood at `place`.

        Raises ValueError for a place that is none of this list.
        """
        values = self._read(place)
        beyond = [
            reduce(
                and_,
                [each.same(value) for each, value in zip(self.columns[:at], values, strict=False)],
                column.beyond(values[at]),
            )
            for at, column in enumerate(self.columns)
        ]
        # said of the first column by itself as well: an index can begin there
        return self.rows.filter(
            self.columns[0].from_there(values[0]) & reduce(or_, beyond, NOTHING)
        )

    def places(self, rows: QuerySet[Any], count: int) -> list[tuple[int, list[Any]]]:
        """The ids of the first of these rows of the walk, and where each stands, as JSON has it.

        Of nothing but what they are sorted by: SQLite works out every column of all that it sorts.
        """
        names = [column.name for column in self.columns]
        found = rows.values_list("pk", *names)[:count]
        return [(pk, [_told(value) for value in place]) for pk, *place in found]

    def _may_be_null(self, name: str) -> bool:
        column = getattr(self._expression(name), "target", None)
        return column is None or column.null

    def _expression(self, name: str) -> Any:
        return self.rows.query.annotations[name]

    def _read(self, place: Sequence[Any]) -> list[Any]:
        if len(place) != len(self.columns):
            raise ValueError(place)
        return [
            None if value is None else self._expression(column.name).output_field.to_python(value)
            for column, value in zip(self.columns, place, strict=True)
        ]


def rows_of(rows: QuerySet[M], ids: Sequence[Any]) -> list[M]:
    """The rows of these ids, whole, in their order; without those that have gone since."""
    found = {row.pk: row for row in rows.filter(pk__in=ids).order_by()}
    return [found[each] for each in ids if each in found]


def few_or_walked(found: QuerySet[M], walked: QuerySet[M], most: int) -> tuple[QuerySet[M], int]:
    """Where no more than `most` are `found`, those and no others in the order of `walked`; else
    `walked`. And how many were found, up to one more than most.

    Both are the same rows, but a database looks for few in one way, and for the first of many in
    another, and cannot know beforehand which they are.
    """
    ids = list(found.order_by().values_list("pk", flat=True)[: most + 1])
    if len(ids) <= most:
        few: QuerySet[M] = walked.model._default_manager.filter(pk__in=ids)
        walked = few.order_by(*walked.query.order_by)
    return walked, len(ids)


def _order(each: Any) -> OrderBy:
    if isinstance(each, OrderBy):
        return each
    if isinstance(each, str):
        name = each.removeprefix("-")
        return OrderBy(F(name), descending=each.startswith("-"))
    return OrderBy(each)


def _again(order: OrderBy, name: str) -> OrderBy:
    """The same order, by the name that the row holds the value under."""
    return OrderBy(
        F(name),
        descending=order.descending,
        nulls_first=order.nulls_first,
        nulls_last=order.nulls_last,
    )


def _nulls_last(order: OrderBy) -> bool:
    """Where the nulls stand, also where it is left to the database."""
    if order.nulls_first or order.nulls_last:
        return bool(order.nulls_last)
    first = replica.connection().features.order_by_nulls_first
    return first if order.descending else not first


def _told(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
