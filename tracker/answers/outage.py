"""What is answered while the database does not do what it is asked: 503, and words.

For a 503 a cache in front gives what it kept instead. Where it says by its ETag that this is from
before a redaction, the same words are a 404, for which none does (deploy/nginx/kept.conf; RFC 5861,
section 4).
"""

import re

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tracker.answers.pages import METHODS, page
from tracker.answers.problems import API, problem
from tracker.reading.asides import Answering, aside
from tracker.records.trouble import Trouble

AGAIN = 10  # seconds, for Retry-After
FEEDS = "/feeds/"
#: In an ETag of the page cache: the log's head of then.
SEQUENCES = re.compile(r'"(\d{1,18})-[0-9a-f]{32}"', re.ASCII)

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


def told_at_once(get_response: Answering) -> Answering:
    """Middleware: a page that would be made of a database that is known to be away is refused
    without waiting for it, so that those who wait do not keep others from what is in the cache."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not aside(request).in_vain:  # the page cache's word
            return get_response(request)
        return unavailable(request, Trouble.AWAY)

    return middleware


def unavailable(request: HttpRequest, kind: Trouble) -> HttpResponse:
    """503, or 404 to who has it from before a redaction; not to be stored, in the form in which
    the address is otherwise answered. The page cache and `reading.replica` hear of it, who may have
    something better."""
    aside(request).outage = kind
    answer = _worded(request, kind, 404 if _has_what_was_redacted(request) else 503)
    answer["Cache-Control"] = "no-store"
    answer["Retry-After"] = str(AGAIN)
    return answer


def _has_what_was_redacted(request: HttpRequest) -> bool:
    head = aside(request).head
    given = request.META.get("HTTP_IF_NONE_MATCH", "")
    return head is not None and any(int(each) < head.redaction for each in SEQUENCES.findall(given))


def _worded(request: HttpRequest, kind: Trouble, status: int) -> HttpResponse:
    if request.method not in METHODS:
        message = SENDING[kind] + SEND_AGAIN
        return page(request, "503.html", status=503, heading="This was not saved", message=message)
    message = READING[kind] + READ_AGAIN
    if request.path_info.startswith(API):
        return problem(request, status, message)
    if request.path_info.startswith(FEEDS):
        return HttpResponse(f"{message}\n", status=status, content_type="text/plain; charset=utf-8")
    heading = "This cannot be shown just now"
    return page(request, "503.html", status=status, heading=heading, message=message)
