"""One screen to judge a commitment on, a dissent beside it, and the question to the lab."""

from datetime import timedelta
from typing import Any

import pytest

from tests.admin.forms import (
    add_address,
    address,
    as_shown,
    errors,
    messages,
    save,
    signed_in,
)
from tests.builders import (
    make_assessment,
    make_commitment,
    make_criterion,
    make_outcome,
    make_reply,
    make_source,
    make_user,
)
from tracker.assessments.models import Assessment, Reply
from tracker.commitments.models import Undefined
from tracker.curation.editing import Actor
from tracker.curation.judging import approve, submit
from tracker.evidence.models import Bearing
from tracker.records.dates import today

pytestmark = pytest.mark.django_db


def screen(commitment, last=None):
    after = f"&after={last.pk}" if last else ""
    return f"{add_address(Assessment)}?commitment={commitment.pk}{after}"


def weigh(client, url, **typed):
    response = save(client, url, press="_weigh", **typed)
    assert response.status_code == 200, response
    return response.context["reckoning"], response


def test_the_screen_shows_the_promise_and_its_evidence(curator):
    commitment = make_commitment(
        draft=True, criteria=2, obligation="Publish two audits.", reading="Audits by outsiders.",
        deadline_kind="by_date", deadline_due_on="2024-07",
    )  # fmt: skip
    Undefined.objects.create(commitment=commitment, aspect="metric", note="Audits of what?")
    lab_words = make_source(tier="primary_lab", read_via=make_source(tier="tertiary"))
    outcome = make_outcome(bears_on=commitment, sources=(lab_words,), draft=True)
    elsewhere = make_outcome(bears_on=make_commitment())
    page = curator.get(screen(commitment)).content.decode()
    for words in (
        "that it would publish an audit", "Publish two audits.", "Audits by outsiders.",
        "Audits of what?", "July 2024", outcome.title, lab_words.title, "Is part 1 done?",
        "Is part 2 done?", "The audit itself.", "tertiary, compiled from others (lowered",
        "a draft: publish it before it is cited",
    ):  # fmt: skip
        assert words in page, words
    assert elsewhere.title not in page


def test_only_what_bears_on_a_criterion_or_on_the_whole_can_be_cited(curator):
    commitment = make_commitment(criteria=2)
    _, second = commitment.criteria.all()
    whole = make_outcome(bears_on=commitment)
    narrow = make_outcome()
    Bearing.objects.create(
        outcome=narrow, commitment=commitment, criterion=second, direction="supports"
    )
    response = curator.get(screen(commitment))
    (formset,) = (each.formset for each in response.context["inline_admin_formsets"])
    offered = [{pk for pk, _ in row.fields["evidence"].choices} for row in formset.forms]
    assert offered == [
        {whole.bearings.get().pk}, {whole.bearings.get().pk, narrow.bearings.get().pk}
    ]  # fmt: skip
    forged: dict[str, Any] = {
        "findings__0__value": "met",
        "findings__0__note": "x",
        "rationale": "x",
    }
    forged["findings__0__evidence"] = [str(narrow.bearings.get().pk)]
    refused = save(curator, screen(commitment), confidence="low", **forged)
    assert "not one of the available choices" in errors(refused)
    assert not Assessment.objects.exists()


def test_first_the_commitment_is_chosen_then_its_screen_opens(curator):
    commitment = make_commitment()
    page = curator.get(add_address(Assessment))
    assert list(page.context["adminform"].form.fields) == ["commitment"]
    response = curator.post(add_address(Assessment), {"commitment": commitment.pk, "_save": "1"})
    assert response.status_code == 302 and f"commitment={commitment.pk}" in response.url
    empty = curator.post(add_address(Assessment), {"commitment": "", "_save": "1"})
    assert "This field is required" in errors(empty)
    for nonsense in ("abc", "9" * 40, "-1", "²"):
        assert curator.get(add_address(Assessment), {"commitment": nonsense}).status_code == 200
        assert curator.get(add_address(Assessment), {"after": nonsense}).status_code == 200


def test_working_it_out_says_the_verdict_keeps_every_word_and_saves_nothing(curator):
    commitment = make_commitment(criteria=2)
    source = make_source(tier="primary_witness")
    outcome = make_outcome(bears_on=commitment, sources=(source,))
    reckoning, response = weigh(
        curator,
        screen(commitment),
        rationale="Half of it is there.",
        findings__0__value="met",
        findings__0__evidence=[str(outcome.bearings.get().pk)],
        findings__1__note="Still open.",
    )
    assert reckoning.words == "kept"
    assert reckoning.assessment.working["percent"] == [100, 100]
    assert reckoning.assessment.ceiling == "medium"
    missing = " ".join(reckoning.missing)
    assert "Confidence: This field is required." in missing
    assert "Criterion 1: Note: This field is required." in missing
    assert "Criterion 2 has no finding." in missing
    assert not Assessment.objects.exists()
    page = response.content.decode()
    assert "Half of it is there." in page and "Still open." in page
    assert "errornote" not in page and "medium confidence" in page


def test_working_out_a_draft_leaves_it_as_it_is(curator):
    commitment = make_commitment()
    draft = make_assessment(commitment=commitment, values=["met"], draft=True)
    reckoning, _ = weigh(
        curator, address(draft), findings__0__value="not_met", confidence="high", reply_waiver=""
    )
    assert reckoning.words == "broken" and reckoning.assessment.ceiling == "low"
    missing = " ".join(reckoning.missing)
    assert "at most low confidence" in missing and "needs a reply asked" in missing
    assert "Criterion 1: Not met cannot rest on" in missing
    draft.refresh_from_db()
    assert (draft.version, draft.findings.get().value) == (1, "met")


def test_it_is_worked_out_for_those_who_may_save_it_and_no_others():
    draft = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    data = as_shown(signed_in(make_user("Curators")).get(address(draft)))
    stranger = signed_in(make_user())
    assert stranger.post(address(draft), data | {"_weigh": "1"}).status_code == 403
    assert stranger.get(screen(draft.commitment)).status_code == 403


def test_a_bad_value_while_working_it_out_is_named_and_never_an_error(curator):
    commitment = make_commitment()
    for typed in (
        {"findings__0__value": "splendid"},
        {"findings__0__met_on": "yesterday"},
        {"findings__0__criterion": "9" * 40},
        {"findings__0__evidence": ["abc"]},
        {"edition": "9" * 40},
        {"edition": "7"},
        {"effective_on": "0000-00-00"},
        {"rationale": "x\x00"},
        {"contest_verdict": "kept"},
        {"findings__TOTAL_FORMS": "abc"},
        {"supersedes": "abc"},
    ):
        reckoning, _ = weigh(curator, screen(commitment), **({"findings__0__note": "x"} | typed))
        assert reckoning.missing, typed
    assert not Assessment.objects.exists()


def test_the_next_assessment_starts_from_the_last(curator):
    commitment = make_commitment(criteria=2)
    outcome = make_outcome(bears_on=commitment)
    last = make_assessment(
        commitment=commitment, values=["met", "pending"], evidence=(outcome,), rationale="So far."
    )
    for record in (last, commitment):
        assert f"after={last.pk}" in curator.get(address(record)).content.decode()
    form = curator.get(screen(commitment, last)).context["adminform"].form
    assert form["effective_on"].value() == today()
    response = save(curator, screen(commitment, last))
    assert response.status_code == 302, errors(response)
    draft = Assessment.objects.get(state="draft")
    assert (draft.supersedes, draft.rationale) == (last, "So far.")
    assert [each.value for each in draft.findings.all()] == ["met", "pending"]
    assert draft.findings.order_by("id")[0].evidence.get().outcome == outcome
    again = save(curator, screen(commitment, last))
    assert again.status_code == 302, errors(again)
    assert Assessment.objects.filter(slug=f"{draft.slug}-2").exists()


def test_revised_criteria_are_answered_anew_where_the_question_changed(curator):
    commitment = make_commitment(criteria=2)
    last = make_assessment(commitment=commitment, values=["met", "pending"])
    make_criterion(commitment=commitment, position=1, edition=2)
    make_criterion(commitment=commitment, position=2, edition=2, question="Is it all done?")
    page = curator.get(screen(commitment, last))
    assert page.context["adminform"].form["edition"].value() == 2
    (formset,) = (each.formset for each in page.context["inline_admin_formsets"])
    assert [row["value"].value() for row in formset.forms] == ["met", None]
    assert [row.asked.edition for row in formset.forms] == [2, 2]


# --- dissent -------------------------------------------------------------------------------------


@pytest.fixture
def in_review():
    """What ada submitted; ben and cora have not written it."""
    ada = make_user("Curators", name="ada")
    draft = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    return submit(draft, by=Actor.of(ada))


def dissent(client, record, **typed):
    page = client.get(address(record, "dissent"))
    if page.status_code != 200:
        return page
    seen = page.context["form"]["seen_version"].value()
    words = {"seen_version": seen, "verdict": "broken", "reading": "It is no audit."}
    return client.post(address(record, "dissent"), words | typed)


def test_a_reviewers_dissent_goes_back_to_the_author_and_is_published_with_the_verdict(in_review):
    ada, ben = in_review.author, make_user("Reviewers", name="ben")
    assert "Record a dissent" in signed_in(ben).get(address(in_review)).content.decode()
    client = signed_in(ben)
    response = dissent(client, in_review)
    assert "its author submits it once more" in " ".join(messages(client.get(response.url)))
    in_review.refresh_from_db()
    assert (in_review.state, in_review.dissents.get().held_by) == ("draft", "ben")
    submit(in_review, by=Actor.of(ada))
    approve(in_review, by=Actor.of(ben))
    page = signed_in(ben).get(in_review.commitment.get_absolute_url()).content.decode()
    assert "Dissent: ben judges broken" in page and "It is no audit." in page


def test_a_dissent_is_reworded_and_taken_back_by_who_holds_it_alone(in_review):
    ben, cora = (signed_in(make_user("Reviewers", name=name)) for name in ("ben", "cora"))
    dissent(ben, in_review)
    dissent(ben, in_review, reading="It is a press release.")
    assert in_review.dissents.get().reading == "It is a press release."
    assert "no dissent" in dissent(cora, in_review, _take_back="1").content.decode()
    assert dissent(ben, in_review, _take_back="1").status_code == 302
    assert not in_review.dissents.exists()


def test_who_may_dissent(in_review):
    author = signed_in(in_review.author)
    for client in (author, signed_in(make_user("Curators")), signed_in(make_user())):
        assert dissent(client, in_review).status_code == 403
    ben = make_user("Reviewers", name="ben")
    same = dissent(signed_in(ben), in_review, verdict="kept")
    assert "the verdict of the assessment itself" in same.content.decode()
    assert dissent(signed_in(ben), in_review, reading="").status_code == 200
    published = make_assessment(commitment=make_commitment(), values=["met"])
    assert dissent(signed_in(ben), published).status_code == 403


def test_a_draft_with_a_dissent_is_edited_further(in_review):
    ben, author = make_user("Reviewers"), signed_in(in_review.author)
    dissent(signed_in(ben), in_review)
    response = save(author, address(in_review), rationale="Said otherwise.")
    assert response.status_code == 302, errors(response)
    in_review.refresh_from_db()
    assert in_review.rationale == "Said otherwise." and in_review.dissents.count() == 1


def test_a_dissent_is_typed_under_no_other_name_and_its_holder_does_not_submit(in_review):
    ben = make_user("Reviewers", name="ben")
    client = signed_in(ben)
    dissent(client, in_review)
    in_review.refresh_from_db()
    forged = {"dissents__0__held_by": "ada", "dissents__TOTAL_FORMS": "2"}
    forged |= {"dissents__1__held_by": "cora", "dissents__1__reading": "x"}
    save(client, address(in_review), **forged)
    assert [each.held_by for each in in_review.dissents.all()] == ["ben"]
    page = client.get(address(in_review, "submit"))
    seen = page.context["form"]["seen_version"].value()
    refused = client.post(address(in_review, "submit"), {"seen_version": seen})
    assert "You dissent from it" in refused.content.decode()


# --- right of reply ------------------------------------------------------------------------------


def test_a_reply_is_asked_from_where_it_is_needed_and_shown_beside_the_verdict():
    reviewer = signed_in(make_user("Reviewers"))
    commitment = make_commitment()
    judged = make_assessment(commitment=commitment, values=["met"])
    link = f"{add_address(Reply)}?commitment={commitment.pk}"
    for record in (commitment, judged):
        assert link in reviewer.get(address(record)).content.decode()
    response = save(reviewer, link, asked_of="the press office", press="_continue")
    assert response.status_code == 302, errors(response)
    reply = Reply.objects.get()
    assert (reply.asked_on, reply.due_on) == (today(), today() + timedelta(days=14))


def test_no_reply_and_a_denial_stand_beside_the_verdict():
    reviewer = signed_in(make_user("Reviewers"))
    silent, denying = make_commitment(), make_commitment()
    for commitment in (silent, denying):
        make_assessment(commitment=commitment, values=["met"])
        make_reply(commitment=commitment)
    first, second = Reply.objects.order_by("pk")
    assert save(reviewer, address(first), status="no_reply", reason="Due.").status_code == 302
    typed = {"status": "replied", "words": "Not so.", "received_on": "2024-03-09"}
    response = save(reviewer, address(second), denies="on", reason="It came.", **typed)
    assert response.status_code == 302, errors(response)
    assert "no reply" in reviewer.get(silent.get_absolute_url()).content.decode()
    page = reviewer.get(denying.get_absolute_url()).content.decode()
    assert "Not so." in page and "the lab denies" in page and "contested" in page
