"""Every page says how it is followed, and one list has all feeds."""

import re

import feedparser
import pytest

from tests.builders import make_commitment, make_lab, make_pledge, published
from tests.feeds.entering import Read, enter, local, parsed

pytestmark = pytest.mark.django_db

ALTERNATE = re.compile(
    r'<link rel="alternate" type="([^"]+)" title="([^"]+)" href="([^"]*/feeds/[^"]+)">'
)
TYPES = ["application/atom+xml", "application/rss+xml", "application/feed+json"]
WHOLE = ["/feeds/changes.atom", "/feeds/changes.rss", "/feeds/changes.json"]


def alternates(client, url):
    page = client.get(url).content.decode()
    found = ALTERNATE.findall(page)
    for _, _, address in found:  # what programmes are told, people are told too
        assert f'<a href="{address}"' in page
    return page, found


def record():
    lab = make_lab(slug="example-lab", name="Example Lab")
    pledge = make_pledge(slug="example-pledge", title="Example Pledge")
    commitment = make_commitment(
        slug="the-audit", title="Publish the audit", lab=lab, pledge=pledge, category="compute"
    )
    return lab, pledge, commitment


@pytest.mark.parametrize("url", ["/", "/labs/", "/methodology/", "/changes/", "/nowhere/"])
def test_every_page_leads_to_the_feeds_of_every_change(client, url):
    _, found = alternates(client, url)
    assert [address for _, _, address in found] == WHOLE
    assert [kind for kind, _, _ in found] == TYPES
    assert found[0][1] == "On Record: every change (Atom)"


def test_labs_pledges_and_commitments_have_feeds_of_their_own(client):
    for noun, each in zip(("lab", "pledge", "commitment"), record(), strict=True):
        page, found = alternates(client, each.get_absolute_url())
        own = [f"{address}?{noun}={each.slug}" for address in WHOLE]
        assert [address for _, _, address in found] == [*own, *WHOLE]
        for address in own:
            assert client.get(address).status_code == 200
        assert (f"deadlines.ics?{noun}={each.slug}" in page) == (noun != "pledge")


def test_a_narrowed_list_of_changes_is_followed_as_it_is(client):
    record()
    _, found = alternates(client, "/changes/?lab=example-lab&kind=commitment_published&page=1")
    assert found[0][2] == "/feeds/changes.atom?kind=commitment_published&amp;lab=example-lab"
    assert "changes: “Example Lab”, kind “commitment published” (Atom)" in found[0][1]
    read = Read(client, found[0][2].replace("&amp;", "&"))
    assert len(read.sequences) == 1


def test_a_list_that_is_wrong_or_a_record_that_is_gone_offers_no_feed_of_its_own(client):
    for url in ("/changes/?kind=gossip", "/labs/nobody/"):
        _, found = alternates(client, url)
        assert [address for _, _, address in found] == WHOLE


def test_the_list_of_feeds_has_each_of_them_and_each_answers(client):
    record()
    make_lab(slug="hidden", draft=True)
    answer = client.get("/feeds/feeds.opml")
    assert answer["Content-Type"] == "text/x-opml; charset=utf-8"
    root = parsed(answer.content)
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title") == "On Record: every feed"
    feeds = [each for each in root.iter("outline") if each.get("xmlUrl")]
    assert all(each.get("type") == "rss" and each.get("text") for each in feeds)
    queries = {local(each.get("xmlUrl")).partition("?")[2] for each in feeds}
    assert {"", "lab=example-lab", "pledge=example-pledge", "commitment=the-audit"} <= queries
    assert {"category=compute", "category=whistleblowing"} <= queries
    assert not any("hidden" in each for each in queries)
    for each in feeds:
        assert client.get(local(each.get("xmlUrl"))).status_code == 200
        assert client.get(local(each.get("htmlUrl"))).status_code == 200


def test_a_draft_seen_by_its_curators_is_followed_by_nobody(client, django_user_model):
    draft = make_lab(slug="example-lab", draft=True)
    user = django_user_model.objects.create_superuser("root", password="a long made-up one")
    client.force_login(user)
    page = client.get(f"/admin/tracker/lab/{draft.pk}/preview/").content.decode()
    assert "Preview of a draft" in page
    assert "?lab=example-lab" not in "".join(address for *_, address in ALTERNATE.findall(page))
    published(draft)
    assert len(alternates(client, draft.get_absolute_url())[1]) == 6


SHEET = re.compile(r'<\?xml-stylesheet type="([^"]+)" href="([^"]+)"\?>')


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_a_person_is_given_xml_to_look_at_and_everyone_else_the_feed_alone(client, form):
    enter(120, after={"name": "Lab & <b>Sons</b> ]]>"}, before={"name": "x"}, reason="It moved.")
    url = f"/feeds/changes.{form}"
    for query in ("", "?archive=1"):
        person = client.get(url + query, headers={"Sec-Fetch-Dest": "document"})
        reader = client.get(url + query)
        assert person["Content-Type"] == "application/xml; charset=utf-8"
        assert reader["Content-Type"] == f"application/{form}+xml; charset=utf-8"
        assert person["ETag"] != reader["ETag"]
        assert person["Vary"] == reader["Vary"] == "Sec-Fetch-Dest, Accept-Encoding"
        assert [kind for kind, _ in SHEET.findall(person.text)] == ["text/css"]
        assert [kind for kind, _ in SHEET.findall(reader.text)] == ["text/xsl", "text/css"]
        assert "1999/xhtml" not in reader.text
        # a cache that mixed them up would still have sent the same feed
        assert [each.link for each in feedparser.parse(person.content).entries] == [
            each.link for each in feedparser.parse(reader.content).entries
        ]


def test_the_stylesheet_for_browsers_that_run_xslt_is_well_formed(client):
    answer = client.get("/feeds/feed.xsl")
    assert answer["Content-Type"] == "text/xsl; charset=utf-8"
    assert parsed(answer.content).tag == "{http://www.w3.org/1999/XSL/Transform}stylesheet"
