"""What cannot be answered, as JSON: problem details (RFC 9457)."""

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

TYPE = "application/problem+json"

#: Every address below is answered in JSON, also where it leads nowhere.
API = "/api/"


def problem(request: HttpRequest, status: int, detail: str, **more: Any) -> HttpResponse:
    """The refusal of a request, not to be stored by any cache.

    The title is that of the status, as the RFC asks of problems without a type of their own.
    """
    told = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": escape_uri_path(request.path),
    }
    return HttpResponse(
        encoded(told | more),
        status=status,
        content_type=TYPE,
        headers={"Cache-Control": "no-store"},
    )


def encoded(value: Any) -> bytes:
    """JSON in UTF-8, letters as they are; half a surrogate, which UTF-8 has not, as an escape."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace")
