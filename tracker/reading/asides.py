"""What those who answer a request one after another tell each other of it, out of anyone's hearing.

Middleware, views and pages stand in different rooms; here is each thing that one of them knows and
another asks for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tracker.records.trouble import Trouble

if TYPE_CHECKING:
    from tracker.reading.head import Head

#: What a middleware is given: whatever answers after it.
Answering = Callable[[HttpRequest], HttpResponseBase]


@dataclass(slots=True)
class Asides:
    """Of one request."""

    head: "Head | None" = None  #: the log's, as it was read before any content
    has_it: bool = False  #: whoever asks has the newest answer already
    in_vain: bool = False  #: the database was away when it was looked at last
    outage: Trouble | None = None  #: why the answer is that the database does not answer
    private: bool = False  #: the address may hold a reader's token
    preview: bool = False  #: the page is that of a draft, for staff


def aside(request: HttpRequest) -> Asides:
    """Those of this request; whoever changes one is heard by all who ask later."""
    found: Asides | None = vars(request).get("asides")
    if found is None:
        vars(request)["asides"] = found = Asides()
    return found
