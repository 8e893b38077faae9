"""Who asks too often waits; who it was is not kept in the clear."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from tracker.letters.models import Asked
from tracker.letters.networks import NOWHERE, network_of
from tracker.letters.throttle import NEIGHBOURS, allowed, allowed_from, forget_old

HOUR = timedelta(hours=1)


@pytest.mark.django_db
def test_so_many_in_a_window_and_then_from_the_start():
    assert [allowed("follow", "192.0.2.1", 3, HOUR) for _ in range(4)] == [True] * 3 + [False]
    assert allowed("follow", "192.0.2.2", 3, HOUR)
    assert allowed("another purpose", "192.0.2.1", 3, HOUR)
    Asked.objects.update(since=timezone.now() - HOUR)
    assert allowed("follow", "192.0.2.1", 3, HOUR)


@pytest.mark.django_db
def test_a_customer_with_many_networks_uses_up_their_own_and_nobody_elses():
    def ask(address):
        request = RequestFactory().get("/", REMOTE_ADDR=address)
        return allowed_from("follow", network_of(request), 3, HOUR)

    answers = [ask(f"2001:db8:0:{n:x}::1") for n in range(40)]  # of one /56
    assert answers == [True] * (3 * NEIGHBOURS) + [False] * (40 - 3 * NEIGHBOURS)
    assert ask("2001:db8:1::1")
    assert [ask("192.0.2.1") for _ in range(4)] == [True] * 3 + [False]
    assert ask("192.0.2.2")


@pytest.mark.django_db
def test_the_table_does_not_say_who():
    allowed("follow", "192.0.2.1", 3, HOUR)
    assert "192.0.2.1" not in str(Asked.objects.values().get())
    assert forget_old() == 0
    Asked.objects.update(since=timezone.now() - timedelta(days=3))
    assert forget_old() == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", NOWHERE),
        ("unix:", NOWHERE),
    ],
)
def test_a_network_is_an_address_or_what_one_customer_holds(address, network):
    assert network_of(RequestFactory().get("/", REMOTE_ADDR=address)) == network


@pytest.mark.parametrize(
    ("proxies", "forwarded", "network"),
    [
        (0, "192.0.2.9", "127.0.0.1"),
        (1, "10.0.0.1, 192.0.2.9", "192.0.2.9"),
        (2, "10.0.0.1, 192.0.2.9, 192.0.2.8", "192.0.2.9"),
        (2, "192.0.2.9", "127.0.0.1"),
        (1, "nonsense", NOWHERE),
    ],
)
def test_only_the_sites_own_proxies_are_believed(settings, proxies, forwarded, network):
    settings.PROXIES = proxies
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)
    assert network_of(request) == network
