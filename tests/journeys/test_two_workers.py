"""Workers share the work: where nobody is killed, each message and each mail is sent once."""

from collections import Counter

import pytest

from tests.builders import make_lab
from tests.journeys.hands import nursery
from tests.journeys.witnesses import check_mails, check_messages
from tests.machine import until
from tests.mailserver import postbox
from tests.subscriptions.following import follows
from tests.subscriptions.sink import sink
from tracker.changes.log import head_sequence
from tracker.subscriptions import endpoints
from tracker.subscriptions.models import Standing, Subscription

WORKERS, ENDPOINTS, READERS, ENTRIES, SECONDS = 3, 6, 6, 12, 120

pytestmark = pytest.mark.django_db(transaction=True)


def test_three_workers_send_each_message_and_each_mail_once(tmp_path):
    errors, before = tmp_path / "errors", head_sequence()
    emails = [f"reader-{number}@example.org" for number in range(READERS)]
    for email in emails:
        follows(email)

    def standing() -> str:
        rows = list(Subscription.objects.values_list("standing", "cursor", "wake", "said"))
        return f"{rows}; {errors.read_text()}"

    with (
        errors.open("w") as log,
        postbox() as post,
        sink() as here,
        nursery(log, EMAIL_URL=f"smtp://127.0.0.1:{post.port}") as hands,
    ):
        made = [endpoints.make(f"{here.url}/{number}", "hmac") for number in range(ENDPOINTS)]
        workers = [hands.fork("deliver", short=False) for _ in range(WORKERS)]
        pending = Subscription.objects.exclude(standing=Standing.ACTIVE)
        until(lambda: not pending.exists(), SECONDS, standing)
        for _ in range(ENTRIES):
            make_lab()
        last = head_sequence()
        behind = Subscription.objects.filter(cursor__lt=last)
        until(lambda: not behind.exists(), SECONDS, standing)
        assert [hands.ended(each) for each in workers] == [None] * WORKERS, standing()
    assert last == before + ENTRIES
    for number, subscription in enumerate(made):
        received = [each for each in here.received if each.path.endswith(f"/{number}")]
        check_messages(received, subscription, before + 1, last)
    assert set(Counter(here.ids()).values()) == {1}
    for email in emails:
        assert check_mails(post.to(email), before + 1, last) == 0
