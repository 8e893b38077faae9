"""How an address of the API is answered: not made again for whoever has it, refused in JSON.

    @served(read)
    def view(request, wanted): ...

`read` reads the address and the query, and may raise BadParameter, Missing and Gone. The view then
makes the answer.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tracker.answers.cache import unless_known
from tracker.answers.crossing import ALLOWED, View, read_by_other_sites
from tracker.answers.pages import METHODS
from tracker.answers.problems import encoded, problem
from tracker.reading.filtering import BadParameter
from tracker.reading.pages.lookup import Gone, Missing

T = TypeVar("T")


def served(read: Callable[..., T]) -> Callable[[Callable[[HttpRequest, T], HttpResponse]], View]:
    """Guard a view of the API: GET and HEAD alone, for everybody, 304 without rendering.

    `read` is given the request and what the address names.
    """

    def decorate(view: Callable[[HttpRequest, T], HttpResponse]) -> View:
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return unless_known(request, lambda: view(request, read(request, *args, **kwargs)))

        return shared(answer)

    return decorate


def shared(view: View) -> View:
    """Every refusal in JSON, and every answer for pages of other sites too."""

    @read_by_other_sites(asks="Accept, If-Modified-Since, If-None-Match", told="ETag, Link")
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _answered(view, request, *args, **kwargs)

    return guarded


def _answered(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    if request.method not in METHODS:
        refused = problem(request, 405, f"The API is read with {' or '.join(METHODS)}.")
        refused["Allow"] = ALLOWED
        return refused
    try:
        return view(request, *args, **kwargs)
    except BadParameter as error:
        return problem(request, 400, str(error), parameter=error.name)
    except SuspiciousOperation:
        return problem(request, 400, "The request could not be read: it has too many parameters.")
    except Gone as error:
        return _gone(request, error)
    except Missing as error:
        return problem(request, 404, str(error))


def _gone(request: HttpRequest, error: Gone) -> HttpResponse:
    """Retracted: the entry of the log that says so, and why."""
    if error.change is None:
        return problem(request, 410, str(error))
    path = reverse("api-detail", kwargs={"noun": "changes", "slug": error.change.sequence})
    url = settings.SITE_URL + path
    return problem(request, 410, f"{error} The entry of the log at {url} says why.", change=url)


def json_answer(content: Any) -> HttpResponse:
    """The content as JSON in UTF-8."""
    return HttpResponse(encoded(content), content_type="application/json")
