"""The addresses of readers' suggestions, beneath /suggest/."""

from django.urls import path

from tracker.answers.private import by_token
from tracker.submissions import views

urlpatterns = [
    path("", views.suggest, name="suggest"),
    *by_token("", views.suggestion, "suggestion"),
]
