"""What machines ask: is the process up, where may a crawler go. More is in `operations`."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tracker.answers.pages import NO_STORE, for_machines
from tracker.reading.validating import FRESH


@for_machines
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; the database is not asked."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8", headers=NO_STORE)


@for_machines
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be read by everyone; what one reader's link opens is not public."""
    said = "User-agent: *\nDisallow: /admin/\nDisallow: /subscribe/\nAllow: /\n"
    said += f"\nSitemap: {settings.SITE_URL}{reverse('sitemap')}\n"
    return HttpResponse(
        said, content_type="text/plain; charset=utf-8", headers={"Cache-Control": FRESH}
    )
