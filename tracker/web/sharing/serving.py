"""How what other sites show is answered: validated like a feed, and open to every other site."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition

from tracker.answers.pages import public_list
from tracker.reading.filtering import only
from tracker.reading.validating import FRESH, etag, head_of, last_modified

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def shared(*parameters: str) -> Callable[[View[P]], View[P]]:
    """Guard a view whose query may hold these parameters, which it reads itself.

    GET and HEAD only; 304 without rendering; refusals are pages in words that no cache keeps.
    """

    def decorate(view: View[P]) -> View[P]:
        @public_list
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            only(request.GET, *parameters)
            return validated(view)(request, *args, **kwargs)

        return guarded

    return decorate


def validated(view: View[P]) -> View[P]:
    """Answer whoever has the newest already with 304, and let any site and cache have the rest."""
    conditional = condition(etag_func=etag, last_modified_func=last_modified)(view)

    @wraps(view)
    def fresh(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        head_of(request)  # before the content: it may be newer than its validators, never older
        answer = conditional(request, *args, **kwargs)
        answer["Cache-Control"] = FRESH if answer.status_code < 400 else "no-store"
        answer["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer

    return fresh
