"""The log for machines and for those who check it: lines of JSON, its head, its checkpoints."""

import re
from typing import cast

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse

from tracker.answers.pages import page, public, public_list
from tracker.changes import checkpoints as stored
from tracker.changes import notes
from tracker.changes.models import Checkpoint
from tracker.reading.filtering import BadParameter, only
from tracker.reading.pages.lookup import Missing
from tracker.reading.pages.told import LARGEST
from tracker.reading.stream import all_checkpoints, lines_after, log_head
from tracker.web.paging import AFTER, PAGE, paginate

# What moves without an entry of the log, such as a checkpoint, is asked for anew each time.
ASK_AGAIN = {"Cache-Control": "no-cache"}
TEXT = "text/plain; charset=utf-8"


@public_list
def lines(request: HttpRequest) -> HttpResponse:
    """Every entry as a line of JSON, or those after `?after=<sequence>`, oldest first."""
    only(request.GET, "after")
    after = _after(request.GET.get("after", "0"))
    answer = StreamingHttpResponse(
        lines_after(after), content_type="application/jsonl", headers=ASK_AGAIN
    )
    return cast(HttpResponse, answer)


def _after(text: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text) or int(text) > LARGEST:
        raise BadParameter("after", "must be the sequence of an entry: a whole number from 0.")
    return int(text)


@public
def head(request: HttpRequest) -> HttpResponse:
    """Where the log ends, its newest checkpoint, and the verifier key."""
    return JsonResponse(log_head(), headers=ASK_AGAIN)


@public_list
def checkpoints(request: HttpRequest) -> HttpResponse:
    """Every checkpoint, with the verifier key and how to check."""
    only(request.GET, PAGE, AFTER)
    answer = page(
        request,
        "changes/checkpoints.html",
        page=paginate(all_checkpoints(), request.GET),
        verifier_key=notes.verifier_key(),
    )
    answer["Cache-Control"] = ASK_AGAIN["Cache-Control"]
    return answer


@public
def checkpoint(request: HttpRequest, sequence: int) -> HttpResponse:
    """The note of the checkpoint made at this entry."""
    return _note(stored.of(sequence) if sequence <= LARGEST else None)


@public
def newest(request: HttpRequest) -> HttpResponse:
    """The newest note."""
    return _note(stored.newest())


def _note(found: Checkpoint | None) -> HttpResponse:
    if found is None:
        raise Missing("checkpoint")
    return HttpResponse(found.note, content_type=TEXT, headers=ASK_AGAIN)
