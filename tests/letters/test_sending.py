"""Letters wait until they are sent, and one that cannot be sent keeps no other waiting."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.mail import get_connection

from tests.mailserver import part, postbox, use
from tracker.letters.breaker import server
from tracker.letters.mail import Mail, mail_host, subject_line
from tracker.letters.models import Letter
from tracker.letters.sending import PAUSES, forget_set_aside, send_letters, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(settings):
    with postbox() as kept:
        use(settings, kept.port)
        server.fine()
        yield kept
        server.fine()


def word(letter: Letter) -> Mail | None:
    """A letter about its own subject; nothing to say about "nothing", and no words for "poison"."""
    if letter.about == "nothing":
        return None
    if letter.about == "poison":
        raise ValueError("no words")
    return Mail(letter.to, letter.about, "Text → here", "<p>HTML → here</p>", letter.pk.hex)


def send() -> int:
    return send_letters({"kind": word})


def test_a_letter_is_sent_once_and_gone(post):
    letter = write("kind", "A subject – with a dash", "ada@example.org")
    assert (send(), send()) == (1, 0)
    (mail,) = post.taken
    assert mail["Message-ID"] == f"<{letter.pk.hex}@{mail_host()}>"
    assert str(mail["Subject"]).strip() == "A subject – with a dash"
    assert "Text → here" in part(mail, "plain")
    assert "HTML → here" in part(mail, "html")
    assert not Letter.objects.exists()


def test_a_letter_waits_for_its_time_and_for_somebody_who_has_words(post):
    write("kind", "later", "ada@example.org", after=timedelta(hours=1))
    write("another kind", "x", "ada@example.org")
    assert send() == 0
    assert Letter.objects.count() == 2


def test_one_without_words_keeps_no_other_waiting(post, caplog):
    write("kind", "poison", "ada@example.org")
    write("kind", "nothing", "ada@example.org")
    write("kind", "good", "ada@example.org")
    assert send() == 1
    assert "ValueError: no words" in caplog.text
    assert "ada@example.org" not in caplog.text
    left = Letter.objects.get()
    assert (left.about, left.failures, left.claim) == ("poison", 1, None)
    assert left.due_at is not None and left.due_at > datetime.now(UTC)


def test_what_is_refused_for_now_is_tried_again_and_in_the_end_set_aside(post):
    write("kind", "x", "ada@example.org")
    post.rcpt = lambda address: "450 Come back later"
    for failures in range(len(PAUSES) + 1):
        assert Letter.objects.get().failures == failures
        send()
        Letter.objects.filter(due_at__isnull=False).update(due_at=datetime.now(UTC))
    letter = Letter.objects.get()
    assert (letter.due_at, letter.said) == (None, "450 Come back later")
    assert forget_set_aside() == 0
    Letter.objects.update(created_at=datetime.now(UTC) - timedelta(days=31))
    assert forget_set_aside() == 1


@pytest.mark.parametrize("answer", ["550 No such user", "554 We do not want it"])
def test_what_is_refused_for_good_is_set_aside_at_once(post, answer):
    write("kind", "x", "ada@example.org")
    setattr(post, "rcpt" if answer.startswith("550") else "data", lambda address: answer)
    assert send() == 0
    letter = Letter.objects.get()
    assert (letter.due_at, letter.said) == (None, answer)


def test_a_server_that_hangs_up_between_two_mails_is_called_again(post, monkeypatch):
    for number in range(4):
        write("kind", f"no. {number}", "ada@example.org")
    backend = type(get_connection())
    real, sent = backend.send_messages, []

    def hang_up(self, messages):
        sent.append(1)
        if len(sent) == 2:
            self.connection.sock.close()
        return real(self, messages)

    monkeypatch.setattr(backend, "send_messages", hang_up)
    assert send() == 4
    assert {str(mail["Subject"]) for mail in post.taken} == {f"no. {each}" for each in range(4)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("one\r\nBcc: two\x00\x1b\u2028three", "one Bcc: two three"),
        ("\u202eevil\u2066", "evil"),
        ("a" * 500, "a" * 159 + "…"),
        ("  ", ""),
    ],
)
def test_a_subject_is_one_line_that_can_be_shown(text, said):
    assert subject_line(text) == said


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://record.example/base", "record.example"), ("http://[::1]:8000", "[IPv6:::1]")],
)
def test_the_host_of_a_message_id_is_the_sites(settings, url, host):
    settings.SITE_URL = url
    assert mail_host() == host


def test_without_a_server_mails_are_files_for_their_owner_alone(settings, tmp_path):
    settings.OUTBOX = tmp_path / "outbox"
    settings.EMAIL_BACKEND = "tracker.letters.outbox.Outbox"
    write("kind", "First", "ada@example.org")
    write("kind", "Second", "ada@example.org")
    assert send() == 2
    files = sorted(settings.OUTBOX.iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert "Subject: First" in "".join(file.read_text() for file in files)
