"""What the links in letters open: confirming, managing, stopping. GET shows, only a POST acts."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from tracker.answers.pages import page
from tracker.answers.private import private
from tracker.letters.tokens import about_of
from tracker.reading.filtering import BadParameter, only
from tracker.subscriptions import opting
from tracker.subscriptions.models import Reader, Standing, Subscription
from tracker.subscriptions.pages import RhythmForm
from tracker.subscriptions.scopes import FLOORS, in_words, names_of, query_of, read_scope

NOT_AN_ADDRESS = (
    "Paste the address of a lab, a commitment, a pledge or a list of changes of this site, like "
    "/labs/example-lab/."
)
TOO_MUCH = (
    f"you follow {opting.MOST_FOLLOWED} things already, as many as one address may. Stop one of "
    "them first, or follow more at once, such as all of a lab."
)


@private
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What waits to be confirmed; a POST follows what is ticked."""
    only(request.GET)
    reader = opting.reader_of(opting.CONFIRM, token)
    if reader is None:
        return unknown(request)
    if request.method == "POST":
        opting.confirm(
            reader, shown=request.POST.getlist("shown"), chosen=request.POST.getlist("follow")
        )
        if not Reader.objects.filter(pk=reader.pk).exists():
            return page(request, "subscribe/forgotten.html")
    waiting = [] if request.method == "POST" else opting.waiting_of(reader)
    return page(
        request,
        "subscribe/confirm.html",
        reader=reader,
        waiting=_told(waiting),
        followed=_told(each for each in opting.followed_by(reader) if each not in waiting),
        manage=reverse("manage", args=[opting.manage_token(reader)]),
        done=request.method == "POST",
    )


@private
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """Everything that an address follows, and what can be done about it."""
    only(request.GET)
    reader = opting.reader_of(opting.MANAGE, token)
    if reader is None:
        return unknown(request)
    done, error, typed = "", "", ""
    if request.method == "POST":
        if request.POST.get("do") == "forget":
            opting.forget(reader)
        else:
            try:
                done = _act(reader, request.POST)
            except BadParameter as refused:
                error, typed = str(refused), request.POST.get("address", "")[:500]
        if not Reader.objects.filter(pk=reader.pk).exists():
            return page(request, "subscribe/forgotten.html")
    return page(
        request,
        "subscribe/manage.html",
        status=400 if error else 200,
        reader=reader,
        followed=_told(opting.followed_by(reader), forms=True),
        done=done,
        error=error,
        typed=typed,
        new=RhythmForm(auto_id="new_%s", initial={"significance": next(iter(FLOORS))}),
    )


@private
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """End one subscription; also by a mail program, with one POST and nobody looking (RFC 8058).

    A link that has done it already answers in the same way again.
    """
    about = about_of(opting.STOP, token)
    if about is None:
        return unknown(request)
    rows = Subscription.objects.filter(pk=about, reader__isnull=False)
    subscription = rows.select_related("reader").first()
    if request.method != "POST" and subscription is not None:
        return page(request, "subscribe/stop.html", told=_told([subscription])[0])
    if request.method == "POST" and subscription is not None:
        opting.stop(subscription)
    return page(request, "subscribe/stopped.html")


def unknown(request: HttpRequest) -> HttpResponse:
    """Expired, used up, never given: they cannot be told apart."""
    return page(request, "subscribe/unknown.html", status=404)


def read_address(text: str) -> tuple[Any, str]:
    """The scope of a page of this site, by its address, and the floor, if the address names one.

    Raises BadParameter.
    """
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        parts = urlsplit("")
    if parts.netloc not in ("", urlsplit(settings.SITE_URL).netloc):
        raise BadParameter("address", NOT_AN_ADDRESS)
    if found := re.fullmatch(r"/(lab|commitment|pledge)s/([\w-]+)/", parts.path):
        query = QueryDict(mutable=True)
        query[found[1]] = found[2]
        return read_scope(query)[0], ""
    if parts.path in (reverse("changes"), reverse("subscribe")):
        query = QueryDict(parts.query, mutable=True)
        query.pop("page", None)
        scope, floor = read_scope(query)
        return scope, floor if query.get("significance") else ""
    raise BadParameter("address", NOT_AN_ADDRESS)


def _act(reader: Reader, posted: QueryDict) -> str:
    """Do what was asked; what was done, in words, or "" for nothing. Raises BadParameter."""
    do = posted.get("do", "")
    if do == "add":
        scope, floor = read_address(posted.get("address", ""))
        form = RhythmForm(posted.dict() | ({"significance": floor} if floor else {}))
        if not form.is_valid():
            raise BadParameter("How often", "choose how often.")
        given = form.cleaned_data
        if not opting.add(reader, scope, given["cadence"], given["significance"]):
            raise BadParameter("address", TOO_MUCH)
        return f"You now follow {in_words(scope, names_of([scope]))}."
    subscription = next(
        (each for each in opting.followed_by(reader) if str(each.pk) == posted.get("which")), None
    )
    if subscription is None:
        return ""
    words = in_words(subscription, names_of([subscription]))
    if do == "stop":
        opting.stop(subscription)
        return f"Stopped: {words}."
    if do == "resume" and subscription.standing == Standing.PAUSED:
        opting.resume(subscription)
        return f"Resumed: {words}."
    form = RhythmForm(posted)
    if do != "change" or not form.is_valid():
        return ""
    opting.change(subscription, form.cleaned_data["cadence"], form.cleaned_data["significance"])
    return f"Changed: {words}."


def _told(subscriptions: Any, forms: bool = False) -> list[dict[str, Any]]:
    """Subscriptions with their words and, if asked, the form that changes each."""
    rows: list[Subscription] = list(subscriptions)
    names = names_of(rows)
    return [
        {
            "subscription": row,
            "words": in_words(row, names),
            "floor": FLOORS[row.floor],
            "query": query_of(row),
            "form": RhythmForm(
                auto_id=f"s{number}_%s",
                initial={"cadence": row.cadence, "significance": row.floor},
            )
            if forms
            else None,
        }
        for number, row in enumerate(rows)
    ]
