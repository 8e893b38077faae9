"""What is answered while the database does not do what it is asked: 503, and words."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tracker.answers.pages import METHODS, page
from tracker.answers.problems import API, problem
from tracker.records.outage import Trouble

AGAIN = 10  # seconds, for Retry-After
FEEDS = "/feeds/"

#: To whoever reads.
READING = {
    Trouble.AWAY: "The record’s database does not answer just now.",
    Trouble.SLOW: "Finding this took longer than it may, so it was given up.",
    Trouble.LOCKED: "The record’s database is busy just now.",
    Trouble.COLLISION: "The record’s database is busy just now.",
}
READ_AGAIN = " Nothing is lost. Please ask again in a minute."

#: To whoever sent something: why, and what it means for what was sent.
SENDING = {
    Trouble.AWAY: (
        "The database stopped answering before it said that this was saved. So it was not, unless "
        "the line broke in the very moment of saving: look whether it is there before you send it "
        "again."
    ),
    Trouble.SLOW: "It took longer than it may, so it was given up. Nothing was saved.",
    Trouble.LOCKED: (
        "Somebody else’s work, or a long import, held this up for longer than one may wait. "
        "Nothing was saved."
    ),
    Trouble.COLLISION: "It collided with what somebody else was saving. Nothing was saved.",
}
SEND_AGAIN = " Going back in your browser should still show what you typed."


Answering = Callable[[HttpRequest], HttpResponseBase]


def told_at_once(get_response: Answering) -> Answering:
    """Middleware: a page that would be made of a database that is known to be away is refused
    without waiting for it, so that those who wait do not keep others from what is in the cache."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not getattr(request, "in_vain", False):  # the page cache's word
            return get_response(request)
        answer = unavailable(request, Trouble.AWAY)
        answer.outage = Trouble.AWAY  # type: ignore[attr-defined]  # which the page cache looks for
        return answer

    return middleware


def unavailable(request: HttpRequest, kind: Trouble) -> HttpResponse:
    """503, not to be stored, in the form in which the address is otherwise answered."""
    answer = _worded(request, kind)
    answer["Cache-Control"] = "no-store"
    answer["Retry-After"] = str(AGAIN)
    return answer


def _worded(request: HttpRequest, kind: Trouble) -> HttpResponse:
    if request.method not in METHODS:
        message = SENDING[kind] + SEND_AGAIN
        return page(request, "503.html", status=503, heading="This was not saved", message=message)
    message = READING[kind] + READ_AGAIN
    if request.path_info.startswith(API):
        return problem(request, 503, message)
    if request.path_info.startswith(FEEDS):
        return HttpResponse(f"{message}\n", status=503, content_type="text/plain; charset=utf-8")
    heading = "This cannot be shown just now"
    return page(request, "503.html", status=503, heading=heading, message=message)
