"""A study's table in the admin: asked for, looked at, and made as drafts."""

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils.html import strip_tags

from tests.admin.forms import address, list_address, messages, signed_in
from tests.builders import make_lab, make_pledge, make_source, make_user
from tests.interchange.test_scorecards import CELLS, STUDY, TOTALS, counts, made_up
from tracker.admin import scorecards
from tracker.assessments.models import Assessment
from tracker.changes.models import Change
from tracker.commitments.models import Commitment, Criterion, Pledge
from tracker.curation.roles import NOUNS
from tracker.evidence.models import Outcome
from tracker.labs.models import Lab
from tracker.records.dates import today
from tracker.records.plain import to_plain
from tracker.sources.models import Source

pytestmark = pytest.mark.django_db

PAGE = "/admin/tracker/pledge/import-scorecard/"
TYPED = {
    "title": "Example Study",
    "pledge": "example-study",
    "as_of": "2024-02-29",
    "basis": "measured",
    "create_labs": "on",
}
SMALL = (
    "clause\tcriterion\tExample Lab\nSecurity\tAre weights encrypted?\t1\n\tIs there a bounty?\t"
)


@pytest.fixture
def curator() -> Client:
    return signed_in(make_user("Curators", name="cora"))


def post(client: Client, press: str = "", **typed: Any) -> Any:
    """Fill the form in and press a button; None takes a field away."""
    data = {name: value for name, value in (TYPED | typed).items() if value is not None}
    return client.post(PAGE, data | ({press: "1"} if press else {}))


def file(text: str | bytes, name: str = "study.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())


def shown(response: Any) -> dict[str, Any]:
    """What the page would post if nobody touched it."""
    form = response.context["form"]
    return {each.name: each.value() for each in form if each.name != "file" and each.value()}


def handed_on(client: Client, preview: Any, press: str = "_import") -> Any:
    return client.post(PAGE, shown(preview) | {press: "1"})


def refused(response: Any) -> dict[str, str]:
    """The form again, with nothing made; its errors by field."""
    assert response.status_code == 200
    assert not Pledge.objects.filter(slug="example-study").exists()
    assert "Nothing was made" in response.content.decode()
    return {name: " ".join(said) for name, said in response.context["form"].errors.items()}


def all_plain() -> list[Any]:
    return [to_plain(each) for noun in NOUNS for each in noun._default_manager.order_by("slug")]


# --- who -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Curators", "Reviewers", "Stewards"])
def test_it_is_offered_above_the_pledges(role):
    client = signed_in(make_user(role))
    assert PAGE in client.get(list_address(Pledge)).content.decode()
    assert client.get(PAGE).status_code == 200


@pytest.mark.parametrize("missing", ["pledge", "commitment", "outcome", "assessment"])
def test_it_takes_the_right_to_all_that_it_makes(missing):
    user = make_user()
    nouns = {"pledge", "commitment", "outcome", "assessment", "lab", "source"} - {missing}
    codenames = ["view_pledge", *(f"add_{noun}" for noun in nouns)]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = signed_in(user)
    assert PAGE not in client.get(list_address(Pledge)).content.decode()
    assert client.get(PAGE).status_code == 403
    assert post(client, "_import", sheet=SMALL).status_code == 403
    assert not Pledge.objects.exists()


def test_who_may_not_add_labs_or_sources_uses_those_on_record():
    user = make_user()
    nouns = ("pledge", "commitment", "outcome", "assessment")
    codenames = ["view_source", "view_pledge", *(f"add_{noun}" for noun in nouns)]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = signed_in(user)
    assert "create_labs" not in client.get(PAGE).content.decode()
    assert set(refused(post(client, "_import", sheet=SMALL))) == {"source"}
    source = make_source()
    said = refused(post(client, "_import", sheet=SMALL, source=source.pk))
    assert "there is no lab 'Example Lab'" in said["sheet"]
    make_lab(name="Example Lab")
    assert post(client, "_import", sheet=SMALL, source=source.pk).status_code == 302
    assert Pledge.objects.get().source == source


def test_strangers_are_sent_to_sign_in(client):
    assert post(client, "_import", sheet=SMALL).url.startswith("/admin/login/")
    assert not Pledge.objects.exists()


# --- looking, then making ------------------------------------------------------------------------


def test_the_preview_shows_what_readers_would_see_and_writes_nothing(curator):
    make_lab(slug="example-two", name="Example Lab Two")
    before = counts()
    page = post(curator, sheet=STUDY)
    assert counts() == before
    looked = page.context["looked"]
    assert looked.labs == [("Example Lab One", True), ("Example Lab Two", False)]
    assert {each.name: [share.percent for share in each.shares] for each in looked.clauses} == CELLS
    assert [each.percent for each in looked.totals] == TOTALS
    text = strip_tags(page.content.decode())
    for words in ("1 lab", "1 source", "8 commitments", "2 outcomes", "8 assessments", "23–31 %"):
        assert words in text
    assert "Example Lab One (new)" in text and "never that something was kept or broken" in text


@pytest.mark.parametrize("uploaded", [True, False])
@pytest.mark.parametrize("promised", [True, False])
def test_it_makes_the_very_drafts_that_the_command_makes(curator, tmp_path, uploaded, promised):
    make_lab(slug="example-two", name="Example Lab Two")
    path = tmp_path / "study.csv"
    path.write_text(STUDY)
    with transaction.atomic():
        call_command(
            "import_scorecard", str(path), "--pledge", "example-study", "--title", "Example Study",
            "--as-of", "2024-02-29", "--create-labs", *(["--promised"] if promised else []),
            stdout=StringIO(),
        )  # fmt: skip
        expected = all_plain()
        transaction.set_rollback(True)
    logged = Change.objects.count()
    basis = "promised" if promised else "measured"
    sheet = {"file": file(STUDY)} if uploaded else {"sheet": STUDY.replace("\n", "\r\n")}
    response = handed_on(curator, post(curator, basis=basis, **sheet))
    assert response.url == address(Pledge.objects.get())
    assert all_plain() == expected
    assert Change.objects.count() == logged
    for noun in (Commitment, Assessment, Outcome, Pledge, Source):
        assert {each.state for each in noun._default_manager.all()} == {"draft"}


def test_one_message_says_what_was_made_and_leads_to_it(curator):
    make_lab(slug="example-two", name="Example Lab Two")
    page = curator.get(handed_on(curator, post(curator, sheet=STUDY)).url)
    (said,) = messages(page)
    assert "Made as drafts: " in said and "Readers see none of it until it is published" in said
    links = [part.split('"')[0].replace("&amp;", "&") for part in said.split('href="')[1:]]
    found = [curator.get(link).context.get("cl") for link in links]
    assert [each and each.result_count for each in found] == [1, 1, None, 8, 2, 8]
    assert Client().get("/pledges/example-study/").status_code == 404
    for record in (Pledge.objects.get(), Assessment.objects.latest("pk"), Lab.objects.latest("pk")):
        told = LogEntry.objects.filter(object_id=str(record.pk), user__username="cora")
        assert "Example Study" in str(told.get(content_type__model=record.noun()).change_message)


def test_cells_as_a_spreadsheet_copies_them(curator):
    """Tabs, a blank last cell, a quoted cell of two lines, and line ends of every kind."""
    sheet = '\nClause\tCriterion\tExample Lab\r\nA\t"One,\r\n""two"""\t0,5\r\tlast\t'
    assert handed_on(curator, post(curator, sheet=sheet)).status_code == 302
    assert [each.question for each in Criterion.objects.all()] == ['One,\n"two"', "last"]
    (judged,) = Assessment.objects.all()
    assert [each.value for each in judged.findings.all()] == ["partly_met", "not_applicable"]


def test_an_existing_source_is_used_and_nothing_made_for_it(curator):
    source = make_source()
    assert handed_on(curator, post(curator, sheet=SMALL, source=source.pk)).status_code == 302
    assert Source.objects.get() == source == Pledge.objects.get().source


def test_the_preview_can_be_left_to_change_something(curator):
    preview = post(curator, file=file(SMALL))
    form = handed_on(curator, preview, "_change")
    assert not form.context["form"].errors and "Nothing was made" not in form.content.decode()
    assert shown(form) == shown(preview)
    assert shown(form)["sheet"] == SMALL and shown(form)["named"] == "study.csv"
    assert not Pledge.objects.exists()


# --- what is refused, and that nothing typed is lost ---------------------------------------------


def test_every_problem_of_the_sheet_by_line_and_column(curator):
    bad = "clause,criterion,Example Lab\nSecurity,,yes\n,Same?,1\n,Same?,0\n"
    said = refused(post(curator, file=file(bad)))["sheet"]
    for words in (
        "study.csv, line 2, column criterion: is blank",
        "study.csv, line 2, column Example Lab: 'yes' is no value",
        "study.csv, line 4, column criterion: the clause asks this on line 3",
    ):
        assert words in said


def test_a_refused_file_is_there_to_be_put_right(curator):
    bad = SMALL.replace("\t1\n", "\tmaybe\n")
    page = post(curator, file=file(bad), basis="promised")
    assert "line 2, column Example Lab: 'maybe'" in refused(page)["sheet"]
    assert shown(page) == TYPED | {
        "basis": "promised",
        "create_labs": True,
        "sheet": bad,
        "named": "study.csv",
    }
    assert bad.splitlines()[1] in page.content.decode()
    again = post(curator, **shown(page) | {"sheet": SMALL})
    assert again.context["looked"].labs == [("Example Lab", True)]
    another = post(curator, **shown(page) | {"file": file(SMALL.replace("Example", "Other"))})
    assert another.context["looked"].labs == [("Other Lab", True)]


def test_problems_stand_at_their_fields_in_the_words_of_the_form(curator):
    make_pledge(slug="example-study")
    make_source(slug="other-study")
    page = post(curator, sheet=SMALL, create_labs=None)
    errors = page.context["form"].errors
    assert "there is already a pledge 'example-study'" in errors["pledge"][0]
    assert "--" not in str(errors)
    assert "“Make the labs that are not on record” would make it" in errors["sheet"][0]
    assert "there is already a source" in str(
        refused_again(post(curator, sheet=SMALL, pledge="other-study"))["source"]
    )
    still_to_come = date(today().year + 1, 1, 1).isoformat()
    later = refused_again(post(curator, sheet=SMALL, pledge="another", as_of=still_to_come))
    assert "is still to come" in str(later["as_of"])


def refused_again(response: Any) -> Any:
    assert response.status_code == 200 and Pledge.objects.count() <= 1
    return response.context["form"].errors


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({}, "sheet", "Paste the cells, or choose a file."),
        ({"sheet": SMALL, "file": file(SMALL)}, "file", "not both"),
        ({"file": file("")}, "file", "empty"),
        ({"file": file(b"PK\x03\x04\xff\xfe", "study.xlsx")}, "sheet", "save it as CSV UTF-8"),
        ({"sheet": "a,b,c\n1,2,3"}, "sheet", "the header must begin with"),
        ({"sheet": "clause,criterion,Lab\nA,q\x00,1"}, "sheet", "Null characters"),
        ({"file": file("clause,criterion,Lab\nA,q\x00,1")}, "sheet", "line 2, column criterion"),
        ({"sheet": SMALL, "as_of": "02/03/2024"}, "as_of", "Write the day as 2027-07-05"),
        ({"sheet": SMALL, "as_of": "2024-02-30"}, "as_of", "Write the day as 2027-07-05"),
        ({"sheet": SMALL, "pledge": "No slug"}, "pledge", "slug"),
        ({"sheet": SMALL, "title": ""}, "title", "required"),
        ({"sheet": SMALL, "title": "a\x0cb"}, "title", ""),
        ({"sheet": SMALL, "title": "x" * 301}, "title", "300"),
        ({"sheet": SMALL, "basis": "kept"}, "basis", "valid choice"),
        ({"sheet": SMALL, "source": "abc"}, "source", "valid choice"),
        ({"sheet": SMALL, "source": "9" * 40}, "source", "valid choice"),
    ],
)
@pytest.mark.parametrize("press", ["", "_import"])
def test_bad_input_gets_a_sentence_at_its_field(curator, typed, field, words, press):
    if upload := typed.get("file"):
        upload.seek(0)
    page = post(curator, press, **typed)
    said = refused(page)
    assert set(said) == {field} and words in said[field]
    if "sheet" in typed and "\x00" not in typed["sheet"]:
        assert shown(page)["sheet"] == typed["sheet"]


@pytest.mark.parametrize("press", ["", "_import"])
@pytest.mark.parametrize("uploaded", [True, False])
@pytest.mark.parametrize(
    ("name", "words"),
    [("BYTES", "2,000 bytes"), ("CELLS", "more than 20 cells"), ("JUDGEMENTS", "10 judgements")],
)
def test_what_is_too_large_for_a_form_is_the_commands(
    curator, monkeypatch, name, words, uploaded, press
):
    monkeypatch.setattr(scorecards, name, {"BYTES": 2000, "CELLS": 20, "JUDGEMENTS": 10}[name])
    sheet = made_up(400, 4, 6)
    page = post(curator, press, **({"file": file(sheet)} if uploaded else {"sheet": sheet}))
    (said,) = refused(page).values()
    assert words in said and "manage.py import_scorecard" in said


def test_the_largest_sheet_fits_through_the_preview(curator):
    """As much text as may be: what the browser sends is within what the server takes."""
    row = "A,{}" + "é" * 9_990 + ",1\n"
    sheet = "clause,criterion,Example Lab\n" + "".join(row.format(n) for n in range(10, 60))
    assert scorecards.BYTES * 0.99 < len(sheet.encode()) <= scorecards.BYTES
    preview = post(curator, file=file(sheet))
    assert preview.content.decode().count('enctype="multipart/form-data"') == 1
    assert handed_on(curator, preview).status_code == 302
    assert Criterion.objects.count() == 50


def test_a_list_of_problems_ends(curator):
    sheet = "clause,criterion,Example Lab\n" + "".join(f"A,q{n},bad\n" for n in range(300))
    said = refused(post(curator, sheet=sheet))["sheet"]
    assert said.count("is no value") == scorecards.SHOWN and "and 250 more" in said


def test_what_has_changed_since_the_preview_is_found(curator):
    preview = post(curator, file=file(SMALL))
    assert handed_on(curator, preview).status_code == 302
    before = counts()
    twice = handed_on(curator, preview)
    assert "there is already a pledge" in str(twice.context["form"].errors["pledge"])
    assert counts() == before and shown(twice)["sheet"] == SMALL


def test_a_retracted_source_or_lab_is_no_choice(curator):
    source = make_source()
    lab = make_lab(name="Example Lab")
    for record in (source, lab):
        type(record).objects.filter(pk=record.pk).update(state="retracted")
    assert set(refused(post(curator, "_import", sheet=SMALL, source=source.pk))) == {"source"}
    assert "is not published" in refused(post(curator, "_import", sheet=SMALL))["sheet"]


def test_the_preview_shows_weights_and_sections(curator):
    sheet = (
        "clause,criterion,lab,value,weight,group\n"
        "A,one,Example Lab,1,2.5,First part\nA,two,Example Lab,0,1,\nB,three,Example Lab,?,10,\n"
    )
    page = post(curator, sheet=sheet)
    assert page.context["looked"].weight == "13.5"
    text = " ".join(strip_tags(page.content.decode().replace("</t", " </t")).split())
    assert "First part 1. A 2 3.5 71 % 2. B 1 10 0–100 %" in text  # 2.5 of 3.5
    assert "Total 3 13.5 19–93 %" in text and "by weight" in text
    assert handed_on(curator, page).status_code == 302
    assert {str(each.weight.normalize()) for each in Criterion.objects.all()} == {
        "2.5",
        "1",
        "1E+1",
    }
