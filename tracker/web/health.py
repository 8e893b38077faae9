"""What machines ask: is the process up, where may a crawler go. More is in `operations`."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from tracker.answers.pages import METHODS
from tracker.reading.validating import FRESH

View = Callable[[HttpRequest], HttpResponse]

NO_STORE = {"Cache-Control": "no-store"}


def _asked(view: View) -> View:
    """GET and HEAD only; like every error, the refusal is not to be stored."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS, headers=NO_STORE)
        return view(request)

    return csrf_exempt(guarded)


@_asked
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; the database is not asked."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8", headers=NO_STORE)


@_asked
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be read by everyone; what one reader's link opens is not public."""
    said = "User-agent: *\nDisallow: /admin/\nDisallow: /subscribe/\nAllow: /\n"
    said += f"\nSitemap: {settings.SITE_URL}{reverse('sitemap')}\n"
    return HttpResponse(
        said, content_type="text/plain; charset=utf-8", headers={"Cache-Control": FRESH}
    )
