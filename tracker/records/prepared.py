"""Queries that are asked again and again, put into SQL once.

To make a wide query's SQL takes Django longer than the database takes to answer it, and whoever
publishes a record waits for a dozen of them. Here it is made once for each number of values, and
executed from then on with others.
"""

from collections.abc import Hashable, Iterable
from copy import copy
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

MOST = 1000  # values at once, fewer than any database takes

#: By the query's name and the number of its values: the compiler that made the SQL, and both.
_made: dict[Hashable, tuple[Any, str, tuple[Any, ...]]] = {}


def rows(among: QuerySet[Any], name: Hashable, column: str, values: Iterable[Any]) -> list[Any]:
    """The rows of `among`, or what it takes of them by `values` or `values_list`, whose column
    holds one of the values: at most MOST, all ids or all texts.

    Of one model, what is called by the same `name` must be the same query: no day in it, nothing
    that is asked for only now and then. It may lock its rows. What it prefetches is left out.
    """
    wanted = list(values)
    if not wanted:
        return []
    alias = among.db
    if among.query.select_for_update and not connections[alias].in_atomic_block:
        # Django asks where it makes the SQL
        raise TransactionManagementError("Rows are locked inside a transaction.")
    # filled up to a power of two: not another statement for every number of values
    wanted += wanted[-1:] * ((1 << (len(wanted) - 1).bit_length()) - len(wanted))
    texts = isinstance(wanted[0], str)
    places = [_place(number, texts) for number in range(len(wanted))]
    key = (among.model, name, column, len(wanted), texts, alias)
    if key not in _made:
        compiler = among.filter(**{f"{column}__in": places}).query.get_compiler(alias)
        _made[key] = compiler, *compiler.as_sql()
    compiler, sql, parameters = _made[key]
    given = dict(zip(places, wanted, strict=True))
    asked = _Asked(among, compiler, sql, tuple(given.get(each, each) for each in parameters))
    return list(asked.iterated())


def _place(number: int, text: bool) -> Any:
    """What stands for a value while the SQL is made: nothing has such an id, or such a slug."""
    return f"\n{number}" if text else -1 - number


class _Asked:
    """What Django's own iteration asks of a queryset; this one's SQL is there already.

    That is of Django's insides (`_iterable_class`, the compiler's `as_sql`): pyproject.toml keeps
    to one line of it, and tests/records/test_prepared.py holds the rows against Django's own.
    """

    def __init__(self, among: Any, compiler: Any, sql: str, parameters: tuple[Any, ...]) -> None:
        self.db, self.query, self._among = among.db, self, among
        self._compiler = copy(compiler)
        self._compiler.connection = connections[self.db]  # this thread's
        self._compiler.as_sql = lambda: (sql, parameters)

    def iterated(self) -> Iterable[Any]:
        """The rows as the queryset gives them: records, dicts or tuples."""
        found: Iterable[Any] = self._among._iterable_class(self)
        return found

    def get_compiler(self, using: str) -> Any:
        """Of itself as a query."""
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        """Whatever else is asked of the query, or of the queryset."""
        own = self._compiler.query
        return getattr(own, name) if hasattr(own, name) else getattr(self._among, name)
