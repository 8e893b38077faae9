"""Nobody is written to about a webhook before they have said so by the link in one letter."""

import json
import re

import pytest
from django.core import mail

from tests.builders import make_lab
from tests.subscriptions.test_owning import make, page_of, run
from tracker.letters.models import Asked, Letter, Token
from tracker.letters.sending import send_letters
from tracker.sources.links import Answer
from tracker.subscriptions import owning
from tracker.subscriptions.models import Endpoint
from tracker.subscriptions.webhooks import Webhooks

pytestmark = pytest.mark.django_db

OWNER = "owner@example.org"
HOOK = "https://hooks.example/BUY-NOW-AT-EVIL"


def answers(url, *, method, body, headers, seconds):
    """An endpoint that answers its handshake, and then wants no more."""
    if json.loads(body)["type"] == "endpoint.verification":
        return Answer(200, "", body)
    return Answer(410)


@pytest.fixture
def channel():
    made = Webhooks(answers, threads=2, to_the_end=True)
    yield made
    made.close()


def letters():
    while send_letters(owning.WORDINGS):
        pass
    return mail.outbox


def link_in(letter) -> str:
    (path,) = set(re.findall(r"/subscribe/owner/[\w-]+/", str(letter.message())))
    return str(path)


def ended(channel):
    """It is told of something, and answers 410."""
    make_lab()
    run(channel)


def test_who_never_asked_gets_one_letter_whatever_a_stranger_makes(client, channel):
    spellings = (OWNER, "OWNER@example.org", "owner+tag@example.org", "owner@ｅxample.org")
    for number in range(8):
        made = make(client, f"{HOOK}-{number}", owner=spellings[number % 4])
        run(channel)
        client.post(page_of(made), {"do": "owner"})
    ended(channel)
    (asked,) = letters()
    assert asked.to == [OWNER]
    whole = str(asked.message())
    assert "hooks.example" in whole
    assert "BUY-NOW" not in whole and "https://hooks.example" not in whole
    assert not Letter.objects.exists()


def test_nothing_is_asked_before_the_endpoint_has_answered(client, channel):
    own = page_of(make(client, HOOK, owner=OWNER))
    assert client.post(own, {"do": "owner"}).status_code == 400
    assert letters() == []
    run(channel)
    assert len(letters()) == 1
    assert "once the link in our letter there is followed" in client.get(own).content.decode()


def test_by_the_link_its_owner_says_yes_and_hears_when_it_stops(client, channel):
    own = page_of(make(client, HOOK, owner=OWNER))
    run(channel)
    link = link_in(letters()[0])
    assert "Yes, write to me" in client.get(link).content.decode()
    client.head(link)
    assert not Endpoint.objects.get().owner_confirmed, "GET never acts"
    assert "We shall write to you" in client.post(link, {"do": "confirm"}).content.decode()
    assert client.post(own, {"do": "owner"}).status_code == 400
    ended(channel)
    told = letters()[1]
    assert told.to == [OWNER]
    assert "410" in told.body and own in told.body
    assert "BUY-NOW" not in str(told.message())


def test_by_the_link_the_address_is_forgotten(client, channel):
    make(client, HOOK, owner=OWNER)
    run(channel)
    link = link_in(letters()[0])
    assert "is forgotten" in client.post(link, {"do": "forget"}).content.decode()
    assert Endpoint.objects.get().owner == ""
    assert client.get(link).status_code == 404
    ended(channel)
    assert len(letters()) == 1


def test_the_letter_can_be_asked_for_again_the_next_day(client, channel):
    own = page_of(make(client, HOOK, owner=OWNER))
    run(channel)
    assert len(letters()) == 1
    assert client.post(own, {"do": "owner"}).status_code == 400
    Asked.objects.all().delete()
    assert client.post(own, {"do": "owner"}).status_code == 200
    assert len(letters()) == 2
    assert client.get(link_in(mail.outbox[0])).status_code == 200
    client.post(own, {"do": "remove"})
    assert not Token.objects.exists()


@pytest.mark.parametrize("token", ["x", "a" * 43])
def test_a_link_that_was_never_given_opens_nothing(client, token):
    assert client.get(f"/subscribe/owner/{token}/").status_code == 404
    assert client.post(f"/subscribe/owner/{token}/", {"do": "confirm"}).status_code == 404
