"""Every address of the site (DESIGN section 8)."""

from django.contrib import admin
from django.urls import include, path

from tracker.admin import desk
from tracker.api.urls import nowhere
from tracker.reading.replica import DESK

urlpatterns = [
    path(DESK.removeprefix("/"), admin.site.admin_view(desk.index)),
    path(DESK.removeprefix("/"), admin.site.urls),
    path("suggest/", include("tracker.submissions.urls")),
    path("subscribe/", include("tracker.subscriptions.urls")),
    path("feeds/", include("tracker.feeds.urls")),
    path("data/", include("tracker.interchange.urls")),
    path("api/v1/", include("tracker.api.urls")),
    path("api/", include([nowhere])),
    path("", include("tracker.operations.urls")),
    path("", include("tracker.web.urls")),
]

handler400 = "tracker.web.errors.bad_request"
handler404 = "tracker.web.errors.not_found"
handler500 = "tracker.web.errors.failed"
