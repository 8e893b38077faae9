"""The plain form of a record: a dict of JSON values, the same in files, log bodies and diffs.

It is read off the models, so that a new column appears everywhere at once. References are slugs
(or, for parts, what tells them apart within their record); what is computed or private is left out.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import models

from tracker.records.fetching import held
from tracker.records.models import Declared, Part, Record

Plain = dict[str, Any]

#: Decimal itself reads digits of every script, exponents and underscores.
_DIGITS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")

F = TypeVar("F", bound=Callable[..., Any])


def _remembered(function: F) -> F:
    """Worked out once for each model. `cache` by itself would forget the function's types."""
    return cast(F, cache(function))


ALWAYS_LEFT_OUT = frozenset({"id", "state", "version"})


@_remembered
def columns(model: type[Declared]) -> tuple[models.Field, ...]:
    """The columns that the plain form holds, in the model's order."""
    left_out = ALWAYS_LEFT_OUT | model.private | {model.owner}
    return tuple(
        field
        for field in model._meta.concrete_fields
        if field.name not in left_out and not getattr(field, "derived", False)
    )


@_remembered
def lists(model: type[Declared]) -> tuple[models.ManyToManyField, ...]:
    """The many-to-many columns that the plain form holds."""
    return tuple(model._meta.many_to_many)


@_remembered
def path_of(model: type[Declared], column: str) -> tuple[str, ...]:
    """Where a column stands in the plain form: `deadline_kind` is ("deadline", "kind")."""
    for group in model.groups:
        if column.startswith(f"{group}_"):
            return (group, column.removeprefix(f"{group}_"))
    return (model.plain_names.get(column, column),)


@_remembered
def part_model(model: type[Declared], part: str) -> type[Part]:
    """The model behind a reverse relation that is named in `parts`."""
    related = model._meta.get_field(part).related_model
    assert isinstance(related, type) and issubclass(related, Part)
    return related


def to_plain(obj: Declared) -> Plain:
    """The plain form of a saved record or part. Reads parts and references; prefetch for many."""
    model = type(obj)
    plain: Plain = {}
    for field in columns(model):
        *groups, name = path_of(model, field.name)
        target = plain
        for group in groups:
            target = target.setdefault(group, {})
        target[name] = _plain_value(getattr(obj, field.name))
    for name in model.plain_extra:
        plain[name] = _plain_value(getattr(obj, name))
    for many in lists(model):
        plain[many.name] = sorted(key_of(each) for each in held(obj, many.name))
    for part in obj.parts:
        (name,) = path_of(model, part)
        plain[name] = [to_plain(each) for each in held(obj, part)]
    return plain


def key_of(obj: models.Model) -> str | int:
    """How the plain form refers to a record (its slug) or to a part of one."""
    if isinstance(obj, Record):
        return obj.slug
    key = getattr(obj, "plain_key", None)
    assert isinstance(key, str | int), f"{type(obj).__name__} is never referred to"
    return key


def _plain_value(value: Any) -> Any:
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, models.Model):
        return key_of(value)
    if isinstance(value, date):  # a datetime is never in the plain form
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value


_PLAIN = frozenset({str, int, bool})

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a plain form: where (keys and list positions), and a sentence.

    `dated`: it breaks a rule of the moment of publication, which other records' later changes break
    too, so that it says nothing against what was published before them (`curation.history`).
    """

    path: Path
    message: str
    dated: bool = False

    @property
    def field(self) -> str:
        """The place as people write it: `criteria[2].question`."""
        text = ""
        for step in self.path:
            text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
        return text

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.path else self.message


class Refused(Exception):
    """The edit breaks a rule of the record; nothing may be kept of it. `problems` says why."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = [
            each if isinstance(each, Problem) else Problem((), each) for each in problems
        ]
        super().__init__(" ".join(str(each) for each in self.problems))


class PlainError(Exception):
    """A plain form that cannot become a record; `problems` holds every reason found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(str(problem) for problem in problems))


@dataclass(frozen=True)
class Reference:
    """A slug in a plain form, and the noun that it must name."""

    path: Path
    model: type[Record]
    slug: str


def complete(model: type[Record], data: object) -> tuple[Plain, list[Reference]]:
    """Check `data` column by column and fill in the defaults; nothing is looked up.

    Returns the whole plain form, equal to `to_plain` of the record it would make, and the slugs it
    refers to. Raises PlainError with every problem found.
    """
    reading = _Reading()
    plain = reading.record(model, data, ())
    if reading.problems:
        raise PlainError(reading.problems)
    return plain, reading.references


class _Reading:
    """Collects what is wrong while a plain form is read."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.references: list[Reference] = []

    def record(self, model: type[Declared], data: object, path: Path) -> Plain:
        if not isinstance(data, dict):
            self.problems.append(Problem(path, "must be a table of fields."))
            return {}
        plain: Plain = {}
        for field in columns(model):
            where = path_of(model, field.name)
            value = self._column(field, _dig(data, where), path + where)
            target = plain
            for group in where[:-1]:
                target = target.setdefault(group, {})
            target[where[-1]] = value
        for name in model.plain_extra:
            plain[name] = self._number(data.get(name, 1), (*path, name))
        for many in lists(model):
            plain[many.name] = self._slugs(many, data.get(many.name, []), (*path, many.name))
        for part in model.parts:
            (name,) = path_of(model, part)
            plain[name] = self._parts(part_model(model, part), data.get(name, []), (*path, name))
        self._refuse_unknown(data, _names(model), path)
        return plain

    def _parts(self, model: type[Part], rows: object, path: Path) -> list[Plain]:
        if not isinstance(rows, list):
            self.problems.append(Problem(path, "must be a list of tables."))
            return []
        parts = [self.record(model, row, (*path, place)) for place, row in enumerate(rows)]
        seen: set[Any] = set()
        for place, part in enumerate(parts):
            identity = identity_of(model, part)
            if identity in seen:
                names = " and ".join(model.identity)
                self.problems.append(Problem((*path, place), f"has the same {names} as another."))
            seen.add(identity)
        return parts

    def _column(self, field: models.Field, value: Any, path: Path) -> Any:
        if value is None and field.has_default():
            value = _plain_value(field.get_default())
        if isinstance(field, models.ForeignKey):
            return self._reference(field, value, path)
        if isinstance(value, date):
            value = value.isoformat()
        if value in (None, "") and field.null:
            return None
        if value is None and field.blank:
            return ""
        if value is None:
            self.problems.append(Problem(path, "is required."))
            return None
        return self._checked(field, value, path)

    def _checked(self, field: models.Field, value: Any, path: Path) -> Any:
        allowed, wanted = _json_type(field)
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            self.problems.append(Problem(path, f"must be {wanted}, not {_shown(value)}."))
            return None
        if isinstance(field, models.DecimalField) and not _DIGITS.fullmatch(str(value)):
            said = f"must be a number in digits, such as 1 or 0.5, not {_shown(value)}."
            self.problems.append(Problem(path, said))
            return None
        try:
            return _plain_value(field.clean(value, None))
        except ValidationError as error:
            named = ", ".join(str(each) for each, _ in field.flatchoices) if field.choices else ""
            for message in [f"must be one of: {named}."] if named else error.messages:
                self.problems.append(Problem(path, f"{message} (Given: {_shown(value)})"))
            return None

    def _reference(self, field: Any, value: Any, path: Path) -> Any:
        model = field.related_model
        if value in (None, "", 0):
            if not field.null:
                self.problems.append(Problem(path, "is required."))
            return None
        if issubclass(model, Record):
            if not isinstance(value, str):
                self.problems.append(Problem(path, f"must be a slug, not {_shown(value)}."))
                return None
            self.references.append(Reference(path, model, value))
        elif not isinstance(value, field.related_model.plain_key_type) or isinstance(value, bool):
            wanted = field.related_model.plain_key_type.__name__
            kind = {"int": "a whole number", "str": "text"}[wanted]
            self.problems.append(Problem(path, f"must be {kind}, not {_shown(value)}."))
            return None
        return value

    def _slugs(self, many: Any, values: object, path: Path) -> list[str]:
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            self.problems.append(Problem(path, f"must be a list of slugs, not {_shown(values)}."))
            return []
        if issubclass(many.related_model, Record):
            for place, slug in enumerate(values):
                self.references.append(Reference((*path, place), many.related_model, slug))
        return sorted(set(values))

    def _number(self, value: object, path: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self.problems.append(Problem(path, f"must be a number from 1, not {_shown(value)}."))
            return 1
        return value

    def _refuse_unknown(
        self, data: dict[str, Any], names: Mapping[str, Collection[str]], path: Path
    ) -> None:
        for key, value in data.items():
            if key not in names:
                self._unknown(key, names, (*path, key))
            elif names[key] and isinstance(value, dict):
                for inner in value:
                    if inner not in names[key]:
                        self._unknown(inner, names[key], (*path, key, inner))
            elif names[key]:
                self.problems.append(Problem((*path, key), "must be a table of fields."))

    def _unknown(self, key: str, names: Iterable[Any], path: Path) -> None:
        near = get_close_matches(key, [str(name) for name in names], 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        self.problems.append(Problem(path, f"is not a field of this record.{hint}"))


@_remembered
def _names(model: type[Declared]) -> Mapping[str, Collection[str]]:
    """Every name that a plain form may hold; for a group, those within it."""
    known: dict[str, set[str]] = {}
    for field in columns(model):
        name, *inner = path_of(model, field.name)
        known.setdefault(name, set()).update(inner)
    for name in (*model.plain_extra, *(many.name for many in lists(model))):
        known[name] = set()
    for part in model.parts:
        known[path_of(model, part)[0]] = set()
    return known


def identity_of(model: type[Part], part: Plain) -> tuple[Any, ...]:
    """What tells a part, in plain form, from its siblings."""
    names = (*model.identity, *model.plain_extra)
    return tuple(part.get(path_of(model, name)[-1]) for name in names)


def _dig(data: dict[str, Any], where: tuple[str, ...]) -> Any:
    value: Any = data
    for step in where:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _json_type(field: models.Field) -> tuple[tuple[type, ...], str]:
    if isinstance(field, models.BooleanField):
        return (bool,), "true or false"
    if isinstance(field, models.IntegerField):
        return (int,), "a whole number"
    if isinstance(field, models.DecimalField):
        return (str, int, float), "a number"
    return (str,), "text"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
