"""Where whoever finds a weakness writes to (RFC 9116)."""

from datetime import UTC, date, datetime, time

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import public
from tracker.reading.validating import FRESH
from tracker.records.dates import today

MONTHS = 6  # that it holds, from the month it is read in; RFC 9116 advises less than a year

POLICY = (
    "# Tell us in private first; we answer within a week and fix what is real as soon as we can.",
    "# Test on a copy of your own: `make demo` makes one. Please do not test the load that this",
    "# site bears, do not send letters to others, and do not keep what is not public.",
)


@public
def security_txt(request: HttpRequest) -> HttpResponse:
    """The address, until when it holds, and what to expect."""
    lines = (
        *POLICY,
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires(today()).isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: en",
        f"Canonical: {settings.SITE_URL}{request.path}",
    )
    return HttpResponse(
        "\n".join(lines) + "\n",
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": FRESH},
    )


def expires(day: date) -> datetime:
    """The first instant of a month half a year on: the same for whoever reads it this month."""
    months = day.year * 12 + day.month - 1 + MONTHS
    return datetime.combine(date(months // 12, months % 12 + 1, 1), time.min, UTC)
