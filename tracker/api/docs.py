"""The description of the API laid out for people: the same document, as rows of tables."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tracker.api.nouns import NOUNS
from tracker.api.openapi import JSON, Document
from tracker.records.schema import SLUG, Schema

#: Of longer enumerations the first few are shown.
LONG_LIST = 40
FIRST_FEW = 3


@dataclass(frozen=True)
class Row:
    """A parameter or a field: its name, what it takes or holds, and what that means."""

    name: str
    values: Sequence[str]
    takes: str
    meaning: str


@dataclass(frozen=True)
class Operation:
    """One address: where it is, what it is for, its own parameters, and an answer if there is one.

    `asked` is an address that answers, None where the record holds nothing to ask for.
    """

    anchor: str
    path: str
    summary: str
    parameters: Sequence[Row]
    asked: str | None
    example: str


@dataclass(frozen=True)
class Section:
    """One noun, or one what-if: its addresses, and the fields of its answer."""

    anchor: str
    title: str
    summary: str
    meaning: str
    operations: Sequence[Operation]
    fields: Sequence[Row]


def sections(document: Document) -> list[Section]:
    """The nouns in the order of the contract, then the what-ifs."""
    paths, schemas = document["paths"], document["components"]["schemas"]
    found: dict[str, list[tuple[str, Document]]] = {}
    for path, methods in paths.items():
        for name in (*NOUNS, "sensitivity", "falling"):
            noun = NOUNS.get(name)
            ids = {f"list_{name}", f"get_{noun.noun if noun else name}"}
            if methods["get"]["operationId"] in ids:
                found.setdefault(name, []).append((path, methods["get"]))
    return [
        _section(name, operations, schemas[NOUNS[name].noun if name in NOUNS else name], document)
        for name, operations in found.items()
    ]


def _section(
    name: str, operations: list[tuple[str, Document]], schema: Schema, document: Document
) -> Section:
    return Section(
        anchor=name,
        title=TITLES.get(name, name.capitalize()),
        summary=operations[0][1]["summary"],
        meaning=schema["description"],
        operations=[_operation(path, each, document) for path, each in operations],
        fields=list(_fields(schema)),
    )


TITLES = {"sensitivity": "What depends on the method", "falling": "If a source fell"}


def _operation(path: str, each: Document, document: Document) -> Operation:
    own = [one for one in each["parameters"] if "$ref" not in one]
    in_path = [one for one in own if one["in"] == "path"]
    answer = each["responses"]["200"]["content"][JSON].get("example")
    return Operation(
        anchor=each["operationId"].replace("_", "-"),
        path=path,
        summary=each["summary"],
        parameters=[_parameter(one) for one in own],
        asked=_asked(path, in_path, own, document["servers"][0]["url"]),
        example=json.dumps(answer, ensure_ascii=False, indent=2) if answer else "",
    )


def _asked(path: str, in_path: list[Document], own: list[Document], site: str) -> str | None:
    """An address to try: the first item by itself, or a short page of a list."""
    for one in in_path:
        if "example" not in one:
            return None
        path = path.replace(f"{{{one['name']}}}", str(one["example"]))
    names = {one["name"] for one in own}
    query = {"limit": "2"} if "limit" in names else {}
    return f"{site}{path}?{urlencode(query)}" if query else f"{site}{path}"


def _parameter(one: Document) -> Row:
    schema = one["schema"]
    if one["name"] == "fields":
        return Row("fields", (), "names, with commas between", one["description"])
    values, takes = _takes(schema)
    if "default" in schema and not values:
        takes += f", else {schema['default']}"
    return Row(one["name"], values, takes, one["description"])


# --- Fields --------------------------------------------------------------------------------------


def _fields(schema: Schema, before: str = "") -> Iterator[Row]:
    """Every field, those of the objects and lists that it holds after it: `score.low`."""
    for name, each in schema["properties"].items():
        values, takes = _takes(each)
        yield Row(f"{before}{name}", values, takes, _meaning(each))
        for inner, suffix in _objects(each):
            yield from _fields(inner, f"{before}{name}{suffix}.")


def _objects(schema: Schema, suffix: str = "") -> Iterator[tuple[Schema, str]]:
    for each in schema.get("anyOf", [schema]):
        if "properties" in each:
            yield each, suffix
        elif "items" in each:
            yield from _objects(each["items"], f"{suffix}[]")


def _meaning(schema: Schema) -> str:
    """What is said of it, or of the one thing that it is when it is not null."""
    said = [schema.get("description", "")]
    said += [each.get("description", "") for each in schema.get("anyOf", ())]
    return next(filter(None, said), "")


def _takes(schema: Schema) -> tuple[Sequence[str], str]:
    """The values of an enumeration, and in words what else it is."""
    if "anyOf" in schema:
        kinds = [_takes(each) for each in schema["anyOf"]]
        every = [value for of_one, _ in kinds for value in of_one]
        told = " or ".join(dict.fromkeys(takes for _, takes in kinds if takes))
        joined = not every or told.startswith(("or ", "and ", "in "))  # to the values before it
        return every, told if joined or not told else f"or {told}"
    if "enum" in schema:
        return _enumerated(schema["enum"])
    kind: Any = schema.get("type", "")
    if kind == "array":
        values, takes = _takes(schema["items"])
        if values:
            return values, f"{takes} in a list".strip()
        return values, f"list: {takes}" if takes and takes != "object" else "list"
    if kind == "integer":
        return (), _whole(schema)
    if kind == "string":
        return (), _text(schema)
    return (), {"boolean": "true or false", "number": "number"}.get(kind, kind)


def _enumerated(values: Sequence[str]) -> tuple[Sequence[str], str]:
    named = [value for value in values if value]
    rest = " or empty" if len(named) < len(values) else ""
    if len(named) > LONG_LIST:
        return named[:FIRST_FEW], f"and {len(named) - FIRST_FEW} more{rest}"
    return named, rest.strip()


def _whole(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is not None and most < 1_000_000:
        return f"{least} to {most}"
    return "whole number" if least is None else f"whole number from {least}"


def _text(schema: Schema) -> str:
    if schema.get("pattern") == SLUG["pattern"]:
        return "slug"
    known = {"date": "day, as 2024-05-17", "date-time": "time", "uri": "address"}
    if schema.get("format") in known:
        return known[schema["format"]]
    if "maxLength" in schema:
        return (
            f"text of at most {schema['maxLength']} characters" if schema["maxLength"] else "text"
        )
    return "text"
