"""The addresses of the feeds (DESIGN section 8), below /feeds/."""

from django.urls import path

from tracker.feeds import views

urlpatterns = [
    path("changes.atom", views.atom, name="feed-atom"),
    path("changes.rss", views.rss, name="feed-rss"),
    path("changes.json", views.json_feed, name="feed-json"),
    path("deadlines.ics", views.deadlines, name="deadlines"),
    path("feeds.opml", views.opml, name="feeds"),
    path("feed.xsl", views.stylesheet, name="feed-stylesheet"),
]
