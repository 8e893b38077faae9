"""Asking, confirming, managing and stopping, by the pages and the letters alone."""

import re
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from tests.builders import make_commitment, make_lab, make_pledge
from tests.mailserver import part
from tests.subscriptions.following import ADA, ask, confirmed, follows, link_in, work
from tests.web.markup import Markup
from tracker.letters.models import Asked, Letter, Token
from tracker.subscriptions import opting
from tracker.subscriptions.models import Reader, Standing, Subscription
from tracker.subscriptions.tidying import tidy

pytestmark = pytest.mark.django_db

ONE_CLICK = "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"


def read(answer) -> Markup:
    page = Markup(answer.content.decode())
    assert page.problems == []
    return page


def manage_link(reader: Reader) -> str:
    return f"/subscribe/manage/{opting.manage_token(reader)}/"


def later(**span: int) -> None:
    """Let the letters that wait, and what was counted, be so much older."""
    ago = timedelta(**span)
    Letter.objects.filter(due_at__isnull=False).update(due_at=F("due_at") - ago)
    Asked.objects.update(since=F("since") - ago)
    Reader.objects.update(asked_at=F("asked_at") - ago, created_at=F("created_at") - ago)
    pending = Subscription.objects.filter(standing=Standing.PENDING)
    pending.update(created_at=F("created_at") - ago)


def test_from_a_page_to_the_first_mail_and_out_again(client, post):
    lab = make_lab(name="Example Lab")
    assert f"/subscribe/?lab={lab.slug}" in client.get(lab.get_absolute_url()).content.decode()
    said = read(client.get(f"/subscribe/?lab={lab.slug}")).text
    assert "You would be told of changes about Example Lab" in said

    assert ask(client, f"?lab={lab.slug}").status_code == 200
    work()
    (letter,) = post.taken
    assert letter["To"] == ADA
    assert "changes about Example Lab (each change as it comes;" in part(letter, "plain")

    link = link_in(letter, "confirm")
    assert "Follow what is ticked" in read(client.get(link)).text
    client.head(link)
    assert not Subscription.objects.filter(standing="active").exists(), "GET never acts"
    (pending,) = Subscription.objects.all()
    done = client.post(link, {"follow": [str(pending.pk)], "shown": [str(pending.pk)]})
    assert "You follow" in read(done).text

    make_lab(name="Another Lab")
    commitment = make_commitment(lab=lab, title="Publish the audit")
    work()
    _, mail = post.taken
    assert mail["Subject"].strip() == "Commitment published: “Publish the audit”"
    assert "Another Lab" not in part(mail, "plain")
    assert re.search(r"http://127.0.0.1:8000/changes/\d+/", part(mail, "html"))
    assert commitment.title in part(mail, "html")

    stop = link_in(mail, "stop")
    assert "changes about Example Lab" in read(client.get(stop)).text
    client.head(stop)
    assert Subscription.objects.count() == 1
    answer, again = client.post(stop, *ONE_CLICK), client.post(stop, *ONE_CLICK)
    assert answer.status_code == again.status_code == 200
    assert answer.content == again.content == client.get(stop).content
    assert not Reader.objects.exists(), "nothing is kept of who follows nothing"


def test_the_answer_never_tells_whether_an_address_is_known(client, post):
    lab = make_lab()
    follows("following@example.org", lab=lab.slug)
    follows("other@example.org")
    follows("bouncing@example.org", lab=lab.slug)
    bouncing = Subscription.objects.filter(reader__email="bouncing@example.org")
    bouncing.update(standing=Standing.PAUSED)
    Reader.objects.filter(email="bouncing@example.org").update(bounces=3)
    ask(client, f"?lab={lab.slug}", email="pending@example.org")
    addresses = ("unknown", "pending", "following", "other", "bouncing")
    asked = [
        ask(client, f"?lab={lab.slug}", email=f"{name}@example.org", homepage=trap)
        for name, trap in [*((name, "") for name in addresses), ("trapped", "http://spam.example")]
    ]
    assert {answer.status_code for answer in asked} == {200}
    assert len({answer.content for answer in asked}) == 1
    assert not Reader.objects.filter(email="trapped@example.org").exists()
    assert bouncing.get().standing == Standing.PAUSED, "only its owner resumes it"

    Asked.objects.all().delete()
    links = [
        client.post("/subscribe/link/", {"email": f"{name}@example.org"}) for name in addresses
    ]
    assert {answer.status_code for answer in links} == {200}
    assert len({answer.content for answer in links}) == 1


def test_who_follows_already_is_told_so_and_nothing_changes(client, post):
    follows(cadence="weekly", floor="major")
    ask(client, cadence="each")
    work()
    assert post.taken[0]["Subject"].strip().startswith("You follow this already")
    assert "/subscribe/confirm/" not in post.text()
    assert Subscription.objects.get().cadence == "weekly"
    assert "once a week" in read(client.get(link_in(post.taken[0], "manage"))).text


def test_one_letter_a_day_that_lists_whatever_was_asked_meanwhile(client, post):
    first, second, third = make_lab(name="First"), make_lab(name="Second"), make_lab(name="Third")
    ask(client, f"?lab={first.slug}")
    work()
    ask(client, f"?lab={second.slug}")
    ask(client, f"?lab={third.slug}", email="ADA@Example.org")
    work()
    assert len(post.taken) == 1
    later(hours=23)
    work()
    assert len(post.taken) == 1
    later(hours=2)
    work()
    assert len(post.taken) == 2
    for name in ("First", "Second", "Third"):
        assert f"changes about {name}" in post.text()
    # both letters' links lead to the same page
    for mail in post.taken:
        assert "Third" in read(client.get(link_in(mail, "confirm"))).text


def test_only_what_is_ticked_is_followed_and_the_rest_forgotten(client, post):
    first, second, third = make_lab(name="First"), make_lab(name="Second"), make_lab(name="Third")
    ask(client, f"?lab={first.slug}")
    ask(client, f"?lab={second.slug}")
    work()
    link = link_in(post.taken[0], "confirm")
    wanted, unwanted = Subscription.objects.order_by("created_at")
    ask(client, f"?lab={third.slug}")  # by somebody else, while the owner looks at the page
    shown = {"shown": [str(wanted.pk), str(unwanted.pk)], "follow": [str(wanted.pk), "nonsense"]}
    said = read(client.post(link, shown)).text
    assert "First" in said and "Second" not in said
    left = {row.lab: row.standing for row in Subscription.objects.all()}
    assert left == {first.slug: "active", third.slug: "pending"}
    client.post(link, {"shown": [str(Subscription.objects.get(lab=third.slug).pk)]})
    assert Subscription.objects.count() == 1


@pytest.mark.parametrize("query", ["?lab=nobody", "?colour=red", "?kind=x", "?lab=a&lab=b"])
def test_a_scope_is_read_as_strictly_as_on_the_list_of_changes(client, query):
    assert client.get(f"/subscribe/{query}").status_code == 400
    listed = client.get(f"/changes/{query}")
    assert listed.status_code == 400


def test_every_filter_of_the_list_can_be_followed_and_is_said(client):
    lab, pledge = make_lab(name="Example Lab"), make_pledge(title="The Call")
    commitment = make_commitment(lab=lab, title="Publish the audit")
    query = (
        f"?lab={lab.slug}&pledge={pledge.slug}&commitment={commitment.slug}&category=security"
        "&kind=assessment_published&significance=major"
    )
    page = client.get(f"/subscribe/{query}")
    said = read(page).text
    assert (
        "changes about the commitment “Publish the audit” and the pledge “The Call” and Example "
        "Lab, in the category security, of the kind “assessment published”" in said
    )
    assert re.search(r'value="major"[^>]* checked', page.content.decode())
    ask(client, query, significance="major")
    row = Subscription.objects.get()
    assert (row.lab, row.pledge, row.commitment) == (lab.slug, pledge.slug, commitment.slug)
    assert (row.category, row.kind, row.floor) == ("security", "assessment_published", "major")


@pytest.mark.parametrize(
    "address",
    [
        *("", "ada", "ada@", "a@b@example.org", "ada\n@example.org", "x" * 250 + "@e.org"),
        *(
            '"a, <eve@example.org>"@example.org',
            '"a\x01b"@example.org',
            "ada@example.org, eve@e.org",
        ),
    ],
)
def test_a_malformed_address_gets_a_sentence_and_loses_nothing(client, address):
    lab = make_lab()
    answer = ask(client, f"?lab={lab.slug}", email=address, cadence="weekly", significance="major")
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Nothing was sent yet" in read(answer).text
    assert re.search(r'value="weekly"[^>]* checked', page)
    assert re.search(r'value="major"[^>]* checked', page)
    assert f'<input type="hidden" name="lab" value="{lab.slug}">' in page
    assert not Reader.objects.exists()


def test_a_network_that_asks_too_often_waits_and_loses_nothing(client):
    for number in range(opting.PER_NETWORK):
        assert ask(client, email=f"reader-{number}@example.org").status_code == 200
    refused = ask(client, email="one-more@example.org")
    assert refused.status_code == 429
    assert refused["Retry-After"] == "3600"
    assert 'value="one-more@example.org"' in refused.content.decode()
    assert "try again in an hour" in read(refused).text
    assert client.post("/subscribe/link/", {"email": ADA}).status_code == 429
    assert not Reader.objects.filter(email="one-more@example.org").exists()
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert ask(elsewhere, email="one-more@example.org").status_code == 200
    later(hours=1)
    assert ask(client, email="again@example.org").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_ORIGIN": "https://elsewhere.example"}],
)
def test_another_sites_form_is_refused(client, headers):
    for path in ("/subscribe/", "/subscribe/link/"):
        assert client.post(path, {"email": ADA}, **headers).status_code == 403
    assert not Reader.objects.exists()


def test_no_page_of_it_sets_a_cookie_or_tells_its_address(client, post):
    follows()
    make_lab()
    work()
    links = [link_in(post.taken[0], purpose) for purpose in ("manage", "stop")]
    for path in ("/subscribe/", "/subscribe/link/", *links):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert not answer.cookies
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Robots-Tag"] == "noindex"
        page = read(answer)
        assert all(link.startswith(("/", "#")) for link in page.links), path
        token = path.removeprefix("/subscribe/").partition("/")[2]
        assert not token or token not in answer.content.decode()
    assert "Disallow: /subscribe/" in client.get("/robots.txt").content.decode()


def test_a_link_opens_what_it_is_for_and_no_more(client, post):
    ask(client)
    work()
    confirm = link_in(post.taken[0], "confirm")
    confirmed(client, post)
    reader = Reader.objects.get()
    manage = manage_link(reader)
    stop = f"/subscribe/stop/{confirm.split('/')[3]}/"
    wrong = [
        stop,
        confirm.replace("confirm", "manage"),
        manage.replace("manage", "confirm"),
        confirm[:-4] + "/",
        "/subscribe/stop/never-given/",
        f"/subscribe/manage/{'x' * 43}/",
    ]
    answers = [client.get(path) for path in wrong] + [client.post(path) for path in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "This link has expired or been used" in read(answers[0]).text
    assert Subscription.objects.count() == 1
    Token.objects.update(expires_at=timezone.now())
    assert client.get(manage).status_code == 404
    assert client.get(confirm).status_code == 404


def test_the_links_letter_opens_everything_that_is_followed(client, post):
    lab = make_lab(name="Example Lab")
    follows(lab=lab.slug)
    client.post("/subscribe/link/", {"email": "Ada@example.org"})
    client.post("/subscribe/link/", {"email": ADA})
    client.post("/subscribe/link/", {"email": "nobody@example.org"})
    work()
    (letter,) = post.taken
    assert "changes about Example Lab" in part(letter, "plain")
    assert "Example Lab" in read(client.get(link_in(letter, "manage"))).text


def test_managing_changes_adds_stops_and_forgets(client, post):
    lab, other = make_lab(name="Example Lab"), make_lab(name="Other Lab")
    commitment = make_commitment(title="Publish the audit")
    own = follows(lab=lab.slug)
    link = manage_link(own.reader)
    for query in (link, f"{link}?do=forget"):
        client.get(query)
    assert Subscription.objects.count() == 1

    def act(**fields: str) -> str:
        return read(client.post(link, fields)).text

    changed = act(which=str(own.pk), do="change", cadence="weekly", significance="major")
    assert "Changed: changes about Example Lab" in changed
    own.refresh_from_db()
    assert (own.cadence, own.floor) == ("weekly", "major")
    rhythm = {"do": "add", "cadence": "daily", "significance": "minor"}
    here = "http://127.0.0.1:8000"
    assert "Other Lab" in act(address=f"{here}/labs/{other.slug}/", **rhythm)
    assert "Publish the audit" in act(address=f"{here}{commitment.get_absolute_url()}", **rhythm)
    narrowed = "/changes/?category=security&significance=major&page=2"
    assert "You now follow changes in the category security" in act(address=narrowed, **rhythm)
    assert Subscription.objects.get(category="security").floor == "major", "as the list was"
    assert "whole record" in act(address=f"{here}/changes/", **rhythm)
    assert Subscription.objects.filter(standing="active").count() == 5

    for wrong in ("", "https://elsewhere.example/labs/x/", "/labs/nobody/", "/changes/?x=1", "[::"):
        refused = client.post(link, {"address": wrong} | rhythm)
        assert refused.status_code == 400, wrong
        assert "Nothing was added" in read(refused).text
    assert 'value="[::"' in refused.content.decode()

    assert "Stopped: changes about Example Lab" in act(which=str(own.pk), do="stop")
    assert act(which=str(own.pk), do="stop")  # of another's, or stopped already: nothing
    stranger = follows("eve@example.org", lab=lab.slug)
    act(which=str(stranger.pk), do="stop")
    assert Subscription.objects.filter(reader__email="eve@example.org").exists()

    ask(client, f"?lab={lab.slug}")
    assert "Your address is forgotten" in act(do="forget")
    assert not Reader.objects.filter(email=ADA).exists()
    assert not Letter.objects.filter(to=ADA).exists()
    assert client.get(link).status_code == 404


def test_what_nobody_confirms_is_forgotten_after_a_month(client, post):
    kept = follows("eve@example.org")
    ask(client)
    work()
    later(days=29)
    tidy()
    assert Reader.objects.count() == 2
    later(days=2)
    Token.objects.update(expires_at=timezone.now() - timedelta(days=1))
    tidy()
    assert Reader.objects.get() == kept.reader
    assert not Asked.objects.exists()
    assert not Token.objects.exists()
