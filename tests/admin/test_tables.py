"""Tables of the tabular nouns: out, changed, previewed, and in again – all of it or nothing."""

import pytest
from django.contrib.admin.models import LogEntry

from tests.admin.forms import list_address, messages
from tests.admin.tables import (
    bring,
    confirm,
    exported,
    exported_rows,
    page,
    preview,
    problems,
    said,
    sealed,
)
from tests.builders import (
    make_commitment,
    make_discrepancy,
    make_indicator,
    make_lab,
    make_outcome,
    make_person,
    make_pledge,
    make_quotation,
    make_source,
    published,
)
from tracker.assessments.models import Assessment
from tracker.changes.models import Change
from tracker.commitments.models import Commitment, Pledge
from tracker.curation.flat import TABULAR
from tracker.evidence.models import Discrepancy, Outcome
from tracker.labs.models import Lab, Person
from tracker.records.models import Record, State
from tracker.records.plain import to_plain
from tracker.sources.models import Quotation, Source

pytestmark = pytest.mark.django_db


def one_of_each_table(draft: bool) -> list[Record]:
    """Every tabular noun, with parts and lists where it has them."""
    lab, origin = make_lab(), make_source()
    source = make_source(draft=draft, read_via=origin, lab=lab, published_on="2027")
    source.origins.set([origin, make_source()])
    pledge = make_pledge(draft=True, clauses=2, addressed=(lab,), checked_on="2027-01-02")
    pledge = pledge if draft else published(pledge)
    clause = make_pledge(clauses=2).clauses.all()[0]
    outcome = make_outcome(draft=True, bears_on=make_commitment(), sources=(make_source(),))
    outcome.labs.set([lab, make_lab()])
    outcome.people.set([make_person()])
    commitment = make_commitment(
        draft=draft, lab=lab, pledge=clause.pledge, clause=clause, criteria=2,
        deadline_kind="recurring", deadline_due_on="2027-Q3", deadline_period="P1Y",
    )  # fmt: skip
    return [
        make_lab(draft=draft, summary="=1+1\nand '-2"),
        make_person(draft=draft, lab=lab, role="'=role"),
        source,
        make_quotation(draft=draft, exact="+ “as printed”, with; signs", speaker_lab=lab),
        pledge,
        commitment,
        outcome if draft else published(outcome),
        make_indicator(draft=draft, position=7),
    ]


@pytest.mark.parametrize("format", ["0", "1"])
@pytest.mark.parametrize("draft", [True, False])
def test_what_is_exported_comes_back_unchanged(curator, format, draft):
    records = one_of_each_table(draft)
    assert {type(each) for each in records} == set(TABULAR)
    before = [to_plain(each) for each in records]
    log = Change.objects.count()
    for model in TABULAR:
        data = exported(curator, model, format=format)
        answer = preview(curator, model, data)
        assert not problems(answer) and not said(answer)
        counts = answer.context["result"].counts
        assert counts == {"new": 0, "changed": 0, "unchanged": model._default_manager.count()}
        confirm(curator, model, sealed(answer))
    after = [type(each)._default_manager.get(pk=each.pk) for each in records]
    assert [to_plain(each) for each in after] == before
    assert [each.version for each in after] == [each.version for each in records]
    assert Change.objects.count() == log


def test_a_table_written_elsewhere_makes_drafts(curator):
    make_lab(slug="example-lab")
    make_source(slug="an-origin")
    headings = ["slug", "title", "tier", "lab", "published_on", "origins", "read_via"]
    rows = [
        ["first", "=1+1", "secondary", "example-lab", "2027-Q3", "second an-origin", ""],
        ["second", "Second", "tertiary", "", "", "first", "first"],
    ]
    answer = bring(curator, Source, [headings, *rows])
    assert messages(answer) == ["Imported: 2 new drafts, 0 changed, 0 as they were."]
    first, second = Source.objects.get(slug="first"), Source.objects.get(slug="second")
    assert (first.state, first.version, first.title) == (State.DRAFT, 1, "=1+1")
    assert (to_plain(first)["lab"], first.published_on) == ("example-lab", "2027-Q3")
    assert first.published_on_end is not None
    assert {each.slug for each in first.origins.all()} == {"an-origin", "second"}
    assert second.read_via == first and list(second.origins.all()) == [first]
    assert not Change.objects.filter(subject_slug="first").exists()
    noted = LogEntry.objects.values_list("object_repr", "change_message")
    assert set(noted) == {("=1+1", "Imported from a table."), ("Second", "Imported from a table.")}


def test_rows_change_drafts_and_leave_their_parts_alone(curator):
    pledge = make_pledge(draft=True, clauses=3, addressed=(make_lab(),))
    commitment = make_commitment(draft=True, criteria=2, pledge=pledge)
    headings = ["slug", "version", "title", "clause", "deadline.kind", "deadline.due_on"]
    row = [commitment.slug, "1", "Another", "2", "by_date", "2027-07"]
    answer = preview(curator, Commitment, [headings, row])
    (told,) = answer.context["result"].told
    assert told.fields == [
        ("clause", None, "2"),
        ("title", commitment.title, "Another"),
        ("deadline.kind", "undated", "by_date"),
        ("deadline.due_on", "", "2027-07"),
    ]
    assert Commitment.objects.get().title == commitment.title  # nothing is written yet
    confirm(curator, Commitment, sealed(answer))
    after = Commitment.objects.get()
    assert (after.title, to_plain(after)["clause"], after.version) == ("Another", "2", 2)
    assert after.deadline_due_on_end is not None
    assert list(after.criteria.all()) == list(commitment.criteria.all())
    bring(curator, Pledge, [["slug", "version", "summary"], [pledge.slug, "1", "Words."]])
    assert pledge.clauses.count() == 3 and pledge.parties.count() == 1


def test_an_empty_cell_empties_and_a_missing_column_does_not(curator):
    lab = make_lab(draft=True, summary="Facts.", website="https://www.example.org/")
    bring(curator, Lab, [["slug", "version", "summary"], [lab.slug, "1", ""]])
    lab.refresh_from_db()
    assert (lab.summary, lab.website) == ("", "https://www.example.org/")


def test_what_is_published_is_changed_by_reviewers_with_a_reason(curator, reviewer):
    lab, other = make_lab(), make_lab()
    table = [["slug", "version", "name"], [lab.slug, "2", "Another"], [other.slug, "2", other.name]]
    ((row, column, sentence),) = problems(bring(curator, Lab, table, "It was misspelt."))
    assert (row, column) == (2, "") and "takes the Reviewer right" in sentence
    ((row, column, sentence),) = problems(bring(reviewer, Lab, table))
    assert (row, column) == (2, "reason") and "Say in public" in sentence
    assert Lab.objects.get(pk=lab.pk).name == lab.name
    answer = bring(reviewer, Lab, table, "It was misspelt.")
    lab.refresh_from_db()
    assert (lab.name, lab.version, lab.state) == ("Another", 3, State.PUBLISHED)
    change = Change.objects.latest("sequence")
    assert (change.kind, change.subject_slug) == ("lab_corrected", lab.slug)
    assert change.reason == "It was misspelt."
    assert change.get_absolute_url() in messages(answer)[0]
    assert Change.objects.filter(subject_slug=other.slug).count() == 1


def test_a_curator_is_not_asked_for_a_reason(curator, reviewer):
    assert "reason" not in curator.get(page(Lab, "import")).context["form"].fields
    assert "reason" in reviewer.get(page(Lab, "import")).context["form"].fields


def test_one_bad_row_and_nothing_is_written(curator):
    lab = make_lab(draft=True)
    headings = ["slug", "version", "name", "kind"]
    rows = [
        ["new-lab", "", "New Lab", "ai_lab"],
        [lab.slug, "1", "Another", "ai_lab"],
        ["Bad Slug", "", "Other Lab", "ai_lab"],
        ["third-lab", "", "", "no_kind"],
    ]
    answer = preview(curator, Lab, [headings, *rows])
    found = [(row, column) for row, column, _ in problems(answer)]
    assert found == [(4, "slug"), (5, "kind"), (5, "name")]
    assert not sealed(answer)
    assert Lab.objects.count() == 1 and Lab.objects.get().version == 1


def test_what_only_the_database_knows_is_said_of_its_row(curator):
    make_lab(name="Taken")
    draft = make_lab(draft=True)
    headings = ["slug", "version", "name", "kind"]
    rows = [
        *([f"lab-{number}", "", f"Lab {number}", "ai_lab"] for number in range(20)),
        ["again", "", "Taken", "ai_lab"],
        ["twice", "", "Lab 3", "ai_lab"],
        [draft.slug, "1", "Lab 4", "ai_lab"],
    ]
    answer = preview(curator, Lab, [headings, *rows])
    assert [(row, column) for row, column, _ in problems(answer)] == [
        (22, "name"), (23, "name"), (24, "name"),
    ]  # fmt: skip
    bad = [["slug", "title", "kind", "occurred_on", "statement"]]
    bad += [["a-search", "Searched", "search", "2027", "Nothing."]]
    ((row, _, sentence),) = problems(preview(curator, Outcome, bad))
    assert row == 2 and "where was looked" in sentence


def test_versions_are_held_against_the_record(curator):
    lab = make_lab(draft=True)
    headings = ["slug", "version", "name"]
    for version, sentence in (
        ("", "does not say which version"),
        ("7", "made from version 7"),
        ("x", "is no version"),
    ):
        ((row, column, told),) = problems(
            preview(curator, Lab, [headings, [lab.slug, version, "Another"]])
        )
        assert (row, column) == (2, "version") and sentence in told
    new = [[*headings, "kind"], ["no-lab", "3", "New", ""]]
    ((_, column, told),) = problems(preview(curator, Lab, new))
    assert column == "version" and "There is no lab 'no-lab'" in told
    same = preview(curator, Lab, [headings, [lab.slug, "", lab.name]])
    assert same.context["result"].counts["unchanged"] == 1


def test_the_yes_looks_again(curator):
    lab = make_lab(draft=True)
    table = [["slug", "version", "name"], ["new-lab", "", "New"], [lab.slug, "1", "Another"]]
    table[0].append("kind")
    table[1].append("ai_lab")
    table[2].append("ai_lab")
    note = sealed(preview(curator, Lab, table))
    Lab.objects.filter(pk=lab.pk).update(version=2, summary="Somebody's.")
    answer = confirm(curator, Lab, note)
    assert [(row, column) for row, column, _ in problems(answer)] == [(3, "version")]
    assert "Nothing was imported" in answer.content.decode()
    assert Lab.objects.get().name == lab.name


def test_a_preview_is_answered_once(curator):
    table = [["slug", "name", "kind"], ["new-lab", "New Lab", "ai_lab"]]
    note = sealed(preview(curator, Lab, table))
    confirm(curator, Lab, note)
    Lab.objects.all().delete()
    answer = confirm(curator, Lab, note)
    assert "no longer good" in messages(answer)[0]
    assert not Lab.objects.exists()


def test_headings_are_understood_or_named(curator):
    table = [["slug", "titel", "state", "archived_text", "tier", "tier"], ["a", "", "", "", "", ""]]
    answer = preview(curator, Source, table)
    lines = answer.context["lines"]
    assert lines == [
        "Column 2, 'titel': is no column of sources. Did you mean 'title'?",
        "Column 3, 'state': is not set by a table; take the column out.",
        "Column 4, 'archived_text': is not set by a table; take the column out.",
        "Column 6, 'tier': is there twice.",
    ]
    (line,) = preview(curator, Lab, [["name"], ["New"]]).context["lines"]
    assert "No column is headed 'slug'" in line
    (line,) = preview(curator, Commitment, [["slug", "criteria"], ["a", "b"]]).context["lines"]
    assert "record's own form" in line


def test_references_name_what_exists(curator):
    table = [["slug", "name", "lab"], ["ada", "Ada", "no-lab"], ["bob", "Bob", "a\x00b"]]
    assert problems(preview(curator, Person, table)) == [
        (2, "lab", "There is no lab 'no-lab'."),
        (3, "lab", "There is no lab 'a\\x00b'."),
    ]
    ring = [["slug", "title", "tier", "read_via"], ["a", "A", "secondary", "b"]]
    ring += [["b", "B", "secondary", "a"]]
    assert all("in a ring" in said for *_, said in problems(preview(curator, Source, ring)))
    twice = [["slug", "name"], ["ada", "Ada"], ["ada", "Ada again"]]
    assert problems(preview(curator, Person, twice)) == [
        (3, "slug", "Row 2 has this slug already.")
    ]


def test_new_and_changed_quotations_are_checked(curator):
    text = "It said: we promise an audit. It did."
    source = make_source(archived_text=text)
    table = [["slug", "source", "exact"], ["true", source.slug, "we promise an audit."]]
    table += [["false", source.slug, "we promise two audits."]]
    bring(curator, Quotation, table)
    true, false = Quotation.objects.get(slug="true"), Quotation.objects.get(slug="false")
    assert (true.check_status, true.start) == ("verified", 9)
    assert false.check_status != "verified"
    bring(curator, Quotation, [["slug", "version", "exact"], ["true", "1", "It did."]])
    true.refresh_from_db()
    assert (true.check_status, true.start) == ("verified", text.index("It did."))


def test_another_address_has_not_been_looked_at(curator):
    source = make_source(draft=True, url="https://www.example.org/a")
    Source.objects.update(link_status="ok", link_checked_at="2027-01-02T00:00:00Z")
    table = [["slug", "version", "url"], [source.slug, "1", "https://www.example.org/b"]]
    bring(curator, Source, table)
    source.refresh_from_db()
    assert (source.link_status, source.link_checked_at) == ("unchecked", None)


def test_the_archived_text_is_in_no_table(curator):
    make_source(archived_text="unguessable words of the archive")
    assert b"unguessable" not in exported(curator, Source)
    assert "archived_text" not in exported_rows(curator, Source)[0]


def test_the_export_is_the_list_as_it_is_filtered(curator):
    draft, _ = make_lab(draft=True), make_lab()
    rows = exported_rows(curator, Lab, "?state__exact=draft")
    assert [row[0] for row in rows] == ["slug", draft.slug]
    assert len(exported_rows(curator, Lab, f"?q={draft.slug}")) == 2
    for odd in ("?kind__exact=%00", "?waits=nonsense"):
        assert curator.get(page(Commitment, "export") + odd).status_code == 302
    secret = make_source(archived_text="secret").archived_text
    assert (
        curator.get(page(Source, "export") + f"?archived_text__startswith={secret[0]}").status_code
        == 400
    )


def test_only_the_tabular_nouns_have_tables(curator):
    make_discrepancy()
    for model in TABULAR:
        shown = curator.get(list_address(model)).content.decode()
        assert page(model, "import") in shown and page(model, "export") in shown
    for other in (Discrepancy, Assessment, Change):
        assert "import/" not in curator.get(list_address(other)).content.decode()
        assert curator.get(f"{list_address(other)}import/").status_code in (302, 404)


def test_pages_work_under_a_strict_policy(curator):
    """No script or style of their own in the page, which a strict CSP would stop."""
    make_lab(draft=True)
    pages = [curator.get(page(Lab, "import")), curator.get(page(Lab, "export"))]
    pages.append(preview(curator, Lab, [["slug", "name", "kind"], ["new", "New", "ai_lab"]]))
    pages.append(preview(curator, Lab, [["slug", "name", "kind"], ["new", "", ""]]))
    for each in pages:
        assert each.status_code == 200
        text = each.content.decode()
        assert "<style" not in text and " style=" not in text and " onclick=" not in text
        assert "<script>" not in text
        assert each["Cache-Control"] == "no-store, private"


def test_a_draft_that_was_published_meanwhile_is_not_changed_as_a_draft(curator):
    lab = make_lab(draft=True)
    table = [["slug", "version", "name"], [lab.slug, "1", "Another"]]
    note = sealed(preview(curator, Lab, table))
    published(lab)
    assert [column for _, column, _ in problems(confirm(curator, Lab, note))] == ["version"]
    lab.refresh_from_db()
    assert lab.name != "Another"


def test_a_reason_that_was_typed_is_shown_again(reviewer):
    lab = make_lab()
    bad = preview(reviewer, Lab, [["name"], ["New"]], "Typed with care.")
    wrong = preview(reviewer, Lab, [["slug", "name"], [lab.slug, ""]], "Typed with care.")
    good = preview(reviewer, Lab, [["slug", "version", "name"], [lab.slug, "2", "A"]], "With care.")
    assert all("Typed with care." in each.content.decode() for each in (bad, wrong))
    assert "“With care.”" in good.content.decode()
    Lab.objects.filter(pk=lab.pk).update(version=7)
    assert "With care." in confirm(reviewer, Lab, sealed(good)).content.decode()


def test_a_clause_is_one_of_the_rows_own_pledge(curator):
    pledge, other = make_pledge(clauses=1), make_pledge(clauses=2)
    commitment = make_commitment(draft=True, pledge=pledge)
    for named, found in (
        (pledge.slug, False),
        ("", False),
        ("a\x00b", False),
        (other.slug, True),
    ):
        table = [["slug", "version", "pledge", "clause"], [commitment.slug, "1", named, "2"]]
        answer = preview(curator, Commitment, table)
        assert bool(sealed(answer)) == found
        assert found or (2, "clause", "There is no clause '2'.") in problems(answer)
