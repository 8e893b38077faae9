"""Pages that one reader's link opens, and forms that a stranger may post.

They keep no session and set no cookie: a token in the address, or nothing at all, is the whole
authority, so there is none for another site to borrow and a CSRF token would guard nothing. What
comes from another site's page is refused all the same. GET never acts; only a POST does.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from tracker.answers.pages import bad_parameter, page
from tracker.reading.asides import aside
from tracker.reading.filtering import BadParameter

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

TAKEN = ("GET", "HEAD", "POST")
#: Not kept, not indexed, and the address is told to no page that a link leads to.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


def private(view: View[P]) -> View[P]:
    """Guard such a page: its methods, where a POST may come from, and what may be kept of it."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        aside(request).private = True  # so that `page` names its address nowhere
        answer = _answer(request, *args, **kwargs)
        for name, value in HEADERS.items():
            answer[name] = value
        return answer

    def _answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in TAKEN:
            answer = page(request, "405.html", status=405)
            answer["Allow"] = ", ".join(TAKEN)
            return answer
        if request.method == "POST" and is_foreign(request):
            return page(request, "403.html", status=403)
        try:
            return view(request, *args, **kwargs)
        except BadParameter as error:
            return bad_parameter(request, error)

    return csrf_exempt(guarded)


def by_token(before: str, view: Callable[..., HttpResponse], name: str) -> list[URLPattern]:
    """Such a page at its address, and at that without the last slash.

    A redirect from the one to the other would hold the token, and be kept.
    """
    return [path(f"{before}<str:token>/", view, name=name), path(f"{before}<str:token>", view)]


def is_foreign(request: HttpRequest) -> bool:
    """True where a browser says that another site's page sent this.

    Mail programs that unsubscribe with one click send neither header.
    """
    if request.headers.get("Sec-Fetch-Site", "none") in ("cross-site", "same-site"):
        return True
    origin = request.headers.get("Origin")
    site = urlsplit(settings.SITE_URL)
    # the host that was asked is one of ALLOWED_HOSTS, or nothing had been answered at all
    own = (f"{site.scheme}://{site.netloc}", f"{request.scheme}://{request.get_host()}", "null")
    return origin is not None and origin not in own
