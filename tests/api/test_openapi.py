"""The description of the API cannot go stale: it is held against routes, filters and answers."""

import json
import re
from datetime import date
from typing import Any

import django_filters as filters
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.builders import make_commitment, make_lab, make_source
from tests.web.markup import Markup
from tests.web.world import make_world
from tracker.api import description, parameters, urls
from tracker.api.nouns import NOUNS
from tracker.api.openapi import document
from tracker.reading.filtering import SEARCH_LENGTH
from tracker.records.dates import today
from tracker.records.fields import UNPRINTABLE_IN_LINE

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/openapi.json"


@pytest.fixture
def described(client: Any, seeded: None) -> dict[str, Any]:
    described: dict[str, Any] = client.get(ADDRESS).json()
    return described


def own_parameters(described: dict[str, Any], path: str) -> dict[str, Any]:
    found = described["paths"][path]["get"]["parameters"]
    return {each["name"]: each for each in found if "$ref" not in each}


def validator(described: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """Of a schema that refers to the components of the description."""
    whole = {"allOf": [schema], "components": described["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())


class TestTheDocument:
    @pytest.mark.once  # of the standard; which names are in it, the others ask
    def test_it_is_valid_openapi(self, described):
        OpenAPIV31SpecValidator(described).validate()
        assert described["openapi"].startswith("3.1")
        assert described["info"]["license"]["name"] == "CC BY 4.0"
        for schema in described["components"]["schemas"].values():
            Draft202012Validator.check_schema(schema)

    @pytest.mark.once  # of the standard; which names are in it, the others ask
    def test_so_is_that_of_an_empty_record(self, client):
        OpenAPIV31SpecValidator(client.get(ADDRESS).json()).validate()

    def test_it_names_every_route_and_no_other(self, described):
        routes = set()
        for each in urls.urlpatterns:
            assert isinstance(each, URLPattern)
            route = "/api/v1/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(each.pattern))
            routes |= {route.replace("{noun}", noun) for noun in NOUNS}
        assert set(described["paths"]) == routes

    def test_it_names_every_parameter_that_is_read(self, described):
        for name, noun in NOUNS.items():
            of_list = own_parameters(described, f"/api/v1/{name}/")
            dated = {"as_of"} if noun.takes_as_of else set()
            read = {*noun.filterset.base_filters, *noun.paging, "fields"} | dated
            assert set(of_list) == read - {"cursor"}, name  # which nobody can make
            assert set(own_parameters(described, f"/api/v1/{name}/{{slug}}/")) == (
                {"slug", "fields"} | dated
            )
        assert set(own_parameters(described, "/api/v1/sensitivity/")) == {
            *("partly", "weights", "lab")
        }

    def test_a_filter_of_a_new_kind_must_be_told(self):
        class Strange(filters.FilterSet):
            strange = filters.NumberFilter()

        with pytest.raises(TypeError, match="NumberFilter"):
            parameters.of_filters(Strange, parameters.Names())

    def test_values_are_those_of_the_filters(self, described):
        of_list = own_parameters(described, "/api/v1/commitments/")
        assert of_list["verdict"]["schema"]["enum"] == [
            *("kept", "partly_kept", "broken", "unresolved", "not_yet_due", "not_assessed")
        ]
        assert of_list["contested"]["schema"]["enum"] == ["true", "false"]
        assert of_list["sort"]["schema"]["default"] == "lab"
        assert of_list["q"]["schema"]["maxLength"] == SEARCH_LENGTH
        assert "openai" in of_list["lab"]["schema"]["enum"]

    def test_of_many_names_only_the_form_is_told(self, monkeypatch):
        for _ in range(3):
            make_lab()
        monkeypatch.setattr(parameters, "LISTED", 2)
        schema = own_parameters(document(today()), "/api/v1/commitments/")["lab"]["schema"]
        assert "enum" not in schema
        assert schema["pattern"]

    def test_no_draft_is_in_it(self):
        make_lab(slug="the-published")
        make_lab(slug="the-draft", draft=True)
        make_source(slug="the-draft-source", draft=True)
        make_commitment(slug="the-draft-commitment", draft=True)
        said = json.dumps(document(today()))
        assert "the-published" in said
        assert "the-draft" not in said

    def test_it_asks_as_much_of_three_rows_as_of_two(self):
        asked = []
        for rows in (2, 3):
            make_world(rows)
            with CaptureQueriesContext(connection) as queries:
                document(today())
            asked.append(len(queries))
        assert asked[0] == asked[1] <= 65, asked  # five or so for the example of each noun

    def test_it_is_made_once_for_each_state_of_the_record(self, client, seeded):
        first = client.get(ADDRESS)
        with CaptureQueriesContext(connection) as queries:
            second = client.get(ADDRESS)
        assert second.content == first.content
        assert len(queries) == 1  # the head of the log

    def test_it_is_answered_as_the_rest_of_the_api(self, client, seeded):
        answer = client.get(ADDRESS)
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"].startswith("public")
        again = client.get(ADDRESS, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        refused = client.get(f"{ADDRESS}?page=1")
        assert refused.status_code == 400
        assert refused.json()["parameter"] == "page"


class TestAnswers:
    @pytest.mark.parametrize("name", NOUNS)
    def test_every_item_is_as_described_whole_and_slimmed(self, client, described, name):
        operation = described["paths"][f"/api/v1/{name}/"]["get"]
        of_list = validator(described, _answered(operation))
        whole = validator(described, {"$ref": f"#/components/schemas/{NOUNS[name].noun}"})
        url: str | None = f"/api/v1/{name}/?limit=200"
        items = []
        while url:
            page = client.get(url).json()
            of_list.validate(page)
            items += page["results"]
            url = page["next"]
        assert items
        for item in items:
            whole.validate(item)
        key = "sequence" if name == "changes" else "slug"
        one = client.get(f"/api/v1/{name}/{items[0][key]}/").json()
        operation = described["paths"][f"/api/v1/{name}/{{slug}}/"]["get"]
        validator(described, _answered(operation)).validate(one)
        whole.validate(one)
        slim = client.get(f"/api/v1/{name}/?fields={key}").json()
        of_list.validate(slim)
        assert not whole.is_valid(slim["results"][0])
        example = operation["responses"]["200"]["content"]["application/json"]["example"]
        whole.validate(example)

    @pytest.mark.parametrize(
        ("path", "url"),
        [
            ("/api/v1/", "/api/v1/"),
            ("/api/v1/openapi.json", "/api/v1/openapi.json"),
            ("/api/v1/sensitivity/", "/api/v1/sensitivity/?partly=1&lab=openai"),
            (
                "/api/v1/sources/{slug}/falling/",
                "/api/v1/sources/leike-departure-thread/falling/?as_of=2024-06-01",
            ),
        ],
    )
    def test_so_is_what_is_no_noun(self, client, described, path, url):
        operation = described["paths"][path]["get"]
        validator(described, _answered(operation)).validate(client.get(url).json())

    @pytest.mark.parametrize(
        ("url", "status"),
        [
            ("/api/v1/labs/?strange=1", 400),
            ("/api/v1/labs/nobody/", 404),
            ("/api/v1/sources/nothing/falling/", 404),
            ("/api/v1/nowhere/", 404),
        ],
    )
    def test_refusals_are_problems(self, client, described, url, status):
        answer = client.get(url)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        validator(described, {"$ref": "#/components/schemas/problem"}).validate(answer.json())


def _answered(operation: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return schema


class TestThePage:
    def test_it_tells_every_address_parameter_and_field(self, client, described):
        answer = client.get("/api/v1/docs/")
        markup = Markup(answer.content.decode())
        assert markup.problems == []
        assert not answer.cookies
        for path, methods in described["paths"].items():
            if methods["get"]["tags"] == ["description"]:
                continue
            assert path in markup.text
            for name in own_parameters(described, path):
                assert f" {name} " in markup.text
        for noun in NOUNS.values():
            for field in noun.schema()["properties"]:
                assert f" {field} " in markup.text
        assert "criteria[].finding" in markup.text
        assert "score.low" in markup.text
        assert "high, medium, low or null" in markup.text
        assert "not_yet_due, not_assessed in a list" in markup.text
        assert not re.search(r"\bslug of a [aeio]", markup.text)

    def test_it_asks_no_more_than_the_description(self, client, seeded):
        description._made.cache_clear()
        client.get(ADDRESS)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/api/v1/docs/").status_code == 200
        assert len(queries) == 1

    def test_of_an_empty_record_it_still_says_what_there_would_be(self, client):
        answer = client.get("/api/v1/docs/")
        assert answer.status_code == 200
        assert Markup(answer.content.decode()).problems == []


class TestPatterns:
    """What JSON Schema can only say by a pattern is exactly what the views take."""

    @pytest.mark.parametrize("last", ["2026-11-22", "2027-01-01", "2030-10-10", "2029-12-31"])
    def test_days_up_to_today(self, last):
        until = date.fromisoformat(last)
        pattern = re.compile(parameters.day_until(until)["pattern"])
        first = date(1, 1, 1).toordinal()
        ordinals = {*range(first, first + 800), *range(until.toordinal() - 800, until.toordinal())}
        ordinals |= {*range(first, until.toordinal(), 97)}
        assert all(pattern.search(date.fromordinal(each).isoformat()) for each in ordinals)
        assert pattern.search(last)
        later = range(until.toordinal() + 1, date.max.toordinal(), 101)
        assert not any(pattern.search(date.fromordinal(each).isoformat()) for each in later)
        assert not pattern.search(date.fromordinal(until.toordinal() + 1).isoformat())
        assert not pattern.search("0000-01-01")

    def test_words_within_a_line(self):
        pattern = re.compile(parameters.LINE)
        for each in (*range(0x3000), 0xFFFE, 0xFFFF, 0x1F600):
            refused = UNPRINTABLE_IN_LINE.search(chr(each))
            assert bool(pattern.search(f"a{chr(each)}b")) != bool(refused), hex(each)
            taken_off = not refused or not chr(each).strip()
            assert bool(pattern.search(f"{chr(each)}b{chr(each)}")) == taken_off, hex(each)
