"""A reader who slept a year and follows the links back comes by every entry."""

import itertools

import pytest

from tests.builders import make_lab
from tests.feeds.entering import ATOM, FORMATS, HISTORY, Read, enter, href, local, parsed
from tracker.changes.models import Change

pytestmark = pytest.mark.django_db


def walk(client, url, meanwhile=lambda: None):
    """Every document from the current one back, `meanwhile` done between two."""
    documents = [Read(client, url)]
    while documents[-1].before:
        meanwhile()
        documents.append(Read(client, documents[-1].before))
    return documents


def collected(documents):
    """Every sequence that the documents hold; no document is long, repeats itself, or goes up."""
    for each in documents:
        assert len(each.sequences) <= 100
        assert each.sequences == sorted(set(each.sequences), reverse=True)
    archives = [sequence for each in documents[1:] for sequence in each.sequences]
    assert len(archives) == len(set(archives))
    return sorted({*documents[0].sequences, *archives})


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 99, 100, 101, 149, 150, 199, 200, 201, 250])
def test_every_entry_is_in_the_current_document_or_an_archive(client, count):
    if count:
        enter(count)
    documents = walk(client, "/feeds/changes.atom")
    assert collected(documents) == list(range(1, count + 1))
    assert documents[0].sequences[:50] == list(range(count, max(0, count - 50), -1))
    assert len(documents) <= 1 + count // 100


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_leads_back_to_the_first_entry_while_others_are_added(client, form):
    enter(250)
    url = f"/feeds/changes.{form}"
    documents = walk(client, url, meanwhile=lambda: enter(60))
    before = collected(documents)
    assert before == list(range(1, 251))
    assert Change.objects.count() > 250
    again = walk(client, url)
    assert collected(again) == list(range(1, Change.objects.count() + 1))


def test_a_filtered_feed_leaps_over_archives_without_its_entries(client):
    lab = make_lab(slug="example-lab")
    mine = [lab.slug]
    rows = [enter(count, labs=labs) for count, labs in ((3, mine), (330, []), (60, mine))]
    expected = [1, *(each.sequence for run in (rows[0], rows[2]) for each in run)]
    documents = walk(client, f"/feeds/changes.atom?lab={lab.slug}", lambda: enter(30))
    assert collected(documents) == expected
    assert [bool(each.sequences) for each in documents] == [True] * 2
    assert documents[-1].before == ""


def test_several_filters_narrow_the_archives_alike(client):
    lab = make_lab(slug="example-lab")
    kinds = itertools.cycle(["compute", "research", ""])
    for category in itertools.islice(kinds, 9):
        enter(25, labs=[lab.slug], category=category)
    url = f"/feeds/changes.json?category=research&lab={lab.slug}&significance=editorial"
    expected = Change.objects.filter(category="research").order_by("sequence")
    assert collected(walk(client, url)) == list(expected.values_list("sequence", flat=True))


@pytest.mark.parametrize("form", FORMATS)
def test_an_archive_stays_as_it_is_byte_by_byte(client, form):
    lab = make_lab(slug="example-lab", name="Example Lab")
    enter(130, labs=[lab.slug])
    urls = [f"/feeds/changes.{form}?archive=1{more}" for more in ("", "&lab=example-lab")]
    before = [client.get(url).content for url in urls]
    enter(200, labs=[lab.slug])
    type(lab).objects.update(name="Another Name")
    assert [client.get(url).content for url in urls] == before


def test_an_archive_says_what_it_is_and_names_its_neighbours(client):
    enter(330)
    root = parsed(Read(client, "/feeds/changes.atom?archive=2").bytes)
    assert root.find(f"{HISTORY}archive") is not None
    assert local(href(root, "self")) == "/feeds/changes.atom?archive=2"
    assert local(href(root, "prev-archive")) == "/feeds/changes.atom?archive=1"
    assert local(href(root, "next-archive")) == "/feeds/changes.atom?archive=3"
    assert local(href(root, "current")) == "/feeds/changes.atom"
    assert local(href(root, "alternate")) == "/changes/"
    current = parsed(Read(client, "/feeds/changes.atom").bytes)
    assert current.find(f"{HISTORY}archive") is None
    assert href(current, "current") is None
    identifiers = [each.findtext(f"{ATOM}id") for each in (root, current)]
    assert identifiers[0] == identifiers[1]  # one feed, several documents


def test_after_the_newest_archive_comes_the_current_document(client):
    enter(130)
    answer = client.get("/feeds/changes.rss?archive=2&kind=lab_corrected")
    assert answer.status_code == 302
    assert answer["Location"] == "/feeds/changes.rss?kind=lab_corrected"
    assert answer["Cache-Control"] == "no-store"
    assert "ETag" not in answer
    enter(70)
    assert client.get("/feeds/changes.rss?archive=2").status_code == 200


@pytest.mark.parametrize(("entries", "said"), [(0, "there is none yet"), (330, "archive=3.")])
def test_an_archive_beyond_the_log_is_not_found(client, entries, said):
    if entries:
        enter(entries)
    answer = client.get("/feeds/changes.atom?archive=9")
    assert answer.status_code == 404
    assert said in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
