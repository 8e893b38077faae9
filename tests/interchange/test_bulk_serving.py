"""How the files are answered: whole, in part, not again; resumed, and never mixed of two."""

import hashlib
import subprocess
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.builders import make_lab
from tracker.interchange.bulk import finding
from tracker.interchange.bulk.describing import TYPES
from tracker.interchange.bulk.making import make, names

pytestmark = pytest.mark.once  # what the files hold is looked at on both databases elsewhere

CSV = "/data/commitments.csv"
ZIP = "/data/on-record.zip"


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


# --- In one transaction, where the files are made at once ----------------------------------------


@pytest.fixture
def lab(db: None, settings: Any, tmp_path: Path) -> Any:
    settings.DATA_DIR = tmp_path
    return make_lab(name="Example Lab")


def test_every_file_is_answered_whole_with_all_that_downloading_takes(lab, client):
    for name in names():
        answer: Any = client.get(f"/data/{name}")
        content = body(answer)
        digest = hashlib.sha256(content).hexdigest()
        assert answer.status_code == 200 and not answer.cookies
        assert answer["Content-Type"] == TYPES.get(name, "text/csv; charset=utf-8")
        assert answer["Content-Length"] == str(len(content))
        assert answer["ETag"] == f'"{digest}"'
        assert answer["Accept-Ranges"] == "bytes"
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Cache-Control"] == "public, max-age=30, stale-while-revalidate=60"
        assert "Vary" not in answer and "Content-Encoding" not in answer
        again: Any = client.get(f"/data/{name}", headers={"If-None-Match": answer["ETag"]})
        assert again.status_code == 304 and again["ETag"] == answer["ETag"]
        assert client.head(f"/data/{name}")["Content-Length"] == answer["Content-Length"]
        assert client.head(f"/data/{name}").getvalue() == b""
    assert client.get(ZIP)["Content-Disposition"] == 'attachment; filename="on-record.zip"'


def test_it_moves_with_the_log_and_not_with_drafts(lab, client):
    before = client.get("/data/labs.csv")["ETag"]
    make_lab(draft=True)
    assert client.get("/data/labs.csv")["ETag"] == before
    make_lab()
    after = client.get("/data/labs.csv")
    assert after["ETag"] != before
    assert b"example-lab" in body(after)


def test_by_date_alone_a_reader_is_told_of_every_new_file(lab, client):
    first = client.get("/data/labs.csv")["Last-Modified"]
    assert client.get("/data/labs.csv", headers={"If-Modified-Since": first}).status_code == 304
    make_lab()
    assert client.get("/data/labs.csv", headers={"If-Modified-Since": first}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=5-9", 5, 9),
        ("bytes=7-", 7, None),
        ("bytes=-4", -4, None),
        ("Bytes=5-99999999999999999999999", 5, None),
        ("bytes=-99999999999999999999999", 0, None),
        (f"bytes={'0' * 5000}7-9", 7, 9),
    ],
)
def test_a_part_is_given(lab, client, asked, first, last):
    content = body(client.get(CSV))
    answer: Any = client.get(CSV, headers={"Range": asked})
    expected = content[first : None if last is None else last + 1]
    begin = first % len(content)
    assert answer.status_code == 206
    assert body(answer) == expected
    assert answer["Content-Length"] == str(len(expected))
    end = begin + len(expected) - 1
    assert answer["Content-Range"] == f"bytes {begin}-{end}/{len(content)}"


@pytest.mark.parametrize("asked", ["bytes=9-5", "bytes=", "bytes=a-", "bytes=0-1,3-4", "lines=1-2"])
def test_what_is_no_single_range_is_answered_whole(lab, client, asked):
    answer: Any = client.get(CSV, headers={"Range": asked})
    assert answer.status_code == 200 and body(answer) == body(client.get(CSV))


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0", f"bytes={'9' * 5000}-"])
def test_a_part_beyond_the_end_is_refused_with_the_size(lab, client, asked):
    size = len(body(client.get(CSV)))
    answer: Any = client.get(CSV, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{size}"
    assert answer["Cache-Control"] == "no-store"


def test_a_part_of_another_file_is_never_given(lab, client):
    etag = client.get(CSV)["ETag"]
    half = {"Range": "bytes=9-"}
    assert client.get(CSV, headers=half | {"If-Range": etag}).status_code == 206
    for other in (f"W/{etag}", '"another"', client.get(CSV)["Last-Modified"]):
        assert client.get(CSV, headers=half | {"If-Range": other}).status_code == 200
    assert client.get(CSV, headers=half | {"If-None-Match": etag}).status_code == 304
    assert client.head(CSV, headers=half).status_code == 200  # a range is of GET alone


def test_what_is_not_there_is_refused(lab, client):
    for name in ("drafts.csv", ".made.json", "..%2F.lock", "labs", "labs.csv/", "%00"):
        answer = client.get(f"/data/{name}")
        assert answer.status_code == 404 and answer["Cache-Control"] == "no-store", name
    assert client.get(f"{CSV}?as_of=2024-01-01").status_code == 400
    assert client.post(CSV).status_code == 405
    assert client.options(CSV).status_code == 204


# --- Live, where a thread makes them -------------------------------------------------------------


@pytest.fixture
def site(settings: Any, live_server: Any, tmp_path: Path, monkeypatch: Any) -> Any:
    monkeypatch.setattr(finding, "PATIENCE", 60.0)  # this machine may be busy
    settings.DATA_DIR = tmp_path / "data"
    settings.SITE_URL = live_server.url
    make_lab(name="Example Lab")
    return live_server


def fetch(url: str, **headers: str) -> tuple[int, Any, bytes]:
    request = urllib.request.Request(  # noqa: S310 - the live server
        url, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


@pytest.mark.django_db(transaction=True)
def test_a_download_is_resumed_and_never_continued_with_another_file(site, tmp_path):
    status, headers, whole = fetch(f"{site}{ZIP}")
    assert status == 200
    half = tmp_path / "on-record.zip"
    half.write_bytes(whole[: len(whole) // 2])
    curl = ["curl", "-sSf", "-C", "-", "-O", f"{site}{ZIP}"]
    subprocess.run(curl, cwd=tmp_path, check=True)
    assert half.read_bytes() == whole

    half.write_bytes(whole[: len(whole) // 2])
    make_lab(name="Another Example Lab")
    make()
    part = f"bytes={half.stat().st_size}-"
    status, now, content = fetch(f"{site}{ZIP}", Range=part, If_Range=headers["ETag"])
    assert status == 200 and now["ETag"] != headers["ETag"]
    assert hashlib.sha256(content).hexdigest() == now["ETag"].strip('"')
    sums = fetch(f"{site}/data/SHA256SUMS")[2].decode()
    assert f"{now['ETag'].strip(chr(34))}  on-record.zip" in sums.splitlines()


@pytest.mark.django_db(transaction=True)
def test_while_there_is_none_a_reader_is_asked_to_wait_and_then_given_the_one_before(
    site, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(finding, "_start", lambda: None)  # as if another were long at it
        patch.setattr(finding, "PATIENCE", 0.1)
        status, headers, content = fetch(f"{site}{CSV}")
        assert (status, headers["Cache-Control"]) == (503, "no-store")
        assert int(headers["Retry-After"]) > 0 and b"being made" in content
        earlier = make()
        assert earlier is not None
        make_lab(name="Another Example Lab")
        status, headers, content = fetch(f"{site}/data/labs.csv")
        assert status == 200
        assert headers["ETag"] == f'"{earlier.files["labs.csv"].sha256}"'
        assert b"Another" not in content
    assert b"Another Example Lab" in fetch(f"{site}/data/labs.csv")[2]


@pytest.mark.django_db(transaction=True)
def test_a_maker_that_fails_is_told_of_and_not_tried_at_every_request(site, monkeypatch, caplog):
    tried = []

    def fail(**_: Any) -> None:
        tried.append(1)
        raise OSError("No space left on device")

    monkeypatch.setattr(finding, "make", fail)
    monkeypatch.setattr(finding, "_failed_at", finding._failed_at)
    for _ in range(3):
        assert fetch(f"{site}{CSV}")[0] == 503
    assert len(tried) == 1
    assert "could not be made" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_answered_by_one_making(site, monkeypatch):
    assert not connection.in_atomic_block
    made = []

    def counted(**options: Any) -> Any:
        made.append(1)
        return make(**options)

    monkeypatch.setattr(finding, "make", counted)
    with ThreadPoolExecutor(finding.WAITING) as pool:
        answers = list(pool.map(lambda _: fetch(f"{site}{ZIP}"), range(finding.WAITING)))
    assert {status for status, _, _ in answers} == {200}
    assert len({content for _, _, content in answers}) == 1
    assert len(made) == 1
    assert Client().get(ZIP).status_code == 200
