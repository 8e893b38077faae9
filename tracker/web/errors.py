"""What Django itself refuses, in the same words and on the same page as the rest."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import not_there, page
from tracker.answers.problems import API, problem

TOO_LARGE = (
    "What was sent is larger than a form can carry, so it was not read and nothing was saved. "
    "Going back in your browser should still show what you typed. A long text goes into a source "
    "as a file: save it as .txt and upload it there."
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django could not accept: too many parameters, too much, an unknown host."""
    if request.path_info.startswith(API):
        return problem(request, 400, "The request could not be read.")
    if isinstance(exception, RequestDataTooBig):
        return page(request, "400.html", status=413, name="", message=TOO_LARGE, path="/")
    return page(request, "400.html", status=400, name="", path="/")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere."""
    if request.path_info.startswith(API):
        return problem(request, 404, "There is no such address.")
    return not_there(request, "page")
