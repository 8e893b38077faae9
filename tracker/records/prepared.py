"""Queries that are asked again and again, put into SQL once.

To make a wide query's SQL takes Django longer than the database takes to answer it, and whoever
publishes a record waits for a dozen of them. Here it is made once for each number of values, and
executed from then on with others; so are the statements that write rows.

PostgreSQL, too, takes longer to plan such a statement than to execute it: what a connection has
asked a few times it has planned once and for all (`databases.PREPARED`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from django.db import NotSupportedError, connection, connections
from django.db.models import Model, QuerySet
from django.db.transaction import TransactionManagementError

MOST = 1000  # values at once, fewer than any database takes
TOGETHER = 500  # rows written at once


def lots(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values in their order, at most MOST at once."""
    left = iter(values)
    while some := list(islice(left, MOST)):
        yield some


class Prepared:
    """The rows of one queryset, or what it takes of them by `values` or `values_list`, whose column
    holds one of some values.

    The queryset is made once: no day in it, nothing that is asked for only now and then. It may
    lock its rows. What it prefetches is left out.
    """

    def __init__(self, make: Callable[[], QuerySet[Any]], column: str) -> None:
        self._make, self._column = make, column
        #: By the number of values, whether they are texts, and the database.
        self._made: dict[tuple[int, bool, str], _Made] = {}

    def rows(self, values: Iterable[Any]) -> list[Any]:
        """Those with one of these values, all ids or all texts: a query for each MOST of them,
        whose rows are in the queryset's order."""
        return [row for some in lots(values) for row in self._rows(some)]

    def _rows(self, wanted: list[Any]) -> Iterable[Any]:
        alias = self._among.db
        if self._among.query.select_for_update and not connections[alias].in_atomic_block:
            # Django asks where it makes the SQL
            raise TransactionManagementError("Rows are locked inside a transaction.")
        # filled up to a power of two: not another statement for every number of values
        wanted += wanted[-1:] * ((1 << (len(wanted) - 1).bit_length()) - len(wanted))
        key = len(wanted), isinstance(wanted[0], str), alias
        if key not in self._made:
            self._made[key] = _Made(self._among, self._column, *key)
        made = self._made[key]
        with cursor(alias) as one:
            one.execute(made.sql, made.parameters(wanted))
            asked = _Asked(self._among, made, alias, one.fetchall())
        found: Iterable[Any] = self._among._iterable_class(asked)
        return found

    @cached_property
    def _among(self) -> Any:
        return self._make()


class _Made:
    """A query's SQL, for so many values."""

    def __init__(self, among: Any, column: str, count: int, texts: bool, alias: str) -> None:
        # what stands for a value while the SQL is made: nothing has such an id, or such a slug
        places = [f"\n{number}" if texts else -1 - number for number in range(count)]
        self.compiler = among.filter(**{f"{column}__in": places}).query.get_compiler(alias)
        self.sql, self._parameters = self.compiler.as_sql()
        self._places = {place: number for number, place in enumerate(places)}
        # of each one place, or a constant of the queryset's own would be taken for a value
        found = [each for each in self._parameters if each in self._places]
        assert len(found) == count, f"{column}: {len(found)} places for {count} values."
        taken = [each for each, *_ in self.compiler.select[: self.compiler.col_count]]
        self.converters = self.compiler.get_converters(taken)

    def parameters(self, values: Sequence[Any]) -> list[Any]:
        """The SQL's, with these values in their places."""
        places = self._places
        return [values[places[each]] if each in places else each for each in self._parameters]


class _Asked:
    """What Django's own iteration asks of a queryset; of this one the rows are there already.

    That is of Django's insides (`_iterable_class`, the compiler's `execute_sql`): pyproject.toml
    keeps to one line of it, and tests/records/test_prepared.py holds the rows against Django's own.
    """

    def __init__(self, among: Any, made: _Made, alias: str, found: list[Any]) -> None:
        self.db, self.query, self._among = alias, self, among
        self._compiler = copy(made.compiler)
        self._compiler.connection = connections[alias]  # this thread's
        self._compiler.execute_sql = lambda *_, **__: [found]
        self._compiler.get_converters = lambda _: made.converters

    def get_compiler(self, using: str) -> Any:
        """Of itself as a query."""
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        """Whatever else is asked of the query, or of the queryset."""
        own = self._compiler.query
        return getattr(own, name) if hasattr(own, name) else getattr(self._among, name)


def insert(
    rows: Sequence[Model],
    *,
    unique: tuple[str, ...] = (),
    written: tuple[str, ...] = (),
    added: tuple[str, ...] = (),
) -> None:
    """Write rows of one model, to which the database gives their ids; where there is one with the
    same `unique` columns, write over these of its columns, and add to those."""
    for start in range(0, len(rows), TOGETHER):
        some = rows[start : start + TOGETHER]
        columns = _columns(type(some[0]))
        values = [value for row in some for value in _values(columns, row)]
        with cursor() as one:
            one.execute(_insertion(type(some[0]), len(some), unique, written, added), values)


def update(row: Model, *names: str) -> None:
    """Write these columns of a row that is there."""
    columns = [row._meta.get_field(name) for name in names]
    with cursor() as one:
        one.execute(_updating(type(row), names), [*_values(columns, row), row.pk])


@contextmanager
def cursor(alias: str = "default") -> Iterator[Any]:
    """A cursor for a statement that is asked again and again, with other values."""
    wrapped: Any = connections[alias]
    wrapped.close_if_health_check_failed()
    wrapped.ensure_connection()
    line = wrapped.connection
    # a log of queries is to hold what was asked, with its values
    usual = wrapped.vendor != "postgresql" or wrapped.queries_logged
    if usual or line.prepare_threshold is None:
        with wrapped.cursor() as one:
            yield one
        return
    # Django's own writes the values into the text, which is then never the same
    from psycopg import Cursor

    try:
        with wrapped._prepare_cursor(Cursor(line)) as one:
            yield one
    except NotSupportedError:
        # planned for columns that a migration has altered since: this connection plans no more
        line.prepare_threshold = None
        raise


@lru_cache(maxsize=100)
def _updating(model: type[Model], names: tuple[str, ...]) -> str:
    new = ", ".join(f'"{_column(model, name)}" = %s' for name in names)
    table, key = model._meta.db_table, _column(model, "id")
    return f'UPDATE "{table}" SET {new} WHERE "{key}" = %s'  # noqa: S608 - our own names


@lru_cache(maxsize=100)
def _insertion(
    model: type[Model],
    count: int,
    unique: tuple[str, ...],
    written: tuple[str, ...],
    added: tuple[str, ...],
) -> str:
    columns = _columns(model)
    names = ", ".join(f'"{each.column}"' for each in columns)
    row = f"({', '.join(['%s'] * len(columns))})"
    table = f'"{model._meta.db_table}"'
    sql = f"INSERT INTO {table} ({names}) VALUES {', '.join([row] * count)}"  # noqa: S608 - our own names
    if not unique:
        return sql
    alike, new, more = ([_column(model, one) for one in some] for some in (unique, written, added))
    over = [f'"{each}" = excluded."{each}"' for each in new]
    over += [f'"{each}" = {table}."{each}" + excluded."{each}"' for each in more]
    return f"{sql} ON CONFLICT ({', '.join(alike)}) DO UPDATE SET {', '.join(over)}"


def _columns(model: type[Model]) -> list[Any]:
    return [each for each in model._meta.concrete_fields if not each.primary_key]


def _values(columns: Iterable[Any], row: Model) -> list[Any]:
    """As the database's driver takes them."""
    return [each.get_db_prep_save(getattr(row, each.attname), connection) for each in columns]


def _column(model: type[Model], name: str) -> str:
    return str(model._meta.get_field(name).column)  # type: ignore[union-attr]
