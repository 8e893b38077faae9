"""Redaction: the words go, everywhere; the chain stays whole, and says what went and why."""

import json
from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.builders import (
    make_commitment,
    make_lab,
    make_pledge,
    make_quotation,
    make_user,
)
from tests.curation.redactions import (
    SECRET,
    STEWARD,
    WHY,
    chain_holds,
    correct,
    newest,
    one_of_each,
    take_back,
)
from tests.threads import at_once
from tracker.changes.kinds import Kind
from tracker.changes.log import Entry, append
from tracker.changes.models import Change, ChangeTopic
from tracker.changes.verifying import verify
from tracker.changes.wording import sentence
from tracker.curation.editing import Actor, Refused, Stale
from tracker.curation.redacting import MOST, label_of, redact, refusals
from tracker.curation.roles import PUBLISH
from tracker.curation.searching import entries_holding
from tracker.curation.writing import Batch, Item, put_all
from tracker.records.models import Record
from tracker.records.plain import Plain

pytestmark = pytest.mark.django_db


def problems(*sequences: int, text: str = "", reason: str = WHY, by: Actor = STEWARD) -> str:
    """What refuses it; nothing has changed then."""
    before = list(Change.objects.values())
    with pytest.raises(Refused) as refused:
        redact(sequences, by=by, reason=reason, text=text)
    assert list(Change.objects.values()) == before
    return str(refused.value)


# --- The log -------------------------------------------------------------------------------------


def test_the_words_go_and_all_else_stays_and_one_entry_says_so():
    lab = make_lab(slug="example-lab", summary=SECRET)
    old = newest()
    correct(lab, summary="")
    correction = newest()
    correct(lab, website="https://lab.example/")
    redaction = redact([correction.pk, old.pk], by=STEWARD, reason=WHY)
    assert redaction == newest()
    assert redaction.sequence == 4
    for before in (old, correction):
        after = Change.objects.get(pk=before.pk)
        assert (after.body, after.reason) == (None, None)
        for name in ("header", "body_sha256", "previous_hash", "hash", "at", "actor", "labs"):
            assert getattr(after, name) == getattr(before, name)
    body = json.loads(redaction.body or "")
    assert (body["before"], body["after"]) == (None, {"redacted": [1, 2]})
    assert (redaction.kind, redaction.actor, redaction.reason) == ("redaction", STEWARD.name, WHY)
    assert (redaction.subject_type, redaction.subject_slug) == ("lab", "example-lab")
    assert chain_holds()
    assert not [each for each in Change.objects.exclude(body=None) if SECRET in (each.body or "")]


def test_it_is_filed_under_all_that_the_entries_were_filed_under():
    pledge = make_pledge()
    commitment = make_commitment(pledge=pledge, category="security")
    entry, lab = newest(), make_lab()
    other = newest()
    for each in (commitment, lab):
        take_back(each)
    redaction = redact([entry.pk, other.pk], by=STEWARD, reason=WHY)
    assert (redaction.subject_type, redaction.subject_slug) == ("log", "log")
    assert redaction.labs == sorted([commitment.lab.slug, lab.slug])
    assert redaction.commitments == [commitment.slug]
    assert (redaction.pledge, redaction.category) == (pledge.slug, "security")
    topics = ChangeTopic.objects.filter(sequence=redaction.pk).values_list("topic", flat=True)
    assert {f"lab:{lab.slug}", f"commitment:{commitment.slug}", f"pledge:{pledge.slug}"} <= {
        *topics
    }


def test_where_pledges_differ_none_is_named():
    sequences = []
    for _ in range(2):
        commitment = make_commitment(pledge=make_pledge())
        sequences.append(newest().pk)
        take_back(commitment)
    assert redact(sequences, by=STEWARD, reason=WHY).pledge == ""


def test_every_entry_is_worded_before_and_after():
    commitment = make_commitment(slug="example")
    numbers = [newest().pk]
    numbers.append(take_back(commitment).pk)
    redaction = redact(numbers, by=STEWARD, reason=WHY)
    first, second = numbers
    assert sentence(redaction) == (
        f"Entries {first} and {second} of the log, about the commitment example, are redacted: "
        f"what they said is unreadable. Reason: {WHY}"
    )
    for number in numbers:
        assert "redacted" in sentence(Change.objects.get(pk=number))


def test_a_long_redaction_names_the_first_entries():
    with transaction.atomic():
        (change,) = append(
            [
                Entry(
                    Kind.REDACTION, "log", "log", "Eve",
                    after={"redacted": list(range(1, 31))}, reason=WHY,
                )
            ]
        )  # fmt: skip
    assert sentence(change).startswith("Entries 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 20 more of the")


# --- What is refused -----------------------------------------------------------------------------


@pytest.fixture
def retracted() -> Iterator[tuple[Record, int]]:
    lab = make_lab(summary=SECRET)
    number = newest().pk
    take_back(lab)
    yield lab, number


def test_only_who_has_the_right_redacts(retracted):
    _, number = retracted
    reviewer = Actor("Rita Reviewer", rights=frozenset({PUBLISH}))
    assert "takes the Steward right" in problems(number, by=reviewer)
    assert "may not redact" in problems(number, by=Actor.of(make_user("Reviewers")))
    redact([number], by=Actor.of(make_user("Stewards")), reason=WHY)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reason_is_asked_for(retracted, reason):
    assert "Say in public why" in problems(retracted[1], reason=reason)


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("It said: call ada  EXAMPLE on 555 0100!", "Ada Example"),
        (f"It said “{SECRET}”.", ""),
        ("It gave ada@lab.example as her address.", ""),
    ],
)
def test_a_reason_that_repeats_what_goes_is_refused(reason, text):
    lab = make_lab(summary=f"{SECRET}, or write to ada@lab.example.")
    number = newest().pk
    take_back(lab)
    assert "stays for ever" in problems(number, reason=reason, text=text)
    redact([number], by=STEWARD, reason="It gave a way to reach a private person.", text=text)


def test_what_cannot_be_redacted_is_named(retracted):
    _, number = retracted
    assert "Entry 999 is not in the log." in problems(number, 999)
    redaction = redact([number], by=STEWARD, reason=WHY)
    assert f"Entry {number} is redacted already." in problems(number)
    assert "stays readable" in problems(redaction.pk)
    with transaction.atomic():
        (epoch,) = append([Entry(Kind.EPOCH, "log", "log", "Eve", after={"title": "New"})])
    assert "begins a new epoch" in problems(epoch.pk)
    assert "at most" in problems()
    assert "at most" in problems(*range(1, MOST + 2))


def test_what_readers_see_now_is_corrected_or_retracted_first():
    lab = make_lab(name="Example Lab", slug="example", summary="One.")
    first = newest().pk
    assert problems(first) == (
        f"Entry {first}: it is what readers see of the lab example (“Example Lab”) now. "
        "Correct or retract it first."
    )
    second = correct(lab, summary="Two.").pk
    assert f"Entry {second}" in problems(first, second)
    redact([first], by=STEWARD, reason=WHY)
    take_back(lab)
    redact([second], by=STEWARD, reason=WHY)
    assert chain_holds()


def test_a_redaction_or_a_reminder_does_not_count_as_what_readers_see():
    lab = make_lab()
    first = newest().pk
    second = correct(lab, summary="Two.").pk
    redact([first], by=STEWARD, reason=WHY)
    with transaction.atomic():
        append([Entry(Kind.DEADLINE_PASSED, "lab", lab.slug, "a clock", after={"title": "One"})])
    assert f"Entry {second}" in problems(second)


def test_with_the_words_given_it_is_known_who_still_shows_them():
    lab = make_lab(summary=SECRET)
    first = newest().pk
    second = correct(lab, website="https://lab.example/").pk
    assert "the words are what readers see" in problems(first, text="555 0100")
    third = correct(lab, summary="").pk
    # the correction itself quotes them, as what stood there before
    assert "it is what readers see" in problems(third)
    assert "it is what readers see" in problems(third, text="nowhere in it")
    redact([first, second, third], by=STEWARD, reason=WHY, text="555 0100")
    assert entries_holding("555 0100").changes == []


def test_a_record_retracted_since_the_steward_looked_is_shown_first(retracted):
    lab, number = retracted
    with pytest.raises(Stale, match="look again"):
        redact([number], by=STEWARD, reason=WHY, emptying=[])
    redact([number], by=STEWARD, reason=WHY, emptying=[label_of(lab)])


# --- Those who read the log ----------------------------------------------------------------------


def test_what_a_redaction_leaves_behind_is_read_everywhere(client):
    lab = make_lab(summary=SECRET)
    number = newest().pk
    correct(lab, summary="An example.", name="Another Lab")
    numbers = [number, newest().pk]
    correct(lab, website="https://lab.example/")
    redaction = redact(numbers, by=STEWARD, reason=WHY)
    for each in numbers:
        page = client.get(f"/changes/{each}/").content.decode()
        assert f'href="/changes/{redaction.pk}/"' in page
        assert WHY in page
    page = client.get(f"/changes/{redaction.pk}/").content.decode()
    assert f'<a href="/changes/{number}/">Entry no. {number}</a>' in page
    listed = f"/changes/?lab={lab.slug}"
    for url in ("/changes/", listed, lab.get_absolute_url(), "/", f"/changes/{number}/"):
        answer = client.get(url)
        assert answer.status_code == 200
        assert SECRET not in answer.content.decode()
    assert f"No. {redaction.pk}" in client.get(listed).content.decode()


def test_everything_that_tells_the_log_tells_a_redacted_one_of_every_noun(client):
    for record in one_of_each():
        own = Change.objects.filter(subject_type=record.noun(), subject_slug=record.slug)
        numbers = [own.latest("sequence").pk]
        numbers.append(take_back(record).pk)
        redact(numbers[:1], by=STEWARD, reason=WHY)
        redact(numbers[1:], by=STEWARD, reason=WHY)
    first = make_quotation(note=SECRET)
    number = newest().pk
    correct(first, note="")
    redact([number], by=STEWARD, reason=WHY)
    for change in Change.objects.all():
        assert sentence(change)
        assert client.get(change.get_absolute_url()).status_code == 200
    for url in ("/changes/", *(f"/feeds/changes.{each}" for each in ("atom", "rss", "json"))):
        assert client.get(url).status_code == 200


def test_the_page_of_an_entry_finds_its_own_redaction_among_several(client):
    labs = [make_lab(), make_lab()]
    first, second = Change.objects.order_by("sequence").values_list("pk", flat=True)
    for lab in labs:
        take_back(lab)
    redact([first], by=STEWARD, reason="One reason.")
    both = take_back(make_lab()).pk
    redact([second, both], by=STEWARD, reason="Another reason.")
    for number, reason in ((first, "One reason."), (second, "Another reason."), (both, "Another")):
        assert reason in client.get(f"/changes/{number}/").content.decode()


def test_a_seeded_record_is_still_the_seeds_own_after_a_redaction():
    """Neither a reminder nor a redaction counts as somebody's work on the record."""
    batch = Batch(Actor("seed files", rights=frozenset({PUBLISH})), "seeds", "Seeded.")
    plain: Plain = {
        "slug": "seeded", "name": "Seeded Lab", "kind": "ai_lab", "website": "",
        "summary": SECRET, "tags": [],
    }  # fmt: skip

    def seed() -> Item:
        item = Item(dict(plain))
        with transaction.atomic():
            put_all(type(make_lab(draft=True)), [item], batch)
            batch.close()
            batch.entries.clear()
        return item

    assert seed().outcome == "new"
    first = newest().pk
    plain["summary"] = ""
    assert seed().outcome == "corrected"
    redact([first], by=STEWARD, reason=WHY)
    plain["summary"] = "An example."
    item = seed()
    assert (item.outcome, item.problems) == ("corrected", [])


# --- Together ------------------------------------------------------------------------------------


def test_many_entries_take_one_update_and_few_queries(django_assert_max_num_queries):
    lab = make_lab()
    numbers = [correct(lab, summary=f"Version {turn}.").pk for turn in range(12)][:-1]
    with django_assert_max_num_queries(25) as seen:
        redact(numbers, by=STEWARD, reason=WHY)
    updates = [
        each["sql"] for each in seen.captured_queries if 'UPDATE "tracker_change" ' in each["sql"]
    ]
    assert len(updates) == 1
    assert refusals(list(Change.objects.filter(pk__in=numbers)))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_redact_the_same_entry_at_once_one_does():
    lab = make_lab(summary=SECRET)
    number = newest().pk
    take_back(lab)
    done: list[Change] = []
    refused = at_once(*4 * [lambda: done.append(redact([number], by=STEWARD, reason=WHY))])
    assert len(done) == 1
    assert [str(each) for each in refused] == [f"Entry {number} is redacted already."] * 3
    assert Change.objects.filter(kind=Kind.REDACTION).count() == 1
    assert chain_holds()
    verified = verify()
    assert (verified.problems, verified.redacted) == ([], 1)
