"""Webhooks: signed, in order, at least once under the same id, and nobody waits for the dead."""

import base64
import json
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.builders import make_assessment, make_commitment, make_lab
from tests.subscriptions.sink import Received, fetch_here, sink
from tracker.changes.log import head_sequence
from tracker.changes.models import Change
from tracker.changes.wording import statement
from tracker.letters.models import Letter
from tracker.sources.links import fetch
from tracker.subscriptions import endpoints, webhooks
from tracker.subscriptions.models import Attempt, Fate, Standing, Subscription
from tracker.subscriptions.owners import OWNER
from tracker.subscriptions.routing import route
from tracker.subscriptions.signing import shown
from tracker.subscriptions.webhooks import SCHEDULE, Webhooks, again_at


@pytest.fixture
def channel():
    made = Webhooks(fetch_here, threads=8, to_the_end=True)
    yield made
    made.close()


def run(channel: Webhooks) -> None:
    """Until nothing is due; bounded, since what keeps failing must not stay due."""
    route()
    for _ in range(200):
        if not channel():
            return
    raise AssertionError("the channel never came to rest")


def active(channel: Webhooks, url: str, **fields: Any) -> Subscription:
    """A webhook that has answered its handshake."""
    subscription = endpoints.make(url, fields.pop("signing", "hmac"), **fields)
    run(channel)
    subscription.refresh_from_db()
    assert subscription.standing == Standing.ACTIVE
    return subscription


def due_now(subscription: Subscription) -> None:
    """Let the time until the next try pass."""
    Subscription.objects.filter(pk=subscription.pk).update(due_at=timezone.now())


def verified(received: Received, secret: str) -> Any:
    return Webhook(secret).verify(received.body, received.headers)


@pytest.mark.django_db
def test_handshake_then_each_entry_in_order_with_a_signature_that_others_accept(channel):
    with sink() as here:
        subscription = active(channel, here.url)
        secret = shown(endpoints.endpoint_of(subscription).secrets.get().value)
        assert verified(here.received[0], secret)["type"] == "endpoint.verification"
        lab = make_lab()
        commitment = make_commitment(lab=lab)
        run(channel)
    told = [verified(each, secret) for each in here.received[1:]]
    sequences = [each["data"]["sequence"] for each in told]
    assert sequences == sorted(sequences)
    assert sequences[-1] == head_sequence()
    last = Change.objects.get(sequence=head_sequence())
    assert told[-1]["type"] == "change.commitment_published"
    assert told[-1]["data"]["hash"] == last.hash
    assert told[-1]["data"]["subject"] == {"type": "commitment", "slug": commitment.slug}
    assert told[-1]["data"]["url"].endswith(f"/changes/{last.sequence}/")
    assert set(subscription.attempts.values_list("fate", flat=True)) == {Fate.DELIVERED}


@pytest.mark.django_db
def test_the_verdict_comes_with_all_that_belongs_beside_it(channel):
    commitment = make_commitment()
    with sink() as here:
        active(channel, here.url, commitment=commitment.slug)
        make_assessment(commitment=commitment, values=["met"])
        run(channel)
    data = json.loads(here.received[-1].body)["data"]
    assert data["kind"] == "assessment_published"
    assert data["judged"]["before"] is None
    assert data["judged"]["after"]["verdict"] == "kept"
    assert {"provisional", "confidence", "contested"} <= set(data["judged"]["after"])


@pytest.mark.django_db
def test_replay_altered_body_and_old_secret_are_rejected(channel):
    with sink() as here:
        subscription = active(channel, here.url)
        old = shown(endpoints.endpoint_of(subscription).secrets.get().value)
        endpoint = endpoints.endpoint_of(subscription)
        endpoints.rotate(endpoint)
        new = shown(endpoints.secrets_of(endpoint)[0].value)
        make_lab()
        run(channel)
        during = here.received[-1]
        assert verified(during, old) == verified(during, new)  # both, for a day
        endpoint.secrets.filter(ends_at__isnull=False).update(
            ends_at=timezone.now() - timedelta(seconds=1)
        )
        make_lab()
        run(channel)
    after = here.received[-1]
    assert verified(after, new)
    with pytest.raises(WebhookVerificationError):
        verified(after, old)
    altered = Received(after.path, after.headers, after.body.replace(b"lab", b"bal"))
    with pytest.raises(WebhookVerificationError):
        verified(altered, new)
    stale = dict(after.headers)
    stale["webhook-timestamp"] = str(int(stale["webhook-timestamp"]) - 3600)
    with pytest.raises(WebhookVerificationError):
        verified(Received(after.path, stale, after.body), new)


@pytest.mark.django_db
def test_ed25519_is_verified_with_the_public_key(channel):
    with sink() as here:
        subscription = active(channel, here.url, signing="ed25519")
        make_lab()
        run(channel)
    public = shown(endpoints.endpoint_of(subscription).secrets.get().value)
    assert public.startswith("whpk_")
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    last = here.received[-1]
    version, _, signature = last.headers["webhook-signature"].partition(",")
    assert version == "v1a"
    signed = f"{last.headers['webhook-id']}.{last.headers['webhook-timestamp']}.".encode()
    key.verify(base64.b64decode(signature), signed + last.body)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature), signed + last.body + b" ")


@pytest.mark.django_db
def test_only_the_scope_and_the_floor_are_told(channel):
    lab, other = make_lab(), make_lab()
    with sink() as here:
        active(channel, here.url, lab=lab.slug, floor="major")
        mine = make_commitment(lab=lab)
        make_commitment(lab=other)
        run(channel)
    told = [json.loads(each.body)["data"] for each in here.received[1:]]
    assert [each["subject"]["slug"] for each in told] == [mine.slug]


@pytest.mark.django_db
def test_a_failure_is_tried_again_under_the_same_id_and_nothing_behind_it_overtakes(channel):
    broken = [True]

    def answer(received):
        said = json.loads(received.body)
        if broken[0] and said["type"] != "endpoint.verification":
            return 500, {}, b""
        return 200, {}, received.body

    with sink(answer) as here:
        subscription = active(channel, here.url)
        make_lab()
        make_lab()
        run(channel)
        assert len(here.received) == 2  # the handshake, and one try of the first entry
        run(channel)
        assert len(here.received) == 2  # not before its time
        broken[0] = False
        due_now(subscription)
        run(channel)
    ids = here.ids()[1:]
    assert ids[0] == ids[1]
    assert len(ids) == 3
    fates = list(subscription.attempts.order_by("pk").values_list("fate", flat=True))
    assert fates == [Fate.FAILED, Fate.DELIVERED, Fate.DELIVERED]


def test_the_schedule_spans_days_and_heeds_what_the_endpoint_asks():
    now = timezone.now()
    for failures, seconds in enumerate(SCHEDULE):
        pause = (again_at(now, failures, "") - now).total_seconds()
        assert seconds <= pause <= seconds * 1.1
    assert sum(SCHEDULE) > 3 * 86_400
    assert again_at(now, 0, "120") >= now + timedelta(seconds=120)
    assert again_at(now, 0, "999999") <= now + timedelta(days=1)
    assert again_at(now, 0, "9" * 400) <= now + timedelta(days=1)
    assert again_at(now, 0, " 3600 ") >= now + timedelta(hours=1)
    in_two_hours = format_datetime(now + timedelta(hours=2), usegmt=True)
    assert again_at(now, 0, in_two_hours) > now + timedelta(minutes=119)
    for nonsense in ("soon", "-5", "\u0663", "", "Wed, 99 Nov 2026 25:00:00 GMT"):
        assert again_at(now, 0, nonsense) < now + timedelta(minutes=1)


@pytest.mark.django_db
def test_410_ends_it_and_the_owner_is_told(channel):
    with sink() as here:
        subscription = active(channel, here.url, owner="owner@example.org")
        here.answer = lambda received: (410, {}, b"")
        make_lab()
        make_lab()
        run(channel)
        due_now(subscription)
        run(channel)
    assert len(here.received) == 2
    subscription.refresh_from_db()
    assert subscription.standing == Standing.ENDED
    letter = Letter.objects.exclude(kind=OWNER).get()
    assert (letter.kind, letter.to) == (webhooks.GONE, "owner@example.org")


@pytest.mark.django_db
def test_failing_for_days_pauses_and_resuming_misses_nothing(channel):
    with sink() as here:
        subscription = active(channel, here.url, owner="owner@example.org")
        here.answer = lambda received: (503, {}, b"")
        make_lab()
        for _ in range(len(SCHEDULE) + 3):
            run(channel)
            due_now(subscription)
        subscription.refresh_from_db()
        assert subscription.standing == Standing.PAUSED
        assert len(here.received) == 1 + 1 + len(SCHEDULE)
        assert Letter.objects.exclude(kind=OWNER).get().kind == webhooks.PAUSED
        make_lab()
        run(channel)
        here.answer = lambda received: (204, {}, b"")
        here.received.clear()
        endpoints.resume(subscription)
        run(channel)
    told = [json.loads(each.body)["data"]["sequence"] for each in here.received]
    assert told == [head_sequence() - 1, head_sequence()]


@pytest.mark.django_db
def test_one_entry_that_is_refused_is_set_aside_and_the_next_are_told(channel):
    with sink() as here:
        subscription = active(channel, here.url)
        poison = make_lab(name="Example Poison Lab")

        def answer(received):
            return (422 if poison.slug.encode() in received.body else 200), {}, b""

        here.answer = answer
        fine = make_lab()
        for _ in range(webhooks.REFUSALS + 1):
            run(channel)
            due_now(subscription)
    assert fine.slug.encode() in here.received[-1].body
    assert subscription.attempts.filter(fate=Fate.SET_ASIDE).count() == 1
    subscription.refresh_from_db()
    assert subscription.standing == Standing.ACTIVE


@pytest.mark.django_db
def test_a_refusal_after_an_outage_is_the_first(channel):
    with sink() as here:
        subscription = active(channel, here.url)
        here.answer = lambda received: (503, {}, b"")
        make_lab()
        for _ in range(webhooks.REFUSALS):
            run(channel)
            due_now(subscription)
        here.answer = lambda received: (404, {}, b"")
        for _ in range(webhooks.REFUSALS - 1):
            run(channel)
            due_now(subscription)
        assert not subscription.attempts.filter(fate=Fate.SET_ASIDE).exists()
        here.answer = lambda received: (200, {}, b"")
        run(channel)
    assert subscription.attempts.values_list("fate", flat=True)[0] == Fate.DELIVERED


@pytest.mark.django_db
def test_two_secrets_sign_at_most_and_two_changes_end_one_at_once(channel):
    with sink() as here:
        subscription = active(channel, here.url)
        leaked = endpoints.endpoint_of(subscription).secrets.get().value
        for _ in range(20):
            endpoints.rotate(endpoints.endpoint_of(subscription))
        make_lab()
        run(channel)
    assert len(here.received[-1].headers["webhook-signature"].split(" ")) == 2
    with pytest.raises(WebhookVerificationError):
        verified(here.received[-1], shown(leaked))


@pytest.mark.django_db
def test_an_entry_that_cannot_be_worded_holds_nobody_up(channel, monkeypatch):
    with sink() as here:
        subscription = active(channel, here.url)
        bad = make_lab()
        good = make_lab()

        def statement_of(change):
            if change.subject_slug == bad.slug:
                raise ValueError("not a known kind")
            return statement(change)

        monkeypatch.setattr(webhooks, "statement", statement_of)
        run(channel)
    assert good.slug.encode() in here.received[-1].body
    assert [each.fate for each in subscription.attempts.filter(fate=Fate.SET_ASIDE)] == [
        Fate.SET_ASIDE
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("said", [b"", b"no", b"challenge"])
def test_without_the_challenge_nothing_is_ever_sent(channel, said):
    with sink(lambda received: (200, {}, said)) as here:
        subscription = endpoints.make(here.url, "hmac")
        run(channel)
        make_lab()
        run(channel)
    assert len(here.received) == 1
    subscription.refresh_from_db()
    assert subscription.standing == Standing.PENDING
    assert "challenge" in subscription.said


@pytest.mark.django_db
def test_private_addresses_are_never_connected_to():
    with sink() as here:
        channel = Webhooks(fetch, threads=2, to_the_end=True)  # with the guard that production has
        subscription = endpoints.make(here.url, "hmac")
        run(channel)
        channel.close()
    assert here.received == []
    subscription.refresh_from_db()
    assert subscription.standing == Standing.PENDING
    assert subscription.said


@pytest.mark.django_db
def test_redelivery_sends_what_was_sent_under_the_same_ids(channel):
    with sink() as here:
        subscription = active(channel, here.url)
        make_lab()
        make_lab()
        run(channel)
        first = here.ids()[1:]
        assert endpoints.send_from(subscription, head_sequence() - 1)
        run(channel)
        assert here.ids()[3:] == first
        assert not endpoints.send_from(subscription, head_sequence() + 5)


@pytest.mark.django_db
def test_a_worker_that_dies_with_a_claim_costs_a_repetition_at_most(channel):
    with sink() as here:
        subscription = active(channel, here.url)
        make_lab()
        route()
        dying = Webhooks(fetch_here, threads=1)
        dying._begin()  # claimed and sent, never settled
        dying.pool.shutdown(wait=True)
        run(channel)
        assert len(here.received) == 2  # the claim still stands
        due_now(subscription)  # its time is up
        run(channel)
    assert here.ids()[1] == here.ids()[2]
    assert len(here.received) == 3


@pytest.mark.django_db
def test_removed_meanwhile_is_no_error(channel):
    with sink() as here:
        subscription = active(channel, here.url)
        make_lab()
        route()
        channel._begin()
        endpoints.remove(subscription)
        run(channel)
    assert not Attempt.objects.exists()
    assert not Subscription.objects.exists()
