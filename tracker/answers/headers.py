"""What every answer tells the browser to refuse: Django's own pages, errors and files included.

One middleware, outermost of what makes an answer, so that no answer is without them; a view that
has a reason to say otherwise has set the header already, and it stays.

Content Security Policy Level 3, Fetch Standard (Cross-Origin-Resource-Policy), HTML Standard
(Cross-Origin-Opener-Policy), Permissions Policy, Referrer Policy (W3C, WHATWG), RFC 6797 (HSTS).
"""

import re

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tracker.reading.asides import Answering
from tracker.reading.replica import is_the_desks

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
    # Whatever a browser offers to pages, no page here has a use for.
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media",
            "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "magnetometer",
            "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get",
            "screen-wake-lock", "serial", "sync-xhr", "usb", "xr-spatial-tracking",
        )
    ),
}  # fmt: skip

#: For a year, and for whatever stands below the site's name; fit for browsers' built-in lists.
HSTS = "max-age=31536000; includeSubDomains; preload"


def policy(*more: str) -> str:
    """A Content-Security-Policy: styles, pictures and forms of our own, and `more`; else nothing.

    What is not named falls back to `default-src`: no script runs on a public page. JSON-LD is data
    to a browser, and is not asked about.
    """
    ours = ("style-src 'self'", "img-src 'self'", "font-src 'self'", "form-action 'self'")
    return "; ".join(("default-src 'none'", *ours, *more, "base-uri 'none'"))


UNFRAMED = "frame-ancestors 'none'"
PUBLIC = policy(UNFRAMED)
#: The card that other sites put into their pages, the one address that may be framed: by whoever
#: wants to. `frame-ancestors *` would shut out pages without an address of their own.
FRAMED = policy()
#: Browsers count the style sheet that makes a feed readable (XSLT) among scripts.
FEED = policy("script-src 'self'", UNFRAMED)
#: The desk's own scripts, and what they ask for while somebody types.
DESK = policy("script-src 'self'", "connect-src 'self'", UNFRAMED)

FEEDS = re.compile(r"/feeds/[\w-]+\.(?:atom|rss)\Z")
#: What other sites may show: none of it depends on who asks. What their scripts may read as
#: well, each view says (`answers.crossing`).
OPEN = re.compile(
    r"/(?:feeds/|api/(?!v1/docs/)|data/.|oembed\Z|card\.png\Z|changes/(?:log\.jsonl|head\.json|checkpoint)"
    r"|(?:labs|commitments|assessments|pledges)/[^/]+/(?:badge\.svg|card\.png|embed/|cite\.|matrix\.))"
)


class SecurityHeaders:
    """Middleware: add what is missing."""

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and say what may be done with it."""
        answer = self.get_response(request)
        for name, value in EVERYWHERE.items():
            answer.headers.setdefault(name, value)
        if settings.HTTPS and request.is_secure():
            answer.headers.setdefault("Strict-Transport-Security", HSTS)
        framed = answer.status_code in (200, 304) and _is_the_card(request)
        if not framed:
            answer.headers.setdefault("X-Frame-Options", "DENY")
        answer.headers.setdefault(
            "Content-Security-Policy", FRAMED if framed else _policy_of(request)
        )
        page = answer.headers.get("Content-Type", "").startswith("text/html") and not framed
        shared = OPEN.match(request.path) and not page
        answer.headers.setdefault(
            "Cross-Origin-Resource-Policy", "cross-origin" if shared else "same-origin"
        )
        return answer


def _policy_of(request: HttpRequest) -> str:
    if is_the_desks(request):
        return DESK
    return FEED if FEEDS.match(request.path) else PUBLIC


def _is_the_card(request: HttpRequest) -> bool:
    """Whether the address asked for is that of a commitment's card."""
    match = request.resolver_match
    return match is not None and match.url_name == "embed"
