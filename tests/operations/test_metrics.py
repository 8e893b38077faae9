"""What `/readyz` and `/metrics` tell, and to whom."""

import os
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from tests.builders import make_lab, make_user
from tests.changes.logs import logged
from tests.subscriptions.following import follows
from tracker.answers import measuring
from tracker.changes import checkpoints
from tracker.changes.log import head_sequence
from tracker.changes.models import Change
from tracker.letters import sending
from tracker.letters.models import Letter
from tracker.operations import waiting
from tracker.submissions.models import Submission
from tracker.subscriptions.endpoints import make as make_endpoint
from tracker.subscriptions.models import Standing, Subscription
from tracker.subscriptions.routing import route

pytestmark = pytest.mark.django_db


def figures(client: Client) -> dict[str, float]:
    """Every sample of /metrics, by name and labels, as a parser of Prometheus' reads them."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    found = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        assert family.documentation and family.type in ("gauge", "counter", "histogram")
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            key = f"{sample.name}{{{labels}}}" if labels else sample.name
            assert key not in found
            found[key] = sample.value
    return found


def test_where_the_record_stands(client):
    logged(3)
    checkpoints.make()
    logged(1)
    Submission.objects.create(kind="evidence", words="Look there.")
    found = figures(client)
    assert found["on_record_database_up"] == found["on_record_log_continues"] == 1
    assert (found["on_record_log_head"], found["on_record_checkpoint"]) == (4, 3)
    assert 0 <= found["on_record_last_change_age_seconds"] < 600
    assert 0 <= found["on_record_checkpoint_age_seconds"] < 600
    assert found["on_record_submissions_waiting"] == 1


def test_how_far_a_replica_lags_behind(client, monkeypatch):
    logged(3)
    assert not [name for name in figures(client) if "replica" in name]
    monkeypatch.setattr("tracker.operations.metrics.REPLICA", "default")  # asked by its own name
    found = figures(client)
    assert (found["on_record_replica_up"], found["on_record_replica_behind"]) == (1, 0)


def test_requests_are_counted_by_route_and_class_of_status(client):
    labs = [make_lab() for _ in range(2)]
    expected = {
        "on_record_request_seconds_count{route=lab,status=2xx}": 2,
        "on_record_request_seconds_count{route=lab,status=4xx}": 1,
        "on_record_request_seconds_count{route=none,status=4xx}": 1,
    }
    before = figures(client)
    for lab in labs:
        client.get(f"/labs/{lab.slug}/")
    client.get("/labs/no-such-lab/")
    client.get("/no/such/address")
    after = figures(client)
    assert {name: after.get(name, 0) - before.get(name, 0) for name in expected} == expected
    assert after["on_record_request_seconds_bucket{le=+Inf,route=lab,status=4xx}"] >= 1
    assert not [key for key in after if labs[0].slug in key or "no-such" in key]


def test_what_waits_to_be_delivered_is_told_by_channel(client):
    route()  # whose watermark is made by the first worker
    follows()
    hook = make_endpoint("https://hook.example.org/", "hmac")
    Subscription.objects.filter(pk=hook.pk).update(standing=Standing.ACTIVE, due_at=None)
    found = figures(client)
    assert found["on_record_deliveries{channel=mail,state=waiting}"] == 0
    assert found["on_record_undelivered_age_seconds{channel=mail}"] == 0
    logged(2)
    assert figures(client)["on_record_deliveries{channel=routing,state=waiting}"] == 1
    route()
    Subscription.objects.filter(pk=hook.pk).update(failures=2)
    sending.write("confirm", "1", "ada@example.org")
    Letter.objects.update(created_at=timezone.now() - timedelta(hours=1))
    found = figures(client)
    assert found["on_record_deliveries{channel=routing,state=waiting}"] == 0
    assert found["on_record_deliveries{channel=mail,state=waiting}"] == 1
    assert found["on_record_deliveries{channel=mail,state=failing}"] == 0
    assert found["on_record_deliveries{channel=webhook,state=failing}"] == 1
    assert found["on_record_undelivered_age_seconds{channel=mail}"] > 0
    assert found["on_record_undelivered_age_seconds{channel=letter}"] >= 3600
    Subscription.objects.filter(pk=hook.pk).update(standing=Standing.PAUSED)
    found = figures(client)
    assert found["on_record_deliveries{channel=webhook,state=waiting}"] == 0
    assert found["on_record_deliveries{channel=webhook,state=stopped}"] == 1


def test_the_oldest_undelivered_change_is_of_those_that_concern_the_reader():
    """Not simply the one after the cursor: most entries concern somebody else."""
    route()
    row = follows(lab="example-lab-3")
    logged(5)
    route()
    found = waiting.channels()["mail"]
    assert found.waiting == 1
    assert found.oldest == Change.objects.get(sequence=3).at
    Subscription.objects.filter(pk=row.pk).update(cursor=5)
    assert waiting.channels()["mail"].oldest is None


def test_figures_are_told_to_this_machine_alone(client, settings):
    def asked(address: str, **headers: str) -> int:
        answer = client.get("/metrics", REMOTE_ADDR=address, headers=headers)
        return int(answer.status_code)

    for address in ("127.0.0.1", "127.8.8.8", "::1", ""):
        assert asked(address) == 200, address
        assert asked(address, x_forwarded_for="127.0.0.1") == 404, address
        assert asked(address, forwarded="for=127.0.0.1") == 404, address
        assert asked(address, x_real_ip="127.0.0.1") == 404, address
    for address in ("192.0.2.7", "10.0.0.7", "2001:db8::7", "unknown"):
        assert asked(address) == 404, address
    settings.PROXIES = 1
    assert asked("", x_forwarded_for="127.0.0.1") == 200
    assert asked("127.0.0.1", x_forwarded_for="127.0.0.1, 192.0.2.7") == 404
    settings.PROXIES = 2
    assert asked("127.0.0.1", x_forwarded_for="192.0.2.7") == 404
    assert asked("127.0.0.1", x_forwarded_for="127.0.0.1") == 404


def test_readiness_tells_where_the_log_stands_and_how_late_delivery_is(client):
    make_lab()
    head = head_sequence()
    assert client.get("/readyz").json() == {
        "sequence": head,
        "checkpoint": None,
        "oldest_undelivered_seconds": 0.0,
        "delivery": "well",
    }
    checkpoints.make()
    route()
    logged(1)
    assert client.get("/readyz").json()["checkpoint"] == head


def test_late_delivery_is_said_and_takes_nobody_out_of_service(client, monkeypatch):
    route()
    follows()
    logged(1)
    route()
    monkeypatch.setattr("tracker.operations.readiness.LATE", 0)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["delivery"] == "late"
    assert answer.json()["oldest_undelivered_seconds"] > 0


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("DELETE FROM django_migrations WHERE name = '0003_log'", 503),
        (
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('tracker', '9999_of_the_next_release', '2026-01-01 00:00:00')",
            200,
        ),
    ],
)
def test_a_process_is_ready_on_a_database_that_is_as_new_as_it_is(client, change, status):
    with connection.cursor() as cursor:
        cursor.execute(change)
    answer = client.get("/readyz")
    assert answer.status_code == status
    if status == 503:
        assert answer.content.decode() == (
            "Migrations are not applied (tracker.0003_log): run `manage.py migrate`."
        )


@pytest.mark.once
def test_only_what_the_dead_have_left_is_forgotten(tmp_path, monkeypatch):
    monkeypatch.setenv(measuring.FOLDER, str(tmp_path))
    ours = tmp_path / f"counter_{os.getpid()}.db"
    dead = [tmp_path / "counter_999999999.db", tmp_path / "gauge_livesum_999999999.db"]
    other = tmp_path / "notes.txt"
    for file in (ours, *dead, other):
        file.touch()
    measuring.forget_the_dead()
    assert sorted(tmp_path.iterdir()) == sorted([ours, other])


def test_a_curator_s_requests_name_nobody(client):
    user = make_user("Curators", name="cora-the-curator")
    client.force_login(user)
    client.get("/admin/?q=cora")
    answer = client.get("/metrics").content.decode()
    assert 'route="admin:index"' in answer or 'route="none"' in answer
    assert "cora" not in answer


def test_what_the_cache_of_pages_answers_and_holds_is_counted(client, settings):
    settings.PAGE_CACHE_BYTES = 8_000_000
    path = make_lab().get_absolute_url()
    names = [
        f"on_record_page_cache_requests_total{{answer={answer}}}" for answer in ("hit", "miss")
    ]

    def counted() -> list[float]:
        found = figures(client)
        return [found[name] for name in names]

    hits, misses = counted()
    client.get(path)
    assert counted() == [hits, misses + 1]
    client.get(path)
    assert counted() == [hits + 1, misses + 1]
    found = figures(client)
    assert found["on_record_page_cache_entries"] >= 1
    assert found["on_record_page_cache_bytes"] > len(client.get(path).content) / 20
