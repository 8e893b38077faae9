"""What machines ask: is the process up, is the record readable, where may a crawler go."""

import logging

from django.core.exceptions import ObjectDoesNotExist
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from tracker.changes.log import head_sequence

NO_STORE = {"Cache-Control": "no-store"}

logger = logging.getLogger(__name__)


@csrf_exempt
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; the database is not asked."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8", headers=NO_STORE)


@csrf_exempt
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and the log's head can be read: its sequence, or 503 and a sentence."""
    try:
        return JsonResponse({"sequence": head_sequence()}, headers=NO_STORE)
    except (Error, ObjectDoesNotExist) as error:
        logger.warning("not ready: %s", error)
    said = "The database does not answer, or holds no log yet."
    return HttpResponse(
        said, status=503, content_type="text/plain; charset=utf-8", headers=NO_STORE
    )


@csrf_exempt
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be read by everyone."""
    said = "User-agent: *\nDisallow: /admin/\nAllow: /\n"
    return HttpResponse(said, content_type="text/plain; charset=utf-8")
