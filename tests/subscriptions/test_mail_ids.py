"""A mail that may have been sent already is sent again as it was, under the id that it had."""

import pytest
from django.utils import timezone

from tests.builders import make_lab
from tests.journeys.witnesses import told_by
from tests.subscriptions.following import follows, work
from tracker.changes.log import head_sequence
from tracker.subscriptions import mailing
from tracker.subscriptions.models import Subscription
from tracker.subscriptions.routing import route

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a test calls a `kill -9`."""


def later() -> None:
    """The claim of the one who died is over, and the time to try again has come."""
    Subscription.objects.filter(due_at__isnull=False).update(due_at=timezone.now())


@pytest.mark.parametrize("entries", [1, 3])
def test_a_worker_that_died_after_sending_doubles_no_entry(post, monkeypatch, entries):
    follows()
    for _ in range(entries):
        make_lab()
    first = head_sequence()

    def die(*args):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(mailing, "_sent", die)
        work()
    make_lab()
    make_lab()
    route()
    later()
    work()
    sent, again, rest = post.taken
    assert sent["Message-ID"] == again["Message-ID"] != rest["Message-ID"]
    assert told_by(sent) == told_by(again) == list(range(first - entries + 1, first + 1))
    assert told_by(rest) == [first + 1, first + 2]


def test_one_that_the_server_would_not_take_grows_by_what_came_since(post):
    follows()
    make_lab()
    first = head_sequence()
    post.data = lambda address: "451 not now"
    work()
    assert post.taken == []
    make_lab()
    post.data = lambda address: "250 OK"
    later()
    work()
    (mail,) = post.taken
    assert told_by(mail) == [first, first + 1]
