"""What nobody should have sent gets a page that says what is wrong, and never a 500."""

import pytest

from tests.builders import make_commitment, make_lab
from tests.web.markup import Markup

pytestmark = pytest.mark.django_db

DIGITS = "9" * 5000

REFUSED = [
    ("/commitments/?verdict=splendid", "verdict: Choose one of: kept, partly_kept"),
    ("/commitments/?colour=red", "colour: is not a parameter of this page. It takes:"),
    ("/commitments/?lab=nobody", "lab: There is no lab of this name."),
    ("/commitments/?verdict=kept&verdict=broken", "verdict: is given more than once."),
    ("/commitments/?sort=random", "sort: Choose one of: lab, newest"),
    ("/commitments/?sort=lab,newest", "sort: Choose one of: lab, newest"),
    ("/commitments/?contested=maybe", "contested: Choose true or false."),
    ("/commitments/?q=%00", "q: "),
    ("/commitments/?lab=%00", "lab: "),
    ("/commitments/?q=" + "a" * 201, "q: "),
    ("/commitments/?%00%1b=1", "is not a parameter of this page."),
    ("/commitments/?page=99999999999", "page: must be a whole number from 1"),
    ("/commitments/?page=2", "page: is 2, but this list ends at page 1."),
    ("/commitments/?page=0", "page: must be"),
    ("/commitments/?page=-1", "page: must be"),
    ("/commitments/?page=abc", "page: must be"),
    ("/commitments/?page=1.5", "page: must be"),
    ("/commitments/?page=%D9%A1", "page: must be"),  # an Arabic-Indic one
    ("/commitments/?page=", "page: must be"),
    (f"/commitments/?page={DIGITS}", "page: must be"),
    ("/changes/?kind=gossip", "kind: Choose one of: lab_published"),
    ("/changes/?commitment=none", "commitment: There is no commitment of this name."),
    ("/timeline/?kind=rumour", "kind: Choose one of: event"),
    ("/sources/?tier=gossip", "tier: Choose one of: primary_lab, primary_witness"),
    ("/sources/?known=hearsay", "known: Choose one of: itself, through."),
    (
        "/sources/?lab=nobody",
        "lab: is not a parameter of this page. It takes: after, known, page, q",
    ),
    ("/discrepancies/?status=settled", "status: Choose one of: open, resolved."),
    ("/discrepancies/?kind=motive", "kind: Choose one of: fact, wording."),
    ("/discrepancies/?lab=nobody", "lab: There is no lab of this name."),
    ("/discrepancies/?page=0", "page: must be"),
    ("/people/?page=abc", "page: must be"),
    ("/pledges/?page=1&page=2", "page: is given more than once."),
    ("/?utm_source=x", "utm_source: is not a parameter of this page. It takes none."),
    ("/labs/?page=2", "page: is not a parameter of this page."),
    ("/methodology/?x", "x: is not a parameter of this page."),
    ("/methodology/?commitment=%00", "commitment: There is no commitment of this name."),
]


@pytest.mark.parametrize(("url", "said"), REFUSED)
def test_a_parameter_that_cannot_be_read_is_named(client, url, said):
    answer = client.get(url)
    assert answer.status_code == 400
    page = Markup(answer.content.decode())
    assert page.problems == []
    assert "The parameter " in page.text
    assert said.strip() in page.text.replace("The parameter ", "")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "url",
    [
        "/commitments/nothing-of-this-name/",
        "/labs/nobody/",
        "/people/nobody/",
        "/sources/none/",
        "/pledges/none/",
        "/outcomes/none/",
        "/assessments/none/",
        "/changes/0/",
        "/changes/9223372036854775807/",
        "/changes/9223372036854775808/",
        "/changes/99999999999999999999999999/",
        f"/changes/{DIGITS}/",
        "/changes/-1/",
        "/labs/%00/",
        "/labs/EXAMPLE%20LAB/",
        "/labs/../etc/passwd",
        "/nowhere",
        "/commitments/" + "a" * 3000 + "/",
    ],
)
def test_what_is_not_there_is_a_page_that_helps(client, url):
    answer = client.get(url)
    assert answer.status_code == 404
    page = Markup(answer.content.decode())
    assert page.problems == []
    assert "Nothing stands here" in page.text
    assert "/commitments/" in page.links


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize(
    "url", ["/", "/commitments/", "/changes/1/", "/healthz", "/readyz", "/robots.txt"]
)
def test_pages_are_read_and_nothing_else(url, method):
    from django.test import Client

    answer = getattr(Client(enforce_csrf_checks=True), method)(url)
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
    assert answer["Cache-Control"] == "no-store"


def test_head_is_answered_without_a_body(client):
    answer = client.head("/labs/")
    assert (answer.status_code, answer.content) == (200, b"")


def test_too_many_parameters_and_an_unknown_host_are_bad_requests(client):
    answer = client.get("/commitments/?" + "&".join(f"a{each}=1" for each in range(1001)))
    assert answer.status_code == 400
    assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 400


def test_hostile_words_are_found_or_not_but_do_no_harm(client):
    make_commitment(title="Per cent % and_underscore")
    for words in (
        "%25",
        "_",
        "'; drop table tracker_lab; --",
        "<script>",
        "\\",
        "ﬀ",
        "%F0%9F%92%A9",
    ):
        answer = client.get(f"/commitments/?q={words}")
        assert answer.status_code == 200
        assert Markup(answer.content.decode()).problems == []


def test_text_from_the_record_is_escaped_everywhere(client):
    name = "<script>alert('&\"')</script>"
    make_commitment(lab=make_lab(name=name, slug="hostile"), title=name, obligation=name)
    for url in ("/", "/labs/", "/labs/hostile/", "/commitments/", "/changes/", "/changes/1/"):
        page = client.get(url).content.decode()
        assert "<script" not in page, url
        assert Markup(page).problems == [], url
    assert name in Markup(client.get("/labs/hostile/").content.decode()).text


def test_the_same_page_without_parameters_is_offered(client):
    page = Markup(client.get("/commitments/?page=0").content.decode())
    assert "/commitments/" in page.links
