"""The tools keep their word: the lock, the settings' sentences, the runner's, the network's."""

import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import both_databases
from tests.absent import left_out
from tests.conftest import NetworkBlocked

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "requirements.lock").read_text()


def start(directory: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start Django with this environment and none other."""
    return subprocess.run(
        [sys.executable, "manage.py", "diffsettings"],
        cwd=directory,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The settings alone, in a tree with a var/ of its own."""
    for room in ("letters", "answers", "reading", "records"):
        (tmp_path / "tracker" / room).mkdir(parents=True)
    for name in (
        *("manage.py", "pyproject.toml", "tracker/__init__.py", "tracker/settings.py"),
        *("tracker/environment.py", "tracker/databases.py"),
        *("tracker/letters/__init__.py", "tracker/letters/masking.py"),  # what is logged passes it
        *("tracker/answers/__init__.py", "tracker/answers/tracing.py"),
        *("tracker/answers/measuring.py", "tracker/reading/__init__.py"),
        *("tracker/reading/asides.py", "tracker/records/__init__.py", "tracker/records/trouble.py"),
    ):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "tracker" / "apps.py").write_text(
        "from django.apps import AppConfig\nclass TrackerConfig(AppConfig): name = 'tracker'\n"
    )
    return tmp_path


# --- The lock ---


def test_the_lock_holds_no_address_and_no_path():
    assert not re.search(r"https?:|file:|://|(^|\s)[/~][\w.]+/|--index|--find-links", LOCK)


def test_every_package_in_the_lock_is_pinned_and_hashed():
    packages = re.findall(r"^[a-z0-9][^\n]*(?:\n    [^\n]*)*", LOCK, re.MULTILINE)
    assert len(packages) > 20
    for package in packages:
        assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==", package), package
        assert "--hash=sha256:" in package, package


def test_every_dependency_has_its_reason_and_is_locked():
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    for requirement in project["dependencies"] + project["optional-dependencies"]["dev"]:
        name = re.split(r"[\[<>=]", requirement)[0]
        assert re.search(rf"^{name}==", LOCK, re.MULTILINE), f"{name} is not in the lock"
        block = text[: text.index(f'"{requirement}"')].rstrip().splitlines()
        # Neighbours may share one reason: the first of them stands under a comment.
        while block[-1].lstrip().startswith('"'):
            block.pop()
        assert block[-1].lstrip().startswith("#"), f"{name} has no reason"


# --- The settings ---


def test_a_missing_secret_key_stops_the_start_with_a_sentence_that_names_it(site):
    started = start(site)
    assert started.returncode == 1
    assert "SECRET_KEY is not set." in started.stderr
    assert "Traceback" not in started.stderr


@pytest.mark.parametrize("environment", [{"SECRET_KEY": "$ecret"}, {"DEBUG": "true"}])
def test_a_secret_key_or_debug_is_enough_to_start(site, environment):
    assert start(site, **environment).returncode == 0


def test_a_secret_is_taken_as_it_is(site):
    assert "SECRET_KEY = '$ecret'" in start(site, SECRET_KEY="$ecret").stdout


def test_the_demo_keeps_a_random_secret_that_only_its_user_can_read(site):
    first, second = start(site, ON_RECORD_DEMO="1"), start(site, ON_RECORD_DEMO="1")
    kept = site / "var" / "secret_key"
    assert len(kept.read_text()) > 50
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in kept.parent.glob("secret_key*")] == ["secret_key"]
    for started in (first, second):
        assert f"SECRET_KEY = '{kept.read_text()}'" in started.stdout


def test_commands_on_the_demos_database_use_its_secret_and_other_sites_do_not(site):
    start(site, ON_RECORD_DEMO="1")
    assert start(site).returncode == 0
    elsewhere = start(site, DATABASE_URL=f"sqlite:///{site}/other.sqlite3")
    assert elsewhere.returncode == 1
    assert "SECRET_KEY is not set." in elsewhere.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://curator:hunter2@host/record"),
        ("DATABASE_URL", "hunter2"),
        ("SITE_URL", "record.example"),
        ("SITE_URL", "javascript:alert(1)"),
        ("EMAIL_URL", "imap://reader:hunter2@host"),
        ("EMAIL_URL", "smtp+tls://reader:hunter2@"),
        ("EMAIL_URL", "smtp://reader:hunter2@host:none"),
        ("EMAIL_URL", "hunter2"),
        ("CHECKPOINT_KEY", "hunter2!"),
        ("CHECKPOINT_KEY", "aHVudGVyMg=="),
        ("SECURITY_CONTACT", "somebody"),
        ("WEBSUB_HUB", "hub.example"),
        ("WEBSUB_HUB", "https://hub.example:none/"),
        ("WEBSUB_HUB", "https://hub.example:8443/"),
        ("WEBSUB_HUB", "https://reader:hunter2@hub.example/"),
        ("CACHE_URL", "memcached://host:11211"),
        ("CACHE_URL", "redis://:hunter2@"),
        ("CACHE_URL", "redis://:hunter2@host:none/0"),
        ("CACHE_URL", "redis://:hunter2@host/first"),
        ("PAGE_CACHE_BYTES", "-1"),
        ("DEFAULT_FROM_EMAIL", "record"),
        ("DEFAULT_FROM_EMAIL", "On Record <record@record.example>\nBcc: all@example.org"),
    ],
)
def test_a_malformed_setting_stops_the_start_with_a_sentence_that_names_it(site, name, value):
    started = start(site, SECRET_KEY="x", **{name: value})
    assert started.returncode == 1
    assert f"{name} must " in started.stderr
    assert "Traceback" not in started.stderr
    assert "hunter2" not in started.stderr + started.stdout


def test_an_https_site_is_secured_and_a_plain_one_can_still_be_reached(site):
    plain = start(site, SECRET_KEY="x", SITE_URL="http://record.example").stdout
    https = start(site, SECRET_KEY="x", SITE_URL="https://record.example").stdout
    for name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        assert f"{name} = True" in https
        assert f"{name} = True" not in plain
    assert "'record.example'" in https


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("smtp://mail.example", ["EMAIL_HOST = 'mail.example'"]),
        ("smtp+tls://localhost:2525/", ["EMAIL_USE_TLS = True", "EMAIL_PORT = 2525"]),
        (
            "smtps://a%40b:p%2Fw%25@mail.example",
            ["EMAIL_USE_SSL = True", "EMAIL_HOST_USER = 'a@b'", "EMAIL_PORT = 465", "p/w%"],
        ),
    ],
)
def test_email_url_names_the_server(site, url, shown):
    settings = start(site, SECRET_KEY="x", EMAIL_URL=url).stdout
    assert [each for each in shown if each not in settings] == []


def test_mails_come_from_the_site_unless_it_says_otherwise(site):
    for url, sender in (
        ("https://record.example", "record@record.example"),
        ("http://192.0.2.1:8000", "record@localhost"),
    ):
        assert f"'{sender}'" in start(site, SECRET_KEY="x", SITE_URL=url).stdout
    given = "On Record <news@record.example>"
    assert f"'{given}'" in start(site, SECRET_KEY="x", DEFAULT_FROM_EMAIL=given).stdout


def test_checkpoints_lie_beside_the_database_they_belong_to(site):
    for environment, folder in (
        ({}, site / "var" / "checkpoints"),
        ({"DATABASE_URL": "postgres://u:p@db/record"}, site / "var" / "checkpoints"),
        ({"DATABASE_URL": "sqlite:////srv/a.sqlite3"}, "/srv/a.sqlite3.checkpoints"),
        ({"CHECKPOINT_DIR": "/mnt/notes"}, "/mnt/notes"),
    ):
        shown = start(site, SECRET_KEY="x", **environment).stdout
        assert f"CHECKPOINT_DIR = PosixPath('{folder}')" in shown


def test_postgresql_is_reached_through_a_pool(site):
    shown = start(site, SECRET_KEY="x", DATABASE_URL="postgres://u:p@db/record?sslmode=require")
    assert "'pool': {" in shown.stdout
    assert "'sslmode': 'require'" in shown.stdout
    assert "'CONN_HEALTH_CHECKS': True" in shown.stdout


# --- One line of history ---


def test_the_migrations_are_one_line_of_history():
    names = sorted(path.stem for path in (ROOT / "tracker" / "migrations").glob("[0-9]*.py"))
    for before, name in zip([None, *names], names, strict=False):
        text = (ROOT / "tracker" / "migrations" / f"{name}.py").read_text()
        parents = re.findall(r"""\(["']tracker["'], ["'](\d{4}_\w+)["']\)""", text)
        assert parents == ([before] if before else []), f"{name} does not follow {before} alone"


# --- The runner ---


@pytest.fixture
def runs(monkeypatch) -> list[str]:
    """The databases that the runner asked for; no pytest is run."""
    asked: list[str] = []

    def note(arguments: list[str], database_url: str) -> int:
        asked.append(database_url)
        return 0

    monkeypatch.setattr(both_databases, "pytest", note)
    monkeypatch.setattr(both_databases, "postgres_programs", lambda: None)
    monkeypatch.setattr(both_databases, "chromium", lambda: "/usr/bin/chromium")
    return asked


def test_absent_postgresql_is_said_in_one_line_with_how_to_get_it(monkeypatch, capsys, runs):
    monkeypatch.setenv("REQUIRE_ALL", "")
    assert both_databases.main([]) == 0
    assert runs == [""]
    assert capsys.readouterr().out.count("apt-get install") == 1


def test_absent_chromium_is_said_too(monkeypatch, capsys, runs):
    monkeypatch.setenv("REQUIRE_ALL", "")
    monkeypatch.setattr(both_databases, "chromium", lambda: None)
    assert both_databases.main([]) == 0
    assert "apt-get install chromium fonts-dejavu-core\n" in capsys.readouterr().out


def test_absence_is_a_failure_where_everything_is_required(monkeypatch, capsys, runs):
    monkeypatch.setenv("REQUIRE_ALL", "1")
    assert both_databases.main([]) == 1
    assert runs == []
    assert "apt-get install postgresql\n" in capsys.readouterr().out


@pytest.mark.parametrize("failing", ["sqlite", "postgresql"])
def test_a_failure_on_either_database_is_the_runners_failure(monkeypatch, runs, failing):
    @contextmanager
    def no_server(programs: Path) -> Iterator[str]:
        yield "postgres://"

    def fail(arguments: list[str], database_url: str) -> int:
        runs.append(database_url)
        return int(bool(database_url) == (failing == "postgresql"))

    monkeypatch.setattr(both_databases, "postgres_programs", lambda: Path("/nowhere"))
    monkeypatch.setattr(both_databases, "postgres", no_server)
    monkeypatch.setattr(both_databases, "pytest", fail)
    assert both_databases.main([]) == 1
    assert runs == ["", "postgres://"]


def test_its_postgresql_leaves_nothing_behind_when_it_is_interrupted():
    programs = both_databases.postgres_programs()
    if programs is None:
        left_out("postgresql")
    with pytest.raises(KeyboardInterrupt), both_databases.postgres(programs) as url:
        directory = Path(url.partition("?host=")[2])
        assert list(directory.glob(".s.PGSQL.*"))
        raise KeyboardInterrupt
    assert not directory.exists()


# --- The fixtures ---


@pytest.mark.parametrize(
    "address", [("192.0.2.1", 80), ("record.example", 443), ("::ffff:c000:201", 80)]
)
def test_a_test_cannot_reach_the_network(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as sock:
        for attempt in (sock.connect, sock.connect_ex):
            with pytest.raises(NetworkBlocked, match=re.escape(address[0])):
                attempt(address)


def test_a_test_can_reach_its_own_machine():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_the_browser_opens_a_page(chromium: Browser):
    page = chromium.new_page()
    page.set_content("<title>On Record</title>")
    assert page.title() == "On Record"
    page.close()
