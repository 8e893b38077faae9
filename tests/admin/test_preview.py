"""A draft as readers would see it: for staff alone, kept nowhere, visible nowhere else."""

import pytest
from django.test import Client

from tests.admin.forms import address, signed_in
from tests.admin.test_pages import one_of_each
from tests.builders import (
    make_assessment,
    make_commitment,
    make_lab,
    make_quotation,
    make_reply,
    make_source,
    make_user,
)
from tracker.assessments.models import Assessment
from tracker.changes.models import Change
from tracker.curation.roles import NOUNS

pytestmark = pytest.mark.django_db

BANNER = "Preview of a draft"


def bytes_of_the_public(client):
    pages = ("/", "/labs/", "/commitments/", "/pledges/", "/timeline/", "/people/", "/sources/")
    more = ("/discrepancies/", "/indicators/", "/changes/")
    return [client.get(page).content for page in (*pages, *more)]


def test_a_draft_of_every_noun_is_previewed_and_stays_a_draft():
    records = one_of_each(draft=True)
    assert {type(record) for record in records} == set(NOUNS)
    stranger, curator = Client(), signed_in(make_user("Curators"))
    before, entries = bytes_of_the_public(stranger), Change.objects.count()
    for record in records:
        response = curator.get(address(record, "preview"))
        assert response.status_code == 200, record
        page = response.content.decode()
        assert BANNER in page and '<meta name="robots" content="noindex">' in page, record
        assert 'rel="canonical"' not in page
        assert "no-store" in response["Cache-Control"] and response["X-Robots-Tag"] == "noindex"
        again = type(record)._default_manager.get(pk=record.pk)
        assert (again.state, again.version) == ("draft", record.version)
        public = record.get_absolute_url()
        if "#" not in public:
            assert stranger.get(public).status_code == 404, record
            assert curator.get(public).status_code == 404, record
    assert bytes_of_the_public(stranger) == before
    assert Change.objects.count() == entries


def test_it_shows_the_words_of_the_draft():
    curator = signed_in(make_user("Curators"))
    commitment = make_commitment(draft=True, title="An audit by summer", obligation="One audit.")
    page = curator.get(address(commitment, "preview")).content.decode()
    assert "An audit by summer" in page and "One audit." in page and "Is part 1 done?" in page
    assessment = make_assessment(
        commitment=make_commitment(), values=["met"], draft=True, rationale="It is all there."
    )
    Assessment.objects.filter(pk=assessment.pk).update(state="in_review")
    page = curator.get(address(assessment, "preview")).content.decode()
    assert "It is all there." in page and "kept" in page
    assert "imported" not in page


def test_what_it_stands_on_is_previewed_with_it():
    curator = signed_in(make_user("Curators"))
    quotation = make_quotation(source=make_source(draft=True), exact="Wholly new.", draft=True)
    assert "Wholly new." in curator.get(address(quotation, "preview")).content.decode()
    reply = make_reply(commitment=make_commitment(draft=True), asked_of="the porter", draft=True)
    assert "the porter" in curator.get(address(reply, "preview")).content.decode()


def test_only_staff_who_may_view_it():
    lab = make_lab(draft=True)
    assert Client().get(address(lab, "preview")).status_code == 302
    assert signed_in(make_user()).get(address(lab, "preview")).status_code == 403


def test_what_is_published_has_its_page_and_what_is_gone_has_none():
    curator = signed_in(make_user("Curators"))
    lab = make_lab()
    assert curator.get(address(lab, "preview"))["Location"] == lab.get_absolute_url()
    type(lab).objects.filter(pk=lab.pk).update(state="retracted")
    assert curator.get(address(lab, "preview")).status_code == 404
    missing = address(lab, "preview").replace(str(lab.pk), "nonsense")
    assert curator.get(missing).status_code == 404


def test_the_form_of_a_draft_links_to_it_and_public_pages_know_nothing_of_it():
    curator = signed_in(make_user("Curators"))
    draft, public = make_lab(draft=True), make_lab()
    assert address(draft, "preview") in curator.get(address(draft)).content.decode()
    assert "/preview/" not in curator.get(address(public)).content.decode()
    page = curator.get(public.get_absolute_url()).content.decode()
    assert BANNER not in page and "noindex" not in page
