"""What machines ask: is the process up, is the record readable, where may a crawler go."""

import logging
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from tracker.answers.pages import METHODS
from tracker.changes.continuity import find_break
from tracker.changes.log import head_sequence

View = Callable[[HttpRequest], HttpResponse]

NO_STORE = {"Cache-Control": "no-store"}

logger = logging.getLogger(__name__)


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
def readyz(request: HttpRequest) -> HttpResponse:
    """The log's head can be read and continues its newest checkpoint; or 503 and a sentence."""
    try:
        sequence = head_sequence()
        if (broken := find_break(sequence)) is None:
            return JsonResponse({"sequence": sequence}, headers=NO_STORE)
        said = broken.sentence
    except (Error, ObjectDoesNotExist) as error:
        logger.warning("not ready: %s", error)
        said = "The database does not answer, or holds no log yet."
    return HttpResponse(
        said, status=503, content_type="text/plain; charset=utf-8", headers=NO_STORE
    )


@_asked
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be read by everyone; what one reader's link opens is not public."""
    said = "User-agent: *\nDisallow: /admin/\nDisallow: /subscribe/\nAllow: /\n"
    said += f"\nSitemap: {settings.SITE_URL}{reverse('sitemap')}\n"
    return HttpResponse(said, content_type="text/plain; charset=utf-8")
