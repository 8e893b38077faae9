"""What the framework costs: hello-world views under the very middleware of the site.

    gunicorn --config deploy/gunicorn.conf.py bench.hello:application

Their answers pass all of it and are kept nowhere, for they do not say that they may be.
"""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import condition

TAG = '"hello"'


def hello(request: HttpRequest) -> HttpResponse:
    """The least that a view can answer."""
    return HttpResponse("Hello, world!")


@condition(etag_func=lambda request: TAG)
def unchanged(request: HttpRequest) -> HttpResponse:
    """The same, with Django's own answer to whoever has it."""
    return HttpResponse("Hello, world!")


settings.ROOT_URLCONF = "bench.hello"
application = get_wsgi_application()  # before the views of the site are imported

urlpatterns = [
    path("hello", hello),
    path("unchanged", unchanged),
    path("", include("tracker.urls")),  # the middleware asks where the desk is
]
