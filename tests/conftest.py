"""Fixtures for every test: seeds, browser, log and checkpoints, and no network but this machine."""

import gc
import itertools
import os
import re
import shutil
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.commands import flush as flush_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connections, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import Model
from django.template.base import Template
from django.template.context import Context
from django.test import override_settings
from django.test.signals import template_rendered
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer
from whitenoise.middleware import WhiteNoiseMiddleware

from tests import both_databases, planting
from tests.absent import left_out
from tests.planting import plant
from tests.unguarded import unguarded
from tracker.answers.kept import PAGES

_numbers = itertools.count(1)

# SOAK=1 tries more. A machine that is busy makes no test fail: no clock runs beside an example.
hypothesis.settings.register_profile("short", deadline=None, max_examples=50)
hypothesis.settings.register_profile("long", deadline=None, max_examples=1_000)
hypothesis.settings.load_profile("long" if os.environ.get("SOAK") == "1" else "short")

#: Those whose files take longest, longest first.
LONG = (
    *("tests/journeys/", "tests/admin/", "tests/web/", "tests/interchange/"),
    *("tests/operations/", "tests/answers/", "tests/test_tooling.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process works on alone at the end."""

    def rank(item: pytest.Item) -> int:
        return next((at for at, path in enumerate(LONG) if item.nodeid.startswith(path)), len(LONG))

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """What has been imported stays: the collector of garbage need not look at it over and over."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def the_seeds_are_sown_once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """By one of the processes among which the tests are spread."""
    if worker_id != "master":
        planting.shared = tmp_path_factory.getbasetemp().parent


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The seeds in the database until the module ends, to be read; a test still needs `db`."""
    with django_db_blocker.unblock(), transaction.atomic():
        plant()
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A running site with the seeds, to be read until the module ends; its address.

    Its tests are marked `django_db`.
    """
    with django_db_blocker.unblock():
        plant()
        server = LiveServer("localhost")
        with override_settings(ALLOWED_HOSTS=["localhost"], SITE_URL=server.url):
            yield str(server.url)
        server.stop()
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def the_log_may_be_emptied_between_tests() -> Iterator[None]:
    """A test that commits has its tables emptied, which the log's own triggers refuse.

    On PostgreSQL row by row: to truncate sixty tables that are all but empty takes far longer. What
    every database holds (`tracker.apps`) is worked out once, and put back as it was; the triggers
    have never gone.
    """
    flush = BaseDatabaseOperations.execute_sql_flush
    made: list[Model] = []

    def made_again(verbosity: int, interactive: bool, db: str, **more: Any) -> None:
        if not made:
            emit_post_migrate_signal(verbosity, interactive, db, **more)
            for model in apps.get_models(include_auto_created=True):
                made.extend(model._base_manager.using(db).all())
            return
        with transaction.atomic(db):
            for model, rows in itertools.groupby(made, type):
                model._base_manager.using(db).bulk_create(rows)

    def emptied(operations: Any, statements: Any) -> None:
        using = operations.connection.alias
        if operations.connection.vendor == "postgresql":
            tables = re.findall(r'"\w+"', " ".join(statements))
            statements = [f"DELETE FROM {table}" for table in tables]  # noqa: S608 - our own names
        with unguarded(using):
            flush(operations, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", emptied)
        patch.setattr(flush_command, "emit_post_migrate_signal", made_again)
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_are_listed_once() -> Iterator[None]:
    """Every test client has middleware of its own, each of which would list the tree's files anew.

    None is added while the tests run.
    """
    list_anew = WhiteNoiseMiddleware.add_files_from_finders
    listed: dict[tuple[Any, ...], dict[str, Any]] = {}

    def list_once(middleware: Any) -> None:
        key = middleware.static_prefix, middleware.static_root, middleware.max_age
        if key not in listed:
            list_anew(middleware)
            listed[key] = middleware.files
        middleware.files = dict(listed[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", list_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def pages_alone_are_remembered(django_test_environment: None) -> Iterator[None]:
    """A test asks for the context of a page; Django copies that of each of its parts as well.

    A part is a template included by another, or the template of a field in a form.
    """

    def render(template: Template, context: Context) -> Any:
        if context.template is template and not (template.name or "").startswith("django/forms/"):
            template_rendered.send(sender=template, template=template, context=context)
        return template.nodelist.render(context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", render)
        yield


@pytest.fixture(autouse=True)
def checkpoints_of_its_own(settings: Any) -> Iterator[None]:
    """Another test's checkpoint would say that this test's log has been cut short."""
    folder = settings.CHECKPOINT_DIR / str(next(_numbers))
    settings.CHECKPOINT_DIR = folder
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHECKPOINT_DIR", str(folder))  # for processes that the test starts
        yield
    if folder.parent.exists():
        shutil.rmtree(folder.parent, ignore_errors=True)


@pytest.fixture(autouse=True)
def nothing_is_kept_of_another_test() -> Iterator[None]:
    """The log ends where it ended before, once a test's own entries are rolled back."""
    yield
    PAGES.clear()


@pytest.fixture(scope="session", autouse=True)
def downloads_are_thrown_away() -> Iterator[None]:
    """The folder in which this process made what `/data/` serves."""
    yield
    shutil.rmtree(django_settings.DATA_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless, one for the whole run: open a context of your own in it.

        page = chromium.new_context().new_page()
        page.goto(live_server.url)

    Read the console before axe runs: axe itself trips `style-src`.
    """
    path = both_databases.chromium()
    if path is None:
        left_out("chromium")
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
            # While that loop runs, asgiref gives the thread connections apart from those it has
            # without one. They end with it: left open, they would keep the test database in use.
            connections.close_all()
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
