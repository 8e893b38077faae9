"""The addresses that machines ask about the site itself."""

from django.urls import path

from tracker.operations import views

urlpatterns = [
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
]
