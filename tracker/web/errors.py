"""What Django itself refuses, in the same words and on the same page as the rest."""

import logging
import sys

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from tracker.answers.limits import too_large
from tracker.answers.outage import unavailable
from tracker.answers.pages import not_there, page
from tracker.answers.problems import API, problem
from tracker.records.trouble import trouble

#: Of its own: a line in some seconds says it (settings.LOGGING).
outages = logging.getLogger("tracker.outage")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django could not accept: too many parameters, too much, an unknown host."""
    if request.path_info.startswith(API):
        return problem(request, 400, "The request could not be read.")
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return page(request, "400.html", status=400, name="", path="/")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere."""
    if request.path_info.startswith(API):
        return problem(request, 404, "There is no such address.")
    return not_there(request, "page")


def failed(request: HttpRequest) -> HttpResponse:
    """Whatever nobody else has caught: a trouble of the database, said as such; or our mistake.

    Django calls it while the error is being handled.
    """
    error = sys.exception()
    if kind := trouble(error):
        outages.warning("%s: %s", kind.name, " ".join(str(error).split()))
        answer = unavailable(request, kind)
        # or Django would log a traceback for every request of an outage
        answer._has_been_logged = True  # type: ignore[attr-defined]
        return answer
    if request.path_info.startswith(API):
        return problem(request, 500, "Something went wrong on our side. Nothing was changed.")
    return HttpResponse(
        render_to_string("500.html"), status=500, headers={"Cache-Control": "no-store"}
    )
