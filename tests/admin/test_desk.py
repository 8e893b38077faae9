"""The desk says what needs a person, and each count is the length of the list behind it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.forms import address, list_address, save, signed_in
from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_lab,
    make_outcome,
    make_quotation,
    make_reply,
    make_source,
    make_user,
    published,
)
from tracker.assessments.models import Assessment
from tracker.commitments.models import Commitment
from tracker.curation.editing import retract
from tracker.evidence.models import Bearing
from tracker.records.dates import today
from tracker.sources.models import Source
from tracker.submissions.models import Submission, SubmissionKind

pytestmark = pytest.mark.django_db


def due(days, **fields):
    day = today() + timedelta(days)
    return make_commitment(
        deadline_kind="by_date", deadline_due_on=day.isoformat(), deadline_basis="stated", **fields
    )


def line(client, name):
    """(count, the list's records) of one line of the desk."""
    page = client.get(reverse("admin:index"))
    (found,) = [each for each in page.context["desk"] if each["url"].endswith(f"waits={name}")]
    rows = client.get(found["url"]).context["cl"]
    assert found["count"] == rows.result_count
    return list(rows.result_list)


def test_every_count_is_the_length_of_its_list(curator):
    a_busy_day()
    page = curator.get(reverse("admin:index"))
    assert len(page.context["desk"]) >= 9
    for each in [*page.context["desk"], *page.context["drafts"]]:
        rows = curator.get(each["url"]).context["cl"]
        assert rows.result_count == each["count"] > 0, each
        assert each["url"].replace("&", "&amp;") in page.content.decode()


def a_busy_day():
    late, soon = due(-1), due(30)
    judged = due(-400)
    assessment = make_assessment(commitment=judged, values=["met"])
    make_outcome(bears_on=judged)
    Assessment.objects.filter(
        pk=make_assessment(commitment=late, values=["met"], draft=True).pk
    ).update(state="in_review")
    make_reply(commitment=soon)
    Commitment.objects.filter(pk=soon.pk).update(next_review_on=today())
    make_discrepancy()
    broken = make_quotation().source
    Source.objects.filter(pk=broken.pk).update(
        link_status="failed", link_checked_at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    lost = make_commitment()
    outcome = make_outcome(bears_on=lost)
    make_assessment(commitment=lost, values=["met"], evidence=(outcome,))
    retract(outcome, by=EDITOR, reason="It was another audit.")
    Submission.objects.create(kind=SubmissionKind.values[0], words="It is misspelt.")
    make_lab(draft=True)
    return assessment


def test_past_due_and_undecided(curator):
    late, _, decided, open_verdict = due(-2), due(2), due(-2), due(-2)
    make_assessment(commitment=decided, values=["met"])
    make_assessment(commitment=open_verdict, values=["unverifiable"])
    due(-2, draft=True)
    assert set(line(curator, "undecided")) == {late, open_verdict}


def test_deadlines_of_the_next_thirty_days(curator):
    near = due(30)
    due(31)
    assert line(curator, "due") == [near]


def test_evidence_published_after_the_judgement(curator):
    commitment, calm = make_commitment(), make_commitment()
    cited = make_outcome(bears_on=commitment)
    old = make_assessment(commitment=commitment, values=["met"], effective_on=date(2024, 1, 3))
    make_assessment(commitment=calm, values=["met"])
    assessment = make_assessment(commitment=commitment, values=["met"], evidence=(cited,))
    assert line(curator, "outdated") == []
    make_outcome(bears_on=commitment, draft=True)
    make_outcome(bears_on=commitment, direction="context")
    assert line(curator, "outdated") == []
    make_outcome(bears_on=commitment, direction="undermines")
    assert line(curator, "outdated") == [assessment] != [old]
    make_assessment(commitment=commitment, values=["unverifiable"], effective_on=date(2024, 5, 6))
    assert line(curator, "outdated") == []


def test_a_bearing_that_a_correction_added_is_new_evidence(curator):
    commitment = make_commitment()
    outcome = make_outcome(draft=True)
    outcome = published(outcome)
    assessment = make_assessment(commitment=commitment, values=["met"])
    Bearing.objects.create(outcome=outcome, commitment=commitment, direction="undermines")
    assert line(curator, "outdated") == []  # as no correction has been logged
    reviewer = signed_in(make_user("Reviewers"))
    save(reviewer, address(outcome), reason="It bears on it.", title="Another title")
    assert line(curator, "outdated") == [assessment]


def test_reviews_quotations_sources_disputes_and_replies(curator):
    again = make_commitment(next_review_on=today())
    make_commitment(next_review_on=today() + timedelta(1))
    assert line(curator, "again") == [again]
    source = make_source(archived_text="We promise an audit.")
    make_quotation(source=source, start=0, check_status="verified")
    unchecked = make_quotation(source=source)
    assert line(curator, "quotations") == [unchecked]
    assert source not in line(curator, "texts")
    open_one = make_discrepancy()
    make_discrepancy(status="resolved", resolution="One erred.", resolved_on=date(2024, 1, 1))
    assert line(curator, "disputes") == [open_one]
    overdue = make_reply(commitment=again)
    make_reply(commitment=again, due_on=today() + timedelta(1))
    make_reply(commitment=again, status="no_reply")
    assert line(curator, "replies") == [overdue]


def test_the_desk_costs_the_same_however_long_its_lists(curator):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert curator.get(reverse("admin:index")).status_code == 200
        return len(captured)

    a_busy_day()
    queries()
    few = queries()
    for _ in range(3):
        a_busy_day()
    assert queries() == few <= 18


def test_an_unknown_line_is_the_whole_list_with_a_note(curator):
    make_commitment()
    response = curator.get(list_address(Commitment), {"waits": "nonsense"})
    assert response.status_code == 302 and response.url.endswith("?e=1")


def test_a_stranger_does_not_see_the_desk(client):
    assert client.get(reverse("admin:index")).status_code == 302


def test_staff_without_a_role_see_no_lines():
    page = signed_in(make_user()).get(reverse("admin:index"))
    assert page.status_code == 200 and not page.context["desk"]
