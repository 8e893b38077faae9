"""The database is away, slow, or held by somebody: 503 in words, and nothing is lost."""

import contextlib
import logging
import sqlite3
from typing import Any

import psycopg
import pytest
from django.db import Error, connection, connections, transaction
from django.test import Client

from tests.admin.forms import as_shown, save, signed_in
from tests.answers import outage
from tests.builders import make_lab, make_user
from tracker.curation import editing
from tracker.interchange.record_files.snapshot import snapshot
from tracker.labs.models import Lab
from tracker.records.trouble import Trouble, trouble

TROUBLES = [
    (outage.away, Trouble.AWAY),
    (outage.broken_off, Trouble.AWAY),
    (outage.read_only, Trouble.AWAY),
    (outage.slow, Trouble.SLOW),
    (outage.locked, Trouble.LOCKED),
    (outage.collision, Trouble.COLLISION),
    (outage.altered, Trouble.COLLISION),
]
PAGES = {
    "/": "text/html",
    "/commitments/": "text/html",
    "/api/v1/labs/": "application/problem+json",
    "/feeds/changes.atom": "text/plain",
    "/changes/head.json": "text/html",
}


@pytest.fixture
def stranger() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def failing(monkeypatch) -> Any:
    """Every statement of the database fails with the error that it is given."""

    def fail(error: Exception) -> None:
        def execute(*args: Any) -> None:
            raise error

        stack.enter_context(connection.execute_wrapper(execute))

    with contextlib.ExitStack() as stack:
        yield fail


# --- What an error means -------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(("error", "kind"), TROUBLES)
def test_the_databases_troubles_are_told_apart(error, kind):
    assert trouble(error()) is kind


@pytest.mark.once
@pytest.mark.parametrize("error", [ValueError("ours"), Error("of nobody"), None])
def test_a_mistake_of_ours_is_no_trouble_of_the_database(error):
    assert trouble(error) is None


def test_an_error_in_a_statement_is_ours(db):
    for statement in ("SELECT nothing FROM nowhere", "SELEKT"):
        with pytest.raises(Error) as raised, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert trouble(raised.value) is None


@pytest.mark.django_db(transaction=True)
def test_what_the_database_really_says_when_somebody_else_holds_a_row():
    make_lab()
    with held() as _, pytest.raises(Error) as raised:
        own = connections.create_connection("default")
        own.settings_dict = _impatient(own.settings_dict)
        try:
            with own.cursor() as cursor:
                cursor.execute("UPDATE tracker_lab SET version = version")
        finally:
            own.close()
    assert trouble(raised.value) is Trouble.LOCKED


def test_what_the_database_really_says_of_a_statement_that_takes_too_long(db):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no limit for a statement")
    with pytest.raises(Error) as raised, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 20")
        cursor.execute("SELECT pg_sleep(5)")
    assert trouble(raised.value) is Trouble.SLOW


@pytest.mark.django_db(transaction=True)
def test_a_read_of_the_whole_record_takes_as_long_as_it_needs():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no limit for a statement")
    limits = ("statement_timeout", "idle_in_transaction_session_timeout")
    with connection.cursor() as cursor:
        for limit in limits:
            cursor.execute(f"SET {limit} = '7s'")
        try:
            with snapshot():
                assert _shown(cursor, limits) == ["0", "0"]
            assert _shown(cursor, limits) == ["7s", "7s"]
        finally:
            for limit in limits:
                cursor.execute(f"RESET {limit}")


def _shown(cursor: Any, names: tuple[str, ...]) -> list[str]:
    shown = []
    for name in names:
        cursor.execute(f"SHOW {name}")
        shown += cursor.fetchone()
    return shown


def _impatient(given: dict[str, Any]) -> dict[str, Any]:
    if connection.vendor == "sqlite":
        return given | {"OPTIONS": given["OPTIONS"] | {"timeout": 0.05}}
    options = {name: value for name, value in given["OPTIONS"].items() if name != "pool"}
    return given | {"OPTIONS": options | {"options": "-c lock_timeout=50"}}


@contextlib.contextmanager
def held() -> Any:
    """Another connection has written and not committed yet."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        other: Any = sqlite3.connect(given["NAME"], isolation_level=None)
    else:
        line = {name: given["OPTIONS"][name] for name in ("host",) if name in given["OPTIONS"]}
        other = psycopg.connect(dbname=given["NAME"], user=given["USER"], **line)
    try:
        if connection.vendor == "sqlite":
            other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE tracker_lab SET version = version")
        yield other
    finally:
        other.rollback()
        other.close()


# --- To readers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("error", "kind"), [TROUBLES[0], TROUBLES[3]])
def test_a_reader_is_asked_to_come_again(stranger, db, failing, path, error, kind):
    failing(error())
    answer = stranger.get(path)
    assert answer.status_code == 503
    assert answer["Cache-Control"] == "no-store"
    assert int(answer["Retry-After"]) > 0
    assert answer["Content-Type"].split(";")[0] == PAGES[path]
    words = answer.content.decode()
    assert "Nothing is lost. Please ask again in a minute." in words
    assert ("does not answer" in words) == (kind is Trouble.AWAY)
    assert "Traceback" not in words
    assert "psycopg" not in words


def test_an_outage_is_a_line_in_the_log_and_no_traceback(
    stranger, db, failing, caplog, monkeypatch
):
    monkeypatch.setattr(
        logging.getLogger("tracker.outage"), "filters", []
    )  # of one in some seconds
    failing(outage.away())
    stranger.get("/")
    assert [
        record.getMessage() for record in caplog.records if record.name == "tracker.outage"
    ] == ["AWAY: couldn't get a connection after 5.00 sec"]
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(
    ("path", "type_"), [("/labs/", "text/html"), ("/api/v1/labs/", "application/problem+json")]
)
def test_a_mistake_of_ours_is_500_and_kept_by_nobody(stranger, db, failing, caplog, path, type_):
    failing(ZeroDivisionError("ours"))
    answer = stranger.get(path)
    assert (answer.status_code, answer["Cache-Control"]) == (500, "no-store")
    assert answer["Content-Type"].split(";")[0] == type_
    assert [record for record in caplog.records if record.exc_info]


# --- To whoever sends something ------------------------------------------------------------------


@pytest.mark.parametrize(("error", "kind"), TROUBLES)
def test_whoever_sends_something_is_told_that_it_was_not_saved(stranger, db, failing, error, kind):
    failing(error())
    answer = stranger.post("/subscribe/", {"email": "ada@example.org", "scope": "all"})
    assert (answer.status_code, answer["Cache-Control"]) == (503, "no-store")
    words = answer.content.decode()
    assert "This was not saved" in words
    assert "Going back in your browser should still show what you typed." in words
    # the one case in which nobody can know
    assert ("look whether it is there" in words) == (kind is Trouble.AWAY)


@pytest.fixture
def desk(db) -> Client:
    client = signed_in(make_user("Reviewers"))
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (outage.locked, "held this up for longer than one may wait. Nothing was saved."),
        (outage.slow, "It took longer than it may, so it was given up. Nothing was saved."),
        (outage.collision, "It collided with what somebody else was saving. Nothing was saved."),
        (outage.broken_off, "look whether it is there before you send it again."),
    ],
)
def test_a_curators_words_stay_in_the_form_where_a_save_fails(desk, monkeypatch, error, said):
    lab = make_lab(name="Example Lab")

    def fail(*args: Any, **kwargs: Any) -> None:
        raise error()

    monkeypatch.setattr(editing, "append", fail)  # the last that a save does
    url = f"/admin/tracker/lab/{lab.pk}/change/"
    answer = save(desk, url, name="Example Laboratory", reason="It took another name.")
    words = answer.content.decode()
    assert answer.status_code == 200
    assert said in words.replace("’", "'").replace("&#x27;", "'")
    assert 'value="Example Laboratory"' in words
    assert "It took another name." in words
    assert Lab.objects.get(pk=lab.pk).name == "Example Lab"


def test_a_database_that_goes_away_while_a_curator_saves_is_told_of(desk, failing):
    lab = make_lab(name="Example Lab")
    url = f"/admin/tracker/lab/{lab.pk}/change/"
    typed = as_shown(desk.get(url)) | {"name": "Example Laboratory", "reason": "Its name."}
    failing(outage.away())
    answer = desk.post(url, typed)
    assert answer.status_code == 503
    assert "no-store" in answer["Cache-Control"]
    words = answer.content.decode()
    assert "This was not saved" in words
    assert "Going back in your browser should still show what you typed." in words
