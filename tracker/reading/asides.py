"""What those who answer a request one after another tell each other of it, out of anyone's hearing.

Middleware, views and pages stand in different rooms; here is each thing that one of them knows and
another asks for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tracker.records.trouble import Trouble

if TYPE_CHECKING:
    from tracker.reading.head import Head

#: What a middleware is given: whatever answers after it.
Answering = Callable[[HttpRequest], HttpResponseBase]


@dataclass
class Trace:
    """One request, as far as the log may know it."""

    id: str
    request: HttpRequest
    began: float  # by the monotonic clock, in seconds
    status: int | None = None

    @property
    def route(self) -> str:
        """The name of its route, "" before it is known and where there is none."""
        match = self.request.resolver_match
        return match.view_name if match else ""

    @property
    def told(self) -> dict[str, Any]:
        """What a line of the log says of it."""
        told: dict[str, Any] = {"request_id": self.id, "method": self.request.method}
        if self.route:
            told["route"] = self.route
        if self.status is not None:
            told["status"] = self.status
        return told | {"ms": round((monotonic() - self.began) * 1000)}


@dataclass(slots=True)
class Asides:
    """Of one request."""

    head: "Head | None" = None  #: the log's, as it was read before any content
    has_it: bool = False  #: whoever asks has the newest answer already
    in_vain: bool = False  #: the database was away when it was looked at last
    outage: Trouble | None = None  #: why the answer is that the database does not answer
    private: bool = False  #: the address may hold a reader's token
    preview: bool = False  #: the page is that of a draft, for staff
    trace: Trace | None = None  #: which request it is in the log


def aside(request: HttpRequest) -> Asides:
    """Those of this request; whoever changes one is heard by all who ask later."""
    found: Asides | None = vars(request).get("asides")
    if found is None:
        vars(request)["asides"] = found = Asides()
    return found
