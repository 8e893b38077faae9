"""Drafts do not exist, retracted records say so, and a source's text stays private."""

import json
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from tests.builders import (
    EDITOR,
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_source,
)
from tests.web.markup import Markup
from tests.web.world import LISTS
from tracker.changes.models import Change
from tracker.curation.editing import retract

pytestmark = pytest.mark.django_db

SECRET = "never-seen"


def test_a_draft_appears_nowhere_and_answers_like_nothing(client):
    lab = make_lab(name="Example Lab")
    person = make_person(lab=lab)
    source = make_source()
    commitment = make_commitment(lab=lab, words=make_quotation(source=source, speaker=person))
    outcome = make_outcome(bears_on=commitment, sources=(source,))
    drafts: list[Any] = [
        make_lab(draft=True, slug=SECRET, name=SECRET),
        make_person(draft=True, slug=SECRET, name=SECRET, lab=lab),
        make_source(draft=True, slug=SECRET, title=SECRET, read_via=source),
        make_pledge(draft=True, slug=SECRET, title=SECRET, source=source, addressed=(lab,)),
        make_commitment(
            draft=True, slug=SECRET, title=SECRET, lab=lab, successor=commitment,
            relation="weakened", announced_by=person, words=commitment.words,
        ),
        make_outcome(
            draft=True, slug=SECRET, title=SECRET, bears_on=commitment, sources=(source,)
        ),
        make_assessment(
            draft=True, slug=SECRET, commitment=commitment, values=["met"], rationale=SECRET
        ),
    ]  # fmt: skip
    drafts[5].labs.set([lab])
    drafts[5].people.set([person])
    hidden = make_discrepancy(draft=True, title=SECRET, commitments=(commitment,))
    hidden.outcomes.set([outcome])
    make_indicator(draft=True, title=SECRET, source=source)
    make_quotation(draft=True, exact=SECRET, source=source, speaker=person)

    for record in drafts:
        draft = client.get(record.get_absolute_url())
        # another address of the same words, for which the page suggests the same
        unknown = client.get(record.get_absolute_url().replace(SECRET, f"{SECRET}-"))
        assert draft.status_code == unknown.status_code == 404
        assert draft.content == unknown.content
    published = [each.get_absolute_url() for each in (lab, person, source, commitment, outcome)]
    for url in (*LISTS.values(), *published):
        answer = client.get(url)
        assert answer.status_code == 200
        assert SECRET not in answer.content.decode(), url
    assert client.get(f"/commitments/?lab={SECRET}").status_code == 400


def test_a_retracted_record_says_that_it_was_and_where(client):
    commitment = make_commitment(title="Publish the audit")
    outcome = make_outcome(bears_on=commitment, title="The audit appears")
    with transaction.atomic():
        retract(outcome, by=EDITOR, reason="It was another audit.")
    last = Change.objects.latest("sequence")
    answer = client.get(outcome.get_absolute_url())
    assert answer.status_code == 410
    page = Markup(answer.content.decode())
    assert page.problems == []
    assert "This outcome has been retracted" in page.text
    assert "It was another audit." in page.text
    assert f"/changes/{last.sequence}/" in page.links
    assert answer["Cache-Control"] == "no-store"
    assert "The audit appears" not in client.get("/timeline/").content.decode()
    evidence = Markup(client.get(commitment.get_absolute_url()).content.decode()).text
    assert "The audit appears" not in evidence.partition("Changes to this page")[0]


def test_evidence_that_was_cited_and_then_retracted_is_still_named_as_such(client):
    commitment = make_commitment()
    outcome = make_outcome(bears_on=commitment, title="The audit appears")
    assessment = make_assessment(commitment=commitment, values=["met"], evidence=(outcome,))
    with transaction.atomic():
        retract(outcome, by=EDITOR, reason="It was another audit.")
    said = Markup(client.get(assessment.get_absolute_url()).content.decode()).text
    assert "The audit appears (supports, since retracted)" in said


def test_a_retracted_quotation_is_not_printed(client):
    quotation = make_quotation(exact="We promise much.")
    outcome = make_outcome()
    outcome.sourcing.update(source=quotation.source, quotation=quotation)
    said = Markup(client.get(outcome.get_absolute_url()).content.decode()).text
    assert "We promise much." in said
    with transaction.atomic():
        retract(quotation, by=EDITOR, reason="Nobody said it.")
    said = Markup(client.get(outcome.get_absolute_url()).content.decode()).text
    assert "We promise much." not in said.partition("Changes to this page")[0]
    assert "A quotation that stood here has been retracted." in said


def test_the_text_of_a_source_is_never_shown(client):
    source = make_source(archived_text=f"before We promise an audit. after {SECRET}")
    quotation = make_quotation(source=source, prefix="before ", suffix=" after", start=7)
    page = client.get(source.get_absolute_url()).content.decode()
    assert quotation.exact in page
    assert SECRET not in page


def test_a_redacted_change_says_so_and_keeps_its_hashes(client):
    make_lab(name="Example Lab", summary=SECRET)
    change = Change.objects.latest("sequence")
    # what a redaction does to a row; the guard of the log comes with the log's own issue
    Change.objects.filter(pk=change.pk).update(body=None, reason=None)
    for url in ("/changes/", change.get_absolute_url()):
        answer = client.get(url)
        assert answer.status_code == 200
        assert "redacted" in answer.content.decode()
        assert SECRET not in answer.content.decode()
    assert change.hash in answer.content.decode()


def test_readiness_tells_the_sequence_and_liveness_nothing(client):
    make_lab()
    last = Change.objects.latest("sequence").sequence
    assert json.loads(client.get("/readyz").content)["sequence"] == last
    assert client.get("/healthz").content == b"ok"
    assert b"Disallow: /admin/" in client.get("/robots.txt").content


def test_a_database_without_a_log_is_not_ready(client, monkeypatch):
    from django.db import OperationalError

    from tracker.operations import readiness

    def away() -> list[str]:
        raise OperationalError("no such host: secret-database")

    monkeypatch.setattr(readiness, "unapplied", away)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.content == b"The database does not answer, or holds no log yet."
    assert answer["Cache-Control"] == "no-store"


def test_what_is_published_is_there_though_its_date_is_coarse(client):
    year = date.today().year  # noqa: DTZ011 - any day of this year will do
    commitment = make_commitment(made_on=str(year + 1), title="Publish the audit")
    assert client.get(commitment.get_absolute_url()).status_code == 200
    assert "Publish the audit" in client.get("/commitments/").content.decode()


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken"])
@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/api/v1/", "/no-such-page", "/commitments/?x=1"]
)
def test_a_broken_cookie_is_not_looked_at(client, path, cookie):
    client.cookies[cookie] = "broken"
    answer = client.get(path)
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
