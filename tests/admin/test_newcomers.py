"""Where a newcomer would stop: fields that fill themselves, and what is said where."""

from datetime import date

import pytest
from django.urls import reverse

from tests.admin.forms import (
    add_address,
    address,
    as_shown,
    errors,
    list_address,
    messages,
    save,
    signed_in,
)
from tests.builders import (
    make_assessment,
    make_commitment,
    make_lab,
    make_pledge,
    make_quotation,
    make_reply,
    make_source,
    make_user,
)
from tracker.assessments.models import Assessment
from tracker.curation.editing import Actor
from tracker.curation.judging import dissent, submit
from tracker.sources.models import Quotation, Source

pytestmark = pytest.mark.django_db


def page_of(client, url):
    return client.get(url).content.decode()


# --- quotations ----------------------------------------------------------------------------------

UNLIKE = {"exact": "We promise a splendid audit by July.", "start": ""}
TEXT = "In the spring they wrote: We promise an audit by July. Nobody asked."


def test_a_quotation_is_named_after_its_source_and_its_first_words(curator):
    source = make_source(slug="example-letter")
    words = "“We_promise” an audit, and then another one, and after that yet another one."
    for slug in ("example-letter-we-promise-an-audit-and-then-another-one-and", None):
        answer = save(curator, add_address(Quotation), source=source.pk, exact=words)
        assert answer.status_code == 302, errors(answer)
        made = Quotation.objects.latest("pk").slug
        assert made == slug or made == f"{made[: -len('-2')]}-2"
    save(curator, add_address(Quotation), source=source.pk, exact="我们承诺")
    assert Quotation.objects.latest("pk").slug == "example-letter"
    save(curator, add_address(Quotation), source=source.pk, exact="Yes", slug="my-own")
    assert Quotation.objects.latest("pk").slug == "my-own"


@pytest.mark.parametrize("press", ["_save", "_continue", "_addanother"])
def test_whichever_button_saves_altered_words_it_warns(curator, press):
    quotation = make_quotation(source=make_source(archived_text=TEXT), draft=True)
    answer = save(curator, address(quotation), press=press, **UNLIKE)
    said = " ".join(messages(curator.get(answer.url)))
    assert "Saved, but altered" in said and "what the source prints" in said
    answer = save(curator, address(quotation), press=press, exact="We promise an audit by July.")
    assert "altered" not in " ".join(messages(curator.get(answer.url)))


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("altered", "Altered: its source prints other words"),
        ("not_found", "Not found: its source does not print these words"),
        ("unchecked", "Unchecked: nothing has compared"),
        ("verified", "Checked: its source prints these words"),
    ],
)
def test_whoever_publishes_a_quotation_is_told_what_its_check_found(reviewer, check, said):
    quotation = make_quotation(draft=True, check_status=check)
    assert said in page_of(reviewer, address(quotation, "publish"))
    action = {"action": "publish_together", "_selected_action": [quotation.pk]}
    answer = reviewer.post(list_address(Quotation), action)
    assert said in answer.content.decode()


def test_quote_marks_are_not_doubled(reviewer):
    quotation = make_quotation(draft=True, exact="We promise an audit.")
    version = quotation.version
    answer = reviewer.post(address(quotation, "publish"), {"seen_version": version})
    (said,) = messages(reviewer.get(answer.url))
    assert "The quotation “We promise an audit.” is published" in said


# --- words and hints -----------------------------------------------------------------------------


def test_columns_are_called_what_they_are_and_their_choices_explained(curator):
    source = page_of(curator, add_address(Source))
    assert "Address:" in source and "SHA-256:" in source
    assert "Url:" not in source and "Sha256" not in source
    assert "Exact words" in page_of(curator, add_address(Quotation))
    assert "Tertiary: compiled from others" in source
    commitment = page_of(curator, address(make_commitment(draft=True)))
    assert "never shown as a broken promise" in commitment
    assert "Whistleblowing: those who speak up" in commitment
    pledge = page_of(curator, address(make_pledge(draft=True, addressed=(make_lab(),))))
    assert "Addressed: others ask it of the lab" in pledge


def test_every_date_is_written_and_read_as_iso_with_a_hint(curator):
    reply = make_reply(
        commitment=make_commitment(), draft=True, asked_on=date(2024, 2, 1), due_on=date(2024, 3, 4)
    )
    page = page_of(curator, address(reply))
    assert 'value="2024-02-01"' in page and 'value="2024-03-04"' in page
    assert page.count("Example: 2027-07-05") == 3
    assert "2024-02-01" in page_of(curator, list_address(type(reply)))
    answer = save(curator, address(reply), asked_on="02/03/2024")
    assert "Enter a valid date" in errors(answer)
    formats = "".join(page_of(curator, reverse("admin:jsi18n")).split())
    assert '"DATE_INPUT_FORMATS":["%Y-%m-%d"]' in formats  # what the calendar writes
    source = page_of(curator, add_address(Source))
    assert source.count("2027") >= 2


def test_what_a_reply_lacks_is_said_at_its_field(curator):
    reply = make_reply(commitment=make_commitment(), draft=True)
    answer = save(curator, address(reply), status="replied", words="We kept it.")
    form = answer.context["adminform"].form
    assert form.errors == {"received_on": ["On which day did the reply come?"]}
    answer = save(curator, address(reply), words="We kept it.")
    form = answer.context["adminform"].form
    assert set(form.errors) == {"words"} and "replied" in form.errors["words"][0]


def test_criteria_are_numbered_for_whoever_leaves_it_to_us(curator):
    commitment = make_commitment(draft=True, criteria=2)
    commitment.criteria.filter(position=2).update(position=5)
    rows = {"criteria__TOTAL_FORMS": "5"}
    for place, edition in ((2, "1"), (3, "1"), (4, "2")):
        rows |= {
            f"criteria__{place}__position": "",
            f"criteria__{place}__edition": edition,
            f"criteria__{place}__question": f"Question {place}?",
            f"criteria__{place}__evidence_needed": "The audit itself.",
            f"criteria__{place}__kind": "done",
            f"criteria__{place}__weight": "1",
        }
    answer = save(curator, address(commitment), **rows)
    assert answer.status_code == 302, errors(answer)
    numbers = commitment.criteria.values_list("edition", "position")
    assert list(numbers) == [(1, 1), (1, 5), (1, 6), (1, 7), (2, 1)]


def test_one_record_is_one_in_words(reviewer):
    lab = make_lab(draft=True)
    action = {"action": "publish_together", "_selected_action": [lab.pk]}
    page = reviewer.post(list_address(type(lab)), action)
    assert page.context["title"] == "Publish: 1 lab"
    sure = action | {"confirmed": "yes", f"version-{lab.pk}": 1}
    answer = reviewer.post(list_address(type(lab)), sure)
    (said,) = messages(reviewer.get(answer.url))
    assert said == "1 lab is published; readers see it now."


# --- dissents ------------------------------------------------------------------------------------


def sent_back():
    """(its author, the draft): submitted, and sent back by a dissent."""
    ada = make_user("Curators", name="ada")
    draft = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    assessment = submit(draft, by=Actor.of(ada))
    ben = Actor.of(make_user("Reviewers", name="ben"))
    return ada, dissent(assessment, by=ben, verdict="broken", reading="It is a draft.")


def test_what_a_dissent_sent_back_says_so_on_its_form_and_in_the_list():
    ada, assessment = sent_back()
    client = signed_in(ada)
    page = page_of(client, address(assessment))
    assert "ben dissents from this draft" in page and "would say “broken”" in page
    assert "draft, with a dissent" in page_of(client, list_address(Assessment))
    other = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    assert "dissents from this draft" not in page_of(client, address(other))


def test_a_draft_that_somebody_dissents_from_is_not_deleted():
    ada, assessment = sent_back()
    client = signed_in(ada)
    yes = {"post": "yes", "seen_version": assessment.version}
    answer = client.post(address(assessment, "delete"), yes, follow=True)
    assert any("ben dissents from this draft" in each for each in messages(answer))
    assert Assessment.objects.filter(pk=assessment.pk).exists()


def test_a_form_that_is_not_touched_changes_nothing(reviewer):
    reply = make_reply(commitment=make_commitment(), draft=True)
    form = as_shown(reviewer.get(address(reply)))
    assert reviewer.post(address(reply), form).status_code == 302
    assert type(reply).objects.get(pk=reply.pk).asked_on == reply.asked_on
