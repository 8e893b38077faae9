"""The description of the API, OpenAPI 3.1: made of what answers, never written beside it.

Paths are those of the nouns, parameters those of their FilterSets, shapes the schemas beside the
functions that make them, examples the first answers of the record itself.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse

from tracker.answers.problems import TYPE as PROBLEM
from tracker.answers.sharing import LICENCE
from tracker.api import falling, sensitivity
from tracker.api.about import about
from tracker.api.nouns import AFTER, FIELDS, LIMIT, NOUNS, Noun
from tracker.api.parameters import Names, Parameter, day_until, named, of_filters, query
from tracker.api.views import ITEMS, MOST
from tracker.changes.models import Change
from tracker.reading.filtering import AS_OF
from tracker.reading.pages.sensitivity import PARTLY, WEIGHTS, comparable
from tracker.reading.pages.told import LARGEST
from tracker.reading.shape_schemas import address, text
from tracker.records.schema import SLUG, Schema, closed
from tracker.scoring.sensitivity import as_recorded

Document = dict[str, Any]

JSON, HTML = "application/json", "text/html; charset=utf-8"

#: An example that is longer says no more.
LONG = 12_000  # characters


def document(day: date) -> Document:
    """The whole description. `day` is today: no parameter takes a later one."""
    names, examples = Names(), {name: _example(noun, day) for name, noun in NOUNS.items()}
    paths: Document = {}
    for noun in NOUNS.values():
        paths[_path("api-list", noun)] = {"get": _list(noun, names, day)}
        paths[_path("api-detail", noun)] = {"get": _item(noun, day, examples[noun.name])}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": f"{settings.SITE_NAME}: the API",
            "version": settings.RELEASE,
            "summary": "What AI labs promised and what happened next, to be read by machines.",
            "description": "\n\n".join(f"## {title}\n\n{text}" for title, text in about()),
            "license": {"name": "CC BY 4.0", "url": LICENCE},
        },
        "externalDocs": {
            "description": "The same for people.",
            "url": settings.SITE_URL + reverse("api-docs"),
        },
        "servers": [{"url": settings.SITE_URL}],
        "security": [],
        "tags": [
            {"name": "record", "description": "The nouns of the record."},
            {"name": "what-if", "description": "The record scored again on other assumptions."},
            {"name": "description", "description": "The API itself."},
        ],
        "paths": paths | _what_ifs(names, day, examples["sources"]) | _descriptions(),
        "components": {
            "schemas": _schemas(),
            "headers": _headers(),
            "responses": _refusals(),
            "parameters": {"if_none_match": IF_NONE_MATCH},
        },
    }


# --- The nouns -----------------------------------------------------------------------------------


def _list(noun: Noun, names: Names, day: date) -> Document:
    found = closed(
        {
            "results": {"type": "array", "items": _either(noun)},
            "next": {
                "type": ["string", "null"],
                "format": "uri",
                "description": "The address of the next page, to be asked for as it stands; null "
                "on the last.",
            },
        }
    )
    answer = _answer(f"A page of the list of {noun.name}.", found, headers=("Link",))
    return _operation(
        f"list_{noun.name}",
        noun.summary,
        [*of_filters(noun.filterset, names), *_of_list(noun), *_of_item(noun, day)],
        answer,
    )


def _item(noun: Noun, day: date, example: Any) -> Document:
    name: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST} if noun.is_log else SLUG
    slug = _in_path(
        name, f"Which {noun.noun}.", example and example["sequence" if noun.is_log else "slug"]
    )
    return _operation(
        f"get_{noun.noun}",
        f"One {noun.noun}, whole.",
        [slug, *_of_item(noun, day)],
        _answer(f"The {noun.noun}.", _either(noun), example),
        missing=True,
        gone=not noun.is_log,
    )


def _of_list(noun: Noun) -> list[Parameter]:
    most = {"type": "integer", "minimum": 1, "maximum": MOST, "default": ITEMS}
    found = [query(LIMIT, most, "How many items on a page.")]
    if noun.is_log:
        after = {"type": "integer", "minimum": 0, "maximum": LARGEST, "default": 0}
        found.append(query(AFTER, after, "Entries after the one with this number."))
    return found


def _of_item(noun: Noun, day: date) -> list[Parameter]:
    fields = {"type": "array", "items": {"type": "string", "enum": list(_properties(noun))}}
    slim = "These fields of each item alone, with commas between."
    found = [query(FIELDS, fields, slim, style="form", explode=False)]
    return [_as_of(day), *found] if noun.takes_as_of else found


def _as_of(day: date) -> Parameter:
    return query(AS_OF, day_until(day), "The world on this day, today at the latest.")


def _either(noun: Noun) -> Schema:
    """An item, whole or slimmed."""
    return {"anyOf": [_ref("schemas", noun.noun), _ref("schemas", f"{noun.noun}_fields")]}


def _slimmed(noun: Noun) -> Schema:
    whole = f"#/components/schemas/{noun.noun}/properties"
    return {
        "type": "object",
        "description": f"Some fields of a {noun.noun}, as `fields` asked for them.",
        "properties": {name: {"$ref": f"{whole}/{name}"} for name in _properties(noun)},
        "additionalProperties": False,
    }


def _properties(noun: Noun) -> Mapping[str, Schema]:
    properties: Mapping[str, Schema] = noun.schema()["properties"]
    return properties


def _example(noun: Noun, day: date) -> Any:
    """The first item of the record, or None: the same until the record changes."""
    rows = Change.objects.all() if noun.is_log else noun.rows(day)
    first = list(rows.order_by("pk")[:1])
    return noun.shape(first, day)[0] if first else None


# --- The what-ifs, and the description itself ----------------------------------------------------


def _what_ifs(names: Names, day: date, source: Any) -> Document:
    partly = {"type": "string", "enum": list(PARTLY), "default": str(as_recorded().partly)}
    weights = {"type": "string", "enum": list(WEIGHTS), "default": WEIGHTS[0]}
    lab, said = named("The lab whose pairs are wanted", comparable(), names)
    varied = _operation(
        "get_sensitivity",
        "What depends on the method: the record scored again in every setting.",
        [
            query("partly", partly, "What “partly met” is worth."),
            query("weights", weights, "Criteria weigh as given, or all the same."),
            query("lab", lab, said),
        ],
        _answer("What holds and what does not.", _ref("schemas", "sensitivity")),
        tag="what-if",
    )
    fallen = _operation(
        "get_falling",
        "What would change if a source fell.",
        [_in_path(SLUG, "Which source.", source and source["slug"]), _as_of(day)],
        _answer("What would follow.", _ref("schemas", "falling")),
        tag="what-if",
        missing=True,
        gone=True,
    )
    return {
        reverse("api-sensitivity"): {"get": varied},
        _unquoted(reverse("api-falling", kwargs={"slug": "SLUG"})): {"get": fallen},
    }


def _descriptions() -> Document:
    index = _operation(
        "get_index",
        "Where everything is.",
        [],
        _answer("The addresses.", _ref("schemas", "index")),
        tag="description",
    )
    openapi = _operation(
        "get_openapi",
        "This description.",
        [],
        _answer("The description.", {"type": "object", "required": ["openapi", "info", "paths"]}),
        tag="description",
    )
    docs = _operation(
        "get_docs",
        "This description as a page.",
        [],
        _answer("The page.", {"type": "string"}, media=HTML),
        tag="description",
    )
    return {
        reverse("api"): {"get": index},
        reverse("openapi"): {"get": openapi},
        reverse("api-docs"): {"get": docs},
    }


def _index() -> Schema:
    return closed(
        {
            "name": text("The name of the site."),
            "lists": closed({name: address(noun.summary) for name, noun in NOUNS.items()}),
            "openapi": address("This description."),
            "docs": address("The same for people."),
            "data": address("Everything at once."),
            "license": address("The licence of the data."),
        }
    )


# --- What operations are made of -----------------------------------------------------------------


def _operation(
    name: str,
    summary: str,
    parameters: list[Parameter],
    answer: Document,
    *,
    tag: str = "record",
    missing: bool = False,
    gone: bool = False,
) -> Document:
    responses = {"200": answer, "304": _ref("responses", "not_modified")}
    responses["400"] = _ref("responses", "bad_request")
    if missing:
        responses["404"] = _ref("responses", "not_found")
    responses["405"] = _ref("responses", "method_not_allowed")
    if gone:
        responses["410"] = _ref("responses", "gone")
    responses["414"] = _ref("responses", "uri_too_long")
    return {
        "operationId": name,
        "summary": summary,
        "tags": [tag],
        "parameters": [*parameters, _ref("parameters", "if_none_match")],
        "responses": responses,
    }


def _answer(
    description: str,
    schema: Schema,
    example: Any = None,
    *,
    media: str = JSON,
    headers: tuple[str, ...] = (),
) -> Document:
    content: Document = {"schema": schema}
    if example is not None and len(json.dumps(example)) <= LONG:
        content["example"] = example
    return {
        "description": description,
        "headers": {name: _ref("headers", name) for name in (*HEADERS, *headers)},
        "content": {media: content},
    }


def _in_path(schema: Schema, description: str, example: Any) -> Parameter:
    parameter = {
        "name": "slug",
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema,
    }
    return parameter if example is None else parameter | {"example": example}


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _path(name: str, noun: Noun) -> str:
    if name == "api-list":
        return reverse(name, kwargs={"noun": noun.name})
    return _unquoted(reverse(name, kwargs={"noun": noun.name, "slug": "SLUG"}))


def _unquoted(path: str) -> str:
    return path.replace("SLUG", "{slug}")


# --- Components ----------------------------------------------------------------------------------

#: A good answer has them, but for a date that may be left out.
HEADERS = ("ETag", "Last-Modified", "Cache-Control", "Access-Control-Allow-Origin")

IF_NONE_MATCH: Parameter = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of the answer that you have: 304 if it is still right.",
    "schema": {"type": "string"},
}


def _schemas() -> Document:
    schemas: Document = {}
    for noun in NOUNS.values():
        schemas[noun.noun] = noun.schema()
        schemas[f"{noun.noun}_fields"] = _slimmed(noun)
    return schemas | {
        "sensitivity": sensitivity.schema(),
        "falling": falling.schema(),
        "index": _index(),
        "problem": _problem(),
    }


def _problem() -> Schema:
    always = {
        "type": text("about:blank: the status says what it is."),
        "title": text("The status in words."),
        "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "Its number."},
        "detail": text("What is wrong, in a sentence."),
        "instance": text("The path that was asked for."),
    }
    sometimes = {
        "parameter": text("Which parameter is unknown or cannot be read."),
        "change": address("The entry of the log that tells of a retraction."),
    }
    found = closed(always, description="Problem details (RFC 9457).")
    return found | {"properties": always | sometimes}


def _headers() -> Document:
    always = {
        "ETag": "Moves when the record does, and at midnight at UTC−12.",
        "Cache-Control": "How long it is fresh.",
        "Access-Control-Allow-Origin": "Pages of any site may read it.",
    }
    sometimes = {
        "Last-Modified": "When the ETag moved last; absent in the first minute after.",
        "Link": 'The address of the next page, as rel="next"; absent on the last.',
    }
    string: Schema = {"type": "string"}
    return {
        name: {"description": said, "required": True, "schema": string}
        for name, said in always.items()
    } | {name: {"description": said, "schema": string} for name, said in sometimes.items()}


def _refusals() -> Document:
    refused = {
        "bad_request": "A parameter is unknown or cannot be read; `parameter` says which.",
        "not_found": "There is nothing of this name, or nothing that is public.",
        "method_not_allowed": "The API is read with GET or HEAD.",
        "gone": "It was public once and has been retracted.",
    }
    problem = {PROBLEM: {"schema": _ref("schemas", "problem")}}
    return {
        "not_modified": {
            "description": "What you have is still right.",
            "headers": {"ETag": _ref("headers", "ETag")},
        },
        "uri_too_long": {
            "description": "The address is too long for the server, or one before it."
        },
    } | {name: {"description": said, "content": problem} for name, said in refused.items()}
