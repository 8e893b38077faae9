"""The addresses of the files that hold the whole record."""

from django.urls import path

from tracker.interchange import views
from tracker.interchange.bulk.describing import SUMS, ZIP

urlpatterns = [
    path("on-record.zip", views.file, {"name": ZIP}, name="data-zip"),
    path("SHA256SUMS", views.file, {"name": SUMS}, name="data-sums"),
    path("<name>", views.file, name="data-file"),
]
