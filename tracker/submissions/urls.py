"""The addresses of readers' suggestions, beneath /suggest/."""

from django.urls import path

from tracker.submissions import views

urlpatterns = [
    path("", views.suggest, name="suggest"),
    path("<str:token>/", views.suggestion, name="suggestion"),
]
