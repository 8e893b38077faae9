"""What filters are made of: parameters that refuse what they cannot read, and say which it was."""

from copy import copy
from datetime import date
from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.http import QueryDict

from tracker.records.dates import today
from tracker.records.fields import choices, refuse_unprintable_in_line
from tracker.records.models import State

SEARCH_LENGTH = 200  # characters

#: The parameter of the pages that show the world as of a day.
AS_OF = "as_of"


class BadParameter(Exception):
    """A query parameter that is unknown or malformed; `name` says which, the message why."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(f"{name}: {message}")


def day_asked(query: QueryDict) -> date:
    """The day that `?as_of=` asks for, today where it does not. Raises BadParameter for a day that
    is none, and for one that lies ahead: nothing is known of it."""
    text = query.get(AS_OF, "")
    if not text:
        return today()
    try:
        # isoformat of what was read: fromisoformat alone would take 20240517 and 2024-W20-5 too
        day = date.fromisoformat(text)
        if day.isoformat() != text:
            raise ValueError(text)
    except ValueError:
        raise BadParameter(AS_OF, "must be a day such as as_of=2024-05-17.") from None
    if day > today():
        raise BadParameter(AS_OF, f"lies ahead: today is {today().isoformat()} at UTC−12.")
    return day


def only(query: QueryDict, *names: str) -> None:
    """Raise BadParameter for any parameter but these, and for one given twice."""
    for name in query:
        if name not in names:
            takes = f"It takes: {', '.join(names)}." if names else "It takes none."
            raise BadParameter(name[:60], f"is not a parameter of this page. {takes}")
        if len(query.getlist(name)) > 1:
            raise BadParameter(name, "is given more than once.")


def strict(
    filterset: type[filters.FilterSet],
    data: QueryDict,
    queryset: QuerySet[Any],
    also: frozenset[str] = frozenset({"page", "after"}),
) -> filters.FilterSet:
    """The bound FilterSet. Raises BadParameter for a parameter it does not know or cannot read.

    `also` are the parameters that the caller reads itself.
    """
    only(data, *sorted({*filterset.base_filters, *also}))
    bound = filterset(data, queryset=queryset)
    if not bound.is_valid():
        name, errors = next(iter(bound.form.errors.items()))
        raise BadParameter(name, " ".join(str(error) for error in errors))
    return bound


class Light:
    """A filter is copied for every request. Nothing in it is changed but `extra`, at its own level,
    and only its method knows the filter that it is of."""

    def __deepcopy__(self, memo: Any) -> Any:
        twin: Any = copy(self)
        twin.extra = dict(twin.extra)
        twin.method = twin.method  # bound anew
        return twin


class Slug(Light, filters.ModelChoiceFilter):
    """Choose a published record by its slug; where `retracted`, also one that was published once.

    The log goes on telling of those, and whoever follows one must hear of its end.
    """

    def __init__(self, model: Any, *, retracted: bool = False, **kwargs: Any) -> None:
        noun = str(model._meta.verbose_name)
        kwargs.setdefault("empty_label", "all")
        states = (State.PUBLISHED, State.RETRACTED) if retracted else (State.PUBLISHED,)
        super().__init__(
            queryset=lambda request: model._default_manager.filter(state__in=states),
            to_field_name="slug",
            error_messages={"invalid_choice": f"There is no {noun} of this name."},
            **kwargs,
        )


class Choice(Light, filters.ChoiceFilter):
    """Choose one value of an enumeration, or of a list of values with their labels."""

    def __init__(self, values: Any, **kwargs: Any) -> None:
        named = values.choices if hasattr(values, "choices") else values
        if not isinstance(named, list):
            named = choices(named)
        known = ", ".join(value for value, _ in named)
        super().__init__(
            choices=named,
            empty_label="all",
            error_messages={"invalid_choice": f"Choose one of: {known}."},
            **kwargs,
        )


class YesNo(Light, filters.ChoiceFilter):
    """true or false, and nothing that merely looks like them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("true", "yes"), ("false", "no")],
            empty_label="all",
            error_messages={"invalid_choice": "Choose true or false."},
            **kwargs,
        )

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Nothing chosen filters nothing."""
        return qs.filter(**{self.field_name: value == "true"}) if value else qs


class Words(Light, filters.CharFilter):
    """Text that must occur, in any case, in one of `columns`; every word of it somewhere.

    `quoted` names a quotation whose words count too, while they are published.
    """

    def __init__(self, columns: tuple[str, ...], *, quoted: str = "", **kwargs: Any) -> None:
        self.columns, self.quoted = columns, quoted
        super().__init__(
            max_length=SEARCH_LENGTH, validators=[refuse_unprintable_in_line], **kwargs
        )

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Every word narrows the list."""
        for word in value.split()[:20]:
            anywhere = Q()
            for column in self.columns:
                anywhere |= Q(**{f"{column}__icontains": word})
            if self.quoted:  # whoever cannot read the words cannot find them out by asking either
                anywhere |= Q(
                    **{
                        f"{self.quoted}__exact__icontains": word,
                        f"{self.quoted}__state": State.PUBLISHED,
                    }
                )
            qs = qs.filter(anywhere)
        return qs


class Sort(Light, filters.ChoiceFilter):
    """One order out of a few, each made total by the slug so that pages never overlap."""

    def __init__(self, orders: dict[str, tuple[tuple[Any, ...], str]], **kwargs: Any) -> None:
        self.orders = orders
        named = [(name, label) for name, (_, label) in orders.items()]
        known = ", ".join(orders)
        super().__init__(
            choices=named,
            empty_label=None,
            error_messages={"invalid_choice": f"Choose one of: {known}."},
            **kwargs,
        )

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The first order where none is chosen."""
        columns, _ = self.orders[value or next(iter(self.orders))]
        return qs.order_by(*columns)
