"""A webhook's owner does everything by one private page."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.builders import make_lab
from tests.subscriptions.sink import fetch_here, sink
from tracker.changes.log import head_sequence
from tracker.letters.models import Asked, Letter, Token
from tracker.letters.sending import send_letters
from tracker.subscriptions import owning
from tracker.subscriptions.models import Endpoint, Secret, Standing, Subscription
from tracker.subscriptions.routing import route
from tracker.subscriptions.tidying import tidy
from tracker.subscriptions.webhooks import Webhooks

NEW = "/subscribe/webhooks/"


@pytest.fixture
def at_any_port(monkeypatch):
    """The form takes the address of a sink, which has a port of its own."""
    monkeypatch.setattr(owning, "as_asked", str)


@pytest.fixture
def channel(at_any_port):
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
        {"url": "https://example.org/" + "ü" * 100},
        {"url": "https://example.org:8443/hook"},
        {"url": "https://ada:secret@example.org/hook"},
        {"url": "http://2130706433/"},
        {"url": "https:///hook"},
        {"signing": "rot13"},
        {"floor": "none"},
        {"owner": "nobody"},
        {"owner": "vi\u017ftim@example.org"},
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
        Endpoint.objects.update(owner_confirmed=True)  # as test_owners.py does it
        Letter.objects.all().delete()
        here.answer = lambda received: (410, {}, b"")
        make_lab()
        run(channel)
    send_letters(owning.WORDINGS)
    (told,) = mail.outbox
    assert told.to == ["owner@example.org"]
    assert "410" in told.body
    assert own in told.body
    assert Subscription.objects.get().standing == Standing.ENDED


@pytest.mark.django_db
@pytest.mark.parametrize("do", ["again", "rotate", "verify"])
def test_a_button_that_costs_something_is_pressed_only_so_often(client, channel, monkeypatch, do):
    make_lab()
    with sink() as here:
        own = page_of(make(client, here.url))
        run(channel)
        Asked.objects.all().delete()
        pressed = {"do": do, "sequence": "1"}
        codes = [client.post(own, pressed).status_code for _ in range(owning.PER_NETWORK + 1)]
    assert codes[-1] == 429 and 429 not in codes[:-1]
    assert Secret.objects.count() <= 2


@pytest.mark.django_db
def test_a_host_is_asked_by_so_many_new_webhooks_a_day(client):
    def at(url, network):
        return make(Client(REMOTE_ADDR=f"192.0.2.{network}"), url).status_code

    spelled = ("http://example.org/{}", "https://EXAMPLE.org:443/{}", "http://ｅxample.org:443/{}")
    for number in range(owning.PER_HOST):
        assert at(spelled[number % 3].format(number), number) == 200
    assert at("https://example.org/one-more", 99) == 429
    assert at("https://example.org.evil.example/", 99) == 200
    refused = make(client, "https://example.org/one-more").content.decode()
    assert "webhooks made at this host" in refused and "https://example.org/one-more" in refused
    Endpoint.objects.filter(url="http://example.org/0").update(verified_at=timezone.now())
    assert at("https://example.org/one-more", 99) == 200
    assert at("https://example.org/two-more", 99) == 429
    yesterday = timezone.now() - owning.HOST_WINDOW
    Endpoint.objects.update(created_at=yesterday)
    assert at("https://example.org/two-more", 99) == 200


@pytest.mark.django_db
def test_what_never_answered_is_forgotten_after_a_month(client):
    old, verified = (page_of(make(client, f"https://example.org/{n}")) for n in range(2))
    Endpoint.objects.filter(url="https://example.org/1").update(verified_at=timezone.now())
    make(client, "https://example.org/new")
    month = timezone.now() - timedelta(days=31)
    Endpoint.objects.exclude(url="https://example.org/new").update(created_at=month)
    assert tidy() > 0
    left = set(Endpoint.objects.values_list("url", flat=True))
    assert left == {"https://example.org/1", "https://example.org/new"}
    assert Subscription.objects.count() == Secret.objects.count() == Token.objects.count() == 2
    assert client.get(old).status_code == 404
    assert client.get(verified).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("do", ["verify", "rotate", "pause", "resume", "again"])
def test_a_button_of_what_another_tab_has_just_removed(client, monkeypatch, do):
    make_lab()
    own = page_of(make(client, "https://example.org/hook"))
    act = owning.ACTIONS[do]

    def late(request, subscription):
        Endpoint.objects.all().delete()
        return act(request, subscription)

    monkeypatch.setitem(vars(owning)["ACTIONS"], do, late)
    assert client.post(own, {"do": do, "sequence": "1"}).status_code == 404
