"""A reader's suggestion: kept, acknowledged, triaged, answered, and never public by itself."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.builders import make_commitment, make_lab, make_user
from tracker.letters.models import Asked, Letter, Token
from tracker.letters.sending import send_letters
from tracker.submissions import suggesting, views
from tracker.submissions.models import Submission, Triage

WORDS = "The audit was published on 3 May 2027; see its page two."


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A reader who takes their time."""
    cache.clear()
    monkeypatch.setattr(suggesting, "FASTEST", 0.0)


def send(client: Client, about: str = "", **fields: str):
    url = reverse("suggest") + (f"?about={about}" if about else "")
    shown = client.get(url).content.decode()
    stamped = re.search(r'name="stamp" value="([^"]+)"', shown)
    assert stamped
    data = {"kind": "correction", "words": WORDS, "stamp": stamped[1]} | fields
    return client.post(url, data)


def link_of(response) -> str:
    found = re.search(r'href="(/suggest/[^/"]{20,}/)"', response.content.decode())
    assert found
    return found[1]


def letters() -> None:
    send_letters(suggesting.WORDINGS)


@pytest.mark.django_db
def test_from_a_commitments_page_to_the_answer_in_the_senders_hands(client):
    commitment = make_commitment()
    page = client.get(commitment.get_absolute_url()).content.decode()
    assert f"/suggest/?about=commitment:{commitment.slug}" in page
    kept = send(client, f"commitment:{commitment.slug}", email="reader@example.org")
    assert kept.status_code == 200
    submission = Submission.objects.get()
    assert (submission.noun, submission.slug) == ("commitment", commitment.slug)
    letters()
    (acknowledged,) = mail.outbox
    assert WORDS not in str(acknowledged.message()), "nobody sends their words by our letters"
    assert acknowledged.to == ["reader@example.org"]
    assert link_of(kept) in acknowledged.body

    curator = Client()
    curator.force_login(make_user("Curators"))
    desk = curator.get(reverse("admin:index")).content.decode()
    assert re.search(r'count">1</span> submissions from readers', desk)
    form = reverse("admin:tracker_submission_change", args=[submission.pk])
    assert WORDS in curator.get(form).content.decode()
    said = "Thank you: the page is now cited as evidence."
    answer = curator.post(form, {"triage": "used", "outcome": said, "seen": "1"}, follow=True)
    assert answer.status_code == 200
    letters()
    assert said in mail.outbox[-1].body
    assert "audit was published" not in str(mail.outbox[-1].message())
    status = client.get(link_of(kept))
    assert said in status.content.decode()
    assert "used in the record" in status.content.decode().lower()
    assert Letter.objects.count() == 0


@pytest.mark.django_db
def test_it_is_never_public_by_itself(client):
    commitment = make_commitment()
    send(client, f"commitment:{commitment.slug}", name="Ada Example")
    for url in ("/", "/changes/", commitment.get_absolute_url(), "/timeline/"):
        said = client.get(url).content.decode()
        assert WORDS not in said
        assert "Ada Example" not in said


@pytest.mark.django_db
def test_private_pages_are_not_kept_and_tell_no_referrer(client):
    kept = send(client)
    for response in (kept, client.get(link_of(kept)), client.get("/suggest/unknown/")):
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert not response.cookies
    assert client.get("/suggest/unknown/").status_code == 404
    token = link_of(kept).split("/")[2]
    assert token not in str(list(Token.objects.values()))


@pytest.mark.django_db
def test_the_sender_can_be_forgotten_and_take_it_all_back(client):
    kept = send(client, name="Ada Example", email="reader@example.org")
    url = link_of(kept)
    client.get(url, {})
    assert Submission.objects.get().email  # reading does nothing
    client.post(url, {"do": "forget"})
    submission = Submission.objects.get()
    assert (submission.name, submission.email, submission.words) == ("", "", WORDS)
    letters()
    assert mail.outbox == []
    client.post(url, {"do": "withdraw"})
    assert not Submission.objects.exists()
    assert client.get(url).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"words": ""}, "This field is required"),
        ({"words": "a\x00b"}, "Null characters"),
        ({"link": "javascript:alert(1)"}, "valid URL"),
        ({"email": "nobody"}, "like ada@example.org"),
        ({"email": "ada@exam ple.org"}, "like ada@example.org"),
        ({"email": "vi\u017ftim@example.org"}, "cannot write to this address"),
        ({"kind": "poem"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence_and_loses_nothing(client, fields, said):
    response = send(client, **({"name": "Ada Example"} | fields))
    assert response.status_code == 400
    assert said in response.content.decode()
    assert "Ada Example" in response.content.decode()
    assert not Submission.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("about", ["poem:x", "commitment:nothing", "commitment", "lab:a\x00b", ":"])
def test_about_must_name_something_on_record(client, about):
    make_lab(draft=True, slug="example-draft")
    assert client.get("/suggest/", {"about": about}).status_code == 400
    assert client.get("/suggest/", {"about": "lab:example-draft"}).status_code == 400
    assert client.get("/suggest/", {"subject": "x"}).status_code == 400


@pytest.mark.django_db
def test_programs_are_trapped_without_third_parties(client, monkeypatch):
    assert send(client, **{views.TRAP: "https://spam.example"}).status_code == 400
    monkeypatch.setattr(suggesting, "FASTEST", 2.0)
    assert send(client).status_code == 400
    assert send(client, stamp="forged").status_code == 400
    assert not Submission.objects.exists()


@pytest.mark.django_db
def test_a_form_that_was_open_for_long_is_given_anew_with_a_true_sentence(client, monkeypatch):
    monkeypatch.setattr(suggesting, "LONGEST", -1.0)
    late = send(client, name="Ada Example")
    assert late.status_code == 400
    said = late.content.decode()
    assert "The form was opened more than a day ago." in said
    assert "faster than one can write" not in said
    monkeypatch.undo()
    monkeypatch.setattr(suggesting, "FASTEST", 0.0)
    fresh = re.search(r'name="stamp" value="([^"]+)"', said)
    assert fresh and WORDS in said
    assert send(client, stamp=fresh[1]).status_code == 200


@pytest.mark.django_db
def test_a_mailbox_gets_so_many_letters_however_its_address_is_spelled(client, monkeypatch):
    monkeypatch.setattr(suggesting, "PER_NETWORK", 100)
    spellings = ["reader@example.org", "READER@example.org", "reader@ｅxample.org"]
    spellings += [f"reader+{number}@example.org" for number in range(4)]
    for email in spellings:
        assert send(client, email=email).status_code == 200
    letters()
    assert len(mail.outbox) == suggesting.LETTERS_PER_ADDRESS
    assert Submission.objects.filter(email="reader@example.org").count() == 3


@pytest.mark.django_db
def test_one_network_is_throttled_and_another_is_not(client):
    for _ in range(suggesting.PER_NETWORK):
        assert send(client).status_code == 200
    refused = send(client)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "3600"
    assert WORDS in refused.content.decode()
    assert send(Client(REMOTE_ADDR="203.0.113.9")).status_code == 200
    Asked.objects.update(since=timezone.now() - timedelta(hours=2))
    assert send(client).status_code == 200


@pytest.mark.django_db
def test_another_sites_form_is_refused(client):
    url = reverse("suggest")
    data = {"kind": "correction", "words": WORDS, "stamp": suggesting.stamp()}
    for header in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert client.post(url, data, headers=header).status_code == 403
    assert not Submission.objects.exists()


@pytest.mark.django_db
def test_a_second_curators_decision_is_not_overruled_unseen(client):
    send(client)
    submission = Submission.objects.get()
    curator = Client()
    curator.force_login(make_user("Curators"))
    form = reverse("admin:tracker_submission_change", args=[submission.pk])
    first = {"triage": "declined", "outcome": "Not about this record.", "seen": "1"}
    curator.post(form, first)
    second = curator.post(
        form, {"triage": "used", "outcome": "My own long answer.", "seen": "1"}
    ).content.decode()
    assert "Not about this record." in second
    assert "My own long answer." in second
    submission.refresh_from_db()
    assert submission.triage == Triage.DECLINED


@pytest.mark.django_db
def test_a_decision_needs_words_for_the_sender(client):
    send(client)
    curator = Client()
    curator.force_login(make_user("Curators"))
    form = reverse("admin:tracker_submission_change", args=[Submission.objects.get().pk])
    said = curator.post(form, {"triage": "used", "outcome": "", "seen": "1"}).content.decode()
    assert "Say to the sender" in said
    assert Submission.objects.get().triage == Triage.NEW
