"""Tables and their columns, read off the models by the plain form, and how a value is spelled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from django.core.validators import RegexValidator
from django.db import models

from tracker.interchange.record_files.format import named
from tracker.records.cells import quoted
from tracker.records.models import Declared, Part, Record
from tracker.records.plain import path_of
from tracker.records.schema import column_schema

#: As Table Schema (Frictionless) names them.
Type = Literal["string", "integer", "number", "boolean", "date", "datetime"]

#: One value of a row; a text is never empty, since nothing and an empty text are the same here.
Cell = str | int | Decimal | bool | None


@dataclass(frozen=True)
class Column:
    """`refers` is the table and the column that its values stand in."""

    name: str
    description: str
    type: Type = "string"
    required: bool = False
    unique: bool = False
    enum: tuple[str, ...] = ()
    pattern: str = ""
    refers: tuple[str, str] | None = None


@dataclass(frozen=True)
class Table:
    """`key` are the columns that tell its rows apart."""

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The headings."""
        return [column.name for column in self.columns]


def of_field(model: type[Declared], field: models.Field) -> Column:
    """The column of one of a model's own, under its name in the plain form."""
    schema = column_schema(field)
    described = schema.get("anyOf", [schema])[0]
    column = Column(
        name="_".join(path_of(model, field.name)),
        description=schema.get("description")
        or described.get("description")
        or f"{str(field.verbose_name).capitalize()}.",
        type=_type_of(field),
        required=not field.blank and not field.null,
        unique=field.unique,
        enum=tuple(str(value) for value, _ in field.flatchoices) if field.choices else (),
        pattern=_pattern(field),
    )
    target = field.related_model
    if isinstance(target, type) and issubclass(target, Record):
        return replace(column, refers=(named(target), "slug"))
    if isinstance(target, type) and issubclass(target, Part):
        said = f"What tells the {target._meta.verbose_name} apart: its {target.identity[-1]}."
        return replace(column, description=said)
    return column


def field_named(model: type[models.Model], name: str) -> models.Field:
    """A column of a model's own."""
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field


def slug_of(model: type[Record], name: str, description: str = "") -> Column:
    """A column that holds the slug of a record of this noun, in every row."""
    said = description or f"The slug of the {model._meta.verbose_name}."
    pattern = _pattern(model._meta.get_field("slug"))
    return Column(name, said, required=True, pattern=pattern, refers=(named(model), "slug"))


def _type_of(field: models.Field) -> Type:
    target = field.related_model
    if isinstance(target, type) and issubclass(target, Part):
        return "integer" if target.plain_key_type is int else "string"
    for kind, name in _TYPES:
        if isinstance(field, kind):
            return name
    return "string"


_TYPES: Sequence[tuple[type[models.Field], Type]] = (
    (models.BooleanField, "boolean"),
    (models.IntegerField, "integer"),
    (models.DecimalField, "number"),
    (models.DateTimeField, "datetime"),
    (models.DateField, "date"),
)


def _pattern(field: models.Field) -> str:
    """Of the whole text, as Table Schema has it: without anchors."""
    if isinstance(target := field.related_model, type) and issubclass(target, Record):
        field = target._meta.get_field("slug")
    for each in field.validators:
        if isinstance(each, RegexValidator) and type(each) is RegexValidator:
            regex: Any = each.regex
            return str(regex.pattern).removeprefix("^").removesuffix(r"\Z")
    return ""


def cell_of(column: Column, value: Any) -> Cell:
    """A value of the plain form as a cell of this column."""
    if value is None or value == "":
        return None
    if column.type == "number":
        return Decimal(str(value))
    found: Cell = value
    return found


def written(cell: Cell) -> str:
    """The cell in a CSV file: one spelling for each value, and no formula."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    return quoted(cell) if isinstance(cell, str) else str(cell)


def stored(cell: Cell) -> str | int | float | None:
    """The cell in SQLite, which has neither truth values nor decimals."""
    if isinstance(cell, bool):
        return int(cell)
    return float(cell) if isinstance(cell, Decimal) else cell
