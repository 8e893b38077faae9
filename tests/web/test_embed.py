"""The card that other sites frame, and oEmbed, by which they learn of it."""

import json
from datetime import date
from html.parser import HTMLParser
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.builders import EDITOR, make_commitment, make_lab
from tests.web.judged import judge, judged
from tests.web.markup import Markup
from tracker.curation.editing import retract

pytestmark = pytest.mark.django_db

SITE = "http://127.0.0.1:8000"


class Frame(HTMLParser):
    """The one element that an oEmbed answer holds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def asked(client, url: str, **query: str):
    said = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return client.get(f"/oembed?url={quote(url, safe='')}&{said}".rstrip("&"))


def test_the_card_may_be_framed_and_no_other_page(client):
    commitment = judged("met")
    page = client.get(commitment.get_absolute_url())
    card = client.get(f"{commitment.get_absolute_url()}embed/")
    assert page["X-Frame-Options"] == "DENY"
    assert "X-Frame-Options" not in card.headers
    assert card["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not card.cookies
    for refused in ("/commitments/none/embed/", f"{commitment.get_absolute_url()}embed/?x=1"):
        assert client.get(refused)["X-Frame-Options"] == "DENY"  # a whole page of the site


def test_the_card_says_all_that_a_chip_says_and_where_it_comes_from(client):
    commitment = judged("met", lab=make_lab(name="Example Lab"), title="Publish the audit")
    url = commitment.get_absolute_url()
    html = client.get(f"{url}embed/").content.decode()
    card = Markup(html)
    assert card.problems == []
    for each in (
        "Example Lab", "Publish the audit", "reported kept · low confidence", "range 100–100 %",
        "Judgement of 4 March 2024", "CC BY 4.0",
    ):  # fmt: skip
        assert each in card.text, each
    assert set(card.links) == {SITE + url, "https://creativecommons.org/licenses/by/4.0/"}
    assert '<meta name="robots" content="noindex">' in html
    assert f'<link rel="canonical" href="{SITE}{url}">' in html
    assert html.count("stylesheet") == 1 and "<script" not in html
    assert len(html) < 4_000


def test_the_card_stays_right(client):
    commitment = judged("met")
    url = f"{commitment.get_absolute_url()}embed/"
    first = client.get(url)
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304
    judge(commitment, "not_met", effective_on=date(2024, 5, 6))
    moved = client.get(url, headers={"if-none-match": first["ETag"]})
    assert "reported broken" in moved.content.decode()


def test_a_measured_item_is_neither_kept_nor_broken_on_its_card(client):
    text = client.get(
        f"{judged('met', basis='measured').get_absolute_url()}embed/"
    ).content.decode()
    assert "reported 100 % of criteria met" in Markup(text).text
    assert "broken" not in Markup(text).text and "kept" not in Markup(text).text


def test_the_page_tells_of_its_card_and_the_answer_frames_it(client):
    commitment = judged("met", lab=make_lab(name="Example Lab"), title="Publish the audit")
    page = client.get(commitment.get_absolute_url()).content.decode()
    links = [attrs for tag, attrs in Frame(page).found if tag == "link"]
    found = {each["type"]: each["href"] for each in links if "oembed" in (each.get("type") or "")}
    assert set(found) == {"application/json+oembed", "text/xml+oembed"}
    answer = client.get((found["application/json+oembed"] or "").removeprefix(SITE))
    assert answer["Content-Type"] == "application/json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    fields = json.loads(answer.content)
    assert (fields["type"], fields["version"]) == ("rich", "1.0")
    assert fields["title"] == "Example Lab: Publish the audit"
    assert fields["provider_name"] == "On Record"
    ((tag, frame),) = Frame(fields["html"]).found
    assert tag == "iframe"
    assert frame["src"] == f"{SITE}{commitment.get_absolute_url()}embed/"
    assert (frame["width"], frame["height"]) == (str(fields["width"]), str(fields["height"]))
    assert frame["title"] == "Example Lab: Publish the audit – On Record"
    assert "kept" not in json.dumps(fields)  # it is kept for years, and the verdict will move
    assert client.get((frame["src"] or "").removeprefix(SITE)).status_code == 200
    picture = fields["thumbnail_url"].removeprefix(SITE)
    assert client.get(picture)["Content-Type"] == "image/png"

    xml = client.get((found["text/xml+oembed"] or "").removeprefix(SITE))
    assert xml["Content-Type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(xml.content)  # noqa: S314 - our own
    assert root.tag == "oembed"
    assert {each.tag: each.text for each in root} == {
        name: str(value) for name, value in fields.items()
    }


@pytest.mark.parametrize(("widest", "highest"), [("280", "100"), ("100", "5000"), ("9999", "1")])
def test_what_the_asker_allows_is_not_exceeded(client, widest, highest):
    url = SITE + judged("met", title="Publish the audit " * 15).get_absolute_url()
    fields = json.loads(asked(client, url, maxwidth=widest, maxheight=highest).content)
    assert 0 < fields["width"] <= int(widest)
    assert 0 < fields["height"] <= int(highest)
    assert "thumbnail_url" not in fields


def test_an_address_with_an_anchor_or_without_the_last_slash_is_the_same_page(client):
    url = SITE + judged("met").get_absolute_url()
    plain = asked(client, url).content
    assert asked(client, f"{url}#history").content == plain
    assert asked(client, url.rstrip("/")).content == plain


def test_only_the_pages_of_commitments_of_this_site_are_known(client):
    commitment = judged("met")
    path = commitment.get_absolute_url()
    for url in (
        "https://elsewhere.example" + path,
        "http://127.0.0.1:8000.elsewhere.example" + path,
        f"http://127.0.0.1:8000@elsewhere.example{path}",
        "//127.0.0.1:8000" + path,
        path,
        SITE,
        f"{SITE}/",
        f"{SITE}/labs/{commitment.lab.slug}/",
        f"{SITE}/commitments/none/",
        f"{SITE}/admin/",
        f"{SITE}{path}?utm_source=x",
        f"{SITE}{path}embed/",
        f"{SITE}/commitments/../admin/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://[",
        f"{SITE}/commitments/%00/",
        "\x00",
        "é" * 500,
    ):
        answer = asked(client, url)
        assert answer.status_code == 404, url
        assert answer["Cache-Control"] == "no-store"


def test_what_cannot_be_asked_is_said(client):
    url = SITE + judged("met").get_absolute_url()
    refused = asked(client, url, format="yaml")
    assert refused.status_code == 501
    assert refused.content.decode() == "format: Choose one of: json, xml.\n"
    for query in ("", "?url=", f"?url={url}&maxwidth=0", f"?url={url}&maxwidth=wide"):
        assert client.get(f"/oembed{query}").status_code == 400, query
    for query in (f"?url={url}&callback=evil", f"?url={url}&url={url}"):
        assert client.get(f"/oembed{query}").status_code == 400, query
    assert client.post("/oembed").status_code == 405


def test_a_retracted_commitment_is_gone(client):
    commitment = make_commitment()
    retract(commitment, by=EDITOR, reason="It was another.")
    assert asked(client, SITE + commitment.get_absolute_url()).status_code == 410
    assert client.get(f"{commitment.get_absolute_url()}embed/").status_code == 410


def test_hostile_titles_stay_text_in_every_format(client):
    name = "\"'><script>alert('&amp;')</script><!--"
    commitment = judged("met", lab=make_lab(name=name), title=name)
    url = SITE + commitment.get_absolute_url()
    fields = json.loads(asked(client, url).content)
    ((tag, frame),) = Frame(fields["html"]).found
    assert tag == "iframe" and name in (frame["title"] or "")
    xml = ElementTree.fromstring(asked(client, url, format="xml").content)  # noqa: S314 - ours
    assert xml.findtext("title") == fields["title"]
    card = client.get(f"{commitment.get_absolute_url()}embed/").content.decode()
    assert Markup(card).problems == [] and "<script" not in card


@pytest.mark.once
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_card_shows_in_another_sites_narrow_frame(
    chromium, live_server, transactional_db, scheme
):
    commitment = judged("met", title="Publish the audit of every model before it is deployed")
    url = f"{live_server.url}{commitment.get_absolute_url()}"
    context = chromium.new_context(viewport={"width": 280, "height": 320}, color_scheme=scheme)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    asked_of: list[str] = []
    page.on("request", lambda request: asked_of.append(request.url))
    page.goto(f"{url}embed/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 280
    assert said == []
    assert all(each.startswith(live_server.url) for each in asked_of)
    violations = Axe().run(page).response["violations"]
    assert [each["id"] for each in violations] == []

    other = context.new_page()  # of no origin at all: nobody's own
    other.set_content(f'<iframe src="{url}embed/"></iframe><iframe src="{url}"></iframe>')
    other.frame_locator("iframe").first.get_by_text("reported kept").wait_for()
    other.wait_for_load_state()
    assert other.frames[2].get_by_text("reported kept").count() == 0  # the page refuses it
    context.close()
