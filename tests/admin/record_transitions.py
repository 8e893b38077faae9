"""The transitions of records."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from tests.admin.forms import add_address, address, list_address
from tests.admin.transitions import ACCOUNTS, NOBODY, PUBLISHERS, WRITERS, only, post
from tests.builders import (
    make_assessment,
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_reply,
    make_source,
    make_user,
)
from tracker.assessments.models import Assessment
from tracker.changes.models import Change
from tracker.commitments.models import Criterion
from tracker.curation import editing
from tracker.curation.editing import Actor
from tracker.curation.judging import submit
from tracker.curation.redacting import redact
from tracker.labs.models import Lab
from tracker.records.models import Record, State

REDACTING = "/admin/tracker/change/redact/"

# --- What they are tried on ----------------------------------------------------------------------


def one_of_each(*, draft: bool) -> list[Any]:
    """Every noun but the assessment, which has ways of its own."""
    made: list[Any] = [
        maker(draft=draft)
        for maker in (make_lab, make_person, make_source, make_quotation, make_pledge)
    ]
    made += [make_commitment(draft=draft), make_indicator(draft=draft)]
    made.append(make_discrepancy(draft=draft, commitments=(make_commitment(),)))
    made.append(make_outcome(draft=draft, bears_on=make_commitment(), sources=(make_source(),)))
    made.append(make_reply(draft=draft, commitment=make_commitment()))
    return made


def same_for_all(outcomes: list[bool]) -> bool:
    """What holds for every noun alike."""
    assert len(set(outcomes)) == 1, outcomes
    return outcomes[0]


def now(record: Any) -> Any:
    return type(record)._default_manager.filter(pk=record.pk).first()


def judged(**fields: Any) -> Assessment:
    return make_assessment(commitment=make_commitment(), values=["met"], **fields)


def in_review(author: Any = None) -> Assessment:
    return submit(judged(draft=True), by=Actor.of(author or make_user("Curators")))


def take(client: Client, record: Record, step: str, **typed: Any) -> str:
    """Post a step by its address; the state afterwards."""
    post(client, address(record, step), seen_version=record.version, **typed)
    return str(now(record).state)


# --- Drafts --------------------------------------------------------------------------------------


def add(client: Client, **forged: Any) -> None:
    typed = {"slug": "new-lab", "name": "New Lab", "kind": "ai_lab"}
    post(client, add_address(Lab), **typed | forged)


@only(WRITERS)
def add_a_draft(client: Client, user: User) -> bool:
    add(client)
    return Lab.objects.filter(slug="new-lab", state=State.DRAFT, version=1).exists()


@only(NOBODY)
def add_something_published_by_forged_fields(client: Client, user: User) -> bool:
    add(client, state="published", version="9")
    return Lab.objects.exclude(state=State.DRAFT).exists() or Lab.objects.filter(version=9).exists()


@only(WRITERS)
def change_a_draft(client: Client, user: User) -> bool:
    lab = make_lab(draft=True)
    post(client, address(lab), name="Another")
    return bool(now(lab).name == "Another")


@only(NOBODY)
def publish_a_draft_by_forged_fields(client: Client, user: User) -> bool:
    lab = make_lab(draft=True)
    post(client, address(lab), name="Another", state="published", version="9")
    return bool(now(lab).state != State.DRAFT or now(lab).version == 9)


@only(WRITERS)
def change_a_part_in_its_draft(client: Client, user: User) -> bool:
    commitment = make_commitment(draft=True)
    post(client, address(commitment), criteria__0__question="Did it?")
    return bool(commitment.criteria.get().question == "Did it?")


@only(NOBODY)
def change_a_part_of_another_record(client: Client, user: User) -> bool:
    other = make_commitment().criteria.get()
    mine = make_commitment(draft=True)
    post(client, address(mine), criteria__0__id=other.pk, criteria__0__question="Did it?")
    return bool(now(other).question == "Did it?")


@only(NOBODY)
def change_a_part_apart_from_its_record(client: Client, user: User) -> bool:
    criterion = make_commitment(draft=True).criteria.get()
    post(client, address(criterion), question="Did it?")
    post(client, address(criterion, "delete"), post="yes")
    return now(criterion) is None or now(criterion).question == "Did it?"


@only(WRITERS)
def delete_a_draft(client: Client, user: User) -> bool:
    drafts = one_of_each(draft=True)
    for draft in drafts:
        post(client, address(draft, "delete"), post="yes", seen_version=draft.version)
    return same_for_all([now(draft) is None for draft in drafts])


@only(NOBODY)
def delete_by_the_list(client: Client, user: User) -> bool:
    records = [make_lab(draft=True), make_lab()]
    chosen = [str(each.pk) for each in records]
    for action in ("delete_selected", "delete"):
        typed = {"action": action, "_selected_action": chosen, "post": "yes"}
        post(client, list_address(Lab), **typed)
    return not all(now(each) for each in records)


# --- What is public ------------------------------------------------------------------------------


@only(PUBLISHERS)
def publish(client: Client, user: User) -> bool:
    drafts = one_of_each(draft=True)
    return same_for_all([take(client, each, "publish") == State.PUBLISHED for each in drafts])


@only(PUBLISHERS)
def change_what_is_published_with_a_reason(client: Client, user: User) -> bool:
    lab = make_lab()
    post(client, address(lab), name="Another", reason="It was misspelt.")
    return bool(now(lab).name == "Another")


@only(NOBODY)
def change_what_is_published_without_a_reason(client: Client, user: User) -> bool:
    lab = make_lab()
    post(client, address(lab), name="Another", reason=" ")
    return bool(now(lab).name == "Another")


@only(PUBLISHERS)
def change_a_part_of_what_is_published_with_a_reason(client: Client, user: User) -> bool:
    commitment = make_commitment()
    post(client, address(commitment), criteria__0__question="Did it?", reason="Misread.")
    return bool(commitment.criteria.get().question == "Did it?")


@only(NOBODY)
def change_a_part_of_what_is_published_without_a_reason(client: Client, user: User) -> bool:
    commitment = make_commitment()
    post(client, address(commitment), criteria__0__question="Did it?")
    post(client, address(commitment), criteria__0__DELETE="on")
    criterion = Criterion.objects.filter(commitment=commitment).first()
    return criterion is None or criterion.question == "Did it?"


@only(NOBODY)
def save_over_what_somebody_else_saved(client: Client, user: User) -> bool:
    lab = make_lab(draft=True)
    Lab.objects.filter(pk=lab.pk).update(version=lab.version + 1)
    post(client, address(lab), name="Another", seen_version=lab.version)
    return bool(now(lab).name == "Another")


@only(PUBLISHERS)
def retract(client: Client, user: User) -> bool:
    records = one_of_each(draft=False)
    typed = {"reason": "It was another."}
    states = [take(client, each, "retract", **typed) for each in records]
    return same_for_all([state == State.RETRACTED for state in states])


@only(NOBODY)
def retract_without_a_reason(client: Client, user: User) -> bool:
    return take(client, make_lab(), "retract", reason=" ") == State.RETRACTED


@only(NOBODY)
def change_or_bring_back_what_is_retracted(client: Client, user: User) -> bool:
    lab = make_lab()
    Lab.objects.filter(pk=lab.pk).update(state=State.RETRACTED)
    post(client, address(lab), name="Another", reason="Back.", seen_version=lab.version)
    return take(client, lab, "publish") != State.RETRACTED or now(lab).name == "Another"


@only(NOBODY)
def delete_what_was_ever_public(client: Client, user: User) -> bool:
    records = [*one_of_each(draft=False), judged(), in_review()]
    for each in records:
        post(client, address(each, "delete"), post="yes")
    return not all(now(each) for each in records)


@only(NOBODY)
def touch_the_log(client: Client, user: User) -> bool:
    lab = make_lab()
    change = Change.objects.get()
    before = Change.objects.values().get()
    post(client, address(change), reason="Mine.", body="{}")
    post(client, address(change, "delete"), post="yes")
    post(client, add_address(Change), kind="lab_published", subject=lab.slug)
    return Change.objects.count() != 1 or Change.objects.values().get() != before


@only(ACCOUNTS)
def redact_an_entry_of_the_log(client: Client, user: User) -> bool:
    lab = make_lab()
    Lab.objects.filter(pk=lab.pk).update(state=State.RETRACTED)
    number = Change.objects.get().pk
    forged = {"ticked": number, "numbers": number, "text": "", "emptying": f"lab {lab.slug}"}
    client.post(REDACTING, forged | {"reason": "It named a private person.", "_redact": "yes"})
    return Change.objects.get(pk=number).body is None


@only(NOBODY)
def redact_what_readers_see_or_a_redaction(client: Client, user: User) -> bool:
    make_lab()
    steward = Actor.of(make_user("Stewards"))
    lab = make_lab()
    editing.retract(lab, by=steward, reason="It was another.")
    redaction = redact([2], by=steward, reason="It named a private person.")
    for number in (1, redaction.pk):
        typed = {"ticked": number, "reason": "It named a private person.", "_redact": "yes"}
        client.post(REDACTING, typed)
    return Change.objects.filter(pk__in=(1, redaction.pk), body=None).exists()


@only(NOBODY)
def redact_without_a_reason(client: Client, user: User) -> bool:
    lab = make_lab()
    Lab.objects.filter(pk=lab.pk).update(state=State.RETRACTED)
    typed = {"ticked": 1, "emptying": f"lab {lab.slug}", "reason": " ", "_redact": "yes"}
    client.post(REDACTING, typed)
    return Change.objects.filter(body=None).exists()


@only(ACCOUNTS)
def search_the_log_for_private_words(client: Client, user: User) -> bool:
    make_lab(summary="Call Ada Example.")
    return client.post(REDACTING, {"text": "call ada", "_search": "yes"}).status_code == 200


# --- Assessments ---------------------------------------------------------------------------------


@only(WRITERS)
def submit_an_assessment(client: Client, user: User) -> bool:
    assessment = judged(draft=True)
    state = take(client, assessment, "submit", author=make_user().pk)
    return state == State.IN_REVIEW and now(assessment).author == user


@only(NOBODY)
def sign_as_another_by_forged_fields(client: Client, user: User) -> bool:
    assessment, other = judged(draft=True), make_user("Reviewers")
    forged = {"author": other.pk, "reviewer": user.pk, "origin": "imported", "batch": "mine"}
    forged |= {"state": "published", "verdict": "broken", "content_hash": "0" * 64}
    post(client, address(assessment), rationale="Another.", **forged)
    after = now(assessment)
    return bool(
        after.author or after.reviewer or after.batch or after.origin != "curated"
        or after.state != State.DRAFT or after.verdict == "broken" or after.content_hash
    )  # fmt: skip


@only(PUBLISHERS)
def approve_anothers(client: Client, user: User) -> bool:
    assessment = in_review()
    state = take(client, assessment, "approve")
    return state == State.PUBLISHED and now(assessment).reviewer == user


@only(NOBODY)
def approve_ones_own(client: Client, user: User) -> bool:
    other = make_user("Reviewers")
    forged = {"author": other.pk, "reviewer": other.pk, "by": other.pk}
    return take(client, in_review(user), "approve", **forged) != State.IN_REVIEW


@only(NOBODY)
def publish_an_assessment_alone(client: Client, user: User) -> bool:
    draft, waiting = judged(draft=True), in_review(user)
    for each in (draft, waiting):
        url = address(each).removesuffix("change/")
        client.post(f"{url}publish/", {"seen_version": each.version})
        client.post(f"{url}approve/", {"seen_version": each.version})
    return State.PUBLISHED in (now(draft).state, now(waiting).state)


@only(PUBLISHERS)
def send_back_anothers(client: Client, user: User) -> bool:
    return take(client, in_review(), "send-back") == State.DRAFT


@only(WRITERS)
def send_back_ones_own(client: Client, user: User) -> bool:
    return take(client, in_review(user), "send-back") == State.DRAFT


@only(NOBODY)
def change_what_is_submitted_or_published(client: Client, user: User) -> bool:
    done = [in_review(), in_review(user), judged()]
    for each in done:
        typed = {"rationale": "Another.", "findings-0-value": "not_met", "reason": "Misread."}
        post(client, address(each), seen_version=each.version, **typed)
    values = {each.findings.get().value for each in done}
    return values != {"met"} or any(now(each).rationale == "Another." for each in done)


# --- Looking -------------------------------------------------------------------------------------


@only(WRITERS)
def look_at_the_list_the_form_and_the_history(client: Client, user: User) -> bool:
    lab = make_lab(draft=True)
    urls = (list_address(Lab), address(lab), address(lab, "history"), add_address(Lab))
    return same_for_all([client.get(url).status_code == 200 for url in urls])


@only(WRITERS)
def complete_a_reference_while_typing(client: Client, user: User) -> bool:
    asked = {"app_label": "tracker", "model_name": "commitment", "field_name": "lab", "term": ""}
    return client.get("/admin/autocomplete/", asked).status_code == 200


@only(NOBODY)
def filter_by_what_is_private(client: Client, user: User) -> bool:
    source = make_source(archived_text="secret")
    url = list_address(type(source))
    return client.get(url, {"archived_text__startswith": "s"}).status_code == 200
