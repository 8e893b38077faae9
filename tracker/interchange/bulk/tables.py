"""Which tables there are, and the rows that one record gives them.

One for each noun, one for each kind of part, one for each list of references, all derived from the
models by the plain form: a new column, part or noun is there by itself.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.db import models

from tracker.curation.roles import NOUNS
from tracker.interchange.bulk.columns import (
    Cell,
    Column,
    Table,
    cell_of,
    field_named,
    of_field,
    slug_of,
)
from tracker.interchange.bulk.computed import COMPUTED, page_column
from tracker.interchange.bulk.logged import LOG_TABLES
from tracker.interchange.bulk.totals import TOTALS_TABLE
from tracker.interchange.record_files.format import MADE_BY, STATE, named
from tracker.records.models import Declared, Part, Record, State
from tracker.records.plain import Plain, columns, lists, part_model, path_of

Row = tuple[str, tuple[Cell, ...]]  # the name of a table, and the cells of its row

_STATE = Column(
    STATE,
    "retracted: taken back since, and here only because something that is published still refers "
    "to it; nothing is computed of it.",
    required=True,
    enum=(str(State.PUBLISHED), str(State.RETRACTED)),
)
_PLACE = Column("place", "Its place among its like in the record, from 1.", "integer", True)


@lru_cache(maxsize=1)
def all_tables() -> Mapping[str, Table]:
    """Every table by its name, the nouns first, in the order of the record file."""
    found = [_noun_table(model) for model in NOUNS]
    for model in NOUNS:
        found += [_part_table(model, part) for part in model.parts]
    for model in NOUNS:
        found += [_list_table(model, many) for many in lists(model)]
        for part in model.parts:
            below = part_model(model, part)
            found += [_list_table(below, many) for many in lists(below)]
    found += [TOTALS_TABLE, *LOG_TABLES]
    by_name = {table.name: table for table in found}
    assert len(by_name) == len(found), "two tables have one name"
    return by_name


def rows_of(model: type[Record], plain: Plain, computed: Mapping[str, Cell]) -> Iterator[Row]:
    """The rows of a record, in the plain form of the record file, and of its parts and lists."""
    computed = dict(computed) | {STATE: plain.get(STATE, str(State.PUBLISHED))}
    yield named(model), _cells(all_tables()[named(model)], model, plain, computed)
    yield from _listed(model, plain, plain["slug"])
    for part in model.parts:
        (name,) = path_of(model, part)
        below = part_model(model, part)
        table = all_tables()[part]
        for place, each in enumerate(plain[name], start=1):
            own = _id(plain["slug"], _identity(below, each))
            beside = {"id": own, model.noun(): plain["slug"], "place": place}
            yield part, _cells(table, below, each, beside, plain)
            yield from _listed(below, each, own)


# --- Nouns and parts -----------------------------------------------------------------------------


def _noun_table(model: type[Record]) -> Table:
    slug, *rest = _plain_columns(model)
    if hasattr(model, "written_by"):
        rest += [of_field(model, field_named(model, name)) for name in MADE_BY]
    return Table(
        name=named(model),
        title=named(model).capitalize(),
        description=_first_paragraph(model),
        columns=(slug, _STATE, *rest, *COMPUTED.get(model, ()), page_column(model)),
        key=("slug",),
    )


def _part_table(model: type[Record], part: str) -> Table:
    below = part_model(model, part)
    told = ", ".join(name.replace("_", " ") for name in (below.owner, *below.identity))
    key = Column("id", f"What tells it from every other: {told}.", required=True, unique=True)
    place = () if "position" in below.identity else (_PLACE,)
    return Table(
        name=part,
        title=part.replace("_", " ").capitalize(),
        description=_first_paragraph(below),
        columns=(key, slug_of(model, model.noun()), *place, *_plain_columns(below)),
        key=("id",),
    )


def _plain_columns(model: type[Declared]) -> Iterator[Column]:
    for field in columns(model):
        yield of_field(model, field)
        if target := _part_referred_to(field):
            said = f"The id of the {target._meta.verbose_name}."
            yield Column(f"{field.name}_id", said, refers=(_table_of(target), "id"))
    for name in model.plain_extra:
        yield Column(name, f"The {name} of what it refers to.", "integer", required=True)


def _cells(
    table: Table,
    model: type[Declared],
    plain: Plain,
    beside: Mapping[str, Any],
    owner: Plain | None = None,
) -> tuple[Cell, ...]:
    """A row, from the plain form and from what stands `beside` it under the column's name."""
    flat = _flat(model, plain)
    for field in columns(model):
        if (target := _part_referred_to(field)) and flat[field.name] is not None:
            known = (owner or {}) | flat
            before = [known[name] for name in target.identity[:-1]]
            flat[f"{field.name}_id"] = _id(known[target.owner], [*before, flat[field.name]])
    return tuple(
        cell_of(column, beside[column.name] if column.name in beside else flat.get(column.name))
        for column in table.columns
    )


def _flat(model: type[Declared], plain: Plain) -> Plain:
    found = dict(plain)
    for group in model.groups:
        found |= {f"{group}_{name}": value for name, value in plain[group].items()}
    return found


def _identity(model: type[Part], plain: Plain) -> list[Any]:
    names = [path_of(model, name)[-1] for name in model.identity]
    extra = [name for name in model.plain_extra if name not in names]
    return [plain[name] for name in (*names, *extra)]


def _id(slug: str, identity: list[Any]) -> str:
    """Unambiguous: no slug holds a slash, and of the rest only one text may."""
    return "/".join([slug, *("" if each is None else str(each) for each in identity)])


def _part_referred_to(field: models.Field) -> type[Part] | None:
    target = field.related_model
    return target if isinstance(target, type) and issubclass(target, Part) else None


def _table_of(part: type[Part]) -> str:
    relation: Any = field_named(part, part.owner).remote_field
    return str(relation.related_name)


def _first_paragraph(model: type[Declared]) -> str:
    return " ".join((model.__doc__ or "").partition("\n\n")[0].split())


# --- Lists of references -------------------------------------------------------------------------


def _list_table(model: type[Declared], many: models.ManyToManyField) -> Table:
    near, far = _ends(model, many)
    return Table(
        name=_list_name(model, many),
        title=_list_name(model, many).replace("_", " ").capitalize(),
        description=str(many.help_text) or f"The {many.name} of each {model._meta.verbose_name}.",
        columns=(near, far),
        key=(near.name, far.name),
    )


def _ends(model: type[Declared], many: models.ManyToManyField) -> tuple[Column, Column]:
    if issubclass(model, Record):
        near = slug_of(model, model.noun())
    else:
        assert issubclass(model, Part)
        noun = str(model._meta.model_name)
        said = f"The id of the {model._meta.verbose_name}."
        near = Column(f"{noun}_id", said, required=True, refers=(_table_of(model), "id"))
    target = many.related_model
    assert isinstance(target, type)
    if issubclass(target, Part):  # the plain form calls it by the record that it belongs to
        owner = target._meta.get_field(target.owner).related_model
        assert isinstance(owner, type) and issubclass(owner, Record)
        target = owner
    assert issubclass(target, Record)
    noun = target.noun()
    return near, slug_of(target, many.name.removesuffix("s") if noun == near.name else noun)


def _list_name(model: type[Declared], many: models.ManyToManyField) -> str:
    return f"{model._meta.model_name}_{many.name}"


def _listed(model: type[Declared], plain: Plain, own: str) -> Iterator[Row]:
    for many in lists(model):
        for each in sorted(set(plain[many.name])):
            yield _list_name(model, many), (own, each)
