"""A page that a token opens names itself nowhere, and takes forms from its own host alone."""

import pytest

from tests.builders import make_lab
from tests.submissions.test_suggesting import link_of, patient, send
from tests.subscriptions.following import ask, follows, link_in, publish, work
from tests.subscriptions.test_owning import make, page_of
from tracker.subscriptions import opting
from tracker.subscriptions.models import Reader, Subscription

pytestmark = pytest.mark.django_db

__all__ = ["patient"]


@pytest.fixture
def links(client, post) -> list[str]:
    """One page of each kind that a token opens."""
    make_lab()
    ask(client, email="new@example.org")
    follows()
    publish(1)
    work()
    to_confirm = next(each for each in post.taken if each["To"] == "new@example.org")
    to_stop = next(each for each in post.taken if each["To"] != "new@example.org")
    return [
        link_in(to_confirm, "confirm"),
        link_in(to_stop, "stop"),
        f"/subscribe/manage/{opting.manage_token(Reader.objects.get(email='ada@example.org'))}/",
        page_of(make(client, "https://example.org/hook")),
        link_of(send(client)),
    ]


def test_it_names_itself_nowhere_and_is_not_redirected(client, links):
    for link in links:
        for spelled in (link, link.rstrip("/")):
            answer = client.get(spelled)
            assert answer.status_code == 200, spelled
            assert answer["Cache-Control"] == "no-store"
            assert answer["Referrer-Policy"] == "no-referrer"
            assert link.split("/")[-2] not in answer.content.decode()


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("http://localhost:8000", "localhost:8000", 200),
        ("http://127.0.0.1:8000", "localhost:8000", 200),  # SITE_URL
        ("http://evil.example", "localhost:8000", 403),
        ("http://localhost:9000", "localhost:8000", 403),
        ("https://localhost:8000", "localhost:8000", 403),
    ],
)
def test_a_form_may_come_from_the_host_that_was_asked(client, settings, origin, host, status):
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    typed = {"email": "ada@example.org"}
    headers = {"origin": origin, "host": host}
    assert client.post("/subscribe/link/", typed, headers=headers).status_code == status
    cross = headers | {"sec-fetch-site": "cross-site"}
    assert client.post("/subscribe/link/", typed, headers=cross).status_code == 403


def test_one_address_is_one_reader_however_it_is_spelled(client, post):
    for email in (
        "ada@example.org",
        "ADA@example.org",
        "ada@ｅxample.org",
        "ada@exam\u00adple.org",
    ):
        assert ask(client, email=email).status_code == 200
    work()
    assert len(post.taken) == 1
    assert Reader.objects.get().email == "ada@example.org"
    refused = ask(client, email="vi\u017ftim@example.org")
    assert refused.status_code == 400
    assert "We cannot write to this address." in refused.content.decode()


def test_tags_bring_a_mailbox_no_more_than_a_few_letters_a_day(client, post):
    for number in range(6):
        assert ask(client, email=f"ada+{number}@example.org").status_code == 200
    work()
    assert len(post.taken) == opting.LETTERS_TO_MAILBOX
    ask(client, email="eve@example.org")
    work()
    assert post.taken[-1]["To"] == "eve@example.org"


def test_a_link_is_sent_however_the_address_is_spelled(client, post):
    follows()
    for email in ("ADA@ｅxample.org", "ada@example.org"):
        assert client.post("/subscribe/link/", {"email": email}).status_code == 200
    work()
    assert [mail["To"] for mail in post.taken] == ["ada@example.org"]


def test_one_address_adds_only_so_much(client, monkeypatch):
    monkeypatch.setattr(opting, "MOST_FOLLOWED", 2)
    follows()
    labs = [make_lab() for _ in range(2)]
    page = f"/subscribe/manage/{opting.manage_token(Reader.objects.get())}/"
    typed = {"do": "add", "cadence": "weekly", "significance": "major"}
    assert client.post(page, typed | {"address": labs[0].get_absolute_url()}).status_code == 200
    refused = client.post(page, typed | {"address": labs[1].get_absolute_url()})
    assert refused.status_code == 400
    assert "as many as one address may" in refused.content.decode()
    assert labs[1].get_absolute_url() in refused.content.decode()
    assert Subscription.objects.count() == 2
    # what it follows already can be asked for in another rhythm
    again = client.post(page, typed | {"address": labs[0].get_absolute_url()})
    assert again.status_code == 200


@pytest.mark.parametrize("do", ["stop", "resume", "change"])
def test_a_button_of_what_another_tab_has_just_stopped(client, monkeypatch, do):
    follows()
    follows(lab=make_lab().slug)
    row = Subscription.objects.first()
    assert row is not None
    Subscription.objects.update(standing="paused")
    act = getattr(opting, do)

    def late(subscription, *args):
        Subscription.objects.filter(pk=subscription.pk).delete()
        act(subscription, *args)

    monkeypatch.setattr(opting, do, late)
    page = f"/subscribe/manage/{opting.manage_token(Reader.objects.get())}/"
    typed = {"do": do, "which": str(row.pk), "cadence": "weekly", "significance": "major"}
    assert client.post(page, typed).status_code == 200
    assert Subscription.objects.count() == 1
