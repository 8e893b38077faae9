"""What the parameters of the API take, read off the FilterSets and off what the views read.

Where a parameter names a record, and there are few that it can name, the description lists them:
a name that nobody bears is refused, so these are the values that are taken.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from tracker.reading.filtering import SEARCH_LENGTH, Slug, Sort, Words
from tracker.reading.filters_labs import Group, in_use
from tracker.records.fields import UNPRINTABLE_IN_LINE
from tracker.records.schema import SLUG, Schema

#: So many names are listed; of more, only the form is told.
LISTED = 250

Parameter = dict[str, Any]


class Names:
    """The names that are in use, each list of them asked for once."""

    def __init__(self) -> None:
        self._slugs: dict[str, list[str] | None] = {}
        self._groups: Mapping[str, Sequence[str]] | None = None

    def slugs(self, records: QuerySet[Any]) -> list[str] | None:
        """The slugs of some records, in order; None where they are many."""
        rows = records.order_by("slug").values_list("slug", flat=True)
        key = str(rows.query)
        if key not in self._slugs:
            slugs = list(rows[: LISTED + 1])
            self._slugs[key] = slugs if len(slugs) <= LISTED else None
        return self._slugs[key]

    def group(self, asked: Group) -> Sequence[str]:
        """The names of one kind that published labs are tagged with."""
        if self._groups is None:
            self._groups = in_use()
        return self._groups[asked.group]


def query(name: str, schema: Schema, description: str, **more: Any) -> Parameter:
    """A parameter of the query; none is ever required, and an empty one is as none."""
    return {
        "name": name,
        "in": "query",
        "description": description,
        "allowEmptyValue": True,
        "schema": schema,
    } | more


def of_filters(filterset: type[filters.FilterSet], names: Names) -> list[Parameter]:
    """The parameters of a FilterSet, in its order."""
    return [_of_filter(name, each, names) for name, each in filterset.base_filters.items()]


def _of_filter(name: str, each: filters.Filter, names: Names) -> Parameter:
    for kind, describe in _KINDS:
        if isinstance(each, kind):
            schema, description = describe(each, names)
            return query(name, schema, description)
    raise TypeError(f"Say in tracker/api/parameters.py what a {type(each).__name__} takes.")


def _sort(each: Sort, names: Names) -> tuple[Schema, str]:
    first = next(iter(each.orders))
    told = "; ".join(f"`{name}`: {label}" for name, (_, label) in each.orders.items())
    return {"type": "string", "enum": list(each.orders), "default": first}, f"Order. {told}."


def _choice(each: filters.ChoiceFilter, names: Names) -> tuple[Schema, str]:
    values = [str(value) for value, _ in each.extra["choices"]]
    return {"type": "string", "enum": values}, f"{each.label}."


def _slug(each: Slug, names: Names) -> tuple[Schema, str]:
    return named(str(each.label), each.extra["queryset"](None), names)


def _group(each: Group, names: Names) -> tuple[Schema, str]:
    return _listed(names.group(each), f"{each.label}: a name that labs are tagged with.")


def named(label: str, records: QuerySet[Any], names: Names) -> tuple[Schema, str]:
    """What a parameter that names one of some records takes, and a sentence on it."""
    said = f"{label}: the slug of a {records.model._meta.verbose_name}."
    slugs = names.slugs(records)
    if slugs is None:
        return dict(SLUG), said
    return _listed(slugs, f"{said} Those on record are listed; more may come.")


def _listed(values: Sequence[str], said: str) -> tuple[Schema, str]:
    if not values:
        return {"type": "string", "maxLength": 0}, f"{said} None is in use yet."
    return {"type": "string", "enum": list(values)}, said


def _words(each: Words, names: Names) -> tuple[Schema, str]:
    said = f"Words that must all occur, in any case; at most {SEARCH_LENGTH} characters."
    return {"type": "string", "maxLength": SEARCH_LENGTH, "pattern": LINE}, said


#: By class, the special before the general.
_KINDS: Sequence[tuple[type[filters.Filter], Callable[[Any, Names], tuple[Schema, str]]]] = (
    (Sort, _sort),
    (Slug, _slug),
    (Group, _group),
    (Words, _words),
    (filters.ChoiceFilter, _choice),
)


def _escaped(characters: str) -> str:
    return "".join(each if each == "-" else f"\\u{ord(each):04x}" for each in characters)


# What UTF-8 cannot carry need not be excluded; space at either end is taken off before it is read.
_REFUSED = _escaped(UNPRINTABLE_IN_LINE.pattern[1:-1].replace("\ud800-\udfff", ""))
_SPACE = "[\\u0009-\\u000d\\u001c-\\u001f\\u0085\\u2028\\u2029]*"
LINE = f"^{_SPACE}[^{_REFUSED}]*{_SPACE}$"


def day_until(last: date) -> Schema:
    """A day up to `last`, which JSON Schema can say by a pattern alone."""
    year, month, day = f"{last:%Y-%m-%d}".split("-")
    years = "|".join(["0(?:00[1-9]|0[1-9][0-9]|[1-9][0-9]{2})", *_below(year, "1")])
    until = [
        f"(?:{years})-{_TWO}-{_TWO}",
        *(f"{year}-{each}-{_TWO}" for each in _below(month)),
        *(f"{year}-{month}-{each}" for each in [*_below(day), day]),
    ]
    return {"type": "string", "format": "date", "pattern": f"^(?:{'|'.join(until)})$"}


_TWO = "[0-9]{2}"


def _below(number: str, least: str = "0") -> list[str]:
    """Patterns of the numbers below this one of as many digits; `least` is their least digit."""
    found = []
    for place, digit in enumerate(number):
        start = least if place == 0 else "0"
        if digit > start:
            rest = len(number) - place - 1
            tail = f"[0-9]{{{rest}}}" if rest else ""
            found.append(f"{number[:place]}[{start}-{int(digit) - 1}]{tail}")
    return found
