"""`?as_of=`: the world on a day, as today's record dates it."""

from datetime import date, timedelta

import pytest

from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_pledge,
    make_source,
    published,
)
from tests.web.markup import Markup, read
from tracker.commitments.models import LifecycleEvent
from tracker.records.dates import today
from tracker.web import paging

pytestmark = pytest.mark.django_db

PAGES = ("/labs/", "/labs/example-lab/", "/commitments/", "/compare/")


@pytest.fixture
def lab():
    make_lab(slug="another-lab", name="Another Lab")  # to be compared with
    return make_lab(slug="example-lab", name="Example Lab")


def test_a_banner_says_which_day_and_leads_to_today_and_to_this_view(client, lab):
    for url in PAGES:
        page = read(client, f"{url}?as_of=2024-05-17")
        assert "The world on 17 May 2024, as today’s record dates it" in page.text
        assert url in page.links
        assert f"{url}?as_of=2024-05-17" in page.links
        plain = client.get(url).content.decode()
        assert "The world on" not in Markup(plain).text
        if url != "/compare/":  # there the day stands in the form that chooses the labs
            assert "See it as of an earlier day" in plain
        assert 'name="as_of" type="date"' in plain


def test_today_asked_for_is_today(client, lab):
    make_commitment(lab=lab, made_on=str(today().year))
    for url in PAGES:
        asked = read(client, f"{url}?as_of={today().isoformat()}")
        assert "The world on" not in asked.text
        assert read(client, f"{url}?as_of=").text == asked.text


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2024", "must be a day such as as_of=2024-05-17."),
        ("20240517", "must be a day"),
        ("2024-W20-5", "must be a day"),
        ("2023-02-29", "must be a day"),
        ("0000-01-01", "must be a day"),
        ("2024-05-17T10:00", "must be a day"),
        ("17.5.2024", "must be a day"),
        ("%00", "must be a day"),
        ("%D9%A2024-05-17", "must be a day"),
        ("9999-12-31", "lies ahead: today is"),
        ("2024-05-17&as_of=2024-05-18", "is given more than once."),
    ],
)
def test_a_day_that_is_none_or_lies_ahead_is_refused(client, lab, day, said):
    for url in PAGES:
        answer = client.get(f"{url}?as_of={day}")
        assert answer.status_code == 400, url
        page = Markup(answer.content.decode())
        assert page.problems == []
        assert f"The parameter as_of: {said}" in page.text


def test_tomorrow_lies_ahead(client):
    tomorrow = today() + timedelta(1)
    assert client.get(f"/labs/?as_of={tomorrow}").status_code == 400


def test_the_edges_of_the_calendar_and_leap_days_answer(client, lab):
    make_commitment(
        lab=lab, title="The Leap Audit", made_on="2024-02-29", deadline_kind="by_date",
        deadline_due_on="9999-12-31",
    )  # fmt: skip
    make_commitment(lab=lab, title="The First Audit", made_on="0001-01-01")
    for url in PAGES:
        read(client, f"{url}?as_of=0001-01-01")
    assert "The First Audit" in read(client, "/commitments/?as_of=0001-01-01").text
    for day, there in (("2024-02-28", False), ("2024-02-29", True)):
        assert ("The Leap Audit" in read(client, f"/labs/example-lab/?as_of={day}").text) is there


def test_before_anything_existed_the_pages_say_so(client, lab):
    make_commitment(lab=lab, title="The Audit", made_on="2024-02")
    assert "No promise on record." in read(client, "/labs/?as_of=2001-01-01").text
    assert "No promise on record." in read(client, "/labs/example-lab/?as_of=2001-01-01").text
    page = read(client, "/commitments/?as_of=2001-01-01")
    assert "Nothing that is on record had been promised by then." in page.text
    assert "/commitments/?as_of=2024-02-29" in page.links
    assert "The Audit" in read(client, "/commitments/?as_of=2024-02-29").text
    assert client.get("/labs/nobody/?as_of=2001-01-01").status_code == 404


def test_a_coarse_date_counts_when_it_has_surely_passed_and_today_in_any_case(client, lab):
    make_commitment(lab=lab, title="The Old Audit", made_on="2023-Q3")
    make_commitment(lab=lab, title="The New Audit", made_on=str(today().year))
    for url in ("/labs/example-lab/", "/commitments/"):
        assert "The Old Audit" not in read(client, f"{url}?as_of=2023-09-29").text
        assert "The Old Audit" in read(client, f"{url}?as_of=2023-09-30").text
        yesterday = today() - timedelta(1)
        assert "The New Audit" not in read(client, f"{url}?as_of={yesterday}").text
        assert "The New Audit" in read(client, url).text


def test_each_judgement_of_the_day_says_when_it_was_published(client, lab):
    audit = make_commitment(lab=lab, title="The Audit", deadline_kind="by_date",
                            deadline_due_on="2025-01-01")  # fmt: skip
    first = make_assessment(commitment=audit, values=["partly_met"], effective_on=date(2024, 3, 4))
    make_assessment(commitment=audit, values=["met"], effective_on=date(2024, 6, 1))
    for url in (
        "/labs/example-lab/?",
        "/commitments/?",
        "/compare/?lab=another-lab&lab=example-lab&",
    ):
        page = read(client, f"{url}as_of=2024-05-31")
        assert "reported partly kept" in page.text, url
        assert "reported kept" not in page.text, url
        assert "In effect from 4 March 2024, published " in page.text, url
        assert first.get_absolute_url() in page.links, url
        assert "reported kept" in read(client, f"{url}as_of=2024-06-01").text, url
        assert "published " not in read(client, url.rstrip("?&")).text.lower(), url
    assert "not assessed" in read(client, "/labs/example-lab/?as_of=2024-03-03").text
    assert "Published " in read(client, "/labs/?as_of=2024-05-31").text


def test_lists_keep_the_day_in_their_form_their_pages_and_their_links(client, lab, monkeypatch):
    monkeypatch.setattr(paging, "ROWS", 2)
    commitments = [make_commitment(lab=lab, title=f"Audit {each}") for each in range(5)]
    html = client.get("/commitments/?as_of=2024-05-17&sort=newest&category=transparency&page=2")
    page = Markup(html.content.decode())
    said = html.content.decode()
    assert "Page 2 of 3" in page.text
    for number in (1, 3):
        link = next(each for each in page.links if each.endswith(f"page={number}"))
        assert "as_of=2024-05-17" in link
        assert "Page " + str(number) in read(client, f"/commitments/{link}").text
    assert '<input type="hidden" name="as_of" value="2024-05-17">' in said
    assert '<input type="hidden" name="sort" value="newest">' in said  # in the form of the day
    assert '<input type="hidden" name="page"' not in said  # another day has other pages
    assert "/commitments/?category=transparency&sort=newest" in page.links
    assert any(f"{each.get_absolute_url()}?as_of=2024-05-17" in page.links for each in commitments)
    assert "/labs/example-lab/?as_of=2024-05-17" in page.links
    assert "/commitments/?as_of=2024-05-17" in page.links  # start again, on the same day


def test_only_labs_that_had_promised_by_then_are_offered(client, lab):
    make_commitment(lab=lab, made_on="2023-01-01")
    make_commitment(lab=make_lab(name="Later Lab"), made_on="2024-01-01")
    assert "Later Lab" not in read(client, "/commitments/?as_of=2023-06-01").text
    assert "Later Lab" in read(client, "/commitments/?as_of=2024-01-01").text


def test_an_open_call_asks_nothing_before_it_was_issued(client, lab):
    make_pledge(title="The Call", kind="open_call", issued_on="2024-06", clauses=2,
                addressed=(lab,), checked_on=date(2024, 9, 1))  # fmt: skip
    make_pledge(title="The Undated Call", kind="open_call", clauses=1, addressed=(lab,),
                checked_on=date(2024, 9, 1))  # fmt: skip
    late = make_pledge(draft=True, title="The Widened Call", kind="open_call", clauses=1,
                       issued_on="2024-01", checked_on=date(2024, 9, 1))  # fmt: skip
    late.parties.create(lab=lab, role="addressed", joined_on="2024-08")
    published(late)

    def calls(query: str) -> list[str]:
        text = read(client, f"/labs/example-lab/{query}").text
        return [
            each for each in ("The Call", "The Undated Call", "The Widened Call") if each in text
        ]

    assert calls("?as_of=2024-06-29") == []
    assert calls("?as_of=2024-06-30") == ["The Call"]
    assert calls("?as_of=2024-08-31") == ["The Call", "The Widened Call"]
    assert calls("") == ["The Call", "The Undated Call", "The Widened Call"]


def test_deadlines_and_lifecycles_stand_as_on_the_day(client, lab):
    make_commitment(lab=lab, title="The Dated Audit", deadline_kind="by_date",
                    deadline_due_on="2024-07-05")  # fmt: skip
    withdrawn = make_commitment(draft=True, lab=lab, title="The Dropped Audit",
                                deadline_kind="by_date", deadline_due_on="2024-12-01")  # fmt: skip
    LifecycleEvent.objects.create(
        commitment=withdrawn, lifecycle="withdrawn", on="2024-08-01", source=make_source()
    )
    published(withdrawn)

    def due(day: str) -> str:
        text = read(client, f"/labs/example-lab/?as_of={day}").text
        return text.partition("What is due")[2].partition("All its commitments by deadline")[0]

    assert "due soon" not in due("2024-06-01")
    assert "due 5 July 2024 due soon The Dated Audit" in due("2024-06-06")
    assert "due 5 July 2024 overdue The Dated Audit" in due("2024-07-06")
    assert "The Dropped Audit" in due("2024-07-31")
    assert "The Dropped Audit" not in due("2024-08-01")


def test_a_trigger_has_not_fired_before_it_did(client, lab):
    make_commitment(
        lab=lab, deadline_kind="trigger", deadline_trigger="the next model is released",
        deadline_triggered_on="2024-05-01", deadline_due_on="2024-06-01",
    )  # fmt: skip
    for url in ("/labs/example-lab/", "/commitments/"):
        before = read(client, f"{url}?as_of=2024-04-30").text
        assert "when: the next model is released" in before
        assert "happened" not in before.partition("Deadline")[2].partition("Timeliness")[0]
        assert "untriggered" in before
        assert (
            "(happened 1 May 2024), due 1 June 2024" in read(client, f"{url}?as_of=2024-05-01").text
        )


def test_a_quarrel_is_open_until_it_was_settled_and_none_before_its_event(client, lab):
    audit = make_commitment(lab=lab)
    make_discrepancy(
        title="The Settled Quarrel", commitments=(audit,), status="resolved",
        resolution="Both were right.", resolved_on=date(2024, 6, 1),
    )  # fmt: skip
    later = make_discrepancy(title="The Later Quarrel", commitments=(audit,))
    later.outcomes.add(make_outcome(occurred_on="2024-07-01"))
    page = "/labs/example-lab/?as_of="
    assert "The Settled Quarrel resolved" not in read(client, f"{page}2024-05-31").text
    assert "The Settled Quarrel resolved" in read(client, f"{page}2024-06-01").text
    assert "The Later Quarrel" not in read(client, f"{page}2024-06-30").text
    assert "The Later Quarrel" in read(client, f"{page}2024-07-01").text


def test_what_happened_later_and_the_log_stay_out_of_the_past(client, lab):
    outcome = make_outcome(title="The Audit appears", occurred_on="2024-02-03")
    outcome.labs.add(lab)
    before = read(client, "/labs/example-lab/?as_of=2024-02-02").text
    assert "The Audit appears" not in before
    assert "The log of changes has its own clock" in before
    assert "The Audit appears" in read(client, "/labs/example-lab/?as_of=2024-02-03").text
    assert "its own clock" not in read(client, "/labs/example-lab/").text
