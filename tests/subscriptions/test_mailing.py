"""What a mail says, to whom it is sent, and when."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import make_assessment, make_commitment, make_lab, make_outcome
from tests.mailserver import part
from tests.subscriptions.following import ADA, follows, link_in, publish, sooner, subject, work
from tracker.changes.kinds import Kind
from tracker.changes.log import head_sequence
from tracker.changes.models import Change
from tracker.letters.tokens import about_of
from tracker.subscriptions import digest, routing
from tracker.subscriptions.mailing import send_mails
from tracker.subscriptions.models import Attempt, Subscription
from tracker.subscriptions.opting import MANAGE, STOP
from tracker.subscriptions.routing import route

pytestmark = pytest.mark.django_db


# --- What a mail says ---


@pytest.mark.parametrize(
    "title",
    [
        "Publish the whole audit of all that was promised before the end of the year",
        "Prüfbericht über alles, was bis zum Ende des Jahres versprochen worden war",
        "AnAnnouncementInOneWordThatIsLongerThanALineOfAMailMayBeAndHasNoPlaceToBreakIt",
        "発表された監査報告書の全文を年末までに公開することを約束するという内容の長い題名",
    ],
)
def test_no_header_begins_with_an_empty_line_and_each_is_read_as_it_was_meant(post, title):
    follows()
    publish(1, after={"name": title})
    work()
    raw = post.raw[-1].replace("\r\n", "\n").partition("\n\n")[0]
    assert "List-Unsubscribe: <http" in raw
    assert not [line for line in raw.split("\n") if line.rstrip().endswith(":")]
    assert all(line.strip() for line in raw.split("\n"))
    assert max(map(len, raw.split("\n"))) <= 998
    assert title in subject(post.taken[-1])


def test_a_new_judgement_is_told_old_to_new_with_all_that_belongs_to_it(post):
    commitment = make_commitment(title="Publish the audit", criteria=2)
    refusal = make_outcome(bears_on=commitment, direction="undermines")
    make_assessment(commitment=commitment, values=["not_met", "pending"], evidence=(refusal,))
    follows(commitment=commitment.slug)
    make_assessment(
        commitment=commitment,
        values=["met", "met"],
        effective_on=datetime(2024, 5, 6, tzinfo=UTC).date(),
        contest_verdict="unresolved",
        contest_held_by="A fair reader",
        contest_source=commitment.reported_by,
        contest_reading="It may yet come.",
    )
    work()
    (mail,) = post.taken
    assert subject(mail) == ("Publish the audit: reported broken so far → reported kept, contested")
    for kind in ("plain", "html"):
        said = " ".join(part(mail, kind).split())
        assert "reported broken so far (low confidence) →" in said
        assert "reported kept (low confidence, contested)" in said
        assert f"http://127.0.0.1:8000/changes/{head_sequence()}/" in said
        assert "You get this because you follow changes about the commitment" in said
    assert mail["To"] == ADA
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Precedence"] is None
    assert mail["List-Id"] == "<changes.127.0.0.1>"
    stop = f"http://127.0.0.1:8000{link_in(mail, 'stop')}"
    assert mail["List-Unsubscribe"].strip() == f"<{stop}>"
    assert f"<{stop}>" in post.raw[0], "written as it is, which mail programs rely on"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_several_changes_are_one_mail_oldest_first(post):
    lab = make_lab(name="Example Lab")
    follows(lab=lab.slug)
    for title in ("First", "Second", "Third"):
        make_commitment(lab=lab, title=title)
    work()
    (mail,) = post.taken
    assert subject(mail) == "3 changes: Example Lab"
    for kind in ("plain", "html"):
        said = part(mail, kind)
        assert said.index("First") < said.index("Second") < said.index("Third")


def test_readers_of_the_same_news_get_the_same_words_and_each_their_own_links(post):
    emails = ["ada@example.org", "eve@example.org", "daily@example.org"]
    lab = make_lab(name="Example Lab")
    rows = [follows(email, lab=lab.slug) for email in emails]
    make_commitment(lab=lab, title="Publish the audit")
    work()
    links = set[str]()
    for email, row in zip(emails, rows, strict=True):
        (mail,) = post.to(email)
        own = {link_in(mail, "stop"), link_in(mail, "manage")}
        assert about_of(STOP, link_in(mail, "stop").split("/")[-2]) == str(row.pk)
        assert about_of(MANAGE, link_in(mail, "manage").split("/")[-2]) == str(row.reader_id)
        assert mail["List-Unsubscribe"].strip().endswith(f"{link_in(mail, 'stop')}>")
        assert not links & own
        links |= own
    assert len({mail["Message-ID"] for mail in post.taken}) == 3


HOSTILE = (
    "A\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script> \x00\x1b \u202eevil\u2066 \ufffe"
)


@pytest.mark.parametrize(
    "title",
    [
        HOSTILE,
        "=?utf-8?q?Bcc=3A_eve?= @example.org, <eve@example.org>",
        "הבטחה 🙂 " * 40,
        "x" * 1_000_000,
    ],
    ids=["control", "encoded", "rtl", "long"],
)
def test_no_title_breaks_out_of_its_line(post, title):
    follows()
    publish(1, after={"name": title}, reason=title.replace("\x00", ""))
    work()
    (mail,) = post.taken
    assert mail["To"] == ADA
    assert mail["Bcc"] is None
    assert mail.get_all("Subject") is not None and len(mail.get_all("Subject")) == 1
    assert len(subject(mail)) <= 160
    said = subject(mail) + part(mail, "plain") + part(mail, "html")
    assert not set(said) & set("\x00\x1b\u202e\u2066\ufffe")
    assert "<script>" not in part(mail, "html")
    assert len(post.raw[0]) < 40_000


def test_a_redacted_entry_reads_as_such(post, monkeypatch):
    follows()
    publish(1, after={"name": "Secret"}, reason="Secret too.")
    change = Change.objects.latest("sequence")
    change.body = change.reason = None
    monkeypatch.setattr(digest, "changes_of", lambda sequences: [change])
    work()
    (mail,) = post.taken
    assert subject(mail).startswith("Lab published: example-0. What this entry said has been red")
    assert "Secret" not in post.raw[0]


def test_an_entry_that_cannot_be_worded_is_set_aside_and_the_others_told(post, caplog):
    own = follows()
    publish(1)
    publish(1, kind=Kind.ASSESSMENT_PUBLISHED, subject_type="assessment")
    publish(1)
    spoiled = head_sequence() - 1
    work()
    (mail,) = post.taken
    assert subject(mail) == "3 changes: On Record"
    said = " ".join(part(mail, "plain").split())
    assert said.count("Lab published: “Example Lab”.") == 2
    assert f"Entry no. {spoiled} of the log, which this mail could not put into words." in said
    attempt = Attempt.objects.get()
    assert (attempt.sequence, attempt.fate) == (spoiled, "set_aside")
    assert f"entry {spoiled} cannot be told" in caplog.text
    own.refresh_from_db()
    assert (own.cursor, own.due_at) == (head_sequence(), None)


# --- What is sent, and when ---


def test_floors_and_scopes_let_through_what_they_say_and_no_mail_is_empty(post):
    lab = make_lab(name="Example Lab")
    follows("major@example.org", floor="major", lab=lab.slug)
    follows("security@example.org", category="security")
    follows("all@example.org")
    make_commitment(lab=lab, title="Publish the audit", category="transparency")
    make_lab(name="Another Lab")
    work()
    assert [subject(mail) for mail in post.to("major@example.org")] == [
        "Commitment published: “Publish the audit”"
    ]
    assert post.to("security@example.org") == []
    told = part(post.to("all@example.org")[0], "plain")
    assert "Publish the audit" in told and "Another Lab" in told
    assert not Subscription.objects.filter(due_at__isnull=False).exists(), "cursors have moved on"
    assert (
        not Subscription.objects.exclude(cursor=head_sequence(), wake=head_sequence())
        .exclude(reader__email="major@example.org")
        .exists()
    )


def test_what_was_published_before_is_not_told(post):
    publish(3)
    follows()
    work()
    assert post.taken == []


@pytest.mark.parametrize(
    ("cadence", "now", "due"),
    [
        ("daily", "2026-11-22T05:59:59", "2026-11-22T06:00:00"),
        ("daily", "2026-11-22T06:00:00", "2026-11-23T06:00:00"),
        ("daily", "2026-12-31T23:59:59", "2027-01-01T06:00:00"),
        ("weekly", "2026-11-22T12:00:00", "2026-11-23T06:00:00"),  # a Sunday
        ("weekly", "2026-11-23T05:00:00", "2026-11-23T06:00:00"),  # a Monday
        ("weekly", "2026-11-23T07:00:00", "2026-11-30T06:00:00"),
        ("each", "2026-11-23T07:00:00", "2026-11-23T07:00:00"),
    ],
)
def test_when_a_digest_goes_out(cadence, now, due):
    at = routing.next_time(cadence, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert at == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_a_digest_waits_for_its_hour_and_holds_all_that_came(post):
    follows("daily@example.org", cadence="daily")
    follows("weekly@example.org", cadence="weekly")
    for _ in range(3):
        publish(1)
        work()
    assert post.taken == []
    sooner(days=1)
    work()
    assert [mail["To"] for mail in post.taken if mail["To"].startswith("daily")] == [
        "daily@example.org"
    ]
    sooner(days=7)
    work()
    assert sorted(mail["To"] for mail in post.taken) == ["daily@example.org", "weekly@example.org"]
    assert {subject(mail) for mail in post.taken} == {"3 changes: On Record"}


def test_a_long_digest_goes_on_in_the_next_mail_and_misses_nothing(post):
    follows(cadence="daily")
    publish(120)
    first = head_sequence() - 119
    route()
    sooner(days=1)
    work()
    assert [subject(mail) for mail in post.taken] == [
        f"{number} changes: On Record" for number in (50, 50, 20)
    ]
    assert "and more in the next mail" in post.text(0)
    assert "and more" not in post.text(2)
    told = "".join(post.text(number) for number in range(3))
    for sequence in range(first, first + 120):
        assert told.count(f"/changes/{sequence}/") == 1


def test_a_full_mail_promises_no_more_than_there_is(post):
    follows()
    publish(50)
    work()
    (mail,) = post.taken
    assert subject(mail) == "50 changes: On Record"
    assert "and more" not in part(mail, "plain")


def test_a_mail_costs_so_many_queries_however_much_it_tells(post):
    lab = make_lab()
    counts = []
    for number in (1, 40):
        publish(number, labs=[lab.slug])
        follows(f"reader-{number}@example.org", lab=lab.slug)
        publish(number, labs=[lab.slug])
        route()
        with CaptureQueriesContext(connection) as caught:
            assert send_mails() >= 1
        counts.append(len(caught) / 1)
        Subscription.objects.all().delete()
    assert counts[0] == counts[1]
    assert counts[0] <= 20, [query["sql"] for query in caught]
