"""The card that other sites frame: one commitment, as it stands when the card is looked at."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from tracker.reading.pages.sharing import standing_of
from tracker.records.dates import today
from tracker.web.sharing.faces import face_of
from tracker.web.sharing.serving import shared


# Every other page refuses to be framed: tracker/answers/headers.py knows this one by its name.
@shared()
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
