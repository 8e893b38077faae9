"""Badges: one SVG that says verdict, “so far”, confidence and contested together."""

from datetime import date
from xml.etree import ElementTree

import pytest

from tests.builders import EDITOR, make_commitment, make_lab
from tests.web.judged import deny, judge, judged
from tracker.commitments.models import Commitment
from tracker.curation.editing import retract
from tracker.labs.models import Lab
from tracker.web.sharing.shapes import COLOURS, drawn

pytestmark = pytest.mark.django_db

SVG = "{http://www.w3.org/2000/svg}"
FRESH = "public, max-age=30, stale-while-revalidate=60"


def badge(client, record) -> ElementTree.Element:
    answer = client.get(f"{record.get_absolute_url()}badge.svg")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/svg+xml"
    return ElementTree.fromstring(answer.content)  # noqa: S314 - our own


def texts(svg: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in svg.iter(f"{SVG}text")]


def test_everything_about_a_verdict_stands_together(client):
    commitment = judged("not_met", "pending", title="Publish the audit")
    deny(commitment)
    svg = badge(client, commitment)
    assert texts(svg) == ["On Record", "reported broken so far · low confidence · contested"]
    title = svg.find(f"{SVG}title")
    assert title is not None and title.text is not None
    assert title.text.startswith(f"{commitment.lab.name}: Publish the audit.")
    assert "reported broken so far · low confidence · contested" in title.text
    assert svg.get("role") == "img"


@pytest.mark.parametrize(
    ("value", "said"),
    [("met", "reported kept"), ("not_met", "reported broken"), ("unverifiable", "unresolved")],
)
def test_low_confidence_is_said_with_the_verdict(client, value, said):
    assert texts(badge(client, judged(value)))[1] == f"{said} · low confidence"


def test_what_nobody_judged_is_not_assessed(client):
    assert texts(badge(client, make_commitment()))[1] == "not assessed"


def test_what_was_measured_has_a_percentage_and_is_neither_kept_nor_broken(client):
    for values, said in ((["met", "not_met"], "50 %"), (["unverifiable", "met"], "50–100 %")):
        commitment = judged(*values, basis="measured")
        answer = client.get(f"{commitment.get_absolute_url()}badge.svg").content.decode()
        assert f"reported {said} of criteria met · low confidence" in answer
        assert "kept" not in answer and "broken" not in answer


def test_an_aim_that_was_missed_is_no_broken_promise(client):
    svg = badge(client, judged("not_met", force="aim"))
    assert texts(svg)[1] == "reported not reached · low confidence"
    assert COLOURS["broken"] not in ElementTree.tostring(svg, "unicode")


def test_a_badge_needs_nothing_from_anywhere_and_its_text_fits(client):
    lab = make_lab(name="W" * 200)
    commitment = judged("met", lab=lab)
    for record in (commitment, lab):
        svg = badge(client, record)
        width, height = int(svg.get("width", 0)), int(svg.get("height", 0))
        assert 0 < width < 900 and 0 < height < 300
        for each in svg.iter():
            assert not {"class", "style", "href", "onload"} & set(each.attrib), each.tag
            assert each.tag.removeprefix(SVG) in {
                "svg", "title", "rect", "path", "circle", "g", "text"
            }  # fmt: skip
        for text in svg.iter(f"{SVG}text"):
            assert int(text.attrib["x"]) + int(text.attrib["textLength"]) <= width
            assert int(text.attrib["y"]) <= height


@pytest.mark.parametrize("tone", sorted(COLOURS))
def test_each_verdict_has_its_colour_and_a_shape(tone):
    shapes = {each: drawn(each) for each in COLOURS}
    assert len(set(shapes.values())) == len(shapes)
    svg = ElementTree.fromstring(f"<g>{shapes[tone]}</g>")  # noqa: S314 - our own
    assert len(svg)
    assert all("class" not in each.attrib for each in svg.iter())
    assert COLOURS[tone] in shapes[tone]


def test_a_badge_moves_with_the_verdict_and_costs_one_look_until_then(
    client, django_assert_num_queries
):
    commitment = judged("met")
    url = f"{commitment.get_absolute_url()}badge.svg"
    first = client.get(url)
    assert first["Cache-Control"] == FRESH
    assert not first.cookies
    with django_assert_num_queries(1):
        again = client.get(url, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    judge(commitment, "not_met", effective_on=date(2024, 5, 6))
    moved = client.get(url, headers={"if-none-match": first["ETag"]})
    assert moved.status_code == 200
    assert "reported broken" in moved.content.decode()
    assert client.head(url).content == b""


def test_no_cache_keeps_a_precondition_that_fails(client):
    url = f"{judged('met').get_absolute_url()}badge.svg"
    answer = client.get(url, headers={"if-match": '"another"'})
    assert (answer.status_code, answer["Cache-Control"]) == (412, "no-store")


def test_a_badge_asks_as_little_of_many_commitments_as_of_one(client, django_assert_num_queries):
    lab = make_lab()
    for _ in range(3):
        commitment = judged("met", lab=lab)
        with django_assert_num_queries(3):  # the log's head, the commitment, its judgement
            client.get(f"{commitment.get_absolute_url()}badge.svg")
        with django_assert_num_queries(3):
            client.get(f"{lab.get_absolute_url()}badge.svg")


def test_a_lab_has_a_distribution_and_never_one_number(client):
    lab = make_lab(name="Example Lab")
    judged("met", lab=lab)
    judged("not_met", lab=lab)
    make_commitment(lab=lab)
    svg = badge(client, lab)
    assert texts(svg) == [
        "On Record: Example Lab",
        "1 reported kept",
        "1 reported broken",
        "1 not assessed",
        "2 of 3 rated",
    ]
    judged("unverifiable", lab=lab)
    assert texts(badge(client, lab))[-1] == "3 of 4 rated · range 33–67 %"


def test_a_lab_without_promises_says_so(client):
    assert texts(badge(client, make_lab(name="Example Lab")))[1] == "no promise on record"


def test_hostile_names_stay_text(client):
    name = "</title><script>alert('&\"')</script>"
    commitment = make_commitment(lab=make_lab(name=name), title=name)
    # the record refuses what XML cannot hold, but may have been restored from elsewhere
    Commitment.objects.filter(pk=commitment.pk).update(title=f"{name}\x0c\ufffe\u202e")
    Lab.objects.filter(pk=commitment.lab_id).update(name=f"{name}\x08")
    for record in (commitment, commitment.lab):
        svg = badge(client, record)
        assert not list(svg.iter(f"{SVG}script"))
        title = svg.find(f"{SVG}title")
        assert title is not None and name in (title.text or "")


def test_refusals_are_those_of_the_pages(client):
    gone = make_lab()
    retract(gone, by=EDITOR, reason="It was another.")
    draft = make_commitment(draft=True)
    for url, status in (
        ("/commitments/none/badge.svg", 404),
        (f"{draft.get_absolute_url()}badge.svg", 404),
        (f"{gone.get_absolute_url()}badge.svg", 410),
        (f"{make_lab().get_absolute_url()}badge.svg?style=flat", 400),
    ):
        answer = client.get(url, headers={"if-none-match": "*"} if status == 400 else {})
        assert answer.status_code == status, url
        assert answer["Cache-Control"] == "no-store"
    refused = client.post(f"{make_lab().get_absolute_url()}badge.svg")
    assert refused.status_code == 405
