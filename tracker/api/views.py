"""The lists of the API, one item of each, its index, and addresses that lead nowhere."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, QueryDict
from django.urls import Resolver404, resolve, reverse

from tracker.answers.sharing import LICENCE
from tracker.api.cursors import after_cursor, cursor_of
from tracker.api.nouns import AFTER, CURSOR, FIELDS, LIMIT, NOUNS, Noun
from tracker.api.serving import json_answer, served, shared
from tracker.changes.models import Change
from tracker.reading.filtering import AS_OF, BadParameter, day_asked, only, strict
from tracker.reading.keyset import Walk, few_or_walked, rows_of
from tracker.reading.pages.lookup import Missing, one
from tracker.reading.pages.told import LARGEST
from tracker.records.dates import today
from tracker.records.models import Record

ITEMS, MOST = 50, 200
FEW = 1_000  # found rows that are put in order, and not walked

Item = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What a request asks for: of which noun, as of which day, which fields of an item."""

    noun: Noun
    day: date
    fields: tuple[str, ...]

    def shape(self, rows: Any) -> list[Item]:
        """The rows as items, of the fields asked for; without any asked for, whole."""
        items = self.noun.shape(rows, self.day)
        if not self.fields:
            return items
        return [{name: item[name] for name in self.fields} for item in items]


@dataclass(frozen=True)
class Part:
    """A part of a list: its rows, at most `limit` of them and one more, which is not shown."""

    wanted: Wanted
    rows: QuerySet[Any]
    limit: int
    walk: Walk | None = None  # of all but the log


# --- A list --------------------------------------------------------------------------------------


def _list_asked(request: HttpRequest, noun: Noun) -> Part:
    query = request.GET
    own = {*noun.paging, FIELDS, *([AS_OF] if noun.takes_as_of else [])}
    day = day_asked(query) if noun.takes_as_of else today()
    listed = noun.listed
    rows = listed.found(day) if listed else noun.rows(day)
    bound = strict(noun.filterset, query, rows, frozenset(own))
    wanted = Wanted(noun, day, _fields(noun, query))
    limit = _limit(query)
    if noun.is_log:
        return Part(wanted, _after(bound.qs, query), limit)
    rows = bound.qs
    if listed:
        rows, _ = few_or_walked(rows, bound.filter_queryset(listed.walked(day)), FEW)
    walk = Walk(rows)
    return Part(wanted, after_cursor(walk, noun, query), limit, walk)


@served(_list_asked)
def items(request: HttpRequest, part: Part) -> HttpResponse:
    """One page of a list, and the address of the next."""
    if part.walk is None:
        rows = list(part.rows[: part.limit + 1])
        places = [(row.sequence, row.sequence) for row in rows]
    else:
        places = part.walk.places(part.rows, part.limit + 1)
        rows = rows_of(part.walk.rows, [pk for pk, _ in places[: part.limit]])
        if part.wanted.noun.listed:
            rows = part.wanted.noun.listed.whole(rows, part.wanted.day)
    more = _next(request, part, places[part.limit - 1][1]) if len(places) > part.limit else None
    answer = json_answer({"results": part.wanted.shape(rows[: part.limit]), "next": more})
    if more:
        answer["Link"] = f'<{more}>; rel="next"'
    return answer


def _next(request: HttpRequest, part: Part, place: Any) -> str:
    """The address of the part after the row at `place`: of the log its number."""
    noun = part.wanted.noun
    query = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        if any(values):
            query.setlist(name, values)
    if part.walk is None:
        query[AFTER] = str(place)
    else:
        query[CURSOR] = cursor_of(noun, request.GET, place)
    path = reverse("api-list", kwargs={"noun": noun.name})
    return f"{settings.SITE_URL}{path}?{query.urlencode()}"


def _limit(query: QueryDict) -> int:
    text = query.get(LIMIT, "") or str(ITEMS)
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text) or int(text) > MOST:
        raise BadParameter(LIMIT, f"must be a whole number from 1 to {MOST}, such as limit={MOST}.")
    return int(text)


def _after(rows: QuerySet[Any], query: QueryDict) -> QuerySet[Any]:
    text = query.get(AFTER, "") or "0"
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text) or int(text) > LARGEST:
        raise BadParameter(AFTER, "must be the sequence of an entry: a whole number from 0.")
    return rows.filter(sequence__gt=int(text)).order_by("sequence")


def _fields(noun: Noun, query: QueryDict) -> tuple[str, ...]:
    text = query.get(FIELDS, "")
    if not text:
        return ()
    known = noun.schema()["properties"]
    names = dict.fromkeys(text.split(","))
    for name in names:
        if name not in known:
            said = f"{name[:60]!r} is no field of a {noun.noun}. They are: {', '.join(known)}."
            raise BadParameter(FIELDS, said)
    return tuple(names)


# --- One item ------------------------------------------------------------------------------------


def _item_asked(request: HttpRequest, noun: Noun, slug: str) -> tuple[Wanted, Model]:
    only(request.GET, *([AS_OF] if noun.takes_as_of else []), FIELDS)
    day = day_asked(request.GET) if noun.takes_as_of else today()
    wanted = Wanted(noun, day, _fields(noun, request.GET))
    return wanted, _entry(slug) if noun.is_log else _record(noun, day, slug)


@served(_item_asked)
def item(request: HttpRequest, found: tuple[Wanted, Model]) -> HttpResponse:
    """One item, whole or slimmed."""
    wanted, row = found
    return json_answer(wanted.shape([row])[0])


class NotYet(Missing):
    """It is on record, but was not there yet on the day that was asked for."""

    def __str__(self) -> str:
        return f"This {self.noun} was not there yet on the day that {AS_OF} asks for."


def _record(noun: Noun, day: date, slug: str) -> Record:
    try:
        found: Record = one(noun.rows(day), slug)
    except Missing:
        if day < today() and noun.rows(today()).filter(slug=slug).exists():
            raise NotYet(noun.noun) from None
        raise
    return found


def _entry(slug: str) -> Change:
    found = None
    if re.fullmatch(r"[1-9][0-9]{0,18}", slug) and int(slug) <= LARGEST:
        found = Change.objects.filter(sequence=int(slug)).first()
    if found is None:
        raise Missing("change")
    return found


# --- The index, and everything else --------------------------------------------------------------


def _index_asked(request: HttpRequest) -> None:
    only(request.GET)


@served(_index_asked)
def index(request: HttpRequest, wanted: None) -> HttpResponse:
    """Where everything is."""
    return json_answer(
        {
            "name": settings.SITE_NAME,
            "lists": {name: _address("api-list", noun=name) for name in NOUNS},
            "openapi": _address("openapi"),
            "docs": _address("api-docs"),
            "data": _address("data"),
            "license": LICENCE,
        }
    )


def _address(name: str, **kwargs: str) -> str:
    return settings.SITE_URL + reverse(name, kwargs=kwargs)


@shared
def nowhere(request: HttpRequest) -> HttpResponse:
    """An address below /api/ that is none, or one that lacks its last slash."""
    path = request.path_info
    if not path.endswith("/") and _leads_somewhere(f"{path}/"):
        return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))
    raise Missing("address")


def _leads_somewhere(path: str) -> bool:
    try:
        return resolve(path).func is not nowhere
    except Resolver404:
        return False
