"""What many rows refer to and hold, fetched at once: a query or two for each relation and lot.

Django's own prefetching asks for single references as tuples, of which SQLite takes no more than a
thousand, and prepares a query for each row whose lists it fills, whether it is asked or not.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from django.db.models import ManyToManyField, Model, QuerySet

from tracker.records.prepared import Prepared, lots

#: Where a row keeps the lists that were fetched for it; its managers look there first.
_FETCHED = "_prefetched_objects_cache"


def fetch(rows: Iterable[Model], column: str, among: "QuerySet[Any] | None" = None) -> list[Any]:
    """Give each row of one model what its foreign key refers to; return all that is referred to.

    `among` is a queryset to take it from, with its own deferred columns.
    """
    rows = list(rows)
    if not rows:
        return []
    field: Any = rows[0]._meta.get_field(column)
    known, asking = dict[int, Any](), list[tuple[Model, int]]()
    for row in rows:
        pk = getattr(row, field.attname)
        if pk is None:
            continue
        if field.is_cached(row):
            known[pk] = field.get_cached_value(row)
        else:
            asking.append((row, pk))
    wanted = {pk for _, pk in asking} - known.keys()
    known |= {row.pk: row for row in _rows(field.related_model, among, "pk", sorted(wanted))}
    for row, pk in asking:
        field.set_cached_value(row, known[pk])
    return list(known.values())


def fetch_lists(
    rows: Iterable[Model], name: str, among: "QuerySet[Any] | None" = None
) -> list[Any]:
    """Give each row of one model what `name`, a many-to-many column or the other end of a foreign
    key, holds; return all that is held. `among` as for `fetch`.

    `.all()` then answers from it; whatever else is asked of the same manager (`filter`, `first`)
    fails, so rows that were fetched for are for reading whole lists.
    """
    rows = list(rows)
    if not rows:
        return []
    field: Any = rows[0]._meta.get_field(name)
    if any(name not in vars(row).get(_FETCHED, ()) for row in rows):
        held_by = _many if isinstance(field, ManyToManyField) else _other_end
        for row, found in held_by(rows, field, among):
            vars(row).setdefault(_FETCHED, {})[name] = found
    return list({id(each): each for row in rows for each in held(row, name)}.values())


def held(row: Model, name: str) -> Sequence[Any]:
    """What `row.name.all()` gives, without a manager where it has been fetched."""
    fetched = vars(row).get(_FETCHED, {})
    return fetched[name] if name in fetched else getattr(row, name).all()  # type: ignore[no-any-return]


def _other_end(
    rows: Sequence[Model], relation: Any, among: "QuerySet[Any] | None"
) -> Iterator[tuple[Model, list[Any]]]:
    key = relation.field
    lists: dict[int, tuple[Model, list[Any]]] = {row.pk: (row, []) for row in rows}
    for each in _rows(relation.related_model, among, key.name, sorted(lists)):
        row, found = lists[getattr(each, key.attname)]
        key.set_cached_value(each, row)
        found.append(each)
    yield from lists.values()


def _many(
    rows: Sequence[Model], many: Any, among: "QuerySet[Any] | None"
) -> Iterator[tuple[Model, list[Any]]]:
    links = _links(many).rows(sorted({row.pk for row in rows}))
    others = sorted({other for _, other in links})
    known = {each.pk: each for each in _rows(many.related_model, among, "pk", others)}
    lists: dict[int, list[Any]] = {row.pk: [] for row in rows}
    for owner, other in links:
        lists[owner].append(known[other])
    for row in rows:
        yield row, lists[row.pk]


def _rows(
    model: type[Model], among: "QuerySet[Any] | None", column: str, ids: Sequence[int]
) -> list[Any]:
    """Those of `among`, or of all, that have one of these ids there."""
    if among is None:
        return _all(model, column).rows(ids)
    if _says_more(among):
        return [row for some in lots(ids) for row in among.filter(**{f"{column}__in": some})]
    query = among.query
    names, defer = query.deferred_loading
    key = model, column, frozenset(names), defer, query.order_by, repr(query.select_related)
    if key not in _known:
        _known[key] = Prepared(among.all, column)
    return _known[key].rows(ids)


_known: dict[Any, Prepared] = {}


def _says_more(among: Any) -> bool:
    """Whether there is more to a queryset than which columns of all rows, and in which order."""
    query = among.query
    return bool(
        (query.where or query.annotations or query.extra or query.distinct or query.combinator)
        or (query.select_for_update or query.is_sliced or query.extra_order_by)
        or (among._prefetch_related_lookups or among._db or not query.standard_ordering)
    )


@cache
def _all(model: type[Model], column: str) -> Prepared:
    # what is referred to is there whatever the default manager leaves out, and has no order
    manager = model._base_manager if column == "pk" else model._default_manager
    return Prepared(manager.all, column)


@cache
def _links(many: Any) -> Prepared:
    """Both ends of the rows of a many-to-many column, by the near one."""
    near, far = f"{many.m2m_field_name()}_id", f"{many.m2m_reverse_field_name()}_id"
    links = many.remote_field.through._default_manager.order_by("pk").values_list(near, far)
    return Prepared(lambda: links, near)
