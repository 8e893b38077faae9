"""Lists: filtered as the pages are, walked without missing or doubling a row, slimmed."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.signing import Signer
from django.http import QueryDict

from tests.api.asking import get, pages, slugs, walk
from tests.builders import (
    make_assessment,
    make_commitment,
    make_lab,
    make_person,
    make_pledge,
    make_quotation,
    make_source,
)
from tests.web.judged import judged
from tracker.api.nouns import NOUNS
from tracker.changes.log import head_sequence
from tracker.reading import published
from tracker.reading.filtering import strict
from tracker.reading.filters import CommitmentFilter
from tracker.records.dates import today

pytestmark = pytest.mark.django_db

SORTS = [*CommitmentFilter.base_filters["sort"].orders]


def some_commitments() -> list[str]:
    """Dated and undated, judged and not, with alike titles and days; their slugs."""
    labs = [make_lab(name=f"Example Lab {name}") for name in ("A", "b", "Ä")]
    made = []
    for number in range(9):
        due: dict[str, Any] = {"deadline_kind": "by_date", "deadline_due_on": f"2027-0{number}"}
        made.append(
            make_commitment(
                lab=labs[number % 3],
                title=f"Audit {number % 2}",
                made_on=f"2024-0{number // 3 + 1}",
                **(due if number % 4 in (1, 2) else {}),
            )
        )
    made.append(judged("met", lab=labs[0], made_on="2024-02", title="Audit 1"))
    made.append(judged("unverifiable", lab=labs[0], made_on="2024"))
    return [each.slug for each in made]


def test_a_walk_meets_every_row_once_in_the_order_of_the_page():
    made = some_commitments()
    for sort in SORTS:
        bound = strict(CommitmentFilter, QueryDict(f"sort={sort}"), published.listed(today()))
        wanted = [row.slug for row in bound.qs]
        assert sorted(wanted) == sorted(made)
        for limit in (1, 4):
            assert slugs(walk(f"commitments/?sort={sort}&limit={limit}")) == wanted, sort


def test_no_row_is_missed_or_met_twice_while_others_are_published():
    some_commitments()
    for sort in SORTS:
        made = {*slugs(walk("commitments/?limit=200"))}
        found: list[str] = []
        for number, page in enumerate(pages(f"commitments/?sort={sort}&limit=3")):
            found += slugs(page)
            if number < 2:  # one before all others and one behind them, in every order
                make_commitment(title="A", made_on="2023", lab=make_lab(name=f"AA {sort} {number}"))
                make_commitment(title="Z", made_on="2025", lab=make_lab(name=f"zz {sort} {number}"))
        assert len(found) == len({*found}), sort
        assert made <= {*found}, sort


def test_undated_pledges_come_last_and_are_walked_too():
    made = [
        make_pledge(slug=f"pledge-{number}", issued_on=when).slug
        for number, when in enumerate(("2024", "", "2025", "", "2024"))
    ]
    found = slugs(walk("pledges/?limit=1"))
    assert found == ["pledge-2", "pledge-0", "pledge-4", "pledge-1", "pledge-3"]
    assert sorted(found) == sorted(made)


@pytest.mark.parametrize(
    "query",
    [
        {"verdict": "kept"},
        {"lab": "example-a"},
        {"q": "audit"},
        {"q": "nothing like it"},
        {"schedule": "no_deadline", "force": "promise"},
        {"contested": "false", "sort": "title"},
        {"counted": "any"},
    ],
)
def test_filters_are_those_of_the_page(client, query):
    lab = make_lab(slug="example-a")
    judged("met", lab=lab, title="The first audit")
    judged("unverifiable", title="The other audit", force="aim")
    make_commitment(basis="measured")
    found = slugs(walk(f"commitments/?{urlencode(query)}"))
    page = client.get("/commitments/", query)
    assert page.status_code == 200
    text = page.content.decode()
    shown = [slug for slug in slugs(walk("commitments/")) if f"/commitments/{slug}/" in text]
    assert sorted(found) == sorted(shown)


def test_the_lists_that_no_page_has_are_filtered_too():
    lab, person = make_lab(slug="example-lab"), make_person(slug="ada", role="founder")
    make_person(slug="bea", lab=lab)
    source = make_source(slug="the-post")
    make_quotation(slug="one", source=source, speaker=person)
    make_quotation(slug="two", speaker_lab=lab, exact="Something else.")
    commitment = make_commitment(lab=lab, slug="promise")
    make_assessment(slug="judged", commitment=commitment, values=["met"])
    make_assessment(slug="other", commitment=make_commitment(), values=["unverifiable"])
    lab.tags.create(kind="region", name="Nowhere")
    for query, wanted in {
        "people/?lab=example-lab": ["bea"],
        "people/?q=FOUNDER": ["ada"],
        "quotations/?source=the-post": ["one"],
        "quotations/?lab=example-lab": ["two"],
        "quotations/?speaker=ada&check=unchecked": ["one"],
        "quotations/?q=else": ["two"],
        "assessments/?commitment=promise": ["judged"],
        "assessments/?lab=example-lab&origin=imported": ["judged"],
        "assessments/?verdict=unresolved": ["other"],
        "labs/?region=Nowhere&kind=ai_lab": ["example-lab"],
        "indicators/?q=nothing": [],
    }.items():
        assert slugs(walk(query)) == wanted, query


def test_a_page_holds_as_many_as_asked_and_fifty_unless_told():
    for _ in range(51):
        make_lab()
    first, second = pages("labs/")
    assert (len(first), len(second)) == (50, 1)
    assert len(get("labs/?limit=200")["results"]) == 51
    assert get("labs/?limit=51")["next"] is None
    assert get("people/") == {"results": [], "next": None}


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1e1", "٣", "x", "9999", "01"])
def test_a_limit_that_is_none_is_refused(limit):
    assert get(f"labs/?{urlencode({'limit': limit})}", 400)["parameter"] == "limit"


def test_fields_slim_each_item_and_the_next_page_too():
    make_lab(slug="example-a"), make_lab(slug="example-b")
    found = get("labs/?fields=score,slug&limit=1")
    assert [[*item] for item in found["results"]] == [["score", "slug"]]
    assert [*get(found["next"])["results"][0]] == ["score", "slug"]
    assert get("labs/example-a/?fields=slug") == {"slug": "example-a"}
    assert get("changes/1/?fields=sequence") == {"sequence": 1}


@pytest.mark.parametrize("fields", ["names", "slug,", ",", "slug, name", "archived_text", "state"])
def test_an_unknown_field_is_refused_with_those_there_are(fields):
    make_source(slug="example")
    for address in ("sources/", "sources/example/"):
        problem = get(f"{address}?{urlencode({'fields': fields})}", 400)
        assert problem["parameter"] == "fields"
        assert "slug, title, medium" in problem["detail"]


def test_a_cursor_is_good_for_its_list_alone():
    for number in range(3):
        make_lab(slug=f"example-{number}", kind="ai_lab")
        make_person()
    more = get("labs/?limit=1&kind=ai_lab")["next"]
    cursor = QueryDict(more.partition("?")[2])["cursor"]

    def asked(address: str, **query: str) -> Any:
        return f"{address}?{urlencode({'cursor': cursor} | query)}"

    assert len(get(asked("labs/", kind="ai_lab", limit="200"))["results"]) == 2
    assert len(get(asked("labs/", kind="ai_lab", fields="slug"))["results"]) == 2
    for address in (
        asked("labs/"),
        asked("labs/", kind="company"),
        asked("labs/", kind="ai_lab", as_of=today().isoformat()),
        asked("people/"),
    ):
        problem = get(address, 400)
        assert problem["parameter"] == "cursor" and "other filters" in problem["detail"]


def test_a_cursor_that_was_not_given_out_is_refused():
    make_lab()
    signer = Signer(salt="on-record/api/cursor/v1")
    other = Signer(salt="another")
    for forged in (
        "x",
        "x:y",
        "\0",
        "é",
        other.sign_object(["a", ["b", "c"]]),
        signer.sign_object("text"),
        signer.sign_object(["a"]),
        signer.sign_object([1, 2, 3]),
        signer.sign_object({"a": 1}),
    ):
        problem = get(f"labs/?{urlencode({'cursor': forged})}", 400)
        assert problem["parameter"] == "cursor", forged


def test_a_cursor_of_an_older_form_is_refused():
    """As after a release that sorts the list by other columns."""
    for _ in range(2):
        make_lab()
    cursor = QueryDict(get("labs/?limit=1")["next"].partition("?")[2])["cursor"]
    signer = Signer(salt="on-record/api/cursor/v1")
    made_for, place = signer.unsign_object(cursor)
    for older in (place[:1], [*place, 3], [], None, "ab", 7):
        forged = signer.sign_object([made_for, older])
        get(f"labs/?{urlencode({'cursor': forged})}", 400)


def test_the_log_is_walked_by_its_numbers_upwards():
    lab = make_lab(slug="example-lab")
    for _ in range(4):
        make_commitment(lab=lab)
    head = head_sequence()
    assert slugs(walk("changes/?limit=3")) == list(range(1, head + 1))
    assert slugs(get(f"changes/?after={head - 2}")["results"]) == [head - 1, head]
    assert get(f"changes/?after={head}") == {"results": [], "next": None}
    of_lab = walk("changes/?lab=example-lab&limit=2")
    assert len(of_lab) == 5 and all("example-lab" in each["labs"] for each in of_lab)
    assert slugs(walk("changes/?lab=example-lab&kind=lab_published")) == [1]
    assert len(walk("changes/?category=transparency&significance=major")) == 4


@pytest.mark.parametrize("after", ["-1", "x", "01", "9" * 20, "٣", str(2**63)])
def test_the_log_is_not_followed_from_nowhere(after):
    assert get(f"changes/?{urlencode({'after': after})}", 400)["parameter"] == "after"


@pytest.mark.parametrize("noun", NOUNS)
def test_every_list_knows_its_parameters_and_no_others(noun):
    for query in ("page=2", "verdikt=kept", "limit=1&limit=2", "after=x&cursor=y"):
        get(f"{noun}/?{query}", 400)
    known = {*NOUNS[noun].filterset.base_filters, *NOUNS[noun].paging, "fields"}
    assert get(f"{noun}/?{urlencode(dict.fromkeys(sorted(known), ''))}")["next"] is None
