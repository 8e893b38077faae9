"""How a feed is answered: not made again for whoever has it, refused in plain words."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from tracker.answers.cache import unless_known
from tracker.answers.pages import METHODS
from tracker.feeds.text import clean
from tracker.reading.filtering import BadParameter

T = TypeVar("T")
View = Callable[[HttpRequest], HttpResponse]
Reading = Callable[[HttpRequest], T]


class Refused(Exception):
    """What the query asks for is answered otherwise than by a feed."""

    def __init__(self, answer: HttpResponse) -> None:
        self.answer = answer
        super().__init__(answer.status_code)


def served(read: Reading[T]) -> Callable[[Callable[[HttpRequest, T], HttpResponse]], View]:
    """Guard a feed: GET and HEAD only, 304 without rendering, and no cache keeps a refusal.

    `read` reads the query for the view. It may raise BadParameter and Refused.
    """

    def decorate(view: Callable[[HttpRequest, T], HttpResponse]) -> View:
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            if request.method not in METHODS:
                answer = refusal(f"A feed is read with {' or '.join(METHODS)}.", 405)
                answer["Allow"] = ", ".join(METHODS)
                return answer
            try:
                answer = unless_known(request, lambda: view(request, read(request)))
            except BadParameter as error:
                return refusal(str(error), 400)
            except Refused as refused:
                refused.answer["Cache-Control"] = "no-store"
                return refused.answer
            answer["Vary"] = "Sec-Fetch-Dest"  # of which the ETag is, too
            return answer

        return csrf_exempt(guarded)

    return decorate


def for_a_person(request: HttpRequest) -> bool:
    """Whether a browser asks so as to show somebody the answer (Fetch Metadata, W3C)."""
    return request.headers.get("Sec-Fetch-Dest") == "document"


def refusal(sentence: str, status: int) -> HttpResponse:
    """A sentence instead of a feed, for whoever reads a reader's log."""
    return HttpResponse(
        f"{clean(sentence)}\n",
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
