"""Failed log-ins slow down: django-axes counts them, this says whose they are and what is answered.

Five by one account from one network, or twenty by any accounts from one network, and that network
waits a quarter of an hour. Another network is not made to wait: nobody locks a curator out from
afar. Known and unknown accounts are counted and answered alike.
"""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

PER_NETWORK = 20  # failures, by whatever names; by one name they are AXES_FAILURE_LIMIT
LONGEST_NAME = 150  # characters, as of an account's; whoever posts more is nobody's account


class Throttle(AxesDatabaseHandler):  # type: ignore[misc,unused-ignore]
    """Axes' own, with a limit for a network apart from that for an account within it."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """The failures that count, on the scale of AXES_FAILURE_LIMIT."""
        by_account, by_network = (
            sum(attempts.values_list("failures_since_start", flat=True))
            for attempts in self.get_user_attempts(request, credentials)
        )
        failures: int = max(by_account, by_network * settings.AXES_FAILURE_LIMIT // PER_NETWORK)
        return failures

    def reset_user_attempts(
        self, request: HttpRequest, credentials: dict[str, Any] | None = None
    ) -> int:
        """Forget this account's failures here and no other's: one's own log-in buys no guesses."""
        of_account, _ = self.filter_user_attempts(request, credentials)
        deleted: int = of_account.delete()[0]
        return deleted


def account_named(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name that was typed, as long as a name can be."""
    typed = (credentials or request.POST).get("username") or ""
    return str(typed)[:LONGEST_NAME]


def somebody(*who: Any) -> str:
    """How the log calls whoever failed: nothing of a person, and no password in the wrong box."""
    return "somebody"


def wait(
    request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """What a network that has to wait is told, whatever account it named."""
    cool_off = settings.AXES_COOLOFF_TIME
    page = render(
        request,
        "admin/wait.html",
        {"minutes": int(cool_off.total_seconds() // 60), "title": "Wait a little"},
        status=settings.AXES_HTTP_RESPONSE_CODE,
    )
    page["Retry-After"] = str(int(cool_off.total_seconds()))
    return page
