"""How a feed is answered: validated before it is rendered, refused in plain words."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition

from tracker.feeds.text import clean
from tracker.reading.filters import BadParameter
from tracker.reading.validating import FRESH, etag, last_modified

METHODS = ("GET", "HEAD")
VALID = (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)

View = Callable[[HttpRequest], HttpResponse]


def served(view: View) -> View:
    """Guard a feed: GET and HEAD only, 304 without rendering, and no cache keeps a refusal."""
    conditional = condition(etag_func=_etag, last_modified_func=last_modified)(view)

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            answer = refusal(f"A feed is read with {' or '.join(METHODS)}.", 405)
            answer["Allow"] = ", ".join(METHODS)
            return answer
        try:
            answer = conditional(request)
        except BadParameter as error:
            return refusal(str(error), 400)
        if answer.status_code in VALID:
            answer["Cache-Control"] = FRESH
            answer["Vary"] = "Sec-Fetch-Dest"  # of which the ETag is, too
            return answer
        for name in ("ETag", "Last-Modified"):  # or a reader would be told that it has this already
            del answer[name]
        answer["Cache-Control"] = "no-store"
        return answer

    return csrf_exempt(guarded)


def for_a_person(request: HttpRequest) -> bool:
    """Whether a browser asks so as to show somebody the answer (Fetch Metadata, W3C)."""
    return request.headers.get("Sec-Fetch-Dest") == "document"


def _etag(request: HttpRequest) -> str:
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
