"""What Django itself refuses, in the same words and on the same page as the rest."""

from django.http import HttpRequest, HttpResponse

from tracker.web.answers import page


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django could not accept: too many parameters, an unknown host."""
    return page(request, "400.html", status=400, name="", path="/")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere."""
    return page(request, "404.html", status=404, noun="page")
