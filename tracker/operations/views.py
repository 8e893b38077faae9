"""What machines ask about the site itself."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from tracker.answers.pages import NO_STORE, for_machines
from tracker.operations import metrics as figures
from tracker.operations.readiness import readiness

TEXT = "text/plain; charset=utf-8"
#: What a proxy in front adds: whoever stands behind one is not on this machine.
FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded")


@for_machines
def readyz(request: HttpRequest) -> HttpResponse:
    """What is known of the record, as JSON; or 503 and a sentence that says what is wrong."""
    found = readiness()
    if found.wrong:
        return HttpResponse(found.wrong, status=503, content_type=TEXT, headers=NO_STORE)
    return JsonResponse(found.told, headers=NO_STORE)


@for_machines
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, to this machine alone; for everybody else there is nothing here."""
    if not _local(request):
        said = "Figures are told to the machine that the site runs on.\n"
        return HttpResponse(said, status=404, content_type=TEXT, headers=NO_STORE)
    return HttpResponse(figures.metrics(), content_type=figures.CONTENT_TYPE, headers=NO_STORE)


def _local(request: HttpRequest) -> bool:
    """Asked from this machine: directly, or through as many proxies as there are (PROXIES)."""
    address = request.META.get("REMOTE_ADDR", "")
    if any(name in request.headers for name in FORWARDED):
        passed_on = request.headers.get("X-Forwarded-For", "").split(",")
        if not 0 < settings.PROXIES <= len(passed_on):
            return False
        address = passed_on[-settings.PROXIES].strip()
    elif not address:
        return True  # by a socket of the file system
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
