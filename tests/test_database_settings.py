"""Where the database is, as the environment says it: pool, replica, limits, refusals."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from tracker import databases as own

ROOT = Path(__file__).resolve().parent.parent
PRIMARY = "postgres://curator:hunter2@primary/record"
REPLICA = "postgres://reader:hunter2@replica/record"

pytestmark = pytest.mark.once


@pytest.fixture
def configured(monkeypatch) -> Any:
    """What the settings make of an environment: the primary, and the replica or None."""

    def read(**environment: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
        for name in ("DATABASE_URL", "DATABASE_REPLICA_URL", "DATABASE_POOL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        primary = own.database()
        return primary, own.replica(primary)

    return read


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("DATABASE_URL", {"DATABASE_URL": "postgres://"}),
        ("DATABASE_URL", {"DATABASE_URL": "postgres://curator:hunter2@primary"}),
        ("DATABASE_URL", {"DATABASE_URL": "postgres://curator:hunter2@primary:none/record"}),
        ("DATABASE_URL", {"DATABASE_URL": "postgres://curator:hunter2@[::1/record"}),
        ("DATABASE_REPLICA_URL", {"DATABASE_REPLICA_URL": "hunter2"}),
        ("DATABASE_REPLICA_URL", {"DATABASE_REPLICA_URL": "mysql://reader:hunter2@replica/x"}),
        ("DATABASE_REPLICA_URL", {"DATABASE_REPLICA_URL": "postgres://reader:hunter2@r:x/y"}),
        ("DATABASE_REPLICA_URL", {"DATABASE_REPLICA_URL": "sqlite:////srv/hunter2.sqlite3"}),
        ("DATABASE_REPLICA_URL", {"DATABASE_REPLICA_URL": "postgres://reader:hunter2@a,b/x"}),
        ("DATABASE_REPLICA_URL", {"DATABASE_REPLICA_URL": "postgres://@/x?host=/a,/hunter2"}),
        ("DATABASE_REPLICA_URL", {"DATABASE_URL": "sqlite:////x", "DATABASE_REPLICA_URL": REPLICA}),
        *(
            ("DATABASE_POOL", {"DATABASE_POOL": size})
            for size in ("0", "-1", "eight", "1001", "²", "1" * 5000)
        ),
    ],
)  # fmt: skip
def test_what_is_malformed_is_named_in_a_sentence_without_its_secret(configured, name, environment):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} must ") as refused:
        configured(**({"DATABASE_URL": PRIMARY} | environment))
    assert "hunter2" not in str(refused.value)


def test_there_is_no_replica_unless_it_is_named(configured):
    primary, replica = configured(DATABASE_URL=PRIMARY)
    assert (primary["HOST"], replica) == ("primary", None)
    _, replica = configured(DATABASE_URL=PRIMARY, DATABASE_REPLICA_URL=REPLICA)
    assert (replica["HOST"], replica["USER"]) == ("replica", "reader")
    _, replica = configured(DATABASE_URL=PRIMARY, DATABASE_REPLICA_URL=PRIMARY)  # a site of one
    assert replica["HOST"] == "primary"


def test_each_has_a_pool_of_that_size(configured):
    primary, replica = configured(
        DATABASE_URL=PRIMARY, DATABASE_REPLICA_URL=REPLICA, DATABASE_POOL="20"
    )
    pools = [each["OPTIONS"]["pool"] for each in (primary, replica)]
    assert [pool["max_size"] for pool in pools] == [20, 20]
    assert all(pool["min_size"] <= 1 for pool in pools)  # never more than the size may be


def test_what_the_address_says_of_the_line_wins(configured):
    primary, _ = configured(DATABASE_URL=f"{PRIMARY}?connect_timeout=9&options=-c%20a.b%3D1")
    assert primary["OPTIONS"]["connect_timeout"] == 9
    assert primary["OPTIONS"]["options"] == "-c a.b=1"


def test_several_servers_may_be_named_of_which_one_can_be_written_to(configured):
    primary, _ = configured(
        DATABASE_URL="postgres://u@one:5432,two:5433/record?target_session_attrs=read-write"
    )
    assert (primary["HOST"], primary["PORT"]) == ("one,two", "5432,5433")
    assert primary["OPTIONS"]["target_session_attrs"] == "read-write"


@pytest.mark.parametrize(
    ("program", "limited"),
    [
        (["gunicorn", "tracker.wsgi"], True),
        (["manage.py", "runserver"], True),
        (["manage.py", "demo"], True),
        (["./manage.py", "import_record", "record.json"], False),
        (["/srv/on-record/manage.py", "migrate"], False),
    ],
)
def test_commands_may_take_as_long_as_they_need(configured, monkeypatch, program, limited):
    monkeypatch.setattr(sys, "argv", program)
    options = configured(DATABASE_URL=PRIMARY)[0]["OPTIONS"]["options"]
    for limit in ("statement_timeout", "lock_timeout"):
        assert (f"-c {limit}=" in options) == limited
    assert "idle_in_transaction_session_timeout" in options


def test_libpq_knows_every_word_of_it(configured):
    options = configured(DATABASE_URL=PRIMARY)[0]["OPTIONS"]
    of_psycopg = ("pool", "prepare_threshold")
    psycopg.conninfo.make_conninfo(**{k: v for k, v in options.items() if k not in of_psycopg})


def test_what_is_asked_often_is_planned_once_but_in_commands_and_where_it_is_told_not_to(
    configured, monkeypatch
):
    def planned(url):
        return configured(DATABASE_URL=url)[0]["OPTIONS"]["prepare_threshold"]

    assert planned(PRIMARY)
    assert planned(f"{PRIMARY}?prepare_threshold=9") == 9
    assert planned(f"{PRIMARY}?prepare_threshold=never") is None
    never = configured(DATABASE_URL=f"{PRIMARY}?prepare_threshold=never")[0]["OPTIONS"]
    assert never["options"] == ""
    with pytest.raises(ImproperlyConfigured, match="must be a number"):
        planned(f"{PRIMARY}?prepare_threshold=often")
    monkeypatch.setattr("sys.argv", ["manage.py", "import_record"])
    assert planned(PRIMARY) is None


# --- A file of SQLite that is moved away ---


SERVING = """
import sys
from pathlib import Path
from tracker.wsgi import application
from django.test import Client
from tracker import databases
client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
here, away = map(Path, sys.argv[1:])
def ready():
    answer = client.get("/readyz")
    print(answer.status_code, answer.content.decode() if answer.status_code == 503 else "")
ready()
here.rename(away)
ready()  # which has it open
from django.db import connection
connection.close()
ready()
print(client.get("/commitments/?q=cold").status_code, here.exists())
here.write_bytes(away.read_bytes())
ready()
"""


def ran(*words: object, url: str = "") -> subprocess.CompletedProcess[str]:
    """A process of the site on SQLite, with the settings of a served one."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=ROOT, env=os.environ | {"DJANGO_SETTINGS_MODULE": "tracker.settings",
        "SECRET_KEY": "only-for-tests", "DATABASE_URL": url}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_a_file_that_is_moved_away_is_missed_and_none_is_made_in_its_place(tmp_path):
    here, away = tmp_path / "record of labs.sqlite3", tmp_path / "away.sqlite3"
    url = f"sqlite:///{str(here).replace(' ', '%20')}"
    nothing = ran("manage.py", "verify_log", url=url)
    assert nothing.returncode == 1 and "unable to open database file" in nothing.stderr
    assert str(here) in nothing.stderr and "Traceback" not in nothing.stderr
    assert not here.exists()
    assert ran("manage.py", "migrate", "-v0", url=url).returncode == 0
    served = ran("-c", SERVING, here, away, url=url)
    assert served.returncode == 0, served.stderr
    whole, open_still, none, cold, another = served.stdout.splitlines()
    assert whole == "200 "
    assert open_still.startswith("503 ") and f"{here}, is gone" in open_still
    assert none == open_still
    assert cold == "503 False"
    assert another.startswith(f"503 {here} is another file than the one that is open")
