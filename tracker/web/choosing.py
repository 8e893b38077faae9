"""The form above a list: what can be chosen, and what is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import django_filters as filters
from django.http import QueryDict

from tracker.labs.models import Lab
from tracker.reading.filtering import Sort
from tracker.reading.filters_labs import Group
from tracker.records.models import Record


@dataclass(frozen=True)
class Field:
    """One field of the form. Without options it is typed, else chosen."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Chosen:
    """A record that narrows the list from its address; `without` is the query that drops it."""

    name: str
    label: str
    value: str
    record: Record
    without: str


@dataclass(frozen=True)
class Condition:
    """One thing asked of the list, “Verdict: kept”; `without` is the query that drops it."""

    label: str
    said: str
    without: str


@dataclass(frozen=True)
class Choosing:
    """The form: fields always shown, fields folded away, and records chosen by address."""

    fields: Sequence[Field]
    more: Sequence[Field]
    chosen: Sequence[Chosen]
    conditions: Sequence[Condition]

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked of the list."""
        return bool(self.conditions)

    @property
    def open(self) -> bool:
        """Whether anything that is folded away is in use."""
        return any(field.value for field in self.more)


def choosing(
    bound: filters.FilterSet,
    query: QueryDict,
    labs: Iterable[Lab],
    shown: Sequence[str],
    more: Sequence[str] = (),
    groups: Mapping[str, Sequence[str]] | None = None,
) -> Choosing:
    """The form of a bound FilterSet. `labs` are offered for `lab`; other records are not listed,
    since there may be a hundred thousand: they are chosen by a link from their own page. `groups`
    are the names that labs are grouped by; a kind of which there is none is not asked for."""
    groups = groups or {}
    shown, more = [
        [name for name in names if groups.get(name) or not isinstance(bound.filters[name], Group)]
        for names in (shown, more)
    ]
    named = (("", "all"), *((lab.slug, lab.name) for lab in labs))
    records = [
        Chosen(name, str(bound.filters[name].label), record.slug, record, _without(query, name))
        for name, record in bound.form.cleaned_data.items()
        if isinstance(record, Record) and name not in shown
    ]
    return Choosing(
        [_field(bound, name, query, named, groups) for name in shown],
        [_field(bound, name, query, named, groups) for name in more],
        records,
        [
            Condition(str(asked.label), _said(bound, name, query), _without(query, name))
            for name, asked in bound.filters.items()
            if query.get(name) and not isinstance(asked, Sort)
        ],
    )


def _field(
    bound: filters.FilterSet,
    name: str,
    query: QueryDict,
    labs: tuple[tuple[str, str], ...],
    groups: Mapping[str, Sequence[str]],
) -> Field:
    chosen: Any = bound.filters[name]
    options: Iterable[tuple[str, str]] = ()
    if name == "lab":
        options = labs
    elif isinstance(chosen, Sort):
        options = ((value, label) for value, (_, label) in chosen.orders.items())
    elif isinstance(chosen, Group):
        options = (("", "all"), *((each, each) for each in groups[name]))
    elif isinstance(chosen, filters.ChoiceFilter):
        options = bound.form.fields[name].choices
    return Field(name, str(chosen.label), query.get(name, ""), tuple(options))


def _said(bound: filters.FilterSet, name: str, query: QueryDict) -> str:
    """What is asked in readers' words: a record by its title, a value by its label."""
    value = bound.form.cleaned_data.get(name)
    if isinstance(value, Record):
        return str(value)
    if isinstance(bound.filters[name], filters.ChoiceFilter):
        return str(dict(bound.form.fields[name].choices).get(value, value))
    return query.get(name, "")


def _without(query: QueryDict, name: str) -> str:
    rest = query.copy()
    rest.pop(name, None)
    rest.pop("page", None)
    rest.pop("after", None)
    return f"?{rest.urlencode()}"
