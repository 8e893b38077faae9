"""What becomes of a mail that the server will not have, and of one whose worker dies."""

import threading
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from tests.mailserver import part, use
from tests.subscriptions.following import follows, publish, sooner, subject, work
from tracker.letters.breaker import server
from tracker.subscriptions import mailing, serving
from tracker.subscriptions.mailing import send_mails
from tracker.subscriptions.models import Attempt, Reader, Standing, Subscription
from tracker.subscriptions.opting import manage_token
from tracker.subscriptions.routing import route

pytestmark = pytest.mark.django_db


# --- When the server will not have it ---


def test_a_server_that_is_away_costs_no_reader_anything(post, settings, caplog):
    for number in range(70):
        follows(f"reader-{number}@example.org")
    publish(1)
    use(settings, 1)  # nobody listens there
    route()
    assert send_mails() == 0
    assert send_mails() == 0, "and it is let alone for a while"
    assert caplog.text.count("the mail server cannot be used") == 1
    assert not Attempt.objects.exists()
    rows = Subscription.objects.all()
    assert {(row.failures, row.claim) for row in rows} == {(0, None)}
    use(settings, post.port)
    assert send_mails() == 0
    server.fine()
    work()
    assert len(post.taken) == len({mail["To"] for mail in post.taken}) == 70
    assert post.connections == 2, "one for a batch of fifty"


def test_a_server_that_goes_away_half_way_sends_the_rest_later(post):
    for number in range(5):
        follows(f"reader-{number}@example.org")
    publish(1)
    post.data = lambda address: "250 OK" if len(post.taken) < 2 else "421 Closing down"
    route()
    assert send_mails() == 2
    assert send_mails() == 0
    post.data = lambda address: "250 OK"
    server.fine()
    work()
    assert len(post.taken) == len({mail["To"] for mail in post.taken}) == 5
    assert not Attempt.objects.exists()


def test_a_mailbox_that_is_full_is_tried_again_later_and_later(post):
    own = follows()
    publish(1)
    post.rcpt = lambda address: "452 Mailbox full"
    waits = []
    for _ in range(3):
        work()
        own.refresh_from_db()
        now = datetime.now(UTC)
        waits.append(round((own.due_at - now).total_seconds() / 60))
        Subscription.objects.update(due_at=now)
    assert waits == [1, 5, 30]
    assert own.said == "452 Mailbox full"
    assert own.failures == 3
    assert {each.fate for each in Attempt.objects.all()} == {"failed"}
    post.rcpt = lambda address: "250 OK"
    work()
    own.refresh_from_db()
    assert (len(post.taken), own.failures, own.said) == (1, 0, "")


def test_an_address_that_is_refused_for_good_three_times_is_left_alone(post, client):
    own = follows()
    publish(1)
    post.rcpt = lambda address: "550 No such user"
    for number in (1, 2, 3):
        work()
        assert Reader.objects.get().bounces == number
        sooner(days=1)
    own.refresh_from_db()
    assert (own.standing, own.said) == (Standing.PAUSED, "550 No such user")
    assert Attempt.objects.count() == 3
    publish(1)
    work()
    assert Attempt.objects.count() == 3
    # its owner may resume it, and has missed nothing
    link = f"/subscribe/manage/{manage_token(own.reader)}/"
    assert "Paused: your mailbox refused our mails (550 No such user)" in " ".join(
        client.get(link).content.decode().split()
    )
    post.rcpt = lambda address: "250 OK"
    client.post(link, {"do": "resume", "which": str(own.pk)})
    work()
    assert subject(post.taken[-1]) == "2 changes: On Record"
    assert Reader.objects.get().bounces == 0


def test_one_refusal_between_mails_that_arrive_does_not_count(post):
    own = follows()
    for answer in ("550 No", "250 OK", "550 No", "250 OK", "550 No", "250 OK"):
        post.rcpt = lambda address, answer=answer: answer
        publish(1)
        work()
        sooner(days=1)
    own.refresh_from_db()
    assert own.standing == Standing.ACTIVE


def test_the_command_says_that_the_server_is_away_and_fails(post, settings, capsys):
    follows()
    publish(1)
    use(settings, 1)
    with pytest.raises(CommandError, match="The mail server cannot be used"):
        call_command("deliver", "--once")
    server.fine()
    use(settings, post.port)
    call_command("deliver", "--once")
    assert "1 mails" in capsys.readouterr().out
    assert len(post.taken) == 1


# --- At least once, under the same id ---


def test_a_worker_killed_after_sending_sends_the_same_mail_again(post, monkeypatch):
    follows()
    publish(2)
    route()

    def die(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mailing, "_sent", die)
        with pytest.raises(KeyboardInterrupt):
            send_mails()
    assert send_mails() == 0, "until its claim runs out, the mail is the dead one's"
    sooner(minutes=3)
    assert send_mails() == 1
    first, second = post.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert part(first, "plain") == part(second, "plain")
    publish(1)
    work()
    assert post.taken[-1]["Message-ID"] != first["Message-ID"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_mail_once(post):
    for number in range(40):
        follows(f"reader-{number}@example.org")
    publish(3)
    route()
    barrier = threading.Barrier(2)

    def run() -> None:
        barrier.wait()
        try:
            while send_mails():
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(post.taken) == len({mail["To"] for mail in post.taken}) == 40


def test_who_stops_while_a_mail_is_on_its_way_is_left_stopped(post, client, monkeypatch):
    own = follows()
    publish(1)
    route()
    monkeypatch.setattr(
        mailing, "told", lambda row, cursor: (own.delete(), serving.told(row, cursor))[1]
    )
    assert send_mails() == 1
    assert not Subscription.objects.exists()
