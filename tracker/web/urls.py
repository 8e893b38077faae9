"""The addresses of the public pages (DESIGN section 8). Models name them in `page`."""

from django.urls import path

from tracker.web import (
    changes,
    commitments,
    evidence,
    health,
    home,
    labs,
    log,
    method,
    pledges,
    sources,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("labs/", labs.labs, name="labs"),
    path("labs/<slug:slug>/", labs.lab, name="lab"),
    path("commitments/", commitments.commitments, name="commitments"),
    path("commitments/<slug:slug>/", commitments.commitment, name="commitment"),
    path("pledges/", pledges.pledges, name="pledges"),
    path("pledges/<slug:slug>/", pledges.pledge, name="pledge"),
    path("outcomes/<slug:slug>/", evidence.outcome, name="outcome"),
    path("timeline/", evidence.timeline, name="timeline"),
    path("people/", labs.people, name="people"),
    path("people/<slug:slug>/", labs.person, name="person"),
    path("sources/", sources.sources, name="sources"),
    path("sources/<slug:slug>/", sources.source, name="source"),
    path("discrepancies/", evidence.discrepancies, name="discrepancies"),
    path("indicators/", evidence.indicators, name="indicators"),
    path("assessments/<slug:slug>/", commitments.assessment, name="assessment"),
    path("changes/", changes.changes, name="changes"),
    path("changes/<int:sequence>/", changes.change, name="change"),
    path("changes/log.jsonl", log.lines, name="log_lines"),
    path("changes/head.json", log.head, name="log_head"),
    path("changes/checkpoint", log.newest, name="newest_checkpoint"),
    path("changes/checkpoints/", log.checkpoints, name="checkpoints"),
    path("changes/checkpoints/<int:sequence>", log.checkpoint, name="checkpoint"),
    path("methodology/", method.methodology, name="methodology"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", health.robots, name="robots"),
]
