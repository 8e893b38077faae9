"""The front page."""

from django.http import HttpRequest, HttpResponse

from tracker.answers.pages import page, public
from tracker.reading.pages.home import home as read_home
from tracker.records.dates import today


@public
def home(request: HttpRequest) -> HttpResponse:
    """How the promises stand, what changed, what falls due, what is disputed."""
    return page(request, "home.html", home=read_home(today()))
