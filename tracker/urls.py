"""Every address of the site (DESIGN section 8)."""

from django.contrib import admin
from django.urls import include, path

from tracker.admin import desk

urlpatterns = [
    path("admin/", admin.site.admin_view(desk.index)),
    path("admin/", admin.site.urls),
    path("suggest/", include("tracker.submissions.urls")),
    path("subscribe/", include("tracker.subscriptions.urls")),
    path("feeds/", include("tracker.feeds.urls")),
    path("", include("tracker.web.urls")),
]

handler400 = "tracker.web.errors.bad_request"
handler404 = "tracker.web.errors.not_found"
