"""Public text goes out compressed to whoever asks for that, and the same bytes each time."""

import gzip

import pytest

from tests.builders import make_lab

pytestmark = pytest.mark.django_db


def test_a_page_is_compressed_for_whoever_can_read_it(client):
    url = make_lab().get_absolute_url()
    plain = client.get(url)
    packed, again = (client.get(url, headers={"accept-encoding": "gzip"}) for _ in range(2))
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.content) == plain.content
    assert packed.content == again.content
    assert packed["Content-Length"] == str(len(packed.content))
    assert plain["Vary"] == packed["Vary"] == "Accept-Encoding"


def test_head_tells_of_the_same_answer(client):
    url = make_lab().get_absolute_url()
    asked = {"accept-encoding": "gzip"}
    head, got = client.head(url, headers=asked), client.get(url, headers=asked)
    assert head.content == b""
    assert head["Content-Length"] == got["Content-Length"]


@pytest.mark.parametrize("url", ["/nowhere/", "/admin/login/", "/subscribe/", "/changes/log.jsonl"])
def test_what_may_hold_a_token_and_what_streams_is_left_alone(client, url):
    answer = client.get(url, headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers


def test_a_feed_that_came_compressed_is_still_known(client):
    make_lab()
    asked = {"accept-encoding": "gzip"}
    first = client.get("/feeds/changes.atom", headers=asked)
    again = client.get(
        "/feeds/changes.atom", headers=asked | {"if-none-match": first.headers["ETag"]}
    )
    assert again.status_code == 304
    assert again["Vary"] == first["Vary"]


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip;q=0", False),
        ("identity, GZIP ; q=0.000, br", False),
        ("gzip;q=0.5", True),
        ("br;q=0, gzip", True),
    ],
)
def test_whoever_refuses_it_by_name_gets_it_plain(client, accepted, packed):
    url = make_lab().get_absolute_url()
    answer = client.get(url, headers={"accept-encoding": accepted})
    assert ("Content-Encoding" in answer.headers) == packed
