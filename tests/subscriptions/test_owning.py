"""A webhook's owner does everything by one private page."""

import re

import pytest
from django.core import mail

from tests.builders import make_lab
from tests.subscriptions.sink import fetch_here, sink
from tracker.changes.log import head_sequence
from tracker.letters.models import Token
from tracker.letters.sending import send_letters
from tracker.subscriptions import owning
from tracker.subscriptions.models import Endpoint, Standing, Subscription
from tracker.subscriptions.routing import route
from tracker.subscriptions.webhooks import Webhooks

NEW = "/subscribe/webhooks/"


@pytest.fixture
def channel():
    made = Webhooks(fetch_here, threads=4, to_the_end=True)
    yield made
    made.close()


def run(channel):
    route()
    for _ in range(100):
        if not channel():
            return


def make(client, url, query="", **fields):
    data = {"url": url, "signing": "hmac", "floor": "editorial"} | fields
    return client.post(NEW + query, data)


def page_of(response) -> str:
    found = re.search(r"/subscribe/webhooks/[^/\"<]{20,}/", response.content.decode())
    assert found
    return found[0]


@pytest.mark.django_db
def test_made_verified_told_rotated_paused_resumed_sent_again_and_removed(client, channel):
    lab = make_lab()
    with sink() as here:
        made = make(client, here.url, f"?lab={lab.slug}")
        assert made.status_code == 200
        assert re.search(r"<code>whsec_[^<]+</code>", made.content.decode())
        own = page_of(made)
        assert "waiting to be confirmed" in client.get(own).content.decode().lower()
        run(channel)
        assert "<dd>Active" in client.get(own).content.decode()

        client.post(own, {"do": "pause"})
        assert "<dd>Paused" in client.get(own).content.decode()
        client.post(own, {"do": "resume"})
        assert "<dd>Active" in client.get(own).content.decode()

        first = re.search(r"whsec_[^<]+", made.content.decode())
        second = re.search(r"whsec_[^<]+", client.post(own, {"do": "rotate"}).content.decode())
        assert first and second and first[0] != second[0]
        assert "whsec_" not in client.get(own).content.decode()

        again = {"do": "again", "sequence": str(head_sequence())}
        assert client.post(own, again).status_code == 200
        run(channel)
        assert here.ids()[-1].endswith(f"_{head_sequence()}")
        assert ">delivered (200)<" in client.get(own).content.decode()
        for wrong in ("", "0", "-1", "99999999999", "9" * 40, "١"):
            assert client.post(own, {"do": "again", "sequence": wrong}).status_code == 400
        assert client.post(own, {"do": "dance"}).status_code == 400

    client.post(own, {"do": "remove"})
    assert not Endpoint.objects.exists()
    assert not Token.objects.exists()
    assert client.get(own).status_code == 404


@pytest.mark.django_db
def test_reading_does_nothing(client):
    own = page_of(make(client, "https://example.org/hook"))
    before = Subscription.objects.values().get()
    client.get(own + "?")
    client.head(own)
    assert client.get(own, {"do": "remove"}).status_code == 400
    assert Subscription.objects.values().get() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"url": "javascript:alert(1)"},
        {"url": "ftp://example.org/"},
        {"url": ""},
        {"url": "https://example.org/\n"},
        {"url": "https://example.org/" + "a" * 600},
        {"signing": "rot13"},
        {"floor": "none"},
        {"owner": "nobody"},
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(client, fields):
    data = {"url": "https://example.org/hook", "owner": "owner@example.org"} | fields
    url = data.pop("url")
    response = make(client, url.replace("\n", "\n x"), **data)
    assert response.status_code == 400
    assert 'class="error"' in response.content.decode()
    assert not Endpoint.objects.exists()


@pytest.mark.django_db
def test_one_network_makes_only_so_many(client):
    for _ in range(owning.PER_NETWORK):
        assert make(client, "https://example.org/hook").status_code == 200
    refused = make(client, "https://example.org/hook")
    assert refused.status_code == 429
    assert "https://example.org/hook" in refused.content.decode()
    assert Endpoint.objects.count() == owning.PER_NETWORK


@pytest.mark.django_db
def test_its_private_page_is_not_kept_and_tells_no_referrer(client):
    made = make(client, "https://example.org/hook")
    for response in (made, client.get(page_of(made)), client.get(f"{NEW}unknown/")):
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
    token = page_of(made).split("/")[-2]
    assert token not in str(list(Token.objects.values()))


@pytest.mark.django_db
def test_the_owner_hears_that_it_has_stopped(client, channel):
    with sink() as here:
        own = page_of(make(client, here.url, owner="owner@example.org"))
        run(channel)
        here.answer = lambda received: (410, {}, b"")
        make_lab()
        run(channel)
    send_letters(owning.WORDINGS)
    (told,) = mail.outbox
    assert told.to == ["owner@example.org"]
    assert "410" in told.body
    assert own in told.body
    assert Subscription.objects.get().standing == Standing.ENDED
