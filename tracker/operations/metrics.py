"""Figures of the site for Prometheus: what its workers counted, and where the record stands now."""

import logging
from collections.abc import Iterator

from django.conf import settings
from django.db import Error
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.registry import Collector

from tracker.answers import measuring
from tracker.changes.checkpoints import newest
from tracker.changes.continuity import find_break
from tracker.changes.models import LogHead
from tracker.operations.waiting import channels
from tracker.reading.replica import REPLICA
from tracker.submissions.models import Submission, Triage

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

logger = logging.getLogger(__name__)


def metrics() -> bytes:
    """Everything, in the text format of Prometheus (version 0.0.4)."""
    registry = CollectorRegistry()
    registry.register(_Record())
    return generate_latest(registry) + generate_latest(measuring.collected())


class _Record(Collector):
    """What the database knows; where it is away, that is what is said."""

    def collect(self) -> Iterator[Gauge]:
        """Every gauge, or the one that says why there are no others."""
        try:
            found = list(_gauges())
        except (Error, LogHead.DoesNotExist) as error:
            logger.warning("no figures of the record: %s", error)
            found = []
        yield _gauge("database_up", "Whether the database answered.", int(bool(found)))
        yield from found

    def describe(self) -> Iterator[Gauge]:
        """Nothing is asked before somebody asks."""
        return iter(())


def _gauges() -> Iterator[Gauge]:
    head, now = LogHead.objects.get(pk=1), timezone.now()
    yield _gauge("log_head", "The sequence of the last change.", head.sequence)
    if head.at:
        age = (now - head.at).total_seconds()
        yield _gauge("last_change_age_seconds", "Seconds since the last change.", age)
    whole = find_break(head.sequence) is None
    yield _gauge("log_continues", "Whether the log continues its checkpoints.", int(whole))
    if checkpoint := newest():
        age = (now - checkpoint.made_at).total_seconds()
        yield _gauge("checkpoint", "The newest checkpoint's sequence.", checkpoint.sequence)
        yield _gauge("checkpoint_age_seconds", "Seconds since the newest checkpoint.", age)
    undelivered = Gauge(
        "on_record_undelivered_age_seconds",
        "Seconds that the oldest undelivered change has waited.",
        labels=["channel"],
    )
    deliveries = Gauge(
        "on_record_deliveries",
        "Who has something to be told (waiting), failed last (failing), is let alone (stopped).",
        labels=["channel", "state"],
    )
    for name, channel in sorted(channels().items()):
        undelivered.add_metric([name], channel.age(now))
        for state in ("waiting", "failing", "stopped"):
            deliveries.add_metric([name, state], getattr(channel, state))
    yield undelivered
    yield deliveries
    if REPLICA in settings.DATABASES:
        yield from _replica(head.sequence)
    waiting = Submission.objects.filter(triage=Triage.NEW).count()
    yield _gauge("submissions_waiting", "Suggestions that nobody has looked at.", waiting)


def _replica(sequence: int) -> Iterator[Gauge]:
    try:
        behind = sequence - LogHead.objects.using(REPLICA).get(pk=1).sequence
    except (Error, LogHead.DoesNotExist):
        yield _gauge("replica_up", "Whether the replica answered.", 0)
        return
    yield _gauge("replica_up", "Whether the replica answered.", 1)
    # it may have been asked a moment after the primary
    yield _gauge("replica_behind", "Entries of the log that it lacks.", max(0, behind))


def _gauge(name: str, told: str, value: float) -> Gauge:
    return Gauge(f"on_record_{name}", told, value=value)
