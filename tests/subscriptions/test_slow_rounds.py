"""A worker that was kept by something else for longer than its claim does not begin anew."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.builders import make_lab
from tracker.changes.log import head_sequence
from tracker.sources.links import Answer
from tracker.subscriptions import endpoints
from tracker.subscriptions.models import Subscription
from tracker.subscriptions.routing import activate, route
from tracker.subscriptions.webhooks import Webhooks


@pytest.mark.django_db
def test_what_was_answered_meanwhile_is_settled_and_not_sent_again():
    sent, answered = [], threading.Event()

    def slowly(url, **request):
        sent.append(request["headers"]["webhook-id"])
        answered.wait(60)
        return Answer(200)

    made = endpoints.make("https://hook.example/", "hmac")
    activate(made)
    make_lab()
    route()
    channel = Webhooks(slowly, threads=2)
    channel()
    assert len(sent) == 1
    answered.set()
    for future in channel.flying:
        future.result(60)
    # a mail server that took its time: the claim is over, and nobody else has taken it
    due = timezone.now() - timedelta(seconds=1)
    Subscription.objects.filter(pk=made.pk).update(due_at=due)
    for _ in range(3):
        channel()
    channel.close()
    assert len(sent) == 1
    made.refresh_from_db()
    assert (made.cursor, made.due_at) == (head_sequence(), None)
