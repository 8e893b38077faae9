"""How the API answers: refusals in JSON, for pages of other sites too, cached and validated."""

import json

import pytest
from django.test import Client

from tests import builders
from tests.api.asking import V1, get
from tests.builders import EDITOR, make_commitment, make_lab
from tracker.api.nouns import NOUNS
from tracker.changes.log import head_sequence
from tracker.curation.editing import retract
from tracker.records.models import Record, State

pytestmark = pytest.mark.django_db

ADDRESSES = ("", "labs/", "labs/example-lab/", "changes/", "changes/1/")


@pytest.fixture(autouse=True)
def lab(db):
    return make_lab(slug="example-lab")


def told(answer, status):
    """The problem that an answer is, which must be one of this status (RFC 9457)."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    problem = json.loads(answer.content)
    assert problem["status"] == status
    assert {"type", "title", "detail", "instance"} <= problem.keys()
    return problem


def test_the_index_says_where_everything_is(client):
    found = get("")
    assert [*found["lists"]] == [*NOUNS]
    assert found["license"] == "https://creativecommons.org/licenses/by/4.0/"
    for address in (*found["lists"].values(), found["openapi"], found["docs"]):
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize(
    "path",
    [
        "/api/", "/api/v2/labs/", f"{V1}/nowhere/", f"{V1}/labs/example-lab/more/",
        f"{V1}/labs/no%0Asuch/", f"{V1}/labs/a%00b/", f"{V1}/labs/%ED%A0%80/", f"{V1}/labs/é/",
        f"{V1}/labs/{'x' * 3000}/", f"{V1}/labs/unknown/", f"{V1}/changes/0/", f"{V1}/changes/01/",
        f"{V1}/changes/{10**30}/", f"{V1}/changes/-1/", f"{V1}//labs/", f"{V1}/commitments/Nope/",
        f"{V1}/nowhere", f"{V1}/labs.json", f"{V1}/labs/?%00",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_in_json(client, path):
    answer = client.get(path)
    if path.endswith("?%00"):
        told(answer, 400)
    else:
        told(answer, 404)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_last_slash_is_brought_along_with_the_query(client):
    answer = client.get(f"{V1}/labs?limit=1")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{V1}/labs/?limit=1")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def a_draft_of(noun: str) -> Record:
    """An unpublished record called a-draft."""
    make = getattr(builders, f"make_{NOUNS[noun].noun}")
    needs = {"commitment": make_commitment(), "values": ["met"]} if noun == "assessments" else {}
    draft: Record = make(slug="a-draft", draft=True, **needs)
    return draft


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if noun != "changes"])
def test_a_draft_and_nothing_are_the_same(client, noun):
    assert a_draft_of(noun).state == State.DRAFT
    draft = told(client.get(f"{V1}/{noun}/a-draft/"), 404)
    nothing = told(client.get(f"{V1}/{noun}/nothing/"), 404)
    assert draft | {"instance": ""} == nothing | {"instance": ""}
    assert "a-draft" not in str(get(f"{noun}/"))


def test_what_was_retracted_is_gone_and_says_where_it_went(client, lab):
    retract(lab, by=EDITOR, reason="It was another.")
    problem = told(client.get(f"{V1}/labs/example-lab/"), 410)
    assert problem["change"].endswith(f"{V1}/changes/{head_sequence()}/")
    assert get(problem["change"])["kind"] == "record_retracted"
    assert get("labs/")["results"] == []


def test_a_bad_parameter_is_named(client):
    problem = told(client.get(f"{V1}/commitments/?verdict=perhaps"), 400)
    assert problem["parameter"] == "verdict" and "kept" in problem["detail"]
    assert problem["instance"] == f"{V1}/commitments/"
    for address in (f"{V1}/?x=1", f"{V1}/labs/example-lab/?limit=1", f"{V1}/changes/1/?as_of=2024"):
        assert told(client.get(address), 400)["parameter"]


@pytest.mark.parametrize(
    "query",
    [
        "q=%00", "lab=%00", "kind=%00", "as_of=%00", "cursor=%00", "fields=%00", "limit=%00",
        "q=%ED%A0%80", "lab=%ED%A0%80", "%ED%A0%80=1", "cursor=%ED%A0%80", "region=%00",
        f"lab={'x' * 5000}", f"q={'x' * 201}", "sort=slug", "%00=%00",
    ],
)  # fmt: skip
def test_whatever_is_sent_is_refused_in_words(client, query):
    for noun in ("commitments", "labs", "changes", "quotations"):
        answer = client.get(f"{V1}/{noun}/?{query}")
        if answer.status_code != 200:
            told(answer, 400)


def test_too_many_parameters_are_refused_in_json(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    told(client.get(f"{V1}/labs/?a=1&b=2&c=3&d=4"), 400)


def test_an_unknown_host_is_refused_in_json(client):
    told(client.get(f"{V1}/labs/", headers={"host": "elsewhere.example"}), 400)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_nothing_is_written(method):
    for path in (*ADDRESSES, "nowhere/"):
        answer = Client(enforce_csrf_checks=True).generic(method, f"{V1}/{path}")
        told(answer, 405)
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ADDRESSES)
def test_pages_of_other_sites_may_read_it(client, path):
    answer = client.get(f"{V1}/{path}", headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Expose-Headers"] == "ETag, Link"
    assert not answer.cookies
    asked = client.options(
        f"{V1}/{path}",
        headers={
            "origin": "https://elsewhere.example",
            "access-control-request-method": "GET",
            "access-control-request-headers": "if-none-match",
        },
    )
    assert (asked.status_code, asked.content) == (204, b"")
    assert asked.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "If-None-Match" in asked.headers["Access-Control-Allow-Headers"]
    assert asked.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ADDRESSES)
def test_who_has_the_newest_is_told_so(client, path):
    address = f"{V1}/{path}"
    first = client.get(address)
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["Cache-Control"] == "public, max-age=30, stale-while-revalidate=60"
    assert first.headers["Vary"] == "Accept-Encoding"
    tag = {"if-none-match": first.headers["ETag"]}
    again = client.get(address, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"{address}?x=1", headers=tag).status_code == 400
    assert client.get(f"{V1}/labs/unknown/", headers=tag).status_code == 404
    make_lab()
    assert client.get(address, headers=tag).status_code == 200


def test_an_answer_as_of_a_day_is_another(client):
    tags = {client.get(f"{V1}/labs/{query}").headers["ETag"] for query in ("", "?as_of=2024-01-02")}
    assert len(tags) == 2


def test_a_precondition_that_fails_is_a_problem(client):
    told(client.get(f"{V1}/labs/", headers={"if-match": '"another"'}), 412)


def test_head_is_get_without_a_body(client):
    full, head = client.get(f"{V1}/labs/"), client.head(f"{V1}/labs/")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == full.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(full.content))


def test_the_next_page_is_in_the_headers_too(client):
    make_lab()
    answer = client.get(f"{V1}/labs/?limit=1")
    more = answer.json()["next"]
    assert more.startswith("http://") and answer.headers["Link"] == f'<{more}>; rel="next"'
    assert client.get(f"{V1}/labs/?limit=1").content == answer.content
    assert "Link" not in client.get(more).headers


def test_letters_stand_as_they_are(client):
    make_lab(slug="other", name="Exämple 例 “Lab”")
    assert "Exämple 例 “Lab”".encode() in client.get(f"{V1}/labs/").content.replace(b'\\"', b'"')


def test_nobody_is_told_to_ask_otherwise(client):
    for accept in ("text/html", "application/xml", "image/png;q=0.1", ""):
        assert client.get(f"{V1}/labs/", headers={"accept": accept}).status_code == 200
