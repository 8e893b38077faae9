"""The addresses under `/subscribe/`."""

from django.urls import path

from tracker.subscriptions import held, owning, pages

urlpatterns = [
    path("", pages.subscribe, name="subscribe"),
    path("link/", pages.new_link, name="manage-link"),
    path("confirm/<str:token>/", held.confirm, name="confirm"),
    path("manage/<str:token>/", held.manage, name="manage"),
    path("stop/<str:token>/", held.stop, name="stop"),
    path("webhooks/", owning.new, name="new-webhook"),
    path("webhooks/<str:token>/", owning.webhook, name="webhook"),
]
