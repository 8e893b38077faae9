"""The JSON Schema (draft 2020-12) of a record's plain form, read off the models.

Record files, the API's description and the log's bodies share it, so that a new column, a new value
of an enumeration or a new part is described as soon as it is there.
"""

from typing import Any

from django.core.validators import MinLengthValidator, MinValueValidator
from django.db import models

from tracker.records.fields import PeriodField, WhenField
from tracker.records.models import Declared, Part, Record
from tracker.records.plain import columns, lists, part_model, path_of

Schema = dict[str, Any]

SLUG: Schema = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 120}
WHEN = (
    "A date of reduced precision (2027, 2027-Q3, 2027-07, 2027-07-05), a time with offset, or an "
    "interval of two with a slash between; empty where unknown."
)


def plain_schema(model: type[Declared]) -> Schema:
    """The schema of the whole plain form (`records.plain.to_plain`) of a record or a part."""
    properties: Schema = {}
    for column in columns(model):
        *groups, name = path_of(model, column.name)
        target = properties
        for group in groups:
            target = target.setdefault(group, closed({}))["properties"]
        target[name] = column_schema(column)
    for group in model.groups:
        properties[group] = closed(properties[group]["properties"])
    for name in model.plain_extra:
        properties[name] = {"type": "integer", "minimum": 1}
    for many in lists(model):
        item = SLUG | {"description": f"The slug of {_one(many.related_model)}."}
        properties[many.name] = {"type": "array", "items": item, "uniqueItems": True}
    for part in model.parts:
        (name,) = path_of(model, part)
        properties[name] = {"type": "array", "items": plain_schema(part_model(model, part))}
    return closed(properties)


def closed(properties: Schema, **more: Any) -> Schema:
    """An object with exactly these properties, all of them there."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    } | more


def column_schema(column: models.Field) -> Schema:
    """What a column holds in the plain form."""
    schema = _type_of(column)
    if column.choices:
        values = [value for value, _ in column.flatchoices]
        schema = {"type": "string", "enum": [*([""] if column.blank else []), *values]}
    said = " ".join(_sentences(column))
    if said:
        schema["description"] = said
    return or_null(schema) if column.null else schema


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def _type_of(column: models.Field) -> Schema:
    if isinstance(column, models.ForeignKey):
        target = column.related_model
        if issubclass(target, Record):
            return dict(SLUG)
        assert issubclass(target, Part)
        return {"type": {int: "integer", str: "string"}[target.plain_key_type]}
    if isinstance(column, models.SlugField) or column.name == "slug":
        return dict(SLUG)
    if isinstance(column, models.BooleanField):
        return {"type": "boolean"}
    if isinstance(column, models.IntegerField):
        least = [v.limit_value for v in column.validators if isinstance(v, MinValueValidator)]
        return {"type": "integer", "minimum": max(least, default=0)}
    if isinstance(column, models.DecimalField):
        return {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}
    if isinstance(column, models.DateField):
        return {"type": "string", "format": "date"}
    schema: Schema = {"type": "string"}
    if column.max_length:
        schema["maxLength"] = column.max_length
    least = [v.limit_value for v in column.validators if isinstance(v, MinLengthValidator)]
    if least or not column.blank:
        schema["minLength"] = max(least, default=1)
    return schema


def _sentences(column: models.Field) -> list[str]:
    """What a reader of the schema must know beyond its type."""
    said = []
    if isinstance(column, models.ForeignKey) and issubclass(column.related_model, Record):
        said.append(f"The slug of {_one(column.related_model)}.")
    if isinstance(column, WhenField):
        said.append(WHEN)
    if isinstance(column, PeriodField):
        said.append("An ISO 8601 duration.")
    if column.help_text:
        said.append(str(column.help_text))
    return said


def with_article(noun: str) -> str:
    """The name of a noun as one of them: a lab, an outcome."""
    return f"{'an' if noun[:1] in 'aeio' else 'a'} {noun}"


def _one(model: Any) -> str:
    return with_article(str(model._meta.verbose_name))
