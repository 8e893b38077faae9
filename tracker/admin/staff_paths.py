"""Django's session, account, message and forgery middleware, for staff pages alone.

Public pages read no session, not even a broken one (which Django would answer with a cookie to
delete it, as it would a broken token with a new one), so that they are the same for everybody and a
shared cache may keep them. Their forms know nobody who could be impersonated (`answers.private`).
"""

from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponseBase
from django.middleware import csrf
from django_otp import middleware as otp

from tracker.reading.replica import is_the_desks


class ForStaff:
    """Steps aside for every path that is not a staff page."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as the middleware does, or as if it were not there."""
        if is_the_desks(request):
            answer: HttpResponseBase = super().__call__(request)  # type: ignore[misc]  # a mixin
        else:
            answer = self.get_response(request)  # type: ignore[attr-defined]
        return answer


class SessionMiddleware(ForStaff, sessions.SessionMiddleware):
    """Sessions."""


class CsrfViewMiddleware(ForStaff, csrf.CsrfViewMiddleware):
    """Tokens against forged forms."""


class AuthenticationMiddleware(ForStaff, auth.AuthenticationMiddleware):
    """Accounts."""


class OTPMiddleware(ForStaff, otp.OTPMiddleware):
    """Second factors."""


class MessageMiddleware(ForStaff, messages.MessageMiddleware):
    """Messages to whoever is signed in."""
