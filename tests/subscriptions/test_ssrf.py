"""An address that a stranger gives leads to no machine but one of the public internet.

The whole way is walked: the form makes the webhook, the worker asks it. Whatever the site connects
to is in truth a listener on this machine, so an address that the guard let through would be heard;
the public ones are, which shows that the listener can hear.
"""

import socket
from itertools import count

import pytest

from tests.builders import make_lab
from tests.sources.test_links import ADDRESSES, SPELLINGS
from tests.subscriptions.sink import Received, Sink, echo, sink
from tracker.subscriptions.models import Endpoint, Fate, Standing, Subscription
from tracker.subscriptions.routing import route
from tracker.subscriptions.webhooks import Webhooks

PUBLIC = "8.8.8.8"
INSIDE = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254", "100.64.0.1"]

pytestmark = pytest.mark.django_db


class Network:
    """A network on which every name is looked up here, and every address leads to the listener."""

    def __init__(self, listener: Sink) -> None:
        self.listener = listener
        self.names: dict[str, list[str]] = {}  # what a name leads to, lookup by lookup
        self.looked_up: list[str] = []
        self.connected: list[str] = []
        self.connect = socket.socket.connect

    def getaddrinfo(self, host, port, *more, **hints):
        leads_to = host
        if host in self.names:
            self.looked_up.append(host)
            answers = self.names[host]
            leads_to = answers.pop(0) if len(answers) > 1 else answers[0]
        elif not set(host) <= set("0123456789.abcdef:"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        # the family of the listener, so that a socket made for any address can reach it
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (leads_to, port))]

    def connecting(self, opened, address):
        self.connected.append(address[0])
        port = int(self.listener.url.rpartition(":")[2].partition("/")[0])
        self.connect(opened, ("127.0.0.1", port))


@pytest.fixture
def listener():
    with sink() as here:
        yield here


@pytest.fixture
def network(listener, monkeypatch):
    made = Network(listener)
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    monkeypatch.setattr(
        socket.socket, "connect", lambda opened, address: made.connecting(opened, address)
    )
    return made


@pytest.fixture
def channel():
    made = Webhooks()  # the site's own, with its guard
    yield made
    made.close()


_networks = count(1)


def ask_for(client, url):
    """Send the form, from a network that has not asked yet; the webhook, if one was made."""
    known = set(Endpoint.objects.values_list("pk", flat=True))
    typed = {"url": url, "signing": "hmac", "floor": "editorial", "owner": ""}
    number = next(_networks)
    answer = client.post(
        "/subscribe/webhooks/", typed, REMOTE_ADDR=f"8.8.{number // 250}.{number % 250}"
    )
    assert answer.status_code in (200, 400), (url, answer.status_code)
    made = Subscription.objects.exclude(endpoint__in=known).first()
    assert (made is None) == (answer.status_code == 400), url
    return made


def work(channel):
    """What a worker does, until nothing is due and nothing under way."""
    route()
    for _ in range(1_000):
        if not channel() and not channel.flying:
            return
    raise AssertionError("there is always something due")


def heard_of_a_public_one(client, network, channel):
    """The listener hears what is sent to a public address: silence means something."""
    network.names["public.example"] = [PUBLIC]
    made = ask_for(client, "http://public.example/hook")
    work(channel)
    made.refresh_from_db()
    assert made.standing == Standing.ACTIVE
    assert [each.path for each in network.listener.received] == ["/hook"]
    assert network.connected == [PUBLIC]
    network.listener.received.clear()
    network.connected.clear()
    return made


@pytest.mark.once  # of addresses and sockets; that endpoints are kept is others' subject
def test_two_hundred_forbidden_addresses_reach_no_listener(client, network, channel):
    heard_of_a_public_one(client, network, channel).delete()
    hosts = [f"[{each}]" if ":" in each else each for each in ADDRESSES]
    urls = [f"http{'s' * (number % 2)}://{host}/" for number, host in enumerate(hosts)]
    assert len(urls) >= 200
    urls += [f"http://{host}/" for host in SPELLINGS]
    urls += [f"http://{host}:{port}/" for host in ("127.0.0.1", "[::1]") for port in (22, 8000)]
    made = [found for url in urls if (found := ask_for(client, url))]
    assert len(made) >= 150  # the form lets most pass: it is the worker who looks
    work(channel)
    assert network.listener.received == []
    assert network.connected == []
    rows = Subscription.objects.filter(pk__in=[each.pk for each in made])
    assert set(rows.values_list("standing", flat=True)) == {Standing.PENDING}
    assert not rows.filter(said="").exists()  # and the owner's page says why


def test_names_that_lead_inside_reach_no_listener(client, network, channel):
    heard_of_a_public_one(client, network, channel).delete()
    for number, address in enumerate([*INSIDE, *ADDRESSES[::8]]):
        network.names[f"inside-{number}.example"] = [address]
    for name in list(network.names)[1:]:
        for scheme in ("http", "https"):
            assert ask_for(client, f"{scheme}://{name}/hook")
    network.looked_up.clear()
    work(channel)
    assert len(network.looked_up) == 2 * (len(network.names) - 1)
    assert network.listener.received == []
    assert network.connected == []


@pytest.mark.parametrize("inside", INSIDE)
def test_a_name_is_looked_up_once_for_a_message(client, network, channel, inside):
    """A name that leads outside when it is checked, and inside the next time it is asked for."""
    network.names["turning.example"] = [PUBLIC, inside]
    made = ask_for(client, "http://turning.example/hook")
    work(channel)
    assert (network.looked_up, network.connected) == (["turning.example"], [PUBLIC])
    made.refresh_from_db()
    assert made.standing == Standing.ACTIVE
    # it now leads inside, and the next message is not sent there
    make_lab()
    work(channel)
    assert network.looked_up == ["turning.example"] * 2
    assert network.connected == [PUBLIC]
    assert len(network.listener.received) == 1
    attempt = made.attempts.get()
    assert (attempt.fate, attempt.status) == (Fate.FAILED, None)
    assert "not on the public internet" in attempt.said


@pytest.mark.parametrize("target", ["http://127.0.0.1/", "https://169.254.169.254/", "//[::1]/"])
def test_a_redirect_is_not_followed(client, network, channel, target):
    made = heard_of_a_public_one(client, network, channel)

    def elsewhere(received: Received) -> tuple[int, dict[str, str], bytes]:
        return 307, {"Location": target}, echo(received)[2]

    network.listener.answer = elsewhere
    assert ask_for(client, "http://public.example/moved").standing == Standing.PENDING
    make_lab()
    work(channel)
    assert network.connected == [PUBLIC] * 2  # the handshake of one, the entry of the other
    assert sorted(each.path for each in network.listener.received) == ["/hook", "/moved"]
    assert not Subscription.objects.filter(standing=Standing.ACTIVE).exclude(pk=made.pk).exists()
    assert made.attempts.get().status == 307
