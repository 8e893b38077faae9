"""What pages of other sites may read too: all of it, for nothing of it depends on who asks."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from tracker.answers.pages import METHODS

ALLOWED = ", ".join((*METHODS, "OPTIONS"))

View = Callable[..., HttpResponse]


def read_by_other_sites(*, asks: str, told: str) -> Callable[[View], View]:
    """Let scripts of any page read every answer of a view, refusals too (Fetch Standard).

    `asks` are the headers with which a request may be more than a plain GET; `told` are those of
    the answer that a script is shown beside those that it always is.
    """
    preflight = {
        "Access-Control-Allow-Methods": ", ".join(METHODS),
        "Access-Control-Allow-Headers": asks,
        "Access-Control-Max-Age": "86400",
        "Allow": ALLOWED,
    }

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "OPTIONS":
                given = HttpResponse(status=204, headers=preflight)
            else:
                given = view(request, *args, **kwargs)
            given["Access-Control-Allow-Origin"] = "*"
            given["Access-Control-Expose-Headers"] = told
            return given

        # nothing is written here, so there is nothing to forge: a POST is refused as such, by 405
        return csrf_exempt(guarded)

    return decorate
