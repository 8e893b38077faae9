"""The transitions of records by the route of a table."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from tests.admin.forms import signed_in
from tests.admin.record_transitions import in_review, judged, now, one_of_each, same_for_all
from tests.admin.tables import bring, confirm, exported, page, preview, sealed
from tests.admin.transitions import NOBODY, PUBLISHERS, WRITERS, only
from tests.builders import make_commitment, make_criterion, make_lab, make_user
from tracker.changes.models import Change
from tracker.commitments.models import Commitment
from tracker.curation.flat import TABULAR
from tracker.labs.models import Lab
from tracker.records.models import State

HEADINGS = ["slug", "version", "name", "kind"]
NEW = ["new-lab", "", "New Lab", "ai_lab"]
REASON = "It was misspelt."


def another(lab: Lab) -> list[str]:
    return [lab.slug, str(lab.version), "Another", "ai_lab"]


@only(WRITERS)
def import_drafts(client: Client, user: User) -> bool:
    bring(client, Lab, [HEADINGS, NEW])
    return Lab.objects.filter(slug="new-lab", state=State.DRAFT, version=1).exists()


@only(WRITERS)
def import_over_a_draft(client: Client, user: User) -> bool:
    lab = make_lab(draft=True)
    bring(client, Lab, [HEADINGS, another(lab)])
    return bool(now(lab).name == "Another")


@only(PUBLISHERS)
def import_over_what_is_published_with_a_reason(client: Client, user: User) -> bool:
    lab = make_lab()
    bring(client, Lab, [HEADINGS, another(lab)], REASON)
    changed = bool(now(lab).name == "Another")
    assert Change.objects.filter(kind="lab_corrected", reason=REASON).exists() == changed
    return changed


@only(NOBODY)
def import_over_what_is_published_without_a_reason(client: Client, user: User) -> bool:
    lab = make_lab()
    bring(client, Lab, [HEADINGS, another(lab)], " ")
    return bool(now(lab).name == "Another")


@only(NOBODY)
def import_a_good_row_beside_a_forbidden_one(client: Client, user: User) -> bool:
    bring(client, Lab, [HEADINGS, NEW, another(make_lab())])
    return Lab.objects.filter(slug="new-lab").exists()


@only(NOBODY)
def import_over_what_somebody_else_saved(client: Client, user: User) -> bool:
    lab = make_lab(draft=True)
    Lab.objects.filter(pk=lab.pk).update(version=2)
    bring(client, Lab, [HEADINGS, another(lab)])
    bring(client, Lab, [HEADINGS, [lab.slug, "", "Another", "ai_lab"]])
    bring(client, Lab, [["slug", "name"], [lab.slug, "Another"]])
    return bool(now(lab).name == "Another")


@only(NOBODY)
def import_a_state(client: Client, user: User) -> bool:
    draft, public = make_lab(draft=True), make_lab()
    for name, value in (("state", "published"), ("id", str(public.pk)), ("state", "retracted")):
        for row in ([*NEW, value], [*another(draft), value], [*another(public), value]):
            bring(client, Lab, [[*HEADINGS, name], row], REASON)
    states = {now(draft).state, now(public).state}
    return states != {"draft", "published"} or Lab.objects.count() != 2


@only(NOBODY)
def import_a_check_or_a_private_text(client: Client, user: User) -> bool:
    quotation, source = (each for each in one_of_each(draft=True)[2:4][::-1])
    for record, name in ((quotation, "check"), (source, "archived_text"), (source, "link_status")):
        table = [["slug", "version", name], [record.slug, "1", "verified"]]
        bring(client, type(record), table)
    after = now(source)
    return bool(now(quotation).check_status == "verified" or after.archived_text == "verified")


@only(NOBODY)
def import_into_what_is_judged(client: Client, user: User) -> bool:
    judgement = judged()
    commitment = judgement.commitment
    other = make_lab()
    table = [["slug", "version", "lab"], [commitment.slug, str(commitment.version), other.slug]]
    bring(client, Commitment, table, REASON)
    return bool(now(commitment).lab == other)


@only(NOBODY)
def import_into_what_is_retracted(client: Client, user: User) -> bool:
    lab = make_lab()
    Lab.objects.filter(pk=lab.pk).update(state=State.RETRACTED)
    bring(client, Lab, [HEADINGS, another(lab)], REASON)
    return bool(now(lab).name == "Another")


@only(NOBODY)
def import_assessments(client: Client, user: User) -> bool:
    waiting = in_review(user)
    url = page(Lab, "import").replace("lab", "assessment")
    table = f"slug,version,reviewer,state\n{waiting.slug},1,{user.pk},published\n"
    for name in ("import/", "process_import/"):
        client.post(url.replace("import/", name), {"import_file": table, "sealed": table})
    return bool(now(waiting).reviewer or now(waiting).state != State.IN_REVIEW)


@only(NOBODY)
def import_criteria(client: Client, user: User) -> bool:
    commitment = make_commitment(draft=True)
    make_criterion(commitment=commitment, position=2)
    before = list(commitment.criteria.values())
    for name in ("criteria", "criteria.question", "undefined"):
        table = [["slug", "version", name], [commitment.slug, "1", "Did it?"]]
        bring(client, Commitment, table)
    return list(commitment.criteria.values()) != before


@only(NOBODY)
def answer_anothers_preview(client: Client, user: User) -> bool:
    note = sealed(preview(signed_in(make_user("Reviewers")), Lab, [HEADINGS, NEW]))
    assert note
    answer: Any = confirm(client, Lab, note)
    assert answer.status_code < 500
    return Lab.objects.filter(slug="new-lab").exists()


@only(WRITERS)
def export_the_lists(client: Client, user: User) -> bool:
    one_of_each(draft=True)
    return same_for_all(
        [
            client.post(page(model, "export"), {"format": "0"}).status_code == 200
            for model in TABULAR
        ]
    )


@only(WRITERS)
def bring_an_export_back(client: Client, user: User) -> bool:
    make_lab(draft=True)
    table = exported(signed_in(make_user("Curators")), Lab)
    return bool(sealed(preview(client, Lab, table)))
