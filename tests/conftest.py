"""Fixtures for every test: the seeds, a browser, and no network but this machine's own."""

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Browser, sync_playwright

from tests import both_databases
from tracker.interchange.seeding import SEEDS_FOLDER, seed


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The seeds in the database until the module ends, to be read; a test still needs `db`."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed(SEEDS_FOLDER)
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless, one for the whole run: open a context of your own in it.

        page = chromium.new_context().new_page()
        page.goto(live_server.url)

    Read the console before axe runs: axe itself trips `style-src`.
    """
    path = both_databases.chromium()
    if path is None:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(both_databases.LEFT_OUT["chromium"])
        pytest.skip(both_databases.LEFT_OUT["chromium"])
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's event loop runs in the test's own thread; Django would refuse it the ORM.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=path,
                args=[
                    "--no-sandbox",
                    "--disable-gpu",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ],
            )
            yield browser
            browser.close()


class NetworkBlocked(RuntimeError):
    """A test reached for an address that is not this machine's."""


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Sockets reach this machine only: a test that needs the world outside is no test of ours."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def refuse_outside(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
            raise NetworkBlocked(f"a test tried to reach {address[0]}")

    def guarded_connect(sock: socket.socket, address: Any) -> None:
        refuse_outside(sock, address)
        connect(sock, address)

    def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
        refuse_outside(sock, address)
        return connect_ex(sock, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name: looking it up would already ask the network
        return False
