"""The days of the real record: whatever came later is nowhere on the pages of an earlier day."""

from datetime import date

import pytest

from tests.web.markup import Markup
from tracker.assessments.models import Assessment
from tracker.commitments.models import Commitment, Pledge
from tracker.evidence.models import Outcome
from tracker.labs.models import Lab
from tracker.records.models import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]

DAYS = [
    "0001-01-01",
    "2015-12-31",
    "2023-07-30",
    "2023-07-31",
    "2023-11-17",
    "2024-05-15",
    "2024-05-31",
    "2024-06-30",
    "2026-11-20",
]


def later_than(day: date) -> dict[str, str]:
    """The address and the name of everything that today's record dates later than a day."""
    found = [
        *((each, each.title, each.made_on_end) for each in Commitment.objects.all()),
        *((each, each.title, each.occurred_on_end) for each in Outcome.objects.all()),
        *((each, "", each.effective_on) for each in Assessment.objects.all()),
        *((each, each.title, each.issued_on_end) for each in Pledge.objects.all()),
    ]
    return {record.get_absolute_url(): title for record, title, on in found if on and on > day}


@pytest.mark.parametrize("day", DAYS)
def test_nothing_later_is_named_or_linked(client, day):
    labs = list(Lab.objects.filter(state=State.PUBLISHED))
    made_by = [lab for lab in labs if lab.commitments.exists()]
    compared = "&".join(f"lab={lab.slug}" for lab in made_by[:4])
    later = later_than(date.fromisoformat(day))
    earlier = {each.title for each in Commitment.objects.all()}
    earlier |= {each.title for each in Outcome.objects.all()}
    earlier -= set(later.values())
    for url in (
        "/labs/?",
        "/commitments/?",
        f"/compare/?{compared}&",
        *(f"{lab.get_absolute_url()}?" for lab in labs),
    ):
        answer = client.get(f"{url}as_of={day}")
        assert answer.status_code == 200, url
        page = Markup(answer.content.decode())
        assert page.problems == [], url
        linked = {link.partition("?")[0].partition("#")[0] for link in page.links}
        assert linked & set(later) == set(), url
        named = {title for title in later.values() if title and title in page.text}
        assert {title for title in named if not any(title in each for each in earlier)} == set(), (
            url
        )


def test_the_list_of_today_holds_every_commitment_and_its_judgement(client):
    page = Markup(client.get("/commitments/").content.decode())
    for commitment in Commitment.objects.filter(state=State.PUBLISHED):
        assert commitment.get_absolute_url() in page.links


def test_the_twenty_per_cent_pledge_was_not_yet_due_before_it_was_judged_broken(client):
    def said(day: str) -> str:
        query = f"?lab=openai&category=compute&as_of={day}"
        return Markup(client.get(f"/commitments/{query}").content.decode()).text

    assert "No commitment" in said("2023-07-30")
    assert "not yet due · low confidence" in said("2024-05-30")
    assert "In effect from 31 July 2023, published " in said("2024-05-30")
    assert "reported broken so far · low confidence" in said("2024-05-31")


def test_every_link_of_a_past_page_leads_somewhere(client):
    for url in ("/labs/openai/", "/compare/?lab=anthropic&lab=openai"):
        day = f"{url}{'&' if '?' in url else '?'}as_of=2024-05-31"
        links = set(Markup(client.get(day).content.decode()).links)
        past = {link for link in links if "as_of=2024-05-31" in link}
        assert len(past) > 10
        for link in past | {link for link in links if link.startswith("/compare/")}:
            assert client.get(link.partition("#")[0]).status_code == 200, link
