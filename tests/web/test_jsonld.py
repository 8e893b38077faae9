"""What pages tell machines: ClaimReview by JSON-LD, and Open Graph, read by extruct."""

import json
import re
from datetime import date
from typing import Any

import extruct
import pytest

from tests.builders import (
    make_commitment,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_person,
    make_quotation,
    make_source,
)
from tests.web.judged import deny, judge, judged
from tests.web.markup import Markup
from tests.web.world import LISTS
from tracker.sources.models import Source
from tracker.web.jsonld import script
from tracker.web.sharing.reviews import coarse

pytestmark = pytest.mark.django_db

SITE = "http://127.0.0.1:8000"


def read(client, url: str, syntax: str = "json-ld") -> list[Any]:
    answer = client.get(url)
    assert answer.status_code == 200, url
    found = extruct.extract(answer.content.decode(), base_url=SITE + url, syntaxes=[syntax])
    return list(found[syntax])


def reviews_at(client, url: str) -> list[Any]:
    return [each for each in read(client, url) if each["@type"] != "BreadcrumbList"]


def review_of(client, record) -> dict[str, Any]:
    (review,) = reviews_at(client, record.get_absolute_url())
    return dict(review)


def open_graph(client, url: str) -> dict[str, str]:
    (found,) = read(client, url, "opengraph")
    return dict(found["properties"])


def test_a_script_element_holds_any_text():
    hostile = '</script><script>alert(1)</script><!-- & \u2028\u2029 " \\ é'
    element = script({"name": hostile, "nested": [{hostile: None}]})
    inside = element.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not re.search("[<>&\u2028\u2029]", inside)
    assert json.loads(inside) == {"name": hostile, "nested": [{hostile: None}]}
    with pytest.raises(ValueError, match="JSON"):
        script({"low": float("nan")})


def test_a_judgement_is_a_claim_review_with_all_that_the_chip_says(client):
    lab = make_lab(name="Example Lab", website="https://lab.example/")
    commitment = judged(
        "not_met", "pending", lab=lab, made_on="2024-01-02",
        reported_by=make_source(url="https://news.example/1", title="The News"),
    )  # fmt: skip
    deny(commitment)
    review = review_of(client, commitment)
    assert review["@context"] == "https://schema.org"
    assert review["@type"] == "ClaimReview"
    rating = review["reviewRating"]
    assert rating["alternateName"] == "reported broken so far · low confidence · contested"
    # one number would be a score that nobody gave
    assert not {"ratingValue", "bestRating", "worstRating"} & set(rating)
    assert "0–0 %" in rating["ratingExplanation"]
    assert "50 % of the questions" in rating["ratingExplanation"]
    assert "not reviewed by two people" in rating["ratingExplanation"]
    assert review["author"]["name"] == "On Record"
    assert review["sdLicense"] == "https://creativecommons.org/licenses/by/4.0/"
    claim = review["itemReviewed"]
    assert claim["@type"] == "Claim"
    assert claim["author"]["name"] == "Example Lab"
    assert claim["author"]["sameAs"] == "https://lab.example/"
    assert claim["datePublished"] == "2024-01-02"
    assert claim["appearance"]["url"] == "https://news.example/1"
    permanent = review["url"].removeprefix(SITE)
    assert permanent.startswith("/assessments/")
    (there,) = reviews_at(client, permanent)
    assert there == review


def test_an_older_judgement_keeps_its_own_review(client):
    commitment = judged("met")
    first = review_of(client, commitment)
    judge(commitment, "not_met", effective_on=date(2024, 5, 6))
    now = review_of(client, commitment)
    (then,) = reviews_at(client, first["url"].removeprefix(SITE))
    assert then["reviewRating"]["alternateName"] == "reported kept · low confidence"
    assert now["reviewRating"]["alternateName"] == "reported broken · low confidence"
    assert now["url"] != first["url"]


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        (("met",), {"basis": "measured"}),
        (("unverifiable", "met"), {"basis": "measured"}),
        (("pending",), {}),
        (("not_applicable",), {}),
        ((), {}),
    ],
)
def test_what_nobody_promised_or_judged_is_no_claim_review(client, values, fields):
    commitment = judged(*values, **fields) if values else make_commitment()
    assert reviews_at(client, commitment.get_absolute_url()) == []
    if values:
        (assessment,) = commitment.assessments.all()
        assert reviews_at(client, assessment.get_absolute_url()) == []


def quoted(tier: str, printed: bool = True):
    words = "We will publish an audit."
    source = make_source(tier=tier, url="https://lab.example/post")
    if printed:
        Source.objects.filter(pk=source.pk).update(archived_text=f"Today: {words} Soon.")
    quotation = make_quotation(source=Source.objects.get(pk=source.pk), exact=words)
    type(quotation).objects.filter(pk=quotation.pk).update(
        check_status="verified" if printed else "unchecked"
    )
    return type(quotation).objects.get(pk=quotation.pk)


def test_only_confirmed_words_stand_bare(client):
    lab = make_lab(name="Example Lab")
    claims = {}
    for name, words in (
        ("confirmed", quoted("primary_lab")),
        ("unchecked", quoted("primary_lab", printed=False)),
        ("secondary", quoted("secondary")),
        ("disputed", quoted("primary_lab")),
    ):
        commitment = judged("met", lab=lab, words=words, reported_words="")
        if name == "disputed":
            make_discrepancy(quotations=(words, make_quotation()), commitments=(commitment,))
        review = review_of(client, commitment)
        assert reviews_at(client, review["url"].removeprefix(SITE)) == [review]
        assert review["itemReviewed"]["appearance"]["url"] == "https://lab.example/post"
        claims[name] = review["claimReviewed"]
    assert claims["confirmed"] == "We will publish an audit."
    for name in ("unchecked", "secondary"):
        assert claims[name].startswith("Attributed to Example Lab, not confirmed")
    assert claims["disputed"].startswith("Attributed to Example Lab, in words that sources print")
    reported = judged("met", lab=lab, reported_words="that it would publish an audit")
    assert review_of(client, reported)["claimReviewed"] == (
        "Reported of Example Lab, not quoted: that it would publish an audit"
    )


def test_a_page_says_where_it_stands(client):
    commitment = judged("met", lab=make_lab(name="Example Lab"), title="Publish the audit")
    (assessment,) = commitment.assessments.all()
    for record, names in (
        (commitment, ["Labs", "Example Lab", "Publish the audit"]),
        (
            assessment,
            ["Labs", "Example Lab", "Publish the audit", "Judgement of 4 March 2024"],
        ),
    ):
        found = read(client, record.get_absolute_url())
        (trail,) = [each for each in found if each["@type"] == "BreadcrumbList"]
        steps = trail["itemListElement"]
        assert [step["name"] for step in steps] == names
        assert [step["position"] for step in steps] == list(range(1, len(names) + 1))
        assert steps[-1]["item"] == SITE + record.get_absolute_url()
        for step in steps:
            assert client.get(step["item"].removeprefix(SITE)).status_code == 200


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("2027", "2027"),
        ("2027-Q3", "2027"),
        ("2027-07", "2027-07"),
        ("2027-07-05", "2027-07-05"),
        ("2024-05-14T10:00-07:00", "2024-05-14"),
        ("2024-05-15/2024-05-17", "2024-05"),
        ("2024-05/2024-06", "2024"),
        ("2023-07/2027-07", ""),
        ("2024-Q1/2024-Q3", "2024"),
        ("2024-05-15/2024", "2024"),
        ("0001/9999", ""),
    ],
)
def test_dates_are_given_as_far_as_they_are_sure(when, said):
    assert coarse(when) == said


def test_hostile_words_stay_data(client):
    name = "</script><script>alert('&\"')</script>\u2028"
    commitment = judged("met", lab=make_lab(name=name[:-1]), reported_words=name)
    review = review_of(client, commitment)
    assert name.strip() in review["claimReviewed"]
    assert review["itemReviewed"]["author"]["name"] == name[:-1]
    page = client.get(commitment.get_absolute_url()).content.decode()
    assert Markup(page).problems == []
    assert page.count("<script") == 2 == page.count('<script type="application/ld+json">')
    shared = open_graph(client, commitment.get_absolute_url())
    assert shared["og:image:alt"].startswith(name[:-1])


def test_every_page_says_in_open_graph_what_it_is(client):
    commitment = judged("met")
    (assessment,) = commitment.assessments.all()
    outcome = make_outcome(bears_on=commitment)
    records = (commitment, commitment.lab, assessment, outcome, make_person(), make_source())
    pages = [*LISTS.values(), "/changes/1/", *(each.get_absolute_url() for each in records)]
    for url in pages:
        said = open_graph(client, url)
        assert said["og:url"] == SITE + url
        assert said["og:site_name"] == "On Record"
        assert said["og:locale"] == "en_GB"
        assert said["og:type"] in ("website", "article")
        assert said["og:title"] and said["og:description"] and said["og:image:alt"], url
        assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
        picture = client.get(said["og:image"].removeprefix(SITE))
        assert picture["Content-Type"] == "image/png" == said["og:image:type"]
        html = client.get(url).content.decode()
        title = re.search("<title>(.*?)</title>", html)
        assert title and title[1].startswith(html.split('og:title" content="')[1].split('"')[0])
        assert '<meta name="twitter:card" content="summary_large_image">' in html


def test_a_preview_of_a_verdict_says_all_of_it(client):
    commitment = judged("not_met", "pending")
    deny(commitment)
    (assessment,) = commitment.assessments.all()
    for record in (commitment, assessment):
        said = open_graph(client, record.get_absolute_url())
        assert "reported broken so far · low confidence · contested" in said["og:description"]
    alt = open_graph(client, commitment.get_absolute_url())["og:image:alt"]
    assert "reported broken so far · low confidence · contested" in alt


def test_refusals_and_private_pages_share_nothing(client):
    for url in ("/commitments/none/", "/labs/?colour=red", "/suggest/not-a-token/"):
        html = client.get(url).content.decode()
        assert "og:" not in html and "oembed" not in html, url


def test_another_day_has_no_picture_and_no_review_of_today(client):
    lab = judged("met").lab
    html = client.get(f"{lab.get_absolute_url()}?as_of=2024-03-05").content.decode()
    assert f'content="{SITE}/card.png"' in html
    assert "ld+json" not in html
