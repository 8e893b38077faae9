"""The addresses under `/subscribe/`."""

from django.urls import path

from tracker.answers.private import by_token
from tracker.subscriptions import held, owners, owning, pages

urlpatterns = [
    path("", pages.subscribe, name="subscribe"),
    path("link/", pages.new_link, name="manage-link"),
    *by_token("confirm/", held.confirm, "confirm"),
    *by_token("manage/", held.manage, "manage"),
    *by_token("stop/", held.stop, "stop"),
    path("webhooks/", owning.new, name="new-webhook"),
    *by_token("webhooks/", owning.webhook, "webhook"),
    *by_token("owner/", owners.confirm, "webhook-owner"),
]
