"""Every example that a page or a document gives, run as it stands against a running site."""

import csv
import io
import json
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import feedparser
import pytest
from django.templatetags.static import static
from django.test import Client

from tests.journeys.hands import environment
from tests.web.examples import TIMEOUT, Shell, blocks, fenced, shell_in, stop
from tracker.api import views
from tracker.changes import checkpoints
from tracker.changes.models import Change, LogHead
from tracker.commitments.enums import Basis
from tracker.interchange.bulk.making import make
from tracker.reading import published
from tracker.reading.standing import Standing, standings
from tracker.records.dates import today
from tracker.web.matrix import COLUMNS

pytestmark = [pytest.mark.once, pytest.mark.django_db]

ROOT = Path(__file__).parents[2]
DEMO = "http://127.0.0.1:8000"  # where documents say the site is

#: Takes a shell, the site's address, and the text of an example or of some that belong together.
Check = Callable[..., None]
EXAMPLES: dict[tuple[str, ...], Check] = {}  # by the ids on the page of downloads


def example(*names: str) -> Callable[[Check], Check]:
    """What follows runs the examples of these ids."""

    def note(check: Check) -> Check:
        EXAMPLES[names] = check
        return check

    return note


@pytest.fixture(scope="module")
def told(site: str, django_db_blocker: Any) -> Mapping[str, str]:
    """Every example of the page of downloads, by its id; the files are made by then."""
    with django_db_blocker.unblock():
        checkpoints.make()
        make()
        return blocks(Client(SERVER_NAME="localhost").get("/data/").content.decode())


@pytest.fixture(autouse=True)
def lists_in_several_pages(monkeypatch):
    """The record that the examples walk is small."""
    monkeypatch.setattr(views, "ITEMS", 6)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return shell_in(tmp_path)


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 - loopback
        data: bytes = answer.read()
        return data


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def standing() -> list[Standing]:
    return standings(published.commitments(today()))


def promised() -> Counter[tuple[str, str]]:
    """How many promises of each lab have each verdict."""
    return Counter(
        (each.commitment.lab.slug, each.verdict)
        for each in standing()
        if each.commitment.basis == Basis.PROMISED
    )


@example("attribution")
def names_the_site_and_the_entry(shell: Shell, site: str, line: str) -> None:
    assert f"{site}/, entry {LogHead.objects.get().sequence} of its log (" in line


@example("sheet")
def a_spreadsheet_gets_every_commitment(shell: Shell, site: str, formula: str) -> None:
    """No spreadsheet is run: Google's fetches by itself and could not reach this machine. What it
    is told to fetch must be there, and CSV with the columns that are described."""
    rows = table(get(address_in(formula)))
    package = json.loads(get(f"{site}/data/datapackage.json"))
    (resource,) = (each for each in package["resources"] if each["path"] == "commitments.csv")
    assert [*rows[0]] == [each["name"] for each in resource["schema"]["fields"]]
    assert {row["slug"]: row["verdict"] for row in rows} == {
        each.commitment.slug: each.verdict for each in standing()
    }


@example("sheet-matrix")
def a_spreadsheet_gets_a_pledge(shell: Shell, site: str, formula: str) -> None:
    rows = table(get(address_in(formula)))
    assert rows and set(rows[0]) <= set(COLUMNS)
    assert {row["pledge"] for row in rows} == {address_in(formula).split("/")[-2]}


def address_in(formula: str) -> str:
    found = re.fullmatch(r'=IMPORTDATA\("(http[^"]+)"\)', formula.strip())
    assert found, formula
    return found[1]


@example("python")
def python_alone_prints_every_commitment(shell: Shell, site: str, code: str) -> None:
    assert printed_by(shell, code) == sorted(
        [*who, said, "{} to {} %".format(*each.percent) if each.percent else "no range", *how]
        for each, who, said, how in expected()
    )


def python_alone_prints_every_verdict(shell: Shell, site: str, code: str) -> None:
    assert printed_by(shell, code) == sorted([*who, said, *how] for _, who, said, how in expected())


def printed_by(shell: Shell, code: str) -> list[list[str]]:
    return sorted(line.split("\t") for line in shell.right(shell.python(code)).splitlines())


def expected() -> Iterator[tuple[Standing, list[str], str, list[str]]]:
    """Each commitment: who promised what, the verdict, how sure and whether contested."""
    for each in standing():
        who = [each.commitment.lab.slug, each.commitment.title]
        how = [each.confidence or "not judged", "contested" if each.contested else ""]
        yield each, who, each.words, how


@example("pandas")
def pandas_counts_the_verdicts_of_each_lab(shell: Shell, site: str, code: str) -> None:
    heads, _, *lines = (line.split() for line in shell.right(code, packages=True).splitlines())
    assert heads[0] == "verdict"
    counted = {
        (lab, verdict): int(number)
        for lab, *numbers in lines
        for verdict, number in zip(heads[1:], numbers, strict=True)
    }
    assert {key: number for key, number in counted.items() if number} == promised()


@example("datasette", "join")
def datasette_answers_a_join(shell: Shell, site: str, code: str, sql: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shell.environment["FLAGS"] = f"--port {port}"  # beside what is told: 8001 may be taken
    process = shell.start(code, packages=True)
    with ended_in_time(process):
        query = urllib.parse.urlencode({"sql": sql, "_shape": "array"})
        rows = json.loads(patiently(f"http://127.0.0.1:{port}/on-record.json?{query}", process))
    names = {each.commitment.lab.slug: each.commitment.lab.name for each in standing()}
    assert {(row["name"], row["verdict"]): row["number"] for row in rows} == {
        (names[lab], verdict): number for (lab, verdict), number in promised().items()
    }


def patiently(address: str, process: subprocess.Popen[str]) -> bytes:
    """What a server answers that is about to start."""
    end = time.monotonic() + TIMEOUT
    while True:
        try:
            return get(address)
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error
        except OSError:
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.1)


@example("download", "frictionless")
def a_broken_download_goes_on_and_is_whole(
    shell: Shell, site: str, download: str, validate: str
) -> None:
    whole = get(f"{site}/data/on-record.zip")
    file = shell.folder / "on-record.zip"
    file.write_bytes(whole[: len(whole) // 2])
    assert shell.right(download) == "on-record.zip: OK\n"
    assert file.read_bytes() == whole
    done = shell.run(validate, packages=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "commitments.csv" in done.stdout and "INVALID" not in done.stdout


@example("conditional")
def what_has_not_changed_is_not_sent_again(shell: Shell, site: str, code: str) -> None:
    file = shell.folder / "commitments.csv"
    assert shell.right(code) == ""
    assert file.read_bytes() == get(f"{site}/data/commitments.csv")
    file.write_text("what is here")
    assert shell.right(code) == ""
    assert file.read_text() == "what is here"
    (shell.folder / "commitments.etag").write_text('"another"\n')
    assert shell.right(code) == ""
    assert file.read_bytes() == get(f"{site}/data/commitments.csv")


@example("follow-api")
def each_change_is_told_in_its_order(shell: Shell, site: str, code: str) -> None:
    """It would go on for ever: it is ended when it has told what there is."""
    changes = Change.objects.order_by("sequence")
    process = shell.start(shell.python(code))
    assert process.stdout
    with ended_in_time(process):
        printed = [process.stdout.readline().split("\t")[::2] for _ in changes]
        assert process.poll() is None  # and waits for the next
    assert printed == [[str(each.sequence), each.kind] for each in changes]


@contextmanager
def ended_in_time(process: subprocess.Popen[str]) -> Iterator[None]:
    """What prints nothing more is ended too, so that nobody waits for its next line for ever."""
    end = threading.Timer(TIMEOUT, process.kill)
    end.start()
    try:
        yield
    finally:
        end.cancel()
        stop(process)


@example("follow-log", "rebuild", "verify")
def the_log_is_followed_and_has_the_record(
    shell: Shell, site: str, follow: str, rebuild: str, verify: str
) -> None:
    """On a record with corrections and retractions in test_data.py."""
    assert shell.run(follow).stderr == ""
    assert (shell.folder / "slept").read_text() == "..."
    lines = (shell.folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == LogHead.objects.get().sequence
    printed = shell.right(shell.python(rebuild)).splitlines()
    assert sorted(printed) == sorted(
        f"{each.commitment.lab.slug}\t{each.commitment.title}" for each in standing()
    )
    is_found_right(shell, verify)


def is_found_right(shell: Shell, verify: str) -> None:
    """It says on the error stream how far it has read."""
    done = shell.run(verify)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    assert done.stderr.startswith(f"read up to entry {LogHead.objects.get().sequence} ")


@example("own-copy")
def a_copy_of_ones_own_has_the_same_record(shell: Shell, site: str, code: str) -> None:
    """In a copy of the code, whose `make .venv` is the environment that is here."""
    for name in ("tracker", "templates"):
        shutil.copytree(ROOT / name, shell.folder / name)
    for name in ("manage.py", "pyproject.toml"):
        shutil.copy(ROOT / name, shell.folder)
    shell.program("make", '#!/bin/sh\n[ "$*" = .venv ] && ln -s "{environment}" .venv\n')
    done = shell.run(code)
    assert done.returncode == 0, done.stdout + done.stderr  # cmp is in it
    with sqlite3.connect(shell.folder / "copy.sqlite3") as copy:
        (number,) = copy.execute("SELECT count(*) FROM tracker_commitment").fetchone()
    copy.close()
    assert number == len(standing())
    assert (shell.folder / "again.json").read_bytes() == get(f"{site}/data/record.json")


@example("feed")
def the_feed_is_narrowed(shell: Shell, site: str, address: str) -> None:
    feed = feedparser.parse(get(address.strip()))
    assert not feed.bozo
    assert 0 < len(feed.entries) < LogHead.objects.get().sequence


@example("matrix")
def a_pledge_is_fetched_as_a_table(shell: Shell, site: str, code: str) -> None:
    shell.right(code)
    assert {row["row"] for row in table((shell.folder / "matrix.csv").read_bytes())} <= {
        *("clause", "pledge", "total"),
    }


@pytest.mark.parametrize("names", EXAMPLES, ids="+".join)
def test_what_the_page_says_works(names, told, shell, site):
    EXAMPLES[names](shell, site, *(told[name] for name in names))


def test_no_example_is_left_out(told):
    """Whoever adds one to the page runs it above."""
    assert {name for names in EXAMPLES for name in names} == set(told)


def test_what_the_description_of_the_api_shows_is_what_it_answers(site, shell):
    """Each command, and below it the answer, named alike."""
    shown = blocks(get(f"{site}/api/v1/docs/").decode())
    calls = {name.removesuffix("-call"): code for name, code in shown.items() if "-call" in name}
    assert len(calls) > 20
    answers = {name.removesuffix("-answer") for name in shown if name.endswith("-answer")}
    assert set(shown) == {f"{name}-call" for name in calls} | {f"{name}-answer" for name in answers}
    assert answers <= set(calls)
    for name, code in calls.items():
        answer = json.loads(shell.right(code))
        if name in answers:
            assert answer == json.loads(shown[f"{name}-answer"]), name


def a_kept_checkpoint_is_checked(shell: Shell, site: str, code: str) -> None:
    for name, address in (
        ("log.jsonl", "/changes/log.jsonl"),
        ("checkpoint", "/changes/checkpoint"),
        ("verify_record.py", static("verify_record.py")),
    ):
        (shell.folder / name).write_bytes(get(site + address))
    is_found_right(shell, code)


def an_archive_is_fetched_and_is_whole(shell: Shell, site: str, code: str) -> None:
    assert shell.right(code) == "on-record.zip: OK\n"


def readiness_and_figures_are_told(shell: Shell, site: str, code: str) -> None:
    ready, *figures = shell.right(code).splitlines()
    head = LogHead.objects.get().sequence
    assert json.loads(ready)["sequence"] == head
    assert f"on_record_log_head {head:.1f}" in figures


def a_backup_is_made_and_its_sums_agree(shell: Shell, site: str, code: str) -> None:
    """In a copy of the code, on this test's own database."""
    (shell.folder / "backups").mkdir()
    for name in ("manage.py", ".venv"):
        (shell.folder / name).symlink_to(ROOT / name)
    shell.environment |= environment(CHECKPOINT_DIR=str(shell.folder / "checkpoints"))
    assert shell.right(code).splitlines()[1:] == [
        *("checkpoint.note: OK", "database.sqlite3: OK", "manifest.json: OK"),
    ]


def nginx_and_systemd_are_given_their_files(shell: Shell, site: str, code: str) -> None:
    shutil.copytree(ROOT / "deploy", shell.folder / "deploy")
    listed = shell.right(code).split()
    assert {"nginx.conf", "site.conf", "on-record-web.socket", "on-record-web.service"} <= {*listed}
    servers = (shell.folder / "rendered/nginx/servers.conf").read_text()
    assert "ssl_certificate /etc/letsencrypt/live/record.example/fullchain.pem;" in servers


#: What runs the blocks of a document that are for a shell or for Python, in their order.
DOCUMENTS: Mapping[str, Sequence[tuple[Check, int]]] = {
    "README.md": (
        (an_archive_is_fetched_and_is_whole, 1),
        (python_alone_prints_every_verdict, 1),
        (pandas_counts_the_verdicts_of_each_lab, 1),
    ),
    "docs/deploying.md": ((nginx_and_systemd_are_given_their_files, 1),),
    "docs/operations.md": (
        (readiness_and_figures_are_told, 1),
        (a_backup_is_made_and_its_sums_agree, 1),
    ),
    "docs/verifying.md": ((a_kept_checkpoint_is_checked, 1),),
}


def runnable(document: str) -> list[str]:
    """Its blocks that are marked as a shell's or as Python's."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [code for language, code in fenced(text) if language in ("sh", "python")]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_says_works(document, told, site, tmp_path):
    codes = [code.replace(DEMO, site) for code in runnable(document)]
    for at, (check, number) in enumerate(DOCUMENTS[document]):
        check(shell_in(tmp_path / str(at)), site, *(codes.pop(0) for _ in range(number)))
    assert codes == []


def test_no_document_has_an_example_that_nobody_runs():
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    with_examples = {
        name for each in documents if runnable(name := each.relative_to(ROOT).as_posix())
    }
    assert with_examples == set(DOCUMENTS)
