"""Publishing, retracting, submitting, approving: by those who may, and asked once more."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from tests.admin.forms import (
    add_address,
    address,
    as_shown,
    errors,
    last_change,
    messages,
    save,
    signed_in,
)
from tests.builders import (
    make_assessment,
    make_commitment,
    make_lab,
    make_outcome,
    make_reply,
    make_source,
    make_user,
)
from tracker.assessments.models import Assessment
from tracker.changes.models import Change
from tracker.commitments.models import Commitment
from tracker.labs.models import Lab

pytestmark = pytest.mark.django_db


def take(client, record, step, **typed):
    """Open the page that asks, then say yes."""
    url = address(record, step)
    page = client.get(url)
    asks = page.status_code == 200
    version = page.context["form"]["seen_version"].value() if asks else record.version
    return client.post(url, {"seen_version": version} | typed)


def test_a_reviewer_publishes_a_draft_with_one_message_and_its_change():
    commitment = make_commitment(draft=True)
    reviewer = signed_in(make_user("Reviewers", name="rita"))
    response = take(reviewer, commitment, "publish", reason="It was overlooked.")
    assert response.status_code == 302
    commitment.refresh_from_db()
    assert commitment.state == "published"
    change = last_change()
    assert (change.kind, change.actor, change.reason) == (
        "commitment_published",
        "rita",
        "It was overlooked.",
    )
    (message,) = messages(reviewer.get(response.url))
    assert "is published" in message and commitment.get_absolute_url() in message
    assert LogEntry.objects.get().change_message == "Publish"


def test_the_button_saves_first_and_then_asks():
    commitment = make_commitment(draft=True)
    reviewer = signed_in(make_user("Reviewers"))
    response = save(reviewer, address(commitment), press="_publish", title="Publish two audits")
    assert response.url == address(commitment, "publish")
    commitment.refresh_from_db()
    assert (commitment.title, commitment.state) == ("Publish two audits", "draft")
    assert take(reviewer, commitment, "publish").status_code == 302
    assert Commitment.objects.get().state == "published"


def test_looking_at_the_page_that_asks_does_nothing():
    lab = make_lab(draft=True)
    reviewer = signed_in(make_user("Reviewers"))
    assert reviewer.get(address(lab, "publish")).status_code == 200
    assert reviewer.put(address(lab, "publish")).status_code == 200
    assert Lab.objects.get().state == "draft"


def test_a_forged_request_without_a_token_is_refused():
    lab = make_lab(draft=True)
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("Reviewers"))
    assert client.post(address(lab, "publish"), {"seen_version": 1}).status_code == 403
    assert Lab.objects.get().state == "draft"


def test_a_draft_that_breaks_a_rule_is_not_published_and_the_page_says_why():
    lab = make_lab(draft=True)
    commitment = make_commitment(lab=lab, criteria=0, draft=True)
    response = take(signed_in(make_user("Reviewers")), commitment, "publish", reason="Now.")
    assert response.status_code == 200
    page = response.content.decode()
    assert "is not published yet" in page and "needs a criterion" in page and "Now." in page
    assert Commitment.objects.get().state == "draft"
    assert not Change.objects.filter(kind="commitment_published").exists()


def test_what_was_looked_at_is_what_is_published():
    lab = make_lab(draft=True)
    reviewer = signed_in(make_user("Reviewers"))
    seen = reviewer.get(address(lab, "publish")).context["form"]["seen_version"].value()
    save(signed_in(make_user("Curators")), address(lab), name="Something else")
    response = reviewer.post(address(lab, "publish"), {"seen_version": seen})
    assert "Somebody else saved this lab" in response.content.decode()
    assert Lab.objects.get().state == "draft"


def test_retracting_takes_a_reason_and_leaves_a_record_that_nobody_edits():
    lab = make_lab()
    reviewer = signed_in(make_user("Reviewers"))
    refused = take(reviewer, lab, "retract", reason=" ")
    assert refused.status_code == 200 and "reason" in refused.context["form"].errors
    assert take(reviewer, lab, "retract", reason="It was no lab.").status_code == 302
    assert last_change().kind == "record_retracted"
    page = reviewer.get(address(lab))
    assert not page.context["has_change_permission"]
    assert "viewsitelink" not in page.content.decode()
    assert reviewer.post(address(lab), {"name": "Back"}).status_code == 403


def test_a_step_that_no_longer_fits_says_so():
    lab = make_lab()
    reviewer = signed_in(make_user("Reviewers"))
    response = reviewer.get(address(lab, "publish"), follow=True)
    assert "It is published" in " ".join(messages(response))
    response = reviewer.post(address(lab, "publish"), {"seen_version": lab.version})
    assert "Only a draft can be published" in response.content.decode()
    assert Change.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "draft", "step"),
    [
        ("Curators", True, "publish"),
        ("Curators", False, "retract"),
        ("", True, "publish"),
        ("", False, "retract"),
    ],
)
def test_a_step_without_the_right_is_forbidden(role, draft, step):
    lab = make_lab(draft=draft)
    before = Lab.objects.values().get()
    client = signed_in(make_user(role))
    for answer in (
        client.get(address(lab, step)),
        client.post(
            address(lab, step),
            {
                "seen_version": lab.version,
                "reason": "Because.",
            },
        ),
    ):
        assert answer.status_code == 403
    assert Lab.objects.values().get() == before


def test_a_curator_cannot_edit_what_is_published_not_even_by_a_forged_form():
    commitment = make_commitment()
    forged = as_shown(signed_in(make_user("Reviewers")).get(address(commitment)))
    curator = signed_in(make_user("Curators"))
    page = curator.get(address(commitment))
    assert not page.context["has_change_permission"]
    assert "Save" not in page.content.decode()
    forged |= {"title": "Mine", "reason": "Because.", "criteria-0-question": "Mine?"}
    assert curator.post(address(commitment), forged | {"_save": "1"}).status_code == 403
    commitment.refresh_from_db()
    assert commitment.title != "Mine" and commitment.criteria.get().question != "Mine?"


def test_a_forged_button_gives_no_right():
    lab = make_lab(draft=True)
    curator = signed_in(make_user("Curators"))
    response = save(curator, address(lab), press="_publish", state="published")
    assert curator.get(response.url).status_code == 403
    assert Lab.objects.get().state == "draft"


# --- assessments ---------------------------------------------------------------------------------


@pytest.fixture
def people():
    return make_user("Reviewers", name="ada"), make_user("Reviewers", name="ben")


def written_by(user, commitment=None):
    """An assessment written through the admin: first itself, then its findings."""
    commitment = commitment or make_commitment()
    source = make_source(tier="primary_witness")
    make_outcome(bears_on=commitment, sources=(source,))
    client = signed_in(user)
    response = save(
        client,
        f"{add_address(Assessment)}?commitment={commitment.pk}",
        effective_on="2024-07-05",
        rationale="The audit is there.",
        confidence="low",
        press="_continue",
    )
    assert response.status_code == 302, errors(response)
    assessment = Assessment.objects.get(commitment=commitment)
    response = save(
        client,
        address(assessment),
        findings__0__value="met",
        findings__0__note="It was published.",
        findings__0__evidence=[str(commitment.bearings.get().pk)],
    )
    assert response.status_code == 302, errors(response)
    return Assessment.objects.get(pk=assessment.pk)


def test_an_assessment_is_written_scored_submitted_and_approved_by_two_people(people):
    ada, ben = people
    commitment = make_commitment(slug="example-lab-audit")
    assessment = written_by(ada, commitment)
    assert assessment.slug == "example-lab-audit-2024-07-05"
    assert (assessment.verdict, assessment.low) == ("kept", 1)
    assert assessment.findings.get().evidence.count() == 1

    assert take(signed_in(ada), assessment, "submit").status_code == 302
    assessment.refresh_from_db()
    assert (assessment.state, assessment.author) == ("in_review", ada)

    response = take(signed_in(ben), assessment, "approve")
    assert response.status_code == 302
    assessment.refresh_from_db()
    assert (assessment.state, assessment.reviewer) == ("published", ben)
    change = last_change()
    assert (change.kind, change.actor) == ("assessment_published", "ben")


def test_nobody_approves_their_own(people):
    ada, _ = people
    root = make_user(superuser=True)
    for author in (ada, root):
        assessment = written_by(author)
        take(signed_in(author), assessment, "submit")
        page = signed_in(author).get(address(assessment)).content.decode()
        assert "Approve" not in page
        response = take(signed_in(author), assessment, "approve")
        assert "Nobody approves their own assessment" in response.content.decode()
        assessment.refresh_from_db()
        assert assessment.state == "in_review"


def test_nobody_approves_what_they_wrote_in_whoever_submitted_it(people):
    """Submitting names the author; writing is what counts."""
    ada, ben = people
    cleo = make_user("Reviewers")
    begun, edited = written_by(ada), written_by(ben)
    save(signed_in(ada), address(edited), rationale="Another reason.")
    for assessment in (begun, edited):
        assert take(signed_in(ben), assessment, "submit").status_code == 302
        page = signed_in(ada).get(address(assessment)).content.decode()
        assert "Send back" in page and "Approve" not in page
        response = take(signed_in(ada), assessment, "approve")
        assert "you have written in this one" in response.content.decode()
        assessment.refresh_from_db()
        assert assessment.state == "in_review"
        assert take(signed_in(cleo), assessment, "approve").status_code == 302


def test_whoever_sent_it_back_dissented_or_saved_nothing_may_approve(people):
    ada, ben = people
    assessment = written_by(ada)
    save(signed_in(ben), address(assessment))  # and typed nothing
    take(signed_in(ada), assessment, "submit")
    take(signed_in(ben), assessment, "send-back")
    assessment.refresh_from_db()
    dissent = address(assessment, "dissent")
    for more in ({}, {"_take_back": "1"}):
        assessment.refresh_from_db()
        typed = {
            "verdict": "broken",
            "reading": "I read it so.",
            "seen_version": assessment.version,
        }
        assert signed_in(ben).post(dissent, typed | more).status_code == 302
    take(signed_in(ada), assessment, "submit")
    assert take(signed_in(ben), assessment, "approve").status_code == 302
    assessment.refresh_from_db()
    assert (assessment.state, assessment.reviewer) == ("published", ben)


def test_a_curator_submits_and_does_not_approve():
    author, curator = make_user("Curators"), make_user("Curators")
    assessment = written_by(author)
    assert take(signed_in(author), assessment, "submit").status_code == 302
    assert take(signed_in(curator), assessment, "approve").status_code == 403
    assert take(signed_in(curator), assessment, "send-back").status_code == 403
    assert take(signed_in(author), assessment, "send-back").status_code == 302
    assessment.refresh_from_db()
    assert assessment.state == "draft"


def test_what_is_in_review_is_read_only(people):
    ada, ben = people
    assessment = written_by(ada)
    take(signed_in(ada), assessment, "submit")
    assessment.refresh_from_db()
    for user in people:
        client = signed_in(user)
        assert not client.get(address(assessment)).context["has_change_permission"]
        forged = {"seen_version": assessment.version, "rationale": "Mine."}
        assert client.post(address(assessment), forged).status_code == 403
    page = signed_in(ben).get(address(assessment)).content.decode()
    assert "Approve and publish" in page and "Send back" in page


def test_the_approval_is_of_what_was_submitted(people):
    ada, ben = people
    assessment = written_by(ada)
    take(signed_in(ada), assessment, "submit")
    Commitment.objects.update(obligation="Something else.")
    response = take(signed_in(ben), assessment, "approve")
    assert "changed since it was submitted" in response.content.decode()
    assessment.refresh_from_db()
    assert assessment.state == "in_review"


def test_what_was_sent_back_and_submitted_again_is_not_approved_unseen(people):
    ada, ben = people
    assessment = written_by(ada)
    take(signed_in(ada), assessment, "submit")
    reviewer = signed_in(ben)
    seen = reviewer.get(address(assessment, "approve")).context["form"]["seen_version"].value()
    take(signed_in(ada), assessment, "send-back")
    save(signed_in(ada), address(assessment), rationale="Quite another reason.")
    take(signed_in(ada), assessment, "submit")
    response = reviewer.post(address(assessment, "approve"), {"seen_version": seen})
    assert "Somebody else saved this assessment" in response.content.decode()
    assessment.refresh_from_db()
    assert assessment.state == "in_review"


def test_a_published_assessment_is_read_only_for_everyone(people):
    ada, ben = people
    assessment = written_by(ada)
    take(signed_in(ada), assessment, "submit")
    take(signed_in(ben), assessment, "approve")
    assessment.refresh_from_db()
    for user in (*people, make_user("Stewards"), make_user(superuser=True)):
        client = signed_in(user)
        assert not client.get(address(assessment)).context["has_change_permission"]
        forged = {"seen_version": assessment.version, "rationale": "Mine.", "reason": "Because."}
        assert client.post(address(assessment), forged).status_code == 403
    assert Assessment.objects.get().rationale == "The audit is there."


def test_an_assessment_is_never_published_alone():
    assessment = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    reviewer = signed_in(make_user("Reviewers"))
    assert reviewer.get(address(assessment)[: -len("change/")] + "publish/").status_code == 302
    assessment.refresh_from_db()
    assert assessment.state == "draft"


def test_an_unready_assessment_says_what_is_missing(people):
    ada, _ = people
    assessment = make_assessment(commitment=make_commitment(), values=["met"], draft=True)
    assessment.findings.all().delete()
    response = take(signed_in(ada), assessment, "submit")
    assert "Criterion 1 has no finding" in response.content.decode()
    assessment.refresh_from_db()
    assert assessment.state == "draft"


def test_a_reply_is_asked_and_received():
    reply = make_reply(commitment=make_commitment(), draft=True)
    reviewer = signed_in(make_user("Reviewers"))
    assert take(reviewer, reply, "publish").status_code == 302
    assert last_change().kind == "reply_requested"
    response = save(
        reviewer,
        address(reply),
        reason="It came.",
        status="replied",
        words="We did publish it.",
        received_on="2024-03-10",
    )
    assert response.status_code == 302, errors(response)
    assert last_change().kind == "reply_received"
