"""What a subscription follows, and the entries of the log that fall within it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict

from tracker.changes.kinds import Kind, Significance
from tracker.changes.models import ChangeTopic
from tracker.changes.topics import topic
from tracker.commitments.enums import Category
from tracker.commitments.models import Commitment, Pledge
from tracker.labs.models import Lab
from tracker.reading.filtering import strict
from tracker.reading.filters import ChangeFilter
from tracker.reading.history import topics
from tracker.records.models import State
from tracker.subscriptions.models import Subscription, narrowest

FOLLOWED = ("commitment", "pledge", "lab")
COLUMNS = (*FOLLOWED, "category", "kind")
#: Each significance with those that matter at least as much.
AND_ABOVE: Mapping[str, tuple[str, ...]] = {
    Significance.MAJOR: (Significance.MAJOR,),
    Significance.MINOR: (Significance.MAJOR, Significance.MINOR),
    Significance.EDITORIAL: tuple(Significance),
}


FLOORS: Mapping[str, str] = {
    Significance.EDITORIAL: "every change, however small",
    Significance.MINOR: "minor and major changes",
    Significance.MAJOR: "major changes only",
}

#: (noun, slug) -> the record's name.
Names = Mapping[tuple[str, str], str]


class Scoped(Protocol):
    """A scope, or a subscription, which has the same columns."""

    @property
    def lab(self) -> str: ...
    @property
    def commitment(self) -> str: ...
    @property
    def pledge(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True)
class Scope:
    """A slice of the log, by slugs and values; "" is all."""

    lab: str = ""
    commitment: str = ""
    pledge: str = ""
    category: str = ""
    kind: str = ""


def columns(scope: Scoped) -> dict[str, str]:
    """The columns that make a scope, by name."""
    return {name: getattr(scope, name) for name in COLUMNS}


def read_scope(query: QueryDict) -> tuple[Scope, str]:
    """The scope and the floor that a query of `/changes/` asks for. Raises BadParameter."""
    chosen = strict(ChangeFilter, query, topics(), also=frozenset()).form.cleaned_data
    slugs = {name: getattr(chosen[name], "slug", "") for name in FOLLOWED}
    scope = Scope(**slugs, category=chosen["category"] or "", kind=chosen["kind"] or "")
    return scope, chosen["significance"] or Significance.EDITORIAL


def query_of(scope: Scoped) -> str:
    """The scope as the end of an address: “?lab=example-lab”, or ""."""
    chosen = {name: value for name, value in columns(scope).items() if value}
    return f"?{urlencode(sorted(chosen.items()))}" if chosen else ""


def names_of(scopes: Iterable[Scoped]) -> Names:
    """The names of the records that these scopes name, retracted ones included; not of drafts."""
    scopes = list(scopes)
    names: dict[tuple[str, str], str] = {}
    models: tuple[tuple[str, Any, str], ...] = (
        ("commitment", Commitment, "title"),
        ("pledge", Pledge, "title"),
        ("lab", Lab, "name"),
    )
    for noun, model, name in models:
        if slugs := {slug for scope in scopes if (slug := getattr(scope, noun))}:
            rows = model._default_manager.filter(slug__in=slugs, state__in=_NAMED)
            names |= {(noun, slug): said for slug, said in rows.values_list("slug", name)}
    return names


_NAMED = (State.PUBLISHED, State.RETRACTED)


def in_words(scope: Scoped, names: Names) -> str:
    """“changes about Example Lab, in the category transparency”."""
    about = [
        said if noun == "lab" else f"the {noun} “{said}”"
        for noun in FOLLOWED
        if (slug := getattr(scope, noun))
        for said in (names.get((noun, slug), slug),)
    ]
    parts = [f"about {' and '.join(about)}"] if about else []
    if scope.category:
        parts.append(f"in the category {Category(scope.category).label}")
    if scope.kind:
        parts.append(f"of the kind “{Kind(scope.kind).label}”")
    return f"changes {', '.join(parts) or 'to the whole record'}"


def in_short(scope: Scoped, names: Names) -> str:
    """The name that stands for the scope in a subject: the narrowest record's, or the site's."""
    for noun in FOLLOWED:
        if slug := getattr(scope, noun):
            return names.get((noun, slug), slug)
    if scope.category:
        return str(Category(scope.category).label)
    return str(Kind(scope.kind).label) if scope.kind else settings.SITE_NAME


def filed_within(subscription: Subscription) -> QuerySet[ChangeTopic]:
    """The topic rows of every entry within the subscription's scope, oldest first."""
    slugs = {noun: getattr(subscription, noun) for noun in FOLLOWED}
    first = narrowest(**slugs)
    rows = ChangeTopic.objects.filter(topic=first)
    for other in (topic(noun, slug) for noun, slug in slugs.items() if slug):
        if other != first:
            also = ChangeTopic.objects.filter(topic=other, sequence=OuterRef("sequence"))
            rows = rows.filter(Exists(also))
    alike: dict[str, Any] = {
        name: value for name in ("category", "kind") if (value := getattr(subscription, name))
    }
    if subscription.floor != Significance.EDITORIAL:
        alike["significance__in"] = AND_ABOVE[subscription.floor]
    return rows.filter(**alike).order_by("sequence")


def news(subscription: Subscription, most: int, until: int | None = None) -> tuple[list[int], int]:
    """Sequences of the oldest entries not yet told, at most `most`, and the cursor after them.

    Up to `until`, or up to what woke the subscription.
    """
    until = subscription.wake if until is None else until
    rows = filed_within(subscription).filter(sequence__gt=subscription.cursor, sequence__lte=until)
    found = list(rows.values_list("sequence", flat=True)[:most])
    return found, found[-1] if len(found) == most else max(until, subscription.cursor)
