"""The JSON Schema (draft 2020-12) of the record file, read off the models."""

from typing import Any

from tracker.assessments.models import Assessment
from tracker.curation.roles import NOUNS
from tracker.interchange.record_files.format import FORMAT, MADE_BY, STATE, named
from tracker.records.models import Record, State
from tracker.records.schema import closed, column_schema, plain_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def record_schema() -> dict[str, Any]:
    """What `export_record` writes. Whoever writes one may leave out what has a default, as empty
    lists and texts; `import_record` says what is missing."""
    properties: dict[str, Any] = {"format": {"const": FORMAT}}
    definitions: dict[str, Any] = {}
    for model in NOUNS:
        definitions[model.noun()] = _record(model)
        items = {"$ref": f"#/$defs/{model.noun()}"}
        properties[named(model)] = {"type": "array", "items": items}
    about = {
        "$schema": DIALECT,
        "title": "On Record: the record file",
        "description": (
            "The whole record, each noun a list of records in their plain form. References are "
            "slugs of records of the same file; of parts, what tells them apart within theirs."
        ),
    }
    return about | closed(properties) | {"$defs": definitions}


def _record(model: type[Record]) -> dict[str, Any]:
    schema = plain_schema(model)
    if model is Assessment:
        for name in MADE_BY:
            schema["properties"][name] = _maker(name)
            schema["required"].append(name)
    schema["properties"][STATE] = {
        "const": str(State.RETRACTED),
        "description": (
            "There only where the record was retracted, and another of the file still refers to it."
        ),
    }
    return schema | {"title": str(model._meta.verbose_name)}


def _maker(name: str) -> dict[str, Any]:
    whose = {"written_by": "wrote", "approved_by": "approved"}[name]
    said = f"Who {whose} the judgement, by their public name; empty where that is not known."
    column: Any = Assessment._meta.get_field(name)
    return column_schema(column) | {"description": said}
