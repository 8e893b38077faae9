"""The card that other sites frame: one commitment, as it stands when the card is looked at."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.clickjacking import xframe_options_exempt

from tracker.reading.pages.sharing import standing_of
from tracker.records.dates import today
from tracker.web.sharing.faces import face_of
from tracker.web.sharing.serving import shared


# Every other page refuses to be framed. A Content-Security-Policy must say here, and here alone,
# `frame-ancestors *`: where it is given, browsers no longer look at X-Frame-Options.
@shared()
@xframe_options_exempt
def commitment(request: HttpRequest, slug: str) -> HttpResponse:
    """The card of a commitment."""
    standing = standing_of(slug, today())
    context = {
        "face": face_of(standing),
        "standing": standing,
        "site_name": settings.SITE_NAME,
        "url": settings.SITE_URL + standing.commitment.get_absolute_url(),
    }
    return HttpResponse(render_to_string("sharing/embed.html", context))
