"""How every public page is answered: rendered without the reader, guarded in one place.

A page is rendered from its content alone, never from the request: it cannot touch the session,
sets no cookie and is the same, byte for byte, for a curator and for a stranger.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache, wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from tracker.answers.cache import unless_known
from tracker.answers.following import Following
from tracker.answers.sharing import Sharing
from tracker.answers.time import Shown
from tracker.reading.asides import aside
from tracker.reading.filtering import BadParameter, only
from tracker.reading.pages.lookup import Gone, Missing
from tracker.reading.pages.told import tell
from tracker.reading.search import Found, suggested
from tracker.records.dates import today
from tracker.records.fields import UNPRINTABLE

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

METHODS = ("GET", "HEAD")
NO_STORE = {"Cache-Control": "no-store"}

#: The order in which a reader meets them: (URL name, label).
SECTIONS = (
    ("labs", "Labs"),
    ("commitments", "Commitments"),
    ("pledges", "Pledges"),
    ("timeline", "Timeline"),
    ("discrepancies", "Disputed"),
    ("sources", "Sources"),
    ("changes", "Changes"),
    ("methodology", "Method"),
)


def page(
    request: HttpRequest,
    template: str,
    *,
    status: int = 200,
    follow: Following | None = None,
    as_of: date | None = None,
    sharing: Sharing | None = None,
    **context: Any,
) -> HttpResponse:
    """Render `template`; errors are not to be stored by any cache.

    `follow` is the slice of the changes that concerns this page, for its feeds; `as_of` the day
    that the page shows, for the banner that says so where it is not today; `sharing` what it gives
    to other sites, of today: a page of another day gives no more than its address.
    """
    sharing = sharing or Sharing()
    path = request.path
    preview = aside(request).preview
    unnamed = preview or aside(request).private
    shared = {
        "site_name": settings.SITE_NAME,
        "preview": preview,
        "canonical": settings.SITE_URL + path if status == 200 and not unnamed else "",
        "path": path,
        "as_of": as_of if as_of and as_of < today() else None,
        "time": Shown(as_of, path, request.GET) if as_of and not unnamed else None,
        "sharing": sharing.of_another_day() if as_of and as_of < today() else sharing,
        "at_home": path == "/",
        "sections": [_section(name, label, path) for name, label in SECTIONS],
        "everything": Following(),
        "follow": follow if follow and follow.chosen and not preview else None,
    }
    headers = NO_STORE if status >= 400 else {}
    return HttpResponse(
        render_to_string(template, shared | context), status=status, headers=headers
    )


def _section(name: str, label: str, path: str) -> dict[str, str]:
    url = _address(name)
    current = "page" if path == url else "true" if path.startswith(url) else ""
    return {"url": url, "label": label, "current": current}


_address = lru_cache(reverse)


def public(view: View[P]) -> View[P]:
    """Guard a page that takes no query: GET and HEAD only, every refusal in words, and nothing made
    for whoever has it already."""
    return _guarded(view, takes_query=False)


def public_list(view: View[P]) -> View[P]:
    """As `public`, for a page that checks its query itself."""
    return _guarded(view, takes_query=True)


def _guarded(view: View[P], takes_query: bool) -> View[P]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in METHODS:
            answer = page(request, "405.html", status=405)
            answer["Allow"] = ", ".join(METHODS)
            return answer
        try:
            if not takes_query:
                only(request.GET)
            return unless_known(request, lambda: view(request, *args, **kwargs))
        except BadParameter as error:
            return bad_parameter(request, error)
        except Gone as error:
            told = tell(error.change) if error.change else None
            return not_there(request, error.noun, status=410, told=told)
        except Missing as error:
            return not_there(request, error.noun)

    # Nothing is written here, so there is nothing to forge: a POST is refused as such, with 405.
    return csrf_exempt(guarded)


def for_machines(view: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Guard what machines ask about the site itself: GET and HEAD only, refused without a page."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS, headers=NO_STORE)
        return view(request)

    return csrf_exempt(guarded)


def not_there(request: HttpRequest, noun: str, *, status: int = 404, **told: Any) -> HttpResponse:
    """The page of an address where nothing stands, or no more: what its words might have meant."""
    words, found = "", list[Found]()
    if not aside(request).private:  # its address may hold a token
        words, found = suggested(request.path)
    return page(
        request, f"{status}.html", status=status, noun=noun, words=words, suggested=found, **told
    )


def bad_parameter(request: HttpRequest, error: BadParameter) -> HttpResponse:
    """The page that names the parameter and says what is allowed."""
    name = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", error.name)
    message = str(error).removeprefix(f"{error.name}: ")
    return page(request, "400.html", status=400, name=name, message=message, path=request.path)
