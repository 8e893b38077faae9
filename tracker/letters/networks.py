"""Whose request it is, as far as throttling needs to know."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

NOWHERE = "::"  # asked through a socket, or by an address that is none


def network_of(request: HttpRequest) -> str:
    """The network that asks: an IPv4 address, or the /64 that one IPv6 customer holds.

    Behind PROXIES proxies it is the address that the outermost of them was asked from: what stands
    further left in X-Forwarded-For is whatever the stranger wrote there.
    """
    given = request.META.get("REMOTE_ADDR", "")
    if settings.PROXIES:
        passed_on = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(passed_on) >= settings.PROXIES:
            given = passed_on[-settings.PROXIES].strip()
    try:
        address = ip_address(given)
    except ValueError:
        return NOWHERE
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            packed = int(address)  # without the scope that an address may name
            return str(ip_network((packed, 64), strict=False).network_address)
        return str(address.ipv4_mapped)
    return str(address)


def larger_network(network: str) -> str:
    """The IPv6 /48 that one customer may hold the whole of, and this network is of; "" for IPv4."""
    if ":" not in network or network == NOWHERE:
        return ""
    return str(ip_network((network, 48), strict=False))
