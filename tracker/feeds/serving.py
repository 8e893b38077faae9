"""How a feed is answered: validated before it is rendered, refused in plain words."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition

from tracker.answers.pages import METHODS
from tracker.feeds.text import clean
from tracker.reading.filtering import BadParameter
from tracker.reading.validating import FRESH, etag, head_of, last_modified

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

    `read` reads the query for the view, before the reader's validators are looked at: what is no
    feed is never "not modified". It may raise BadParameter and Refused.
    """

    def decorate(view: Callable[[HttpRequest, T], HttpResponse]) -> View:
        @condition(etag_func=_etag, last_modified_func=last_modified)
        def conditional(request: HttpRequest, wanted: T) -> HttpResponse:
            return view(request, wanted)

        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            if request.method not in METHODS:
                answer = refusal(f"A feed is read with {' or '.join(METHODS)}.", 405)
                answer["Allow"] = ", ".join(METHODS)
                return answer
            try:
                head_of(request)  # before the content, of which `read` may fetch some
                answer = conditional(request, read(request))
            except BadParameter as error:
                return refusal(str(error), 400)
            except Refused as refused:
                refused.answer["Cache-Control"] = "no-store"
                return refused.answer
            if answer.status_code == 412:
                return refusal("It is no longer as If-Match or the like says.", 412)
            answer["Cache-Control"] = FRESH
            answer["Vary"] = "Sec-Fetch-Dest"  # of which the ETag is, too
            return answer

        return csrf_exempt(guarded)

    return decorate


def for_a_person(request: HttpRequest) -> bool:
    """Whether a browser asks so as to show somebody the answer (Fetch Metadata, W3C)."""
    return request.headers.get("Sec-Fetch-Dest") == "document"


def _etag(request: HttpRequest, wanted: object) -> str:
    """What a person is given is not, byte for byte, what a reader is given."""
    tag = etag(request)
    return f'{tag[:-1]}-seen"' if for_a_person(request) else tag


def refusal(sentence: str, status: int) -> HttpResponse:
    """A sentence instead of a feed, for whoever reads a reader's log."""
    return HttpResponse(
        f"{clean(sentence)}\n",
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
