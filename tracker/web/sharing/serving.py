"""How what other sites show is answered: open to every other site."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import public_list
from tracker.reading.filtering import only

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def shared(*parameters: str) -> Callable[[View[P]], View[P]]:
    """Guard a view whose query may hold these parameters, which it reads itself.

    GET and HEAD only; refusals are pages in words that no cache keeps.
    """

    def decorate(view: View[P]) -> View[P]:
        @public_list
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            only(request.GET, *parameters)
            return view(request, *args, **kwargs)

        return for_every_site(guarded)

    return decorate


def for_every_site(view: View[P]) -> View[P]:
    """Let scripts of any site read what the view answers; that any may show it is said, by its
    address, in `answers.headers`."""

    @wraps(view)
    def opened(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        if answer.status_code < 400:
            answer["Access-Control-Allow-Origin"] = "*"
        return answer

    return opened
